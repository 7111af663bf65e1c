// Why the campaign dials as it does: the pacer's last decision in its own sentence, and where the
// leads stand.
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";

/** The newest decision of a campaign that runs. */
export function Decision({ campaign, running }: { campaign: string; running: boolean }) {
  const { t } = useTranslation();
  const found = useQuery({
    queryKey: ["pacing", campaign],
    enabled: running,
    refetchInterval: 5000,
    queryFn: () =>
      answer(api.GET("/v1/campaigns/{id}/pacing", { params: { path: { id: campaign } } })),
  });
  const last = found.data?.toSorted((a, b) => b.at.localeCompare(a.at))[0];
  if (!running || !last) return null;
  return (
    <p className="border-t border-line pt-3 text-sm text-ink-soft">
      <span className="font-medium text-ink">{t("campaign.why")}</span>{" "}
      <span lang="en">{last.sentence}</span>
    </p>
  );
}

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
