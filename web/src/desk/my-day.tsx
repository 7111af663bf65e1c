// My day: the server's figures, and my last calls.
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { clock, duration } from "../i18n/format";
import { useLive } from "../live/hooks";
import { useSession } from "../session/session";
import { Empty, Failed, Loading } from "../ui/states";
import { MyStats } from "./my-stats";

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
  return (
    <section aria-label={t("myDay.title")} className="panel">
      <h2 className="border-b border-line px-5 py-3 font-semibold">{t("myDay.title")}</h2>
      <MyStats />
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
