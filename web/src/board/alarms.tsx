// What must be looked at now: dialling stopped, a carrier that does not answer, a webhook that was
// paused because nobody took what it was told.
import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { may } from "../app/pages";
import { useLive } from "../live/hooks";
import { useSession } from "../session/session";

export function Alarms() {
  const { t } = useTranslation();
  const stopped = useLive((store) => store.totals?.dialling_stopped);
  const trunks = useLive((store) => store.all("trunk"));
  const down = trunks.filter((trunk) => trunk.enabled && !trunk.up);
  const paused = usePausedWebhooks();
  if (!stopped && down.length === 0 && paused.length === 0) return null;
  return (
    <div
      role="alert"
      className="grid gap-1 rounded-xl border border-bad/40 bg-bad-soft px-4 py-3 text-bad"
    >
      {stopped && (
        <p className="flex items-center gap-2">
          <TriangleAlert size={17} aria-hidden /> {t("board.stopped", { why: stopped })}
        </p>
      )}
      {down.map((trunk) => (
        <p key={trunk.id} className="flex items-center gap-2">
          <TriangleAlert size={17} aria-hidden /> {t("board.trunkDown", { name: trunk.name })}
        </p>
      ))}
      {paused.map(({ id, name }) => (
        <p key={id} className="flex items-center gap-2">
          <TriangleAlert size={17} aria-hidden /> {t("board.webhookPaused", { name })}
        </p>
      ))}
    </div>
  );
}

/** Those who may see webhooks are told; nobody else asks. */
function usePausedWebhooks(): readonly { id: string; name: string }[] {
  const { user } = useSession();
  const found = useQuery({
    queryKey: ["/v1/webhooks", "paused"],
    queryFn: () => answer(api.GET("/v1/webhooks", { params: { query: { limit: 100 } } })),
    enabled: may(user, "webhooks"),
    refetchInterval: 30_000,
  });
  return found.data?.items.filter(({ health }) => health.paused_at) ?? [];
}
