// Leads: where each stands, and why it was not dialled, and when it will be.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { components } from "../../generated/schema";
import { moment } from "../i18n/format";
import { Dialog } from "../ui/dialog";
import { Labelled } from "../ui/field";
import { Failed, Loading } from "../ui/states";
import { useNames } from "./inputs";
import { LeadCorrecting } from "./lead-form";
import { Records } from "./records";

type Lead = components["schemas"]["ShownLead"];
type LeadStatus = components["schemas"]["LeadStatus"];

const STATUSES: readonly LeadStatus[] = [
  "new",
  "due",
  "in_flight",
  "callback",
  "done",
  "exhausted",
  "bad_number",
  "do_not_call",
];

export function Leads() {
  const { t, i18n } = useTranslation();
  const lists = useNames("/v1/lists");
  const [list, chooseList] = useState("");
  const [status, chooseStatus] = useState<LeadStatus | "">("");
  const [opened, open] = useState<Lead>();
  const when = (at: string | null | undefined) => (at ? moment(at, i18n.language) : undefined);
  return (
    <>
      <Records<Lead>
        title={t("pages.leads")}
        queryKey={["leads", list, status]}
        searchHint={t("common.search")}
        load={({ text, after }) =>
          answer(
            api.GET("/v1/leads", {
              params: {
                query: {
                  limit: 100,
                  ...(text ? { text } : {}),
                  ...(after ? { after } : {}),
                  ...(list ? { list } : {}),
                  ...(status ? { status } : {}),
                },
              },
            }),
          )
        }
        idOf={(lead) => lead.id}
        onOpen={open}
        empty={{ title: t("empty.leads"), text: t("empty.leadsWhy") }}
        filters={
          <>
            <select
              aria-label={t("fields.list")}
              className="field w-40!"
              value={list}
              onChange={(event) => chooseList(event.target.value)}
            >
              <option value="">{t("common.allOf", { what: t("fields.list") })}</option>
              {lists.data?.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </select>
            <select
              aria-label={t("fields.state")}
              className="field w-36!"
              value={status}
              onChange={(event) => chooseStatus(event.target.value as LeadStatus | "")}
            >
              <option value="">{t("common.allOf", { what: t("fields.state") })}</option>
              {STATUSES.map((one) => (
                <option key={one} value={one}>
                  {t(`leadStatus.${one}`)}
                </option>
              ))}
            </select>
          </>
        }
        columns={[
          { id: "number", name: t("fields.number"), value: (lead) => lead.number, ltr: true },
          {
            id: "name",
            name: t("fields.name"),
            value: (lead) => `${lead.first_name} ${lead.last_name}`.trim(),
          },
          {
            id: "status",
            name: t("fields.state"),
            value: (lead) => t(`leadStatus.${lead.status}`),
          },
          { id: "attempts", name: t("pages.attempts"), value: (lead) => lead.attempts, end: true },
          {
            id: "outcome",
            name: t("call.lastOutcome"),
            value: (lead) => lead.last_outcome && t(`outcome.${lead.last_outcome}`),
          },
          {
            id: "last",
            name: t("fields.last_attempt_at"),
            value: (lead) => when(lead.last_attempt_at),
          },
          { id: "next", name: t("fields.next_due_at"), value: (lead) => when(lead.next_due_at) },
        ]}
      />
      {opened && (
        <Dialog
          open
          onOpenChange={() => open(undefined)}
          title={`${opened.first_name} ${opened.last_name}`.trim() || opened.number}
          about={t("why_lead.about")}
        >
          <LeadCorrecting lead={opened} onDone={() => open(undefined)} />
          <WhyNot lead={opened.id} />
        </Dialog>
      )}
    </>
  );
}

function WhyNot({ lead }: { lead: string }) {
  const { t, i18n } = useTranslation();
  const campaigns = useNames("/v1/campaigns");
  const [campaign, choose] = useState<string>();
  const asked = campaign ?? campaigns.data?.[0]?.id;
  const why = useQuery({
    queryKey: ["why", lead, asked],
    enabled: !!asked,
    queryFn: () =>
      answer(
        api.GET("/v1/leads/{id}/why", {
          params: { path: { id: lead }, query: { campaign: asked ?? "" } },
        }),
      ),
  });
  return (
    <div className="grid gap-4">
      <Labelled label={t("one.campaign")}>
        {({ id }) => (
          <select
            id={id}
            className="field"
            value={asked ?? ""}
            onChange={(event) => choose(event.target.value)}
          >
            {campaigns.data?.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        )}
      </Labelled>
      {why.isPending ? (
        <Loading lines={3} />
      ) : why.isError ? (
        <Failed error={why.error} />
      ) : (
        <>
          <ul className="list-disc space-y-1 ps-5">
            {why.data.because.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
          <p className="rounded-lg bg-sunken px-3 py-2">
            {why.data.next
              ? t("why_lead.next", { at: moment(why.data.next, i18n.language) })
              : t("why_lead.never")}
          </p>
        </>
      )}
    </div>
  );
}
