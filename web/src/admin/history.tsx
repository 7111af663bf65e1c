// What happened: calls with their steps, attempts with the permit that says why each was lawful.
import { useQuery } from "@tanstack/react-query";
import { FileCheck2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { duration, moment } from "../i18n/format";
import { Dialog } from "../ui/dialog";
import { Failed, Loading } from "../ui/states";
import { useNames } from "./inputs";
import { Ladder } from "./ladder";
import { Records } from "./records";

export function Calls() {
  const { t, i18n } = useTranslation();
  const agents = useNames("/v1/agents");
  const [agent, choose] = useState("");
  const [opened, open] = useState<string>();
  const nameOf = (id: string | null | undefined) => {
    const found = agents.data?.find((one) => one.id === id);
    return found && `${found.first_name} ${found.last_name}`;
  };
  return (
    <>
      <Records
        title={t("pages.calls")}
        queryKey={["calls", agent]}
        load={({ after }) =>
          answer(
            api.GET("/v1/calls", {
              params: {
                query: { limit: 100, ...(after ? { after } : {}), ...(agent ? { agent } : {}) },
              },
            }),
          )
        }
        idOf={(call) => call.id}
        onOpen={(call) => open(call.id)}
        empty={{ title: t("empty.calls"), text: t("empty.callsWhy") }}
        filters={
          <select
            aria-label={t("one.agent")}
            className="field w-48!"
            value={agent}
            onChange={(event) => choose(event.target.value)}
          >
            <option value="">{t("common.all")}</option>
            {agents.data?.map((one) => (
              <option key={one.id} value={one.id}>
                {one.first_name} {one.last_name}
              </option>
            ))}
          </select>
        }
        columns={[
          {
            id: "at",
            name: t("history.at"),
            value: (call) => moment(call.started_at, i18n.language),
          },
          {
            id: "direction",
            name: t("history.direction"),
            value: (call) => t(`direction.${call.direction}`),
          },
          { id: "calling", name: t("history.calling"), value: (call) => call.calling, ltr: true },
          { id: "called", name: t("history.called"), value: (call) => call.called, ltr: true },
          { id: "agent", name: t("one.agent"), value: (call) => nameOf(call.agent) },
          {
            id: "outcome",
            name: t("history.outcome"),
            value: (call) => call.outcome && t(`outcome.${call.outcome}`),
          },
          { id: "disposition", name: t("history.disposition"), value: (call) => call.disposition },
          {
            id: "talk",
            name: t("myDay.talk"),
            value: (call) => duration(call.talk_ms ?? 0),
            end: true,
          },
        ]}
      />
      {opened && (
        <Dialog
          open
          sheet
          onOpenChange={() => open(undefined)}
          title={t("call.title")}
          about={t("history.steps")}
        >
          <Steps call={opened} />
        </Dialog>
      )}
    </>
  );
}

function Steps({ call }: { call: string }) {
  const { t, i18n } = useTranslation();
  const found = useQuery({
    queryKey: ["calls", "one", call],
    queryFn: () => answer(api.GET("/v1/calls/{id}", { params: { path: { id: call } } })),
  });
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failed error={found.error} />;
  const began = Date.parse(found.data.started_at);
  return (
    <>
      <p className="digits mb-4">
        {moment(found.data.started_at, i18n.language)} · <span dir="ltr">{found.data.calling}</span>{" "}
        → <span dir="ltr">{found.data.called}</span>
      </p>
      <ol className="grid gap-2 border-s-2 border-line ps-4">
        {found.data.steps.map((step) => (
          <li key={step.seq} className="digits flex gap-4 text-sm">
            <span className="w-20 shrink-0 text-ink-faint" dir="ltr">
              +{((Date.parse(step.at) - began) / 1000).toFixed(3)} s
            </span>
            {step.step}
          </li>
        ))}
      </ol>
      <h3 className="mt-6 mb-2 font-semibold">{t("ladder.title")}</h3>
      <Ladder call={call} began={began} />
    </>
  );
}

export function Attempts() {
  const { t, i18n } = useTranslation();
  const [opened, open] = useState<string>();
  return (
    <>
      <Records
        title={t("pages.attempts")}
        queryKey={["attempts"]}
        load={({ after }) =>
          answer(
            api.GET("/v1/attempts", {
              params: { query: { limit: 100, ...(after ? { after } : {}) } },
            }),
          )
        }
        idOf={(attempt) => attempt.id}
        onOpen={(attempt) => open(attempt.id)}
        empty={{ title: t("empty.attempts"), text: t("empty.attemptsWhy") }}
        actions={
          <a
            href="/v1/permits"
            download="permits.ndjson"
            className="inline-flex items-center gap-1.5 rounded text-sm text-accent-text hover:underline"
          >
            <FileCheck2 size={16} aria-hidden /> {t("history.evidence")}
          </a>
        }
        columns={[
          {
            id: "at",
            name: t("history.at"),
            value: (attempt) => moment(attempt.permitted_at, i18n.language),
          },
          { id: "number", name: t("fields.number"), value: (attempt) => attempt.number, ltr: true },
          { id: "cli", name: t("fields.cli"), value: (attempt) => attempt.cli, ltr: true },
          {
            id: "outcome",
            name: t("history.outcome"),
            value: (attempt) => attempt.outcome && t(`outcome.${attempt.outcome}`),
          },
          { id: "sip", name: "SIP", value: (attempt) => attempt.sip, end: true },
          { id: "q850", name: "Q.850", value: (attempt) => attempt.q850, end: true },
        ]}
      />
      {opened && (
        <Dialog
          open
          sheet
          onOpenChange={() => open(undefined)}
          title={t("history.permit")}
          about={t("history.permitWhy")}
        >
          <Permit attempt={opened} />
        </Dialog>
      )}
    </>
  );
}

function Permit({ attempt }: { attempt: string }) {
  const found = useQuery({
    queryKey: ["attempts", attempt],
    queryFn: () => answer(api.GET("/v1/attempts/{id}", { params: { path: { id: attempt } } })),
  });
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failed error={found.error} />;
  return (
    <pre
      dir="ltr"
      className="overflow-x-auto rounded-lg bg-sunken p-4 font-mono text-xs leading-relaxed"
    >
      {JSON.stringify(found.data.permit, null, 2)}
    </pre>
  );
}
