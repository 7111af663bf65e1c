// Why the campaign dials as it does: the pacer's decisions of the last hour in their own sentences, and
// where the leads stand.
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { Button } from "../ui/button";
import { Failed, Loading } from "../ui/states";
import type { components } from "../../generated/schema";

type Paced = components["schemas"]["Paced"];

/** The newest decision of a campaign that runs, and behind it those of the last hour. */
export function Decision({ campaign, running }: { campaign: string; running: boolean }) {
  const { t } = useTranslation();
  const [open, show] = useState(false);
  const found = useQuery({
    queryKey: ["pacing", campaign],
    enabled: running || open,
    refetchInterval: 5000,
    queryFn: () =>
      answer(api.GET("/v1/campaigns/{id}/pacing", { params: { path: { id: campaign } } })),
  });
  const decisions = useMemo(
    () => found.data?.toSorted((a, b) => b.at.localeCompare(a.at)) ?? [],
    [found.data],
  );
  const [last] = decisions;
  return (
    <div className="grid gap-2 border-t border-line pt-3 text-sm text-ink-soft">
      {running && last && (
        <p>
          <span className="font-medium text-ink">{t("campaign.why")}</span>{" "}
          <span dir="ltr" lang="en">
            {last.sentence}
          </span>
        </p>
      )}
      <details open={open} onToggle={(event) => show(event.currentTarget.open)}>
        <summary className="w-fit cursor-pointer rounded text-accent-text">
          {t("campaign.decisions")}
        </summary>
        {open &&
          (found.isPending ? (
            <Loading lines={3} />
          ) : found.isError ? (
            <Failed error={found.error} retry={() => void found.refetch()} />
          ) : decisions.length === 0 ? (
            <p className="py-2">{t("campaign.noDecisions")}</p>
          ) : (
            <Decisions of={decisions} />
          ))}
      </details>
    </div>
  );
}

function Decisions({ of: decisions }: { of: readonly Paced[] }) {
  const { t, i18n } = useTranslation();
  const [most, showMost] = useState(DECISIONS_AT_ONCE);
  return (
    <>
      <ol
        tabIndex={0}
        aria-label={t("campaign.decisions")}
        className="mt-2 max-h-64 overflow-y-auto rounded-lg border border-line"
      >
        {decisions.slice(0, most).map((decision) => (
          <li
            key={`${decision.at}:${decision.sentence}`}
            className="flex gap-3 border-b border-line px-3 py-1.5 last:border-0"
          >
            <time dateTime={decision.at} className="digits shrink-0 text-ink">
              {exactly(decision.at, i18n.language)}
            </time>
            <span dir="ltr" lang="en">
              {decision.sentence}
            </span>
          </li>
        ))}
      </ol>
      {decisions.length > most && (
        <div className="mt-2">
          <Button onClick={() => showMost(most + DECISIONS_AT_ONCE)}>{t("common.more")}</Button>
        </div>
      )}
    </>
  );
}

/** To the second: several decisions share a minute. */
function exactly(at: string, language: string): string {
  return new Intl.DateTimeFormat(language, { timeStyle: "medium" }).format(new Date(at));
}

const DECISIONS_AT_ONCE = 100;

const PARTS = [
  ["dialable", "bg-good"],
  ["in_flight", "bg-busy"],
  ["waiting", "bg-accent"],
  ["out_of_window", "bg-wrap"],
  ["done", "bg-hold"],
  ["exhausted", "bg-rest"],
  ["bad_number", "bg-bad"],
  ["forbidden", "bg-bad"],
  ["unwanted", "bg-rest"],
  ["without_consent", "bg-bad"],
  ["resting", "bg-wrap"],
  ["do_not_call", "bg-bad"],
] as const;

/** Every lead in exactly one part, as a bar and in figures. */
export function Funnel({ campaign }: { campaign: string }) {
  const { t, i18n } = useTranslation();
  const found = useQuery({
    queryKey: ["funnel", campaign],
    refetchInterval: 30_000,
    queryFn: () =>
      answer(api.GET("/v1/campaigns/{id}/funnel", { params: { path: { id: campaign } } })),
  });
  const funnel = found.data;
  if (!funnel || funnel.total === 0) return null;
  const number = new Intl.NumberFormat(i18n.language);
  const parts = PARTS.filter(([name]) => funnel[name] > 0);
  return (
    <div className="grid gap-2">
      <div aria-hidden className="flex h-1.5 gap-px overflow-hidden rounded-full bg-sunken">
        {parts.map(([name, tone]) => (
          <span key={name} className={tone} style={{ flexGrow: funnel[name] }} />
        ))}
      </div>
      <dl aria-label={t("funnel.title")} className="flex flex-wrap gap-x-4 gap-y-1 text-xs">
        {parts.map(([name, tone]) => (
          <div key={name} className="flex items-center gap-1.5">
            <span aria-hidden className={`size-1.5 rounded-full ${tone}`} />
            <dt className="text-ink-soft">{t(`funnel.${name}`)}</dt>
            <dd className="digits font-medium">{number.format(funnel[name])}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
