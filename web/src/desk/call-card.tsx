// The call in hand, or the one being wrapped up: who it is, what time it is for them, and what can be
// done with it.
import { Clock3 } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { AgentView, CallView } from "../api/words";
import { clock, hourIn } from "../i18n/format";
import { useNow } from "../live/hooks";
import { Elapsed } from "../ui/agent-state";
import { CallVerbs } from "./call-verbs";

export function CallCard({ agent, call }: { agent: AgentView; call: CallView }) {
  const { t } = useTranslation();
  const number = call.direction === "outbound" ? call.called : call.calling;
  const live = agent.state !== "wrap_up";
  const fields = Object.entries(call.lead?.fields ?? {});
  return (
    <section aria-label={t("call.title")} className="panel overflow-hidden">
      <div className="flex flex-wrap items-start gap-4 px-5 py-4">
        <div className="min-w-0 flex-1">
          <p className="text-sm text-ink-soft">
            {t(`direction.${call.direction}`)} · {t(`callState.${call.state}`)}
          </p>
          <h2 className="truncate text-2xl font-semibold tracking-tight">
            {call.lead?.name ?? number ?? t("call.withheld")}
          </h2>
          <p className="digits text-ink-soft" dir="ltr">
            {number}
          </p>
        </div>
        {live && (
          <p className="text-3xl font-semibold tracking-tight" aria-label={t("call.length")}>
            <Elapsed since={call.since} />
          </p>
        )}
      </div>
      <dl className="grid grid-cols-2 gap-px border-y border-line bg-line sm:grid-cols-3">
        <LocalTime zone={call.lead?.zone} />
        <Fact name={t("call.campaign")} value={call.campaign_name} />
        <Fact name={t("call.attempt")} value={call.lead && String(call.lead.attempts + 1)} />
        <Fact
          name={t("call.lastOutcome")}
          value={call.lead?.last_outcome && t(`outcome.${call.lead.last_outcome}`)}
        />
        <Fact
          name={t("call.cli")}
          value={call.direction === "outbound" ? call.calling : call.called}
          ltr
        />
        {fields.map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
      </dl>
      <div className="flex flex-wrap gap-2 px-5 py-4">
        <CallVerbs agent={agent} call={call} />
      </div>
    </section>
  );
}

function Fact({
  name,
  value,
  ltr,
}: {
  name: string;
  value?: string | null | undefined;
  ltr?: boolean;
}) {
  return (
    <div className="bg-surface px-5 py-2.5">
      <dt className="text-xs text-ink-faint">{name}</dt>
      <dd className="digits truncate" dir={ltr ? "ltr" : undefined}>
        {value || "–"}
      </dd>
    </div>
  );
}

/** The person's own clock; the hours in which one does not call stand out. */
function LocalTime({ zone }: { zone: string | null | undefined }) {
  const { t, i18n } = useTranslation();
  const now = useNow(10_000);
  const hour = zone ? hourIn(zone, now) : undefined;
  const late = hour !== undefined && (hour < 8 || hour >= 21);
  return (
    <div className={`px-5 py-2.5 ${late ? "bg-wrap-soft text-wrap" : "bg-surface"}`}>
      <dt className={`flex items-center gap-1 text-xs ${late ? "" : "text-ink-faint"}`}>
        <Clock3 size={12} aria-hidden /> {late ? t("call.lateThere") : t("call.theirTime")}
      </dt>
      <dd className="digits">{zone ? clock(now, i18n.language, zone) : "–"}</dd>
    </div>
  );
}
