// The call in hand, or the one being wrapped up: who it is, what time it is for them, and what can be
// done with it.
import { CircleDot, CirclePause } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { AgentView, CallView } from "../api/words";
import { Elapsed } from "../ui/agent-state";
import { LineQuality } from "../ui/line-quality";
import { CallVerbs } from "./call-verbs";
import { Columns, Fact, Facts, LocalTime } from "./facts";

export function CallCard({ agent, call }: { agent: AgentView; call: CallView }) {
  const { t } = useTranslation();
  const number = call.direction === "outbound" ? call.called : call.calling;
  const live = agent.state !== "wrap_up";
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
        {live && <LineQuality legs={call.legs} />}
        {live && call.recording && <Recorded mark={call.recording} />}
        {live && (
          <p className="text-3xl font-semibold tracking-tight">
            <span className="sr-only">{t("call.length")} </span>
            <Elapsed since={call.since} />
          </p>
        )}
      </div>
      <Facts>
        <LocalTime clock={call.lead} />
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
        <Columns fields={call.lead?.fields} />
      </Facts>
      <div className="flex flex-wrap gap-2 px-5 py-4">
        <CallVerbs agent={agent} call={call} />
      </div>
    </section>
  );
}

/** A word and a shape beside the colour: red alone says nothing to one man in twelve. */
function Recorded({ mark }: { mark: NonNullable<CallView["recording"]> }) {
  const { t } = useTranslation();
  const Icon = mark === "paused" ? CirclePause : CircleDot;
  const tone = mark === "paused" ? "border-line text-ink-soft" : "border-bad/40 text-bad";
  return (
    <p className={`flex items-center gap-1.5 rounded-full border px-2.5 py-1 text-sm ${tone}`}>
      <Icon size={14} aria-hidden />
      {t(`call.recording.${mark}`)}
    </p>
  );
}
