// Campaigns: whom they dial, when, how often, how fast, and what the law says about abandoned calls.
import { useTranslation } from "react-i18next";

import { collection } from "./collection";
import type { Field } from "./field";
import { ResourcePage } from "./resource";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const DISPOSITIONS: Field = {
  path: "dispositions",
  label: "dispositions",
  kind: "rows",
  fresh: () => ({ code: "", label: "", hot_key: null, note_required: false, flags: {} }),
  fields: [
    { path: "label", label: "label", kind: "text", required: true, max: 60 },
    {
      path: "code",
      label: "code",
      hint: "dispositionCode",
      kind: "text",
      required: true,
      max: 32,
      ltr: true,
    },
    { path: "hot_key", label: "hot_key", hint: "hotKey", kind: "text", max: 1 },
    { path: "recycle_after_s", label: "recycle_after_s", kind: "number", min: 60 },
    { path: "flags.success", label: "success", kind: "switch" },
    { path: "flags.contact", label: "contact", kind: "switch" },
    { path: "flags.callback", label: "callback", kind: "switch" },
    { path: "flags.dnc", label: "dnc", kind: "switch" },
    { path: "note_required", label: "note_required", kind: "switch" },
  ],
};

const FIELDS: readonly Field[] = [
  { path: "name", label: "name", kind: "text", required: true, max: 100 },
  { path: "lists", label: "lists", kind: "refs", of: "/v1/lists" },
  { path: "trunks", label: "trunks", kind: "refs", of: "/v1/trunks" },
  { path: "cli", label: "cli", hint: "campaignCli", kind: "text", ltr: true },
  { path: "mode.max_live", label: "max_live", kind: "number", min: 1, max: 1000 },
  { path: "ring_timeout_s", label: "ring_timeout_s", kind: "number", min: 15, max: 60 },
  {
    path: "connect_within_ms",
    label: "connect_within_ms",
    hint: "connectWithin",
    kind: "number",
    min: 0,
    max: 2000,
  },
  { path: "max_attempts", label: "max_attempts", kind: "number", min: 1, max: 100 },
  { path: "max_attempts_24h", label: "max_attempts_24h", kind: "number", min: 1, max: 24 },
  { path: "wrap_up_s", label: "wrap_up_s", kind: "number", min: 0, max: 3600 },
  { path: "auto_ready", label: "auto_ready", kind: "switch" },
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
    options: ["us", "uk", "ca", "au", "custom", "always"],
  },
  {
    path: "window.hours",
    label: "hours",
    kind: "rows",
    fresh: () => ({ days: [...DAYS], from: "09:00:00", to: "20:00:00" }),
    fields: [
      { path: "days", label: "days", kind: "several", options: DAYS },
      { path: "from", label: "from", kind: "text", required: true, ltr: true },
      { path: "to", label: "to", kind: "text", required: true, ltr: true },
    ],
  },
  { path: "window.closed_on", label: "closed_on", hint: "dates", kind: "lines" },
  { path: "notice", label: "notice", hint: "notice", kind: "text" },
  DISPOSITIONS,
];

export function Campaigns() {
  const { t } = useTranslation();
  return (
    <ResourcePage
      resource={{
        of: collection("/v1/campaigns"),
        title: t("pages.campaigns"),
        one: t("one.campaign"),
        empty: { title: t("empty.campaigns"), text: t("empty.campaignsWhy") },
        nameOf: (campaign) => campaign.name,
        fresh: () => ({
          name: "",
          lists: [],
          trunks: [],
          cli: null,
          mode: { kind: "progressive", max_live: 10 },
          ring_timeout_s: 25,
          max_attempts: 6,
          wrap_up_s: 30,
          auto_ready: true,
          abandon: { formula: "us", limit_permille: 30, over: "days30", zone: "America/New_York" },
          window: {
            profile: "us",
            hours: [{ days: [...DAYS], from: "08:00:00", to: "21:00:00" }],
            closed_on: [],
          },
          dispositions: [],
        }),
        columns: [
          { id: "name", name: t("fields.name"), value: (campaign) => campaign.name },
          {
            id: "running",
            name: t("fields.state"),
            value: (campaign) =>
              campaign.running ? t("campaign.dialling") : t("campaign.stopped"),
          },
          {
            id: "lists",
            name: t("fields.lists"),
            value: (campaign) => campaign.lists?.length,
            end: true,
          },
          {
            id: "attempts",
            name: t("fields.max_attempts"),
            value: (campaign) => campaign.max_attempts,
            end: true,
          },
          {
            id: "ceiling",
            name: t("fields.limit_permille"),
            value: (campaign) => campaign.abandon?.limit_permille,
            end: true,
          },
          {
            id: "dispositions",
            name: t("fields.dispositions"),
            value: (campaign) => campaign.dispositions?.length,
            end: true,
          },
        ],
        fields: FIELDS,
      }}
    />
  );
}
