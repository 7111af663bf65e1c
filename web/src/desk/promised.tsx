// My promises of today: whom I said I would call back, by both clocks (R149).
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { clock } from "../i18n/format";
import { useLive } from "../live/hooks";
import { useSession } from "../session/session";

export function Promised() {
  const { t, i18n } = useTranslation();
  const { user } = useSession();
  // A wrap-up that ends may have made a promise, and a call may have kept one.
  const since = useLive((store) => store.one("agent", user.agent)?.since);
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
          </li>
        ))}
      </ul>
    </section>
  );
}
