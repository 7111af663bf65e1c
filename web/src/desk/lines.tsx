// My other calls: the third party of a consultation, and what I parked.
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import type { AgentView } from "../api/words";
import { useLive } from "../live/hooks";
import { Elapsed } from "../ui/agent-state";
import { Button } from "../ui/button";
import { useCallVerb } from "./actions";

export function Lines({ agent }: { agent: AgentView }) {
  const { t } = useTranslation();
  const { mutate } = useCallVerb();
  const calls = useLive((store) => store.all("call"));
  const others = useMemo(
    () =>
      calls
        .filter((call) => call.id !== agent.call && call.direction !== "line")
        .filter((call) => call.agent === agent.id || call.by === agent.id),
    [calls, agent.call, agent.id],
  );
  if (others.length === 0) return null;
  return (
    <section aria-label={t("lines.title")} className="panel">
      <h2 className="border-b border-line px-5 py-3 font-semibold">{t("lines.title")}</h2>
      <ul className="divide-y divide-line">
        {others.map((call) => (
          <li key={call.id} className="digits flex items-center gap-3 px-5 py-2.5">
            <span className="min-w-0 flex-1 truncate">
              <span dir="ltr">{call.direction === "inbound" ? call.calling : call.called}</span>
              <span className="block text-sm text-ink-soft">{t(`callState.${call.state}`)}</span>
            </span>
            <Elapsed since={call.since} />
            {call.state === "parked" && agent.allowed.includes("take") && (
              <Button onClick={() => mutate({ do: "take", call: call.id })}>
                {t("lines.take")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
