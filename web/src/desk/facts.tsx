// What is known of a person, as a grid of small facts, and what their clock shows.
import { Clock3 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { clock, hourIn } from "../i18n/format";
import { useNow } from "../live/hooks";

export function Facts({ children }: { children: ReactNode }) {
  return (
    <dl className="grid grid-cols-2 gap-px border-y border-line bg-line sm:grid-cols-3">
      {children}
    </dl>
  );
}

export function Fact({
  name,
  value,
  ltr,
}: {
  name: string;
  value?: string | null | undefined;
  ltr?: boolean;
}) {
  return (
    <div className="bg-surface px-5 py-2.5">
      <dt className="text-xs text-ink-faint">{name}</dt>
      <dd className="digits truncate" dir={ltr ? "ltr" : undefined}>
        {value || "–"}
      </dd>
    </div>
  );
}

/** Every other column of the import. */
export function Columns({ fields }: { fields: Record<string, string> | undefined }) {
  return Object.entries(fields ?? {}).map(([name, value]) => (
    <Fact key={name} name={name} value={value} />
  ));
}

/** The person's own clock; the hours in which one does not call stand out. */
export function LocalTime({ zone }: { zone: string | null | undefined }) {
  const { t, i18n } = useTranslation();
  const now = useNow(10_000);
  const hour = zone ? hourIn(zone, now) : undefined;
  const late = hour !== undefined && (hour < 8 || hour >= 21);
  return (
    <div className={`px-5 py-2.5 ${late ? "bg-wrap-soft text-wrap" : "bg-surface"}`}>
      <dt className={`flex items-center gap-1 text-xs ${late ? "" : "text-ink-faint"}`}>
        <Clock3 size={12} aria-hidden /> {late ? t("call.lateThere") : t("call.theirTime")}
      </dt>
      <dd className="digits">{zone ? clock(now, i18n.language, zone) : "–"}</dd>
    </div>
  );
}
