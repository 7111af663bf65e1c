// Who waits, and for how long.
import { useTranslation } from "react-i18next";

import { useLive } from "../live/hooks";
import { Elapsed } from "../ui/agent-state";
import { Empty } from "../ui/states";

export function QueueCards() {
  const { t } = useTranslation();
  const queues = useLive((store) => store.all("queue"));
  return (
    <section aria-label={t("pages.queues")} className="panel">
      <h2 className="border-b border-line px-4 py-3 font-semibold">{t("pages.queues")}</h2>
      {queues.length === 0 && <Empty title={t("queue.none")} text={t("queue.noneWhy")} />}
      <ul className="divide-y divide-line">
        {queues.map((queue) => (
          <li key={queue.id} className="flex items-center gap-4 px-4 py-2.5">
            <div className="min-w-0 flex-1">
              <p className="truncate font-medium">{queue.name}</p>
              <p className="digits text-sm text-ink-soft">
                {t("queue.served", {
                  answered: queue.answered,
                  offered: queue.offered,
                  abandoned: queue.abandoned,
                })}
              </p>
            </div>
            <p className="digits text-sm text-ink-soft">
              {t("queue.ready", { ready: queue.ready })}
              {queue.places > 0 && (
                <span className="block">{t("queue.places", { count: queue.places })}</span>
              )}
              {queue.likely_wait_s != null && (
                <span className="block">
                  {t("queue.likelyWait", { minutes: Math.ceil(queue.likely_wait_s / 60) })}
                </span>
              )}
            </p>
            <p
              className={`digits min-w-20 rounded-lg px-3 py-1 text-center ${
                queue.waiting > 0 ? "bg-wrap-soft text-wrap" : "bg-sunken text-ink-soft"
              }`}
            >
              <span className="text-lg font-semibold">{queue.waiting}</span>{" "}
              {queue.oldest_since && <Elapsed since={queue.oldest_since} />}
              <span className="sr-only">{t("queue.waiting")}</span>
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
