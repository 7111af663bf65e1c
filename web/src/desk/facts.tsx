// What is known of a person, as a grid of small facts, and what their clock shows.
import { Clock3 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { clock, hourIn } from "../i18n/format";
import { useNow } from "../live/hooks";
import { type PersonsClock, zonesOf } from "./clocks";

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

/** The person's own clock, or those that may be theirs; the hours in which one does not call stand out. */
export function LocalTime({ clock: at }: { clock: PersonsClock | null | undefined }) {
  const { t, i18n } = useTranslation();
  const now = useNow(10_000);
  const zones = zonesOf(at, now);
  const hours = zones.map((zone) => hourIn(zone, now) ?? 12);
  const late = hours.length > 0 && hours.every((hour) => hour < 8 || hour >= 21);
  const times = zones.map((zone) => clock(now, i18n.language, zone));
  const [first, last] = [times[0], times.at(-1)];
  const shown = times.length > 2 ? t("call.between", { first, last }) : times.join(" / ");
  return (
    <div className={`px-5 py-2.5 ${late ? "bg-wrap-soft text-wrap" : "bg-surface"}`}>
      <dt className={`flex items-center gap-1 text-xs ${late ? "" : "text-ink-faint"}`}>
        <Clock3 size={12} aria-hidden /> {late ? t("call.lateThere") : t("call.theirTime")}
      </dt>
      <dd className="digits">
        {shown || "–"}
        {times.length > 1 && <span className="sr-only"> {t("call.severalZones")}</span>}
      </dd>
    </div>
  );
}
