// My promises of today: whom I said I would call back, by both clocks, to look at or, where my profile
// lets me, to dial (R149).
import { useQuery } from "@tanstack/react-query";
import { PhoneOutgoing } from "lucide-react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { AgentView } from "../api/words";
import { clock } from "../i18n/format";
import { useLive } from "../live/hooks";
import { Button } from "../ui/button";
import { useCallVerb, whyNot } from "./actions";
import { useDirectory } from "./directory";

export function Promised({ agent }: { agent: AgentView }) {
  const { t, i18n } = useTranslation();
  // A wrap-up that ends may have made a promise, and a call may have kept one.
  const since = useLive((store) => store.one("agent", agent.id)?.since);
  const found = useQuery({
    queryKey: ["my-callbacks", since],
    placeholderData: (before) => before,
    queryFn: () => answer(api.GET("/v1/me/callbacks")),
  });
  const items = found.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <section aria-label={t("callback.mine")} className="panel">
      <h2 className="border-b border-line px-5 py-3 font-semibold">{t("callback.mine")}</h2>
      <ul className="divide-y divide-line">
        {items.map((promise) => (
          <li key={promise.id} className="digits flex items-baseline gap-3 px-5 py-2.5">
            <span className="font-medium">{clock(Date.parse(promise.due_at), i18n.language)}</span>
            <span className="min-w-0 flex-1">
              <span dir="ltr">{promise.number}</span>
              {promise.note && (
                <span className="block truncate text-sm text-ink-soft">{promise.note}</span>
              )}
            </span>
            <span className="text-sm text-ink-soft">
              {t("callback.theirs")} {promise.theirs}
            </span>
            <Keep agent={agent} promise={promise} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Calls them now, before the switch does: at its time, or sooner where there is a reason. */
function Keep({ agent, promise }: { agent: AgentView; promise: { id: string; number: string } }) {
  const { t } = useTranslation();
  const { data } = useDirectory(agent.state !== "logged_out");
  const { mutate, isPending } = useCallVerb();
  if (!data?.call_backs) return null;
  const refusal = whyNot(agent, "dial");
  return (
    <Button
      why={refusal ? t(refusal) : undefined}
      disabled={isPending}
      icon={<PhoneOutgoing size={16} aria-hidden />}
      aria-label={t("returned.callWhom", { whom: promise.number })}
      onClick={() => mutate({ do: "call_back", callback: promise.id })}
    >
      {t("returned.call")}
    </Button>
  );
}
