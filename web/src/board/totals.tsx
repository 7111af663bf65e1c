// The whole switch in seven figures.
import { useTranslation } from "react-i18next";

import { useLive } from "../live/hooks";

const FIGURES = [
  "agents",
  "ready",
  "talking",
  "calls",
  "attempts",
  "connected",
  "abandoned",
] as const;

export function TotalsStrip({ large }: { large?: boolean }) {
  const { t, i18n } = useTranslation();
  const totals = useLive((store) => store.totals);
  const number = new Intl.NumberFormat(i18n.language);
  return (
    <dl className="panel grid grid-cols-2 gap-px overflow-hidden bg-line sm:grid-cols-4 xl:grid-cols-7">
      {FIGURES.map((figure) => (
        <div key={figure} className={`bg-surface ${large ? "px-6 py-5" : "px-4 py-3"}`}>
          <dt className={large ? "text-ink-soft" : "text-xs text-ink-faint"}>
            {t(`totals.${figure}`)}
          </dt>
          <dd className={`digits font-semibold tracking-tight ${large ? "text-5xl" : "text-2xl"}`}>
            {totals ? number.format(totals[figure]) : "–"}
          </dd>
        </div>
      ))}
    </dl>
  );
}
