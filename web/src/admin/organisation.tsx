// The organisation: its name, its extension prefix, and what holds where nothing else is said.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { Refused } from "../api/problem";
import { may } from "../app/pages";
import { useSession } from "../session/session";
import { notify } from "../ui/notices";
import { Denied, Failed, Loading } from "../ui/states";
import { draftOf, type Field } from "./field";
import { Form } from "./form";

const FIELDS: readonly Field[] = [
  { path: "name", label: "name", kind: "text", required: true, max: 128 },
  {
    path: "prefix",
    label: "prefix",
    hint: "prefix",
    kind: "text",
    required: true,
    max: 6,
    ltr: true,
  },
  { path: "cli", label: "cli", hint: "organisationCli", kind: "text", ltr: true },
  { path: "time_zone", label: "time_zone", hint: "zone", kind: "text", required: true, ltr: true },
  {
    path: "pause_reason",
    label: "pause_reason",
    kind: "select",
    options: ["required", "optional"],
  },
  {
    path: "known_caller",
    label: "known_caller",
    hint: "knownCaller",
    kind: "select",
    options: ["ignored", "asks_pin", "trusted"],
  },
  { path: "crm_hosts", label: "crm_hosts", hint: "crmHosts", kind: "lines" },
  { path: "crm_plain", label: "crm_plain", kind: "switch" },
  { path: "track_attendance", label: "track_attendance", kind: "switch" },
  { path: "clock_out_while_active", label: "clock_out_while_active", kind: "switch" },
];

type Given = { name: string; prefix: string; time_zone: string };

/** The organisation, null where the first start is not finished. */
export function useOrganisation() {
  return useQuery({
    queryKey: ["organisation"],
    queryFn: async () => {
      try {
        return await answer(api.GET("/v1/organisation"));
      } catch (error) {
        if (error instanceof Refused && error.problem.status === 404) return null;
        throw error;
      }
    },
  });
}

export function Organisation() {
  const { t } = useTranslation();
  const { user } = useSession();
  const queries = useQueryClient();
  const found = useOrganisation();
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  if (!found.data && !may(user, "organisation_write")) return <Denied />;
  const fresh = {
    name: "",
    prefix: "",
    cli: null,
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    pause_reason: "required",
    clock_out_while_active: false,
  };
  const version = found.data ? `"${found.data.version}"` : "*";
  return (
    <div className="mx-auto max-w-2xl p-4 lg:p-6">
      <h1 className="mb-4 text-xl font-semibold tracking-tight">{t("pages.organisation")}</h1>
      <div className="panel overflow-hidden px-5 py-4">
        <Form
          key={version}
          fields={FIELDS}
          start={found.data ? draftOf(found.data) : fresh}
          save={(body) =>
            answer(
              api.PUT("/v1/organisation", {
                params: { header: { "If-Match": version } },
                body: body as Given,
              }),
            )
          }
          onDone={() => {
            notify("system", t("form.saved"));
            void queries.invalidateQueries({ queryKey: ["organisation"] });
          }}
        />
      </div>
    </div>
  );
}
