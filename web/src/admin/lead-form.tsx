// A lead is corrected: its numbers, its place, its columns, and that the person agreed to be called.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { components } from "../../generated/schema";
import { may } from "../app/pages";
import { useSession } from "../session/session";
import { Button } from "../ui/button";
import { notify } from "../ui/notices";
import { Failed, Loading } from "../ui/states";
import type { Field } from "./field";
import { FormSheet } from "./form";
import { Removal } from "./removal";
import { atItsRow, correctionOf, draftOfLead } from "./lead-draft";

const FIELDS: readonly Field[] = [
  { path: "number", label: "number", hint: "e164", kind: "text", required: true, ltr: true },
  { path: "number_kind", label: "number_kind", hint: "numberKind", kind: "text", max: 200 },
  {
    path: "other_numbers",
    label: "other_numbers",
    kind: "rows",
    fresh: () => ({ kind: "", number: "", passed_over: false }),
    fields: [
      { path: "number", label: "number", kind: "text", required: true, ltr: true },
      { path: "kind", label: "number_kind", hint: "numberKind", kind: "text", max: 200 },
      { path: "passed_over", label: "passed_over", hint: "passedOver", kind: "switch" },
    ],
  },
  { path: "first_name", label: "first_name", kind: "text", max: 200 },
  { path: "last_name", label: "last_name", kind: "text", max: 200 },
  { path: "external_id", label: "external_id", hint: "code", kind: "text", ltr: true },
  { path: "zone", label: "time_zone", hint: "zone", kind: "text", ltr: true },
  { path: "region", label: "region", hint: "region", kind: "text", ltr: true, max: 6 },
  {
    path: "consent",
    label: "agreed",
    kind: "optional",
    fresh: () => ({
      kind: "express",
      given_at: new Date().toISOString(),
      until: null,
      source: "",
    }),
    fields: [
      { path: "kind", label: "agreed_how", kind: "select", options: ["express", "written"] },
      { path: "given_at", label: "given_at", kind: "moment", required: true },
      { path: "until", label: "agreed_until", hint: "agreedUntil", kind: "moment" },
      { path: "source", label: "proof", hint: "proof", kind: "text", max: 200 },
    ],
  },
  { path: "priority", label: "priority", hint: "leadPriority", kind: "number" },
  {
    path: "fields",
    label: "columns",
    kind: "rows",
    fresh: () => ({ name: "", value: "" }),
    fields: [
      { path: "name", label: "column", kind: "text", required: true },
      { path: "value", label: "value", kind: "text", max: 4096 },
    ],
  },
];

type ShownLead = components["schemas"]["ShownLead"];

/** Only one that was never dialled goes; the records tell of the others. */
async function remove({ id, version }: ShownLead): Promise<void> {
  const header = { "If-Match": `"${version}"` };
  await answer(api.DELETE("/v1/leads/{id}", { params: { path: { id }, header } }));
}

/** A way to correct a lead and to delete one, for those who may. */
export function LeadCorrecting({ lead, onDone }: { lead: ShownLead; onDone: () => void }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const queries = useQueryClient();
  const [editing, edit] = useState(false);
  const [doomed, doom] = useState(false);
  if (!may(user, "leads_write")) return null;
  return (
    <div className="mb-4 flex gap-2">
      <Button icon={<Pencil size={16} aria-hidden />} onClick={() => edit(true)}>
        {t("common.edit")}
      </Button>
      <Button look="danger" icon={<Trash2 size={16} aria-hidden />} onClick={() => doom(true)}>
        {t("common.remove")}
      </Button>
      {editing && <Editing lead={lead.id} onDone={onDone} onCancel={() => edit(false)} />}
      {doomed && (
        <Removal
          name={`${lead.first_name} ${lead.last_name}`.trim() || lead.number}
          remove={() => remove(lead)}
          onClose={() => doom(false)}
          onDone={() => {
            void queries.invalidateQueries({ queryKey: ["leads"] });
            onDone();
          }}
        />
      )}
    </div>
  );
}

type Editing = { lead: string; onDone: () => void; onCancel: () => void };

function Editing({ lead: id, onDone, onCancel }: Editing) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  // The dialer changes leads all the time: a row of the list would be too old to be saved.
  const read = useQuery({
    queryKey: ["lead", id],
    queryFn: () => answer(api.GET("/v1/leads/{id}", { params: { path: { id } } })),
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  if (read.isPending) return <Loading lines={3} />;
  if (read.isError) return <Failed error={read.error} />;
  const lead = read.data;
  const save = async (given: Record<string, unknown>) => {
    const header = { "If-Match": `"${lead.version}"` };
    const body = correctionOf(given);
    try {
      await answer(api.PUT("/v1/leads/{id}", { params: { path: { id }, header }, body }));
    } catch (error) {
      throw atItsRow(error, given);
    }
  };
  return (
    <FormSheet
      title={`${lead.first_name} ${lead.last_name}`.trim() || lead.number}
      fields={FIELDS}
      start={draftOfLead(lead)}
      save={save}
      onDone={() => {
        notify("system", t("form.saved"));
        void queries.invalidateQueries({ queryKey: ["leads"] });
        void queries.invalidateQueries({ queryKey: ["why", id] });
        onDone();
      }}
      onCancel={onCancel}
    />
  );
}
