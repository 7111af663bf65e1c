// What the law asks of a dialer, by country, and the do-not-call registers that others keep. A campaign
// has the same fields of its own; of both, what is stricter counts.
import { useTranslation } from "react-i18next";

import { may } from "../app/pages";
import { useSession } from "../session/session";
import { collection } from "./collection";
import type { Field } from "./field";
import { closedDatesAt, DAYS, holidaysAt, hoursAt, regionHoursAt } from "./hours";
import { RegisterImport } from "./register-import";
import { ResourcePage } from "./resource";

export const CONSENTS = ["none", "express", "written"] as const;

/** From when the time counts within which a person meets an agent. */
export const CONNECT_FROM: Field = {
  path: "connect_from",
  label: "connect_from",
  kind: "select",
  options: ["answer", "greeting"],
};

/** How abandoned calls count, how long a number rests, and when people may be called. */
export const LAW: readonly Field[] = [
  { path: "abandon.formula", label: "formula", kind: "formula" },
  {
    path: "abandon.limit_permille",
    label: "limit_permille",
    hint: "permille",
    kind: "number",
    min: 0,
    max: 1000,
  },
  {
    path: "abandon.over",
    label: "over",
    kind: "select",
    options: ["hours24", "days30", "day", "calendar_month"],
  },
  {
    path: "abandon.zone",
    label: "time_zone",
    hint: "zone",
    kind: "text",
    required: true,
    ltr: true,
  },
  {
    path: "lock_out.after_abandoned_h",
    label: "after_abandoned_h",
    kind: "number",
    min: 0,
    max: 720,
  },
  { path: "lock_out.after_machine_h", label: "after_machine_h", kind: "number", min: 0, max: 720 },
  {
    path: "window.profile",
    label: "window_profile",
    kind: "select",
    options: ["us", "uk", "ca", "au", "de", "custom", "always"],
  },
  hoursAt("window.hours", "hours"),
  closedDatesAt("window.closed_on"),
  regionHoursAt("window.regions"),
  holidaysAt("window.holidays"),
];

const PROFILE_FIELDS: readonly Field[] = [
  { path: "name", label: "name", kind: "text", required: true, max: 100 },
  { path: "consent", label: "consent", kind: "select", options: CONSENTS },
  { path: "ring_min_s", label: "ring_min_s", kind: "number", min: 0, max: 60 },
  {
    path: "connect_within_ms",
    label: "connect_within_ms",
    hint: "connectWithin",
    kind: "number",
    min: 0,
    max: 60_000,
  },
  CONNECT_FROM,
  { path: "cancel_ringing", label: "cancel_ringing", kind: "switch" },
  { path: "opt_out_key", label: "opt_out_asked", kind: "switch" },
  { path: "caps.in_24h", label: "in_24h", hint: "noCap", kind: "number", min: 1, max: 24 },
  { path: "caps.in_day", label: "in_day", hint: "noCap", kind: "number", min: 1, max: 24 },
  { path: "caps.in_7d", label: "in_7d", hint: "noCap", kind: "number", min: 1, max: 100 },
  ...LAW,
  {
    path: "sources",
    label: "rule_sources",
    kind: "rows",
    fresh: () => ({ rule: "", basis: "", checked: false }),
    fields: [
      { path: "rule", label: "rule", kind: "text", required: true, ltr: true },
      { path: "basis", label: "basis", kind: "text", required: true },
      { path: "checked", label: "checked", kind: "switch" },
    ],
  },
];

export function LegalProfiles() {
  const { t } = useTranslation();
  const { user } = useSession();
  return (
    <ResourcePage
      resource={{
        of: collection("/v1/legal-profiles"),
        title: t("pages.legalProfiles"),
        one: t("one.legalProfile"),
        empty: { title: t("empty.legalProfiles"), text: t("empty.legalProfilesWhy") },
        mayChange: may(user, "law_write"),
        nameOf: (profile) => profile.name,
        fresh: () => ({
          name: "",
          consent: "none",
          ring_min_s: 15,
          connect_within_ms: 2000,
          connect_from: "answer",
          cancel_ringing: false,
          opt_out_key: false,
          caps: { in_24h: null, in_day: null, in_7d: null },
          abandon: { formula: "us", limit_permille: 30, over: "days30", zone: "America/New_York" },
          lock_out: { after_abandoned_h: 72, after_machine_h: 24 },
          window: {
            profile: "custom",
            hours: [{ days: [...DAYS], from: "09:00:00", to: "20:00:00" }],
            closed_on: [],
            regions: {},
            holidays: {},
          },
          sources: [],
        }),
        columns: [
          { id: "name", name: t("fields.name"), value: (profile) => profile.name },
          {
            id: "limit",
            name: t("fields.limit_permille"),
            value: (profile) => profile.abandon?.limit_permille,
            end: true,
          },
          {
            id: "ring",
            name: t("fields.ring_min_s"),
            value: (profile) => profile.ring_min_s,
            end: true,
          },
          {
            id: "consent",
            name: t("fields.consent"),
            value: (profile) => t(`options.${profile.consent ?? "none"}`),
          },
          {
            id: "checked",
            name: t("law.checked"),
            value: ({ sources = [] }) =>
              `${sources.filter(({ checked }) => checked).length} / ${sources.length}`,
            end: true,
          },
        ],
        fields: PROFILE_FIELDS,
      }}
    />
  );
}

export function DncRegisters() {
  const { t } = useTranslation();
  const { user } = useSession();
  return (
    <ResourcePage
      resource={{
        of: collection("/v1/dnc-registers"),
        title: t("pages.dncRegisters"),
        one: t("one.dncRegister"),
        empty: { title: t("empty.dncRegisters"), text: t("empty.dncRegistersWhy") },
        mayChange: may(user, "dnc_write"),
        nameOf: (register) => register.name,
        fresh: () => ({ name: "", fresh_for_days: 31, lifted_by: null }),
        columns: [
          { id: "name", name: t("fields.name"), value: (register) => register.name },
          {
            id: "fresh",
            name: t("fields.fresh_for_days"),
            value: (register) => register.fresh_for_days,
            end: true,
          },
          {
            id: "lifted",
            name: t("fields.lifted_by"),
            value: ({ lifted_by }) => lifted_by && t(`options.${lifted_by}`),
          },
        ],
        fields: [
          { path: "name", label: "name", kind: "text", required: true, max: 100 },
          {
            path: "fresh_for_days",
            label: "fresh_for_days",
            hint: "freshFor",
            kind: "number",
            min: 1,
            max: 366,
          },
          {
            path: "lifted_by",
            label: "lifted_by",
            hint: "liftedBy",
            kind: "select",
            options: ["express", "written"],
            optional: true,
          },
        ],
        extra: (register) => <RegisterImport register={register.id} />,
      }}
    />
  );
}
