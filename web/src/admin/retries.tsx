// When a campaign tries a lead again, outcome by outcome: as usual, never, or after some minutes.
import { useId } from "react";
import { Controller, useFormContext } from "react-hook-form";
import { useTranslation } from "react-i18next";

import type { components } from "../../generated/schema";

type Outcome = components["schemas"]["Outcome"];
type Retry = components["schemas"]["Retry"];
type Retries = Partial<Record<Outcome, Retry>>;

/** In the order in which a call meets them. */
const OUTCOMES: readonly Outcome[] = [
  "busy",
  "no_answer",
  "machine",
  "connected",
  "delivered",
  "hung_up",
  "abandoned",
  "no_media",
  "refused",
  "blocked",
  "bad_number",
  "carrier_failure",
  "configuration",
  "cancelled",
  "interrupted",
];

/** What a campaign starts from that leaves the usual time for its own. */
const FIRST_S = 3600;

export function RetriesInput({ path, legend, hint }: { path: string; legend: string; hint?: string }) {
  const { control } = useFormContext();
  return (
    <Controller
      control={control}
      name={path}
      render={({ field: { value, onChange } }) => {
        const retries = (value ?? {}) as Retries;
        return (
          <fieldset className="grid gap-2">
            <legend className="mb-1 text-sm font-medium">{legend}</legend>
            {hint && <p className="text-sm text-ink-soft">{hint}</p>}
            <div className="grid gap-x-6 gap-y-2 sm:grid-cols-2">
              {OUTCOMES.map((outcome) => (
                <RetryInput
                  key={outcome}
                  outcome={outcome}
                  retry={retries[outcome]}
                  onChange={(retry) => onChange(changed(retries, outcome, retry))}
                />
              ))}
            </div>
          </fieldset>
        );
      }}
    />
  );
}

type One = { outcome: Outcome; retry: Retry | undefined; onChange: (to: Retry | undefined) => void };

function RetryInput({ outcome, retry, onChange }: One) {
  const { t } = useTranslation();
  const id = useId();
  const name = t(`outcome.${outcome}`);
  const after_s = afterOf(retry);
  return (
    <div className="flex items-center gap-2 text-sm">
      <label htmlFor={id} className="min-w-0 flex-1 truncate">
        {name}
      </label>
      <select
        id={id}
        className="field w-auto!"
        value={retry === undefined ? "usual" : after_s === undefined ? "never" : "after"}
        onChange={({ target: { value } }) =>
          onChange(
            value === "usual" ? undefined : value === "never" ? "never" : { after_s: FIRST_S },
          )
        }
      >
        <option value="usual">{t("retries.usual")}</option>
        <option value="never">{t("retries.never")}</option>
        <option value="after">{t("retries.after")}</option>
      </select>
      {after_s !== undefined && (
        <input
          type="number"
          min={0}
          max={525_600}
          step="any"
          className="field w-24!"
          aria-label={t("retries.minutes", { outcome: name })}
          value={after_s / 60}
          onChange={({ target: { valueAsNumber: minutes } }) =>
            onChange({ after_s: Number.isNaN(minutes) ? 0 : Math.round(minutes * 60) })
          }
        />
      )}
    </div>
  );
}

function afterOf(retry: Retry | undefined): number | undefined {
  return typeof retry === "object" ? retry.after_s : undefined;
}

/** The same with another retry for one outcome; what is as usual is not named. */
export function changed(retries: Retries, outcome: Outcome, retry: Retry | undefined): Retries {
  const others = Object.entries(retries).filter(([known]) => known !== outcome);
  return Object.fromEntries(retry === undefined ? others : [...others, [outcome, retry]]);
}
