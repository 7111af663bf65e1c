// The board on a wall: large, few, and readable from the far end of the room. Escape leaves it.
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { usePressed } from "../app/keys";
import type { AgentState } from "../api/words";
import { clock } from "../i18n/format";
import { useLive, useNow } from "../live/hooks";
import { useSession } from "../session/session";
import { Elapsed, LOOKS, TONES } from "../ui/agent-state";
import { Denied } from "../ui/states";
import { Alarms } from "./alarms";
import { Gauge } from "./gauge";
import { TotalsStrip } from "./totals";

export function Wall() {
  const { t, i18n } = useTranslation();
  const { user } = useSession();
  const go = useNavigate();
  const now = useNow();
  usePressed((pressed) => {
    if (pressed === "Escape") void go({ to: "/board" });
    return pressed === "Escape";
  });
  if (user.role === "agent") return <Denied />;
  return (
    <div className="grid gap-6 p-6">
      <div className="flex items-baseline justify-between">
        <h1 className="text-3xl font-semibold tracking-tight">{t("board.floor")}</h1>
        <p className="digits text-3xl text-ink-soft">{clock(now, i18n.language)}</p>
      </div>
      <Alarms />
      <TotalsStrip large />
      <States />
      <div className="grid gap-6 lg:grid-cols-2">
        <Campaigns />
        <Queues />
      </div>
    </div>
  );
}

function States() {
  const { t } = useTranslation();
  const agents = useLive((store) => store.all("agent"));
  const counts = useMemo(() => {
    const found = new Map<AgentState, number>();
    for (const { state } of agents) found.set(state, (found.get(state) ?? 0) + 1);
    return found;
  }, [agents]);
  return (
    <ul className="grid grid-cols-2 gap-4 md:grid-cols-4 xl:grid-cols-6">
      {(Object.keys(LOOKS) as AgentState[])
        .filter((state) => counts.has(state))
        .map((state) => {
          const { icon: Icon, tone } = LOOKS[state];
          return (
            <li
              key={state}
              className={`flex items-center gap-4 rounded-2xl px-5 py-4 ${TONES[tone]}`}
            >
              <Icon size={34} aria-hidden />
              <span>
                <span className="digits block text-4xl leading-none font-semibold">
                  {counts.get(state)}
                </span>
                {t(`state.${state}`)}
              </span>
            </li>
          );
        })}
    </ul>
  );
}

function Campaigns() {
  const { t } = useTranslation();
  const campaigns = useLive((store) => store.all("campaign"));
  return (
    <ul className="grid content-start gap-4">
      {campaigns.slice(0, 4).map((campaign) => (
        <li key={campaign.id} className="panel flex items-center gap-6 px-6 py-4">
          <span className="min-w-0 flex-1">
            <span className="block truncate text-2xl font-semibold">{campaign.name}</span>
            <span className="text-ink-soft">
              {campaign.running
                ? (campaign.held_by ?? t("campaign.dialling"))
                : t("campaign.stopped")}
            </span>
          </span>
          <Gauge campaign={campaign} />
        </li>
      ))}
    </ul>
  );
}

function Queues() {
  const { t } = useTranslation();
  const queues = useLive((store) => store.all("queue"));
  return (
    <ul className="grid content-start gap-4">
      {queues.slice(0, 6).map((queue) => (
        <li key={queue.id} className="panel flex items-center gap-6 px-6 py-4">
          <span className="min-w-0 flex-1 truncate text-2xl font-semibold">{queue.name}</span>
          <span className="digits text-2xl text-ink-soft">
            {queue.oldest_since ? <Elapsed since={queue.oldest_since} /> : t("queue.empty")}
          </span>
          <span
            className={`digits rounded-2xl px-5 py-2 text-4xl font-semibold ${queue.waiting ? TONES.wrap : TONES.rest}`}
          >
            {queue.waiting}
          </span>
        </li>
      ))}
    </ul>
  );
}
