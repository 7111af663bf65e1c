// My calls of today and what they add up to. The figures are sums over the server's records.
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { Call } from "../api/words";
import { clock, duration } from "../i18n/format";
import { useLive } from "../live/hooks";
import { useSession } from "../session/session";
import { Empty, Failed, Loading } from "../ui/states";

export type Sums = {
  total: number;
  handled: number;
  talkMs: number;
  longestMs: number;
  withResult: number;
};

/** R88, R92, R93: delivered to me, answered by me, and how long we spoke. */
export function sums(calls: readonly Call[]): Sums {
  const mine = calls.filter((call) => call.direction !== "line");
  const talks = mine.map((call) => call.talk_ms ?? 0);
  return {
    total: mine.length,
    handled: mine.filter((call) => call.connected_at).length,
    talkMs: talks.reduce((sum, ms) => sum + ms, 0),
    longestMs: talks.reduce((most, ms) => Math.max(most, ms), 0),
    withResult: mine.filter((call) => call.disposition).length,
  };
}

export function MyDay() {
  const { t, i18n } = useTranslation();
  const { user } = useSession();
  // A call that ended changes my figures, and my state changes when one ends.
  const since = useLive((store) => store.one("agent", user.agent)?.since);
  const today = useQuery({
    queryKey: ["my-calls", since],
    placeholderData: (before) => before,
    queryFn: () => {
      const from = new Date(new Date().setHours(0, 0, 0, 0)).toISOString();
      return answer(api.GET("/v1/me/calls", { params: { query: { from, limit: 200 } } }));
    },
  });
  const calls = useMemo(
    () => today.data?.items.filter((call) => call.direction !== "line") ?? [],
    [today.data],
  );
  const figures = useMemo(() => sums(calls), [calls]);
  const average = figures.handled ? figures.talkMs / figures.handled : 0;
  return (
    <section aria-label={t("myDay.title")} className="panel">
      <h2 className="border-b border-line px-5 py-3 font-semibold">{t("myDay.title")}</h2>
      <dl className="grid grid-cols-2 gap-px border-b border-line bg-line sm:grid-cols-5">
        <Figure name={t("myDay.total")} value={String(figures.total)} />
        <Figure name={t("myDay.handled")} value={String(figures.handled)} />
        <Figure name={t("myDay.talk")} value={duration(figures.talkMs)} />
        <Figure name={t("myDay.average")} value={duration(average)} />
        <Figure name={t("myDay.longest")} value={duration(figures.longestMs)} />
      </dl>
      {today.isPending ? (
        <Loading lines={4} />
      ) : today.isError ? (
        <Failed error={today.error} retry={() => void today.refetch()} />
      ) : calls.length === 0 ? (
        <Empty title={t("myDay.none")} text={t("myDay.noneWhy")} />
      ) : (
        <ol className="divide-y divide-line">
          {calls.slice(0, 12).map((call) => (
            <li
              key={call.id}
              className="digits grid grid-cols-[5.5rem_1fr_auto_4rem] items-center gap-3 px-5 py-2 text-sm"
            >
              <time className="text-ink-soft">{clock(call.started_at, i18n.language)}</time>
              <span className="truncate" dir="ltr">
                {call.direction === "outbound" ? call.called : call.calling}
              </span>
              <span className="text-ink-soft">
                {call.disposition ??
                  (call.outcome ? t(`outcome.${call.outcome}`) : t("myDay.noResult"))}
              </span>
              <span className="text-end">{duration(call.talk_ms ?? 0)}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div className="bg-surface px-5 py-3">
      <dt className="text-xs text-ink-faint">{name}</dt>
      <dd className="digits text-xl font-semibold">{value}</dd>
    </div>
  );
}
