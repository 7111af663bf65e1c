// My figures of today, as the server counts them (R84-R95): calls, conversion, and where the time went.
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { clock, duration, percent } from "../i18n/format";
import { useLive } from "../live/hooks";
import { useSession } from "../session/session";
import { Failed, Loading } from "../ui/states";

const TIMES = [
  ["available_us", "bg-good"],
  ["ring_us", "bg-accent"],
  ["talk_us", "bg-busy"],
  ["hold_us", "bg-hold"],
  ["wrap_up_us", "bg-wrap"],
  ["pause_us", "bg-rest"],
] as const;

export function MyStats() {
  const { t, i18n } = useTranslation();
  const { user } = useSession();
  // The figures change when my state does.
  const since = useLive((store) => store.one("agent", user.agent)?.since);
  const found = useQuery({
    queryKey: ["my-stats", since],
    placeholderData: (before) => before,
    refetchInterval: 60_000,
    queryFn: () => {
      const from = new Date(new Date().setHours(0, 0, 0, 0)).toISOString();
      return answer(api.GET("/v1/me/stats", { params: { query: { from } } }));
    },
  });
  if (found.isPending) return <Loading lines={3} />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const mine = found.data;
  const at = (when: string | null | undefined) => (when ? clock(when, i18n.language) : "–");
  const spent = (us: number) => duration(us / 1000);
  const rate = mine.conversion_rate;
  return (
    <>
      <dl className="grid grid-cols-2 gap-px border-b border-line bg-line sm:grid-cols-4">
        <Figure name={t("stats.total_calls")} value={String(mine.total_calls)} />
        <Figure name={t("stats.calls_handled")} value={String(mine.calls_handled)} />
        <Figure
          name={t("stats.conversion_rate")}
          value={typeof rate === "number" ? percent(rate, i18n.language) : "–"}
        />
        <Figure name={t("stats.login_us")} value={spent(mine.login_us)} />
        <Figure name={t("stats.first_activity_at")} value={at(mine.first_activity_at)} />
        <Figure name={t("stats.last_activity_at")} value={at(mine.last_activity_at)} />
        <Figure name={t("stats.break_us")} value={spent(mine.break_us)} />
        <Figure name={t("stats.pause_us")} value={spent(mine.pause_us)} />
      </dl>
      <div className="grid gap-3 border-b border-line px-5 py-4">
        <div aria-hidden className="flex h-2 overflow-hidden rounded-full bg-sunken">
          {TIMES.map(([name, tone]) => (
            <span key={name} className={tone} style={{ flexGrow: mine[name] }} />
          ))}
        </div>
        <dl className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
          {TIMES.map(([name, tone]) => (
            <div key={name} className="flex items-center gap-2">
              <span aria-hidden className={`size-2 rounded-full ${tone}`} />
              <dt className="text-ink-soft">{t(`stats.${name}`)}</dt>
              <dd className="digits font-medium">{spent(mine[name])}</dd>
            </div>
          ))}
        </dl>
        {mine.pauses.length > 0 && (
          <dl className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
            {mine.pauses.map(({ class: kind, text, us }) => (
              <div key={`${kind}${text}`} className="flex gap-2">
                <dt className="text-ink-soft">
                  {text ?? (kind ? t(`pauseClass.${kind}`) : t("state.not_ready"))}
                </dt>
                <dd className="digits">{spent(us)}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div className="bg-surface px-5 py-3">
      <dt className="text-xs text-ink-faint">{name}</dt>
      <dd className="digits text-xl font-semibold tracking-tight">{value}</dd>
    </div>
  );
}
