// What happened: calls with their steps, attempts with the permit that says why each was lawful.
import { useQuery } from "@tanstack/react-query";
import { FileCheck2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { CallLeg, CallTalk } from "../api/words";
import { duration, moment, percent } from "../i18n/format";
import { Dialog } from "../ui/dialog";
import { Failed, Loading } from "../ui/states";
import type { components } from "../../generated/schema";
import { useNames } from "./inputs";
import { Ladder } from "./ladder";
import { Records } from "./records";
import type { Column } from "./table";

export type Call = components["schemas"]["Call"];
type CallWithSteps = components["schemas"]["CallWithSteps"];

export function Calls() {
  const { t } = useTranslation();
  const agents = useNames("/v1/agents");
  const columns = useCallColumns();
  const [agent, choose] = useState("");
  const [opened, open] = useState<string>();
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
            <option value="">{t("common.allOf", { what: t("one.agent") })}</option>
            {agents.data?.map((one) => (
              <option key={one.id} value={one.id}>
                {one.first_name} {one.last_name}
              </option>
            ))}
          </select>
        }
        columns={columns}
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

/** What a list tells of each call. */
export function useCallColumns(): readonly Column<Call>[] {
  const { t, i18n } = useTranslation();
  const agents = useNames("/v1/agents");
  const nameOf = (id: string | null | undefined) => {
    const found = agents.data?.find((one) => one.id === id);
    return found && `${found.first_name} ${found.last_name}`;
  };
  return [
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
  ];
}

/** What happened in a call, step by step, and its messages. */
export function Steps({ call }: { call: string }) {
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
            {step.step} {step.note}
          </li>
        ))}
      </ol>
      {found.data.script && <Answers script={found.data.script} />}
      {found.data.legs.length > 0 && <Legs legs={found.data.legs} />}
      {found.data.talk.map((part) => (
        <Talk key={part.seq} part={part} />
      ))}
      <h3 className="mt-6 mb-2 font-semibold">{t("ladder.title")}</h3>
      <Ladder call={call} began={began} />
    </>
  );
}

/** What was answered to the script. */
function Answers({ script }: { script: NonNullable<CallWithSteps["script"]> }) {
  const { t } = useTranslation();
  return (
    <>
      <h3 className="mt-6 mb-2 font-semibold">
        {script.name} · {t("workflow.version", { version: script.version })}
      </h3>
      <p className="text-sm text-ink-soft">
        {t(script.complete ? "script.complete" : "script.incomplete")}
      </p>
      <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-6 gap-y-1 text-sm">
        {script.answers.map(({ question, label, answer: said }) => (
          <div key={question} className="contents">
            <dt className="text-ink-soft">{label}</dt>
            <dd className="break-words">{said}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** How each leg was heard while it was part of the call. */
function Legs({ legs }: { legs: CallLeg[] }) {
  const { t, i18n } = useTranslation();
  const ms = (us: number | null | undefined) =>
    typeof us === "number" ? `${(us / 1000).toFixed(1)} ms` : "–";
  const share = (lost: number | null | undefined) =>
    typeof lost === "number" ? percent(lost / 1000, i18n.language) : "–";
  const columns = ["mos", "lost", "lostByParty", "jitter", "roundTrip"] as const;
  return (
    <>
      <h3 className="mt-6 mb-2 font-semibold">{t("quality.title")}</h3>
      <div className="overflow-x-auto">
        <table className="digits w-full text-start text-sm">
          <thead>
            <tr className="text-ink-soft">
              <th scope="col" className="text-start font-medium">
                {t("quality.leg")}
              </th>
              {columns.map((column) => (
                <th key={column} scope="col" className="px-2 py-1 text-end font-medium">
                  {t(`quality.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {legs.map((leg) => (
              <tr key={leg.seq}>
                <th scope="row" className="py-1 text-start font-medium">
                  {leg.agent ? t("quality.agent") : t("quality.customer")}
                </th>
                <td className="px-2 text-end">{(leg.mos / 100).toFixed(2)}</td>
                <td className="px-2 text-end">{share(leg.lost)}</td>
                <td className="px-2 text-end">{share(leg.lost_by_party)}</td>
                <td className="px-2 text-end">{ms(leg.jitter_us)}</td>
                <td className="px-2 text-end">{ms(leg.round_trip_us)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** Whose the time of a conversation was. */
function Talk({ part }: { part: CallTalk }) {
  const { t, i18n } = useTranslation();
  const shares = [
    ["agent", part.agent_us],
    ["customer", part.customer_us],
    ["both", part.both_us],
    ["nobody", part.nobody_us],
  ] as const;
  const whole = Math.max(
    1,
    shares.reduce((sum, [, us]) => sum + us, 0),
  );
  return (
    <>
      <h3 className="mt-6 mb-2 font-semibold">{t("talk.title")}</h3>
      <dl className="digits flex flex-wrap gap-x-6 gap-y-1 text-sm">
        {shares.map(([who, us]) => (
          <div key={who} className="flex gap-2">
            <dt className="text-ink-soft">{t(`talk.${who}`)}</dt>
            <dd>{percent(us / whole, i18n.language, 0)}</dd>
          </div>
        ))}
        <div className="flex gap-2">
          <dt className="text-ink-soft">{t("talk.deadAir")}</dt>
          <dd>{part.dead_airs}</dd>
        </div>
        <div className="flex gap-2">
          <dt className="text-ink-soft">{t("talk.talkOver")}</dt>
          <dd>{part.talk_overs}</dd>
        </div>
      </dl>
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
