// Queues, numbers that people call, numbers that we show, and the trunks between us and the world.
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { percent } from "../i18n/format";
import { useLive } from "../live/hooks";
import { may } from "../app/pages";
import { useSession } from "../session/session";
import { collection } from "./collection";
import type { Field } from "./field";
import { closedDatesAt, hoursAt } from "./hours";
import { nameOf, useNames } from "./inputs";
import { ResourcePage } from "./resource";

const OVERFLOW: Field = {
  path: "overflow",
  label: "overflow",
  kind: "union",
  tag: "to",
  variants: {
    notice: [],
    hang_up: [],
    voicemail: [],
    queue: [{ path: "queue", label: "queue", kind: "ref", of: "/v1/queues" }],
    agent: [{ path: "agent", label: "agent", kind: "ref", of: "/v1/agents" }],
    number: [{ path: "number", label: "number", hint: "e164", kind: "text", ltr: true }],
    workflow: [{ path: "workflow", label: "workflow", kind: "ref", of: "/v1/workflows" }],
  },
};

const NOTICE: Field = { path: "notice", label: "notice", hint: "nobodyNotice", kind: "clip" };

const OPENING: Field = {
  path: "opening",
  label: "opening",
  kind: "optional",
  fresh: () => ({
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    hours: [{ days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00:00", to: "17:00:00" }],
    closed_on: [],
    closed: { to: "notice" },
    notice: null,
  }),
  fields: [
    { path: "time_zone", label: "time_zone", hint: "zone", kind: "text", required: true, ltr: true },
    hoursAt("hours", "open"),
    closedDatesAt("closed_on"),
    { ...OVERFLOW, path: "closed", label: "closed" },
    { path: "notice", label: "notice", hint: "closedNotice", kind: "clip" },
  ],
};

const CALL_BACK: Field = {
  path: "call_back",
  label: "call_back",
  hint: "callBack",
  kind: "optional",
  fresh: () => ({ digit: 1, campaign: "", tries_max: 3, retry_s: 300, keep_s: 86_400 }),
  fields: [
    { path: "digit", label: "digit", kind: "number", min: 1, max: 9 },
    { path: "campaign", label: "campaign", kind: "ref", of: "/v1/campaigns", required: true },
    { path: "tries_max", label: "tries_max", kind: "number", min: 1, max: 10 },
    { path: "retry_s", label: "retry_s", kind: "number", min: 30, max: 86_400 },
    { path: "keep_s", label: "keep_s", kind: "number", min: 300, max: 604_800 },
  ],
};

export function Queues() {
  const { t } = useTranslation();
  return (
    <ResourcePage
      resource={{
        of: collection("/v1/queues"),
        title: t("pages.queues"),
        one: t("one.queue"),
        empty: { title: t("queue.none"), text: t("queue.noneWhy") },
        nameOf: (queue) => queue.name,
        fresh: () => ({
          name: "",
          length_max: 100,
          wait_ms_max: 600_000,
          service_level_ms: 20_000,
          announce_every_ms: 60_000,
          announce_wait: true,
          call_back: null,
          comfort: null,
          comfort_every_ms: 45_000,
          music: null,
          greeting: null,
          mail_to: null,
          script: null,
          crm: null,
          order: "longest_idle",
          auto_inactive_min: 0,
          transfers: true,
          record: false,
          overflow: { to: "notice" },
          notice: null,
          opening: null,
        }),
        columns: [
          { id: "name", name: t("fields.name"), value: (queue) => queue.name },
          {
            id: "length",
            name: t("fields.length_max"),
            value: (queue) => queue.length_max,
            end: true,
          },
          {
            id: "wait",
            name: t("fields.wait_ms_max"),
            value: (queue) => (queue.wait_ms_max ?? 0) / 1000,
            end: true,
          },
          {
            id: "level",
            name: t("fields.service_level_ms"),
            value: (queue) => (queue.service_level_ms ?? 0) / 1000,
            end: true,
          },
        ],
        fields: [
          { path: "name", label: "name", kind: "text", required: true, max: 128 },
          { path: "length_max", label: "length_max", kind: "number", min: 1, max: 10_000 },
          { path: "wait_ms_max", label: "wait_ms_max", kind: "seconds", min: 1 },
          { path: "service_level_ms", label: "service_level_ms", kind: "seconds", min: 1 },
          { path: "announce_every_ms", label: "announce_every_ms", kind: "seconds", min: 0 },
          { path: "announce_wait", label: "announce_wait", kind: "switch" },
          CALL_BACK,
          { path: "comfort", label: "comfort", hint: "comfort", kind: "clip" },
          {
            path: "comfort_every_ms",
            label: "comfort_every_ms",
            kind: "seconds",
            min: 10,
            max: 600,
          },
          { path: "music", label: "music", hint: "music", kind: "clip" },
          {
            path: "order",
            label: "order",
            kind: "select",
            options: ["longest_idle", "round_robin", "skill_level"],
          },
          {
            path: "auto_inactive_min",
            label: "auto_inactive_min",
            hint: "never",
            kind: "number",
            min: 0,
            max: 1440,
          },
          { path: "greeting", label: "greeting", hint: "greeting", kind: "clip" },
          { path: "mail_to", label: "mail_to", hint: "mailTo", kind: "text", ltr: true, max: 254 },
          { path: "script", label: "script", kind: "ref", of: "/v1/scripts" },
          { path: "crm", label: "crm", hint: "crm", kind: "text", ltr: true, max: 2048 },
          { path: "transfers", label: "transfers", kind: "switch" },
          { path: "record", label: "record", kind: "switch" },
          OVERFLOW,
          NOTICE,
          OPENING,
        ],
      }}
    />
  );
}

export function Dids() {
  const { t } = useTranslation();
  const { user } = useSession();
  const queues = useNames("/v1/queues");
  const agents = useNames("/v1/agents");
  const workflows = useNames("/v1/workflows");
  const called = (id: string) => {
    const all = [queues.data, agents.data, workflows.data].flatMap((some) => some ?? []);
    const thing = all.find((one) => one.id === id);
    return thing ? nameOf(thing) : id;
  };
  return (
    <ResourcePage
      resource={{
        of: collection("/v1/dids"),
        title: t("pages.dids"),
        one: t("one.did"),
        empty: { title: t("empty.dids"), text: t("empty.didsWhy") },
        mayChange: may(user, "telephony_write"),
        nameOf: (did) => did.number,
        fresh: () => ({
          number: "",
          label: null,
          campaign: null,
          target: { to: "queue", queue: null },
          unavailable: { to: "notice" },
          notice: null,
          opening: null,
        }),
        columns: [
          { id: "number", name: t("fields.number"), value: (did) => did.number, ltr: true },
          { id: "label", name: t("fields.label"), value: (did) => did.label },
          {
            id: "target",
            name: t("fields.target"),
            value: ({ target }) => {
              if (target.to === "call_in") return t("options.call_in");
              if (target.to === "queue") return called(target.queue);
              return called(target.to === "agent" ? target.agent : target.workflow);
            },
          },
        ],
        fields: [
          {
            path: "number",
            label: "number",
            hint: "e164",
            kind: "text",
            required: true,
            ltr: true,
          },
          { path: "label", label: "label", kind: "text", max: 128 },
          {
            path: "target",
            label: "target",
            kind: "union",
            tag: "to",
            variants: {
              queue: [{ path: "queue", label: "queue", kind: "ref", of: "/v1/queues" }],
              agent: [{ path: "agent", label: "agent", kind: "ref", of: "/v1/agents" }],
              workflow: [{ path: "workflow", label: "workflow", kind: "ref", of: "/v1/workflows" }],
              call_in: [],
            },
          },
          { path: "campaign", label: "campaign", kind: "ref", of: "/v1/campaigns" },
          { ...OVERFLOW, path: "unavailable", label: "unavailable" },
          NOTICE,
          OPENING,
        ],
      }}
    />
  );
}

type Share = "answered_permille" | "short_permille" | "blocked_permille";

export function Clis() {
  const { t, i18n } = useTranslation();
  const { user } = useSession();
  const health = useQuery({
    queryKey: ["clis", "health"],
    queryFn: () => answer(api.GET("/v1/clis/health")),
    refetchInterval: 60_000,
  });
  const faring = (id: string) => health.data?.find(({ cli }) => cli === id);
  /** A share of no calls is none, and not 0 %. */
  const share = (id: string, of: Share, over: "lately" | "usually" = "lately") => {
    const rates = faring(id)?.[over];
    return rates?.calls ? percent(rates[of] / 1000, i18n.language) : undefined;
  };
  return (
    <ResourcePage
      resource={{
        of: collection("/v1/clis"),
        title: t("pages.clis"),
        one: t("one.cli"),
        empty: { title: t("empty.clis"), text: t("empty.clisWhy") },
        mayChange: may(user, "telephony_write"),
        nameOf: (cli) => cli.number,
        fresh: () => ({ number: "", label: null, enabled: true, calls_per_day: null }),
        columns: [
          { id: "number", name: t("fields.number"), value: (cli) => cli.number, ltr: true },
          { id: "label", name: t("fields.label"), value: (cli) => cli.label },
          {
            id: "enabled",
            name: t("fields.enabled"),
            value: (cli) => (cli.enabled === false ? t("common.no") : t("common.yes")),
          },
          {
            id: "today",
            name: t("cliHealth.today"),
            value: (cli) => faring(cli.id)?.today,
            end: true,
          },
          {
            id: "answered",
            name: t("cliHealth.answered"),
            value: (cli) => share(cli.id, "answered_permille"),
            end: true,
          },
          {
            id: "usually",
            name: t("cliHealth.usually"),
            value: (cli) => share(cli.id, "answered_permille", "usually"),
            end: true,
          },
          {
            id: "short",
            name: t("cliHealth.short"),
            value: (cli) => share(cli.id, "short_permille"),
            end: true,
          },
          {
            id: "blocked",
            name: t("cliHealth.blocked"),
            value: (cli) => share(cli.id, "blocked_permille"),
            end: true,
          },
          {
            id: "trouble",
            name: t("cliHealth.trouble"),
            value: (cli) => {
              const trouble = faring(cli.id)?.trouble;
              return trouble && t(`cliHealth.${trouble}`);
            },
          },
        ],
        fields: [
          {
            path: "number",
            label: "number",
            hint: "e164",
            kind: "text",
            required: true,
            ltr: true,
          },
          { path: "label", label: "label", kind: "text", max: 128 },
          { path: "enabled", label: "enabled", kind: "switch" },
          {
            path: "calls_per_day",
            label: "calls_per_day",
            hint: "noCap",
            kind: "number",
            min: 1,
          },
        ],
      }}
    />
  );
}

export function Trunks() {
  const { t } = useTranslation();
  const { user } = useSession();
  const live = useLive((store) => store.all("trunk"));
  return (
    <ResourcePage
      resource={{
        of: collection("/v1/trunks"),
        title: t("pages.trunks"),
        one: t("one.trunk"),
        empty: { title: t("empty.trunks"), text: t("empty.trunksWhy") },
        mayChange: may(user, "telephony_write"),
        nameOf: (trunk) => trunk.name,
        fresh: () => ({
          name: "",
          enabled: true,
          addresses: [{ host: "", port: 5060, transport: "udp" }],
          sources: [],
          destinations: [],
          codecs: ["pcmu", "pcma"],
          calls_max: 100,
          cps_max: 10,
          cli: { rule: "chosen" },
        }),
        columns: [
          { id: "name", name: t("fields.name"), value: (trunk) => trunk.name },
          {
            id: "state",
            name: t("fields.state"),
            value: (trunk) => {
              const now = live.find((one) => one.id === trunk.id);
              if (trunk.enabled === false) return t("trunk.off");
              return now?.up ? t("trunk.up") : t("trunk.down");
            },
          },
          {
            id: "calls",
            name: t("pages.calls"),
            value: (trunk) => live.find((one) => one.id === trunk.id)?.calls,
            end: true,
          },
          {
            id: "failures",
            name: t("trunk.failures"),
            value: (trunk) => live.find((one) => one.id === trunk.id)?.failures,
            end: true,
          },
          {
            id: "calls_max",
            name: t("fields.calls_max"),
            value: (trunk) => trunk.calls_max,
            end: true,
          },
        ],
        fields: [
          { path: "name", label: "name", kind: "text", required: true, max: 128 },
          { path: "enabled", label: "enabled", kind: "switch" },
          {
            path: "addresses",
            label: "addresses",
            kind: "rows",
            fresh: () => ({ host: "", port: 5060, transport: "udp" }),
            fields: [
              { path: "host", label: "host", kind: "text", required: true, ltr: true },
              { path: "port", label: "port", kind: "number", min: 1, max: 65_535 },
              {
                path: "transport",
                label: "transport",
                kind: "select",
                options: ["udp", "tcp", "tls"],
              },
            ],
          },
          { path: "sources", label: "sources", hint: "sources", kind: "lines" },
          { path: "destinations", label: "destinations", hint: "destinations", kind: "lines" },
          {
            path: "codecs",
            label: "codecs",
            kind: "several",
            options: ["pcmu", "pcma", "g722", "opus"],
          },
          { path: "calls_max", label: "calls_max", kind: "number", min: 1 },
          { path: "cps_max", label: "cps_max", kind: "number", min: 1 },
          {
            path: "cli",
            label: "cli_rule",
            kind: "union",
            tag: "rule",
            variants: {
              chosen: [],
              fixed: [{ path: "number", label: "number", hint: "e164", kind: "text", ltr: true }],
            },
          },
        ],
      }}
    />
  );
}
