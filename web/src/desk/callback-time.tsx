// When to call again, and who is to. The day and the time are by the customer's clock, with the agent's
// own beside each; a time that their clock does not show that day is not there to be chosen, and one that
// it shows twice stands there twice.
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type Ref, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { CallView } from "../api/words";
import { moment } from "../i18n/format";
import { useNow } from "../live/hooks";
import { Labelled } from "../ui/field";
import type { components } from "../../generated/schema";
import { dayIn, isOffHours, isWithin, isZone, type Slot, slotsOf, spanOf, type Stretch } from "./clocks";

export type CallbackBy = components["schemas"]["CallbackBy"];
export type Callback = {
  at: number | undefined;
  by: CallbackBy;
  /** Where they say that they live, while the server does not know. */
  zone?: string;
};

type Props = {
  ref: Ref<HTMLSelectElement>;
  call: CallView;
  value: Callback;
  onChange: (value: Callback) => void;
  onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
  fault: string | undefined;
  hint: string | undefined;
};

export function CallbackTime({ ref, call, value, onChange, onKeyDown, fault, hint }: Props) {
  const { t } = useTranslation();
  const now = useNow(30_000);
  const known = knownZone(call);
  const guessed = guessedZone(call, value);
  const zone = known ?? guessed;
  const likely = (call.lead?.zones ?? []).filter(isZone);
  const [day, turn] = useState(() => dayIn(zone, value.at ?? now));
  const open = useHours(call, day, zone);
  const slots = useMemo(() => slotsOf(day, zone), [day, zone]);
  const closed = ({ at }: Slot) => open !== undefined && !isWithin(open, at);
  const ahead = slots.filter(({ at }) => at > now);

  /** The same time of another day, or nothing where it cannot be then; the server has the last word
   * on a day whose hours are not read yet. */
  const move = (to: string, within: string) => {
    const time = slots.find(({ at }) => at === value.at)?.time;
    const same = slotsOf(to, within).find((slot) => slot.time === time && slot.at > now);
    onChange({ ...value, at: same?.at, zone: within });
  };
  return (
    <fieldset className="grid gap-3 rounded-lg border border-line p-3">
      <legend className="px-1 text-sm font-medium">{t("dispositions.callback")}</legend>
      {!known && <ZoneOf zone={guessed} likely={likely} choose={(to) => move(day, to)} />}
      <div className="grid grid-cols-2 items-start gap-3">
        <Labelled label={t("dispositions.theirDay")}>
          {({ id }) => (
            <input
              id={id}
              type="date"
              value={day}
              min={dayIn(zone, now)}
              onKeyDown={onKeyDown}
              onChange={({ target }) => (turn(target.value), move(target.value, zone))}
              className="field"
            />
          )}
        </Labelled>
        <Labelled
          label={t("dispositions.theirTime")}
          fault={fault}
          hint={ahead.every(closed) ? t("dispositions.noTime") : hint}
        >
          {({ id, describedBy, invalid }) => (
            <select
              id={id}
              ref={ref}
              aria-describedby={describedBy}
              aria-invalid={invalid || undefined}
              value={value.at ?? ""}
              onKeyDown={onKeyDown}
              onChange={({ target }) =>
                onChange({ ...value, at: target.value ? Number(target.value) : undefined })
              }
              className="field"
            >
              <option value="">{t("dispositions.chooseTime")}</option>
              {ahead.map((slot) => (
                <option key={slot.at} value={slot.at} disabled={closed(slot)}>
                  {slot.offset ? `${slot.time} (UTC${slot.offset})` : slot.time}
                </option>
              ))}
            </select>
          )}
        </Labelled>
      </div>
      <Clocks at={value.at} zone={zone} known={known !== undefined} bound={open !== undefined} />
      <WhoCalls by={value.by} choose={(by) => onChange({ ...value, by })} />
    </fieldset>
  );
}

function knownZone(call: CallView): string | undefined {
  return isZone(call.lead?.zone) ? call.lead.zone : undefined;
}

