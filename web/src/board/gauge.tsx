// The abandon rate against its legal ceiling: a half circle that is full at twice the ceiling, so that
// the ceiling stands at the top in the middle whatever it is.
import { useTranslation } from "react-i18next";

import { percent } from "../i18n/format";

type Props = { rate: number; ceiling: number | undefined; window: string | undefined };

/** How near the ceiling is, in words that are also colours. */
export function nearness(rate: number, ceiling: number): "good" | "wrap" | "bad" {
  if (rate > ceiling) return "bad";
  return rate > ceiling * 0.75 ? "wrap" : "good";
}

const STROKES = { good: "stroke-good", wrap: "stroke-wrap", bad: "stroke-bad" };
const RADIUS = 42;
const HALF = Math.PI * RADIUS;

export function Gauge({ rate, ceiling, window }: Props) {
  const { t, i18n } = useTranslation();
  const share = ceiling ? Math.min(rate / (2 * ceiling), 1) : 0;
  const near = ceiling === undefined ? "good" : nearness(rate, ceiling);
  const shown = percent(rate, i18n.language);
  const limit = ceiling === undefined ? "–" : percent(ceiling, i18n.language);
  return (
    <figure className="grid w-32 shrink-0 justify-items-center">
      <svg
        viewBox="0 0 100 56"
        className="w-full"
        role="img"
        aria-label={t("gauge.label", { rate: shown, limit })}
      >
        <path
          d="M8 50a42 42 0 0 1 84 0"
          fill="none"
          strokeWidth="8"
          strokeLinecap="round"
          className="stroke-sunken"
        />
        {share > 0 && (
          <path
            d="M8 50a42 42 0 0 1 84 0"
            fill="none"
            strokeWidth="8"
            strokeLinecap="round"
            strokeDasharray={`${share * HALF} ${HALF}`}
            className={`${STROKES[near]} transition-[stroke-dasharray] duration-500`}
          />
        )}
        <path d="M50 1v12" strokeWidth="2" className="stroke-ink" />
        <text
          x="50"
          y="48"
          textAnchor="middle"
          className="digits fill-ink text-[17px] font-semibold"
        >
          {shown}
        </text>
      </svg>
      <figcaption className="text-center text-xs text-ink-soft">
        {t("gauge.limit", { limit })}
        {window && <span className="block text-ink-faint">{window}</span>}
      </figcaption>
    </figure>
  );
}
