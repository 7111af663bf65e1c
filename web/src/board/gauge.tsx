// The abandon rate against the most that may be abandoned: a half circle that is full at twice the cap, so
// that the cap stands at the top in the middle whatever it is. Limits beside it are marked where they are.
import { useTranslation } from "react-i18next";

import { percent } from "../i18n/format";
import type { CampaignView } from "../api/words";

/** How near the cap is, in words that are also colours. */
export function nearness(rate: number, cap: number): "good" | "wrap" | "bad" {
  if (rate > cap) return "bad";
  return rate > cap * 0.75 ? "wrap" : "good";
}

/** How full the half circle is, 0 to 1. */
export function fullness(share: number, cap: number): number {
  if (share <= 0) return 0;
  return cap > 0 ? Math.min(share / (2 * cap), 1) : 1;
}

const STROKES = { good: "stroke-good", wrap: "stroke-wrap", bad: "stroke-bad" };
const RADIUS = 42;
const HALF = Math.PI * RADIUS;

/** The rate by the limit that binds now. */
export function Gauge({ campaign }: { campaign: CampaignView }) {
  const { t, i18n } = useTranslation();
  const { abandon_cap: cap, abandon_cap_by, abandon_limits } = campaign;
  const binding = abandon_limits.find(({ binds }) => binds) ?? abandon_limits[0];
  const rate = binding?.rate ?? campaign.abandon_rate;
  const share = fullness(rate, cap);
  const shown = percent(rate, i18n.language);
  const limit = percent(cap, i18n.language);
  const of = t(`campaign.capBy.${abandon_cap_by}`);
  const marks = new Set(abandon_limits.map(({ policy }) => policy.limit_permille / 1000));
  marks.delete(cap);
  return (
    <figure className="grid w-32 shrink-0 justify-items-center">
      <svg
        viewBox="0 0 100 56"
        className="w-full"
        role="img"
        aria-label={t("gauge.label", { rate: shown, limit, of })}
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
            className={`${STROKES[nearness(rate, cap)]} transition-[stroke-dasharray] duration-500`}
          />
        )}
        <path d="M50 1v12" strokeWidth="2" className="stroke-ink" />
        {[...marks].map((mark) => (
          <path
            key={mark}
            d="M4 50h8"
            strokeWidth="1.5"
            className="stroke-ink-soft"
            transform={`rotate(${fullness(mark, cap) * 180} 50 50)`}
          />
        ))}
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
        {t("gauge.limit", { limit })} · {of}
        {binding && (
          <span className="block text-ink-faint">{t(`period.${binding.policy.over}`)}</span>
        )}
      </figcaption>
    </figure>
  );
}
