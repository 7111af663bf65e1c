// How a call is heard now: the score of its worst leg as a shape, a colour and a figure, with a word for
// whoever sees neither.
import { Signal, SignalLow, SignalMedium, VolumeX, type LucideIcon } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { LegView } from "../api/words";
import { gradeOf, worstOf, type Grade } from "./grade";

const LOOKS: Record<Grade, { icon: LucideIcon; tone: string }> = {
  good: { icon: Signal, tone: "text-ink-soft" },
  fair: { icon: SignalMedium, tone: "text-hold" },
  poor: { icon: SignalLow, tone: "text-bad" },
  silent: { icon: VolumeX, tone: "text-bad" },
};

export function LineQuality({ legs }: { legs: LegView[] }) {
  const { t, i18n } = useTranslation();
  const worst = worstOf(legs);
  const grade = worst && gradeOf(worst);
  if (!grade) return null;
  const { icon: Icon, tone } = LOOKS[grade];
  const figure = new Intl.NumberFormat(i18n.language, { minimumFractionDigits: 1 });
  return (
    <span
      className={`digits inline-flex items-center gap-1 text-sm ${tone}`}
      title={t(`quality.${grade}`)}
    >
      <Icon size={15} aria-hidden />
      <span className="sr-only">{t(`quality.${grade}`)}</span>
      {grade !== "silent" && figure.format(Math.round((worst.mos ?? 0) / 10) / 10)}
    </span>
  );
}