function guessedZone(call: CallView, value: Callback): string {
  return value.zone ?? call.lead?.zones.find(isZone) ?? OWN_ZONE;
}

/** The zone that the time was agreed in, where the server does not know it. */
export function agreedZone(call: CallView, value: Callback): string | undefined {
  return knownZone(call) ? undefined : guessedZone(call, value);
}

/** What both clocks show, and whether it is late there. */
function Clocks(props: { at: number | undefined; zone: string; known: boolean; bound: boolean }) {
  const { at, zone, known, bound } = props;
  const { t, i18n } = useTranslation();
  const time = at === undefined ? "" : (slotAt(at, zone)?.time ?? "");
  const late = at !== undefined && !bound && isOffHours(time);
  return (
    <div aria-live="polite" className="grid gap-0.5 text-sm text-ink-soft">
      <p>
        {known ? t("dispositions.inZone", { zone }) : t("dispositions.zoneUnknown")}
        {bound && ` ${t("dispositions.greyed")}`}
      </p>
      {at !== undefined && (
        <p className="digits text-ink">
          {t("dispositions.theirs", { at: moment(at, i18n.language, zone) })} ·{" "}
          {t("dispositions.ours", { at: moment(at, i18n.language, OWN_ZONE) })}
        </p>
      )}
      {late && <p className="font-medium text-wrap">{t("call.lateThere")}</p>}
    </div>
  );
}

function slotAt(at: number, zone: string): Slot | undefined {
  return slotsOf(dayIn(zone, at), zone).find((slot) => slot.at === at);
}

type ZoneProps = { zone: string; likely: readonly string[]; choose: (zone: string) => void };

/** Nobody knows where they live: the agent may ask, and say. Where they may be comes first. */
function ZoneOf({ zone, likely, choose }: ZoneProps) {
  const { t } = useTranslation();
  const others = ZONES.filter((name) => !likely.includes(name));
  return (
    <Labelled label={t("dispositions.zone")}>
      {({ id }) => (
        <select
          id={id}
          value={zone}
          onChange={({ target }) => choose(target.value)}
          className="field"
        >
          {[...likely, ...others].map((name) => (
            <option key={name} value={name}>
              {name === OWN_ZONE ? t("dispositions.ownZone", { zone: name }) : name}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

function WhoCalls({ by, choose }: { by: CallbackBy; choose: (by: CallbackBy) => void }) {
  const { t } = useTranslation();
  const me = useQuery({ queryKey: ["me"], queryFn: () => answer(api.GET("/v1/me")) });
  const alone = me.data?.agent?.teams?.length === 0;
  return (
    <fieldset className="grid gap-1">
      <legend className="mb-1 text-sm font-medium">{t("dispositions.who")}</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-1">
        {CALLERS.map((one) => (
          <label key={one} className="flex items-center gap-1.5 text-sm">
            <input
              type="radio"
              name="callback-by"
              checked={by === one}
              disabled={one === "team" && alone}
              onChange={() => choose(one)}
              className="size-4 accent-accent"
            />
            {t(`dispositions.by.${one}`)}
          </label>
        ))}
      </div>
      <p className="text-sm text-ink-soft">{t(`dispositions.byWhy.${by}`)}</p>
    </fieldset>
  );
}

/** When the person of this call may be called on that day; nothing until it is known. */
function useHours(call: CallView, day: string, zone: string): readonly Stretch[] | undefined {
  const span = spanOf(day);
  const found = useQuery({
    queryKey: ["calling-hours", call.id, day, zone],
    enabled: span !== undefined,
    // A call's record comes a moment after its end.
    retry: 3,
    queryFn: () =>
      answer(
        api.GET("/v1/me/calling-hours", {
          params: { query: { call: call.id, from: span?.from ?? "", until: span?.until ?? "" } },
        }),
      ),
  });
  return found.data?.open;
}

const CALLERS: readonly CallbackBy[] = ["anyone", "team", "me"];
const OWN_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const ZONES = [...new Set([OWN_ZONE, ...Intl.supportedValuesOf("timeZone")])];
