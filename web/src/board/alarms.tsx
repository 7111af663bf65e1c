// What must be looked at now: dialling stopped, a carrier that does not answer, a number that is no longer
// answered as it was, a webhook that was paused because nobody took what it was told.
import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { may } from "../app/pages";
import { percent } from "../i18n/format";
import { useLive } from "../live/hooks";
import { useSession } from "../session/session";
import type { components } from "../../generated/schema";

type CliHealth = components["schemas"]["CliHealth"];

export function Alarms() {
  const { t, i18n } = useTranslation();
  const stopped = useLive((store) => store.totals?.dialling_stopped);
  const trunks = useLive((store) => store.all("trunk"));
  const down = trunks.filter((trunk) => trunk.enabled && !trunk.up);
  const paused = usePausedWebhooks();
  const troubled = useTroubledNumbers();
  if (!stopped && [down, paused, troubled].every((some) => some.length === 0)) return null;
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
      {troubled.map((cli) => (
        <p key={cli.cli} className="flex items-center gap-2">
          <TriangleAlert size={17} aria-hidden /> {said(cli, t, i18n.language)}
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

type Troubled = CliHealth & { trouble: NonNullable<CliHealth["trouble"]> };

function said(cli: Troubled, t: TFunction, language: string) {
  const { trouble, lately, usually } = cli;
  // It is read from the left whatever stands around it.
  const number = `\u2066${cli.number}\u2069`;
  const share = (permille: number) => percent(permille / 1000, language);
  return trouble === "fallen"
    ? t("board.cliFallen", {
        number,
        lately: share(lately.answered_permille),
        usually: share(usually.answered_permille),
      })
    : t("board.cliBlocked", { number, lately: share(lately.blocked_permille) });
}

/** Those who may see the numbers are told how they fare. */
function useTroubledNumbers(): readonly Troubled[] {
  const { user } = useSession();
  const found = useQuery({
    queryKey: ["clis", "health"],
    queryFn: () => answer(api.GET("/v1/clis/health")),
    enabled: may(user, "telephony_read"),
    refetchInterval: 60_000,
  });
  return found.data?.filter((cli): cli is Troubled => !!cli.trouble) ?? [];
}
