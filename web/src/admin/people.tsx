// Agents with their telephones, users with their roles, and the reasons that agents may pause for.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Hash, KeyRound, QrCode } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { useLive } from "../live/hooks";
import { clock } from "../i18n/format";
import { useSession } from "../session/session";
import { StateBadge } from "../ui/agent-state";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { notify, notifyProblem } from "../ui/notices";
import { Square } from "../ui/square";
import { AgentImport } from "./agent-import";
import { collection } from "./collection";
import type { Field } from "./field";
import { AgentInvitation, InviteUser, UserInvitation } from "./invitations";
import { ResourcePage } from "./resource";

const PRIORITY: Field = {
  path: "priority",
  label: "priority",
  kind: "select",
  options: ["high", "medium", "low"],
};

const AGENT_FIELDS: readonly Field[] = [
  { path: "first_name", label: "first_name", kind: "text", required: true, max: 64 },
  { path: "last_name", label: "last_name", kind: "text", required: true, max: 64 },
  { path: "number", label: "agent_number", hint: "agentNumber", kind: "number", min: 1 },
  { path: "code", label: "code", hint: "code", kind: "text", required: true, max: 64 },
  { path: "username", label: "username", kind: "text", max: 64 },
  { path: "email", label: "email", kind: "text", max: 254, ltr: true },
  { path: "greeting", label: "greeting", hint: "greeting", kind: "clip" },
  { path: "hourly_cost_cents", label: "hourly_cost_cents", kind: "number", min: 0, max: 100_000 },
  { path: "time_zone", label: "time_zone", hint: "zone", kind: "text", required: true, ltr: true },
  { path: "cli", label: "cli", hint: "agentCli", kind: "text", ltr: true },
  {
    path: "connection.mode",
    label: "connection",
    kind: "select",
    options: ["call_me", "call_in", "web_connect"],
  },
  { path: "connection.persistent", label: "persistent", kind: "switch" },
  { path: "connection.phone", label: "phone", hint: "phone", kind: "text", ltr: true },
  {
    path: "connection.press_to_take",
    label: "press_to_take",
    hint: "pressToTake",
    kind: "switch",
  },
  { path: "connection.calls_from", label: "calls_from", hint: "callsFrom", kind: "lines" },
  { path: "after_call.wrap_up_ms", label: "wrap_up_ms", kind: "seconds", min: 0 },
  { path: "after_call.auto_ready", label: "auto_ready", kind: "switch" },
  { path: "permissions.agent_calls", label: "agent_calls", kind: "switch" },
  { path: "permissions.manual_calls", label: "manual_calls", kind: "switch" },
  { path: "permissions.stopped_campaigns", label: "stopped_campaigns", kind: "switch" },
  { path: "permissions.outside_transfers", label: "outside_transfers", kind: "switch" },
  { path: "permissions.lead_search", label: "lead_search", kind: "switch" },
  { path: "permissions.callback_list", label: "callback_list", kind: "switch" },
  { path: "permissions.callback_dials", label: "callback_dials", kind: "switch" },
  { path: "teams", label: "teams", kind: "refs", of: "/v1/teams" },
  { path: "transfers_when_paused", label: "transfers_when_paused", kind: "switch" },
  {
    path: "queues",
    label: "queues",
    kind: "rows",
    fresh: () => ({ queue: null, priority: "medium", tier: "primary", level: 1, calls_max: null }),
    fields: [
      { path: "queue", label: "queue", kind: "ref", of: "/v1/queues", required: true },
      PRIORITY,
      { path: "tier", label: "tier", kind: "select", options: ["primary", "secondary", "pull"] },
      { path: "level", label: "level", kind: "number", min: 1, max: 10 },
      { path: "calls_max", label: "calls_max", hint: "noCap", kind: "number", min: 1, max: 10 },
    ],
  },
  {
    path: "distribution.calls_max",
    label: "own_calls_max",
    kind: "number",
    min: 1,
    max: 10,
  },
  { path: "distribution.active_at_login", label: "active_at_login", kind: "switch" },
  {
    path: "campaigns",
    label: "campaigns",
    kind: "rows",
    fresh: () => ({ campaign: null, priority: "medium" }),
    fields: [
      { path: "campaign", label: "campaign", kind: "ref", of: "/v1/campaigns", required: true },
      PRIORITY,
    ],
  },
  {
    path: "lifecycle",
    label: "lifecycle",
    kind: "select",
    options: ["active", "invited", "archived"],
  },
  {
    path: "login",
    label: "login",
    kind: "select",
    options: [
      "enabled",
      "disabled_by_admin",
      "disabled_by_inactivity",
      "disabled_by_wrong_passwords",
    ],
  },
];

type Card = { username: string; password: string; domain: string; realm: string };

export function Agents() {
  const { t } = useTranslation();
  const live = useLive((store) => store.all("agent"));
  const [card, show] = useState<Card>();
  const [pin, showPin] = useState<string>();
  const { user } = useSession();
  const mayImport = user.grants.agents_write === "all";
  return (
    <>
      <ResourcePage
        resource={{
          of: collection("/v1/agents"),
          title: t("pages.agents"),
          one: t("one.agent"),
          empty: { title: t("empty.agents"), text: t("empty.agentsWhy") },
          nameOf: (agent) => `${agent.first_name} ${agent.last_name}`,
          shown: ["extension", "effective_cli"],
          onCreated: (made) => show(made.sip),
          extra: (agent) => (
            <>
              <NewSecret id={agent.id} show={show} />
              <Provisioning id={agent.id} />
              {user.grants.agents_write && (
                <AgentInvitation id={agent.id} username={agent.username ?? null} />
              )}
              <NewPin id={agent.id} show={showPin} />
            </>
          ),
          beside: mayImport && <AgentImport />,
          fresh: () => ({
            first_name: "",
            last_name: "",
            code: "",
            time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
            username: null,
            email: null,
            cli: null,
            hourly_cost_cents: 1_000,
            connection: {
              mode: "call_me",
              persistent: true,
              phone: null,
              press_to_take: false,
              calls_from: [],
            },
            after_call: { wrap_up_ms: 30_000, auto_ready: true },
            transfers_when_paused: false,
            queues: [],
            campaigns: [],
            distribution: { calls_max: 10, active_at_login: true },
            teams: [],
            permissions: {
              agent_calls: true,
              manual_calls: false,
              stopped_campaigns: false,
              outside_transfers: false,
              lead_search: false,
              callback_list: true,
              callback_dials: false,
            },
            lifecycle: "active",
            login: "enabled",
          }),
          columns: [
            {
              id: "name",
              name: t("fields.name"),
              value: (agent) => `${agent.first_name} ${agent.last_name}`,
            },
            {
              id: "number",
              name: t("fields.agent_number"),
              value: (agent) => agent.number,
              end: true,
            },
            {
              id: "extension",
              name: t("fields.extension"),
              value: (agent) => agent.extension,
              ltr: true,
            },
            { id: "username", name: t("fields.username"), value: (agent) => agent.username },
            {
              id: "cli",
              name: t("fields.cli"),
              value: (agent) => agent.effective_cli?.number,
              ltr: true,
            },
            { id: "zone", name: t("fields.time_zone"), value: (agent) => agent.time_zone },
            {
              id: "state",
              name: t("fields.state"),
              value: (agent) => live.find((one) => one.id === agent.id)?.state,
              cell: (agent) => {
                const now = live.find((one) => one.id === agent.id);
                return now && <StateBadge agent={now} />;
              },
            },
          ],
          fields: AGENT_FIELDS,
        }}
      />
      {card && <SoftphoneCard card={card} onClose={() => show(undefined)} />}
      {pin && <PinCard pin={pin} onClose={() => showPin(undefined)} />}
    </>
  );
}

/** R172: a softphone sets itself up by a link that works once; the secret is made when it does. */
function Provisioning({ id }: { id: string }) {
  const { t, i18n } = useTranslation();
  const { mutate, isPending, data, reset } = useMutation({
    mutationFn: () =>
      answer(api.POST("/v1/agents/{id}/provisioning", { params: { path: { id } } })),
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
  return (
    <>
      <Button disabled={isPending} onClick={() => mutate()} icon={<QrCode size={16} aria-hidden />}>
        {t("softphone.code")}
      </Button>
      {data && (
        <Dialog
          open
          onOpenChange={reset}
          title={t("softphone.code")}
          about={t("softphone.codeWhy", { at: clock(data.until, i18n.language) })}
        >
          <Square rows={data.qr} label={t("softphone.square")} />
          <p className="mt-4 font-mono text-sm break-all select-all" dir="ltr">
            {data.url}
          </p>
        </Dialog>
      )}
    </>
  );
}

function NewSecret({ id, show }: { id: string; show: (card: Card) => void }) {
  const { t } = useTranslation();
  const { mutate, isPending } = useMutation({
    mutationFn: () => answer(api.POST("/v1/agents/{id}/sip-secret", { params: { path: { id } } })),
    onSuccess: show,
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
  return (
    <Button disabled={isPending} onClick={() => mutate()} icon={<KeyRound size={16} aria-hidden />}>
      {t("softphone.rotate")}
    </Button>
  );
}

/** A random PIN to call in from any telephone (R126); the one before stops to work. */
function NewPin({ id, show }: { id: string; show: (pin: string | undefined) => void }) {
  const { t } = useTranslation();
  const { mutate, isPending } = useMutation({
    mutationFn: () =>
      answer(api.PUT("/v1/agents/{id}/call-in-pin", { params: { path: { id } }, body: {} })),
    onSuccess: (made) => show(made.generated_pin ?? undefined),
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
  return (
    <Button disabled={isPending} onClick={() => mutate()} icon={<Hash size={16} aria-hidden />}>
      {t("callIn.make")}
    </Button>
  );
}

function PinCard({ pin, onClose }: { pin: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog open onOpenChange={onClose} title={t("callIn.title")} about={t("callIn.once")}>
      <Facts facts={[[t("callIn.pin"), pin]]} />
    </Dialog>
  );
}

/** R172: what a softphone needs. The secret is shown this once. */
function SoftphoneCard({ card, onClose }: { card: Card; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog open onOpenChange={onClose} title={t("softphone.title")} about={t("softphone.once")}>
      <Facts
        facts={[
          [t("softphone.user"), card.username],
          [t("softphone.secret"), card.password],
          [t("softphone.domain"), card.domain],
          [t("softphone.realm"), card.realm],
        ]}
      />
    </Dialog>
  );
}

function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-ink-soft">{name}</dt>
          <dd className="font-mono break-all select-all" dir="ltr">
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}

const ROLES = [
  "agent",
  "unit_manager",
  "manager",
  "compliance_officer",
  "senior_manager",
  "owner",
  "administrator",
] as const;

const USER_FIELDS: readonly Field[] = [
  { path: "username", label: "username", kind: "text", required: true, max: 64 },
  { path: "email", label: "email", hint: "userEmail", kind: "text", max: 254, ltr: true },
  { path: "role", label: "role", hint: "role", kind: "select", options: ROLES },
  { path: "agent", label: "agent", hint: "userAgent", kind: "ref", of: "/v1/agents" },
  { path: "teams", label: "teams", hint: "userTeams", kind: "refs", of: "/v1/teams" },
  {
    path: "campaigns",
    label: "campaigns",
    hint: "userCampaigns",
    kind: "refs",
    of: "/v1/campaigns",
  },
  { path: "totp_required", label: "totp_required", kind: "switch" },
];

const SIGN_IN: Field = {
  path: "sign_in",
  label: "sign_in",
  hint: "signIn",
  kind: "select",
  options: ["password", "provider"],
};

const LOGIN: Field = {
  path: "login",
  label: "login",
  kind: "select",
  options: [
    "enabled",
    "disabled_by_admin",
    "disabled_by_inactivity",
    "disabled_by_wrong_passwords",
  ],
};

export function Users() {
  const { t } = useTranslation();
  const [made, show] = useState<{ username: string; password: string }>();
  const custom = useQuery({
    queryKey: ["/v1/roles"],
    queryFn: () => answer(api.GET("/v1/roles", { params: { query: { limit: 1000 } } })),
  });
  const roleName = (role: string) => {
    const house = ROLES.find((one) => one === role);
    if (house) return t(`options.${house}`);
    return custom.data?.items.find((one) => one.id === role)?.name ?? role;
  };
  return (
    <>
      <ResourcePage
        resource={{
          of: collection("/v1/users"),
          title: t("pages.users"),
          one: t("one.user"),
          empty: { title: t("empty.users"), text: t("empty.usersWhy") },
          nameOf: (user) => user.username,
          shown: ["last_login_at", "must_change_password", "totp_enrolled", "invited"],
          beside: <InviteUser fields={USER_FIELDS} />,
          fresh: () => ({
            username: "",
            email: null,
            role: "agent",
            agent: null,
            teams: [],
            campaigns: [],
            totp_required: false,
            sign_in: "password",
          }),
          onCreated: ({ user, generated_password }) => {
            if (generated_password) show({ username: user.username, password: generated_password });
          },
          extra: (user) => (
            <>
              {user.invited && <UserInvitation id={user.id} />}
              {user.sign_in === "password" && <NewPassword id={user.id} show={show} />}
              {user.sign_in === "provider" && <Unlink id={user.id} />}
              {user.totp_enrolled && <LostApp id={user.id} />}
            </>
          ),
          columns: [
            { id: "username", name: t("fields.username"), value: (user) => user.username },
            { id: "email", name: t("fields.email"), value: (user) => user.email, ltr: true },
            { id: "role", name: t("fields.role"), value: (user) => roleName(user.role) },
            {
              id: "status",
              name: t("fields.status"),
              value: (user) => t(user.invited ? "options.invited" : "options.active"),
            },
            { id: "login", name: t("fields.login"), value: (user) => t(`options.${user.login}`) },
            { id: "last", name: t("fields.last_login_at"), value: (user) => user.last_login_at },
          ],
          fields: [...USER_FIELDS, SIGN_IN],
          changeFields: [...USER_FIELDS, SIGN_IN, LOGIN],
        }}
      />
      {made && (
        <Dialog
          open
          onOpenChange={() => show(undefined)}
          title={t("password.title")}
          about={t("password.once")}
        >
          <Facts
            facts={[
              [t("fields.username"), made.username],
              [t("signIn.password"), made.password],
            ]}
          />
        </Dialog>
      )}
    </>
  );
}

function NewPassword(props: {
  id: string;
  show: (made: { username: string; password: string }) => void;
}) {
  const { t } = useTranslation();
  const { mutate, isPending } = useMutation({
    mutationFn: () =>
      answer(api.PUT("/v1/users/{id}/password", { params: { path: { id: props.id } }, body: {} })),
    onSuccess: ({ user, generated_password }) => {
      if (generated_password) props.show({ username: user.username, password: generated_password });
    },
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
  return (
    <Button disabled={isPending} onClick={() => mutate()} icon={<KeyRound size={16} aria-hidden />}>
      {t("password.generate")}
    </Button>
  );
}

/** Whoever has another account at the identity provider now is known there by another word. */
function Unlink({ id }: { id: string }) {
  const { t } = useTranslation();
  const { mutate, isPending } = useMutation({
    mutationFn: () =>
      answer(api.DELETE("/v1/users/{id}/provider-subject", { params: { path: { id } } })),
    onSuccess: () => notify("system", t("provider.unlinked")),
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
  return (
    <Button disabled={isPending} onClick={() => mutate()}>
      {t("provider.unlink")}
    </Button>
  );
}

/** Lets somebody in again whose authenticator app is gone. */
function LostApp({ id }: { id: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: () => answer(api.DELETE("/v1/users/{id}/totp", { params: { path: { id } } })),
    onSuccess: () => {
      notify("system", t("totp.takenAway"));
      void queries.invalidateQueries({ queryKey: ["/v1/users"] });
    },
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
  return (
    <Button disabled={isPending} onClick={() => mutate()}>
      {t("totp.takeAway")}
    </Button>
  );
}

export function PauseReasons() {
  const { t } = useTranslation();
  return (
    <ResourcePage
      resource={{
        of: collection("/v1/pause-reasons"),
        title: t("pages.pauseReasons"),
        one: t("one.pauseReason"),
        empty: { title: t("empty.pauseReasons"), text: t("empty.pauseReasonsWhy") },
        nameOf: (reason) => reason.text ?? t(`pauseClass.${reason.class}`),
        fresh: () => ({ class: "break", text: "", enabled: true }),
        columns: [
          {
            id: "text",
            name: t("fields.text"),
            value: (reason) => reason.text ?? t(`pauseClass.${reason.class}`),
          },
          {
            id: "class",
            name: t("fields.class"),
            value: (reason) => t(`pauseClass.${reason.class}`),
          },
          {
            id: "enabled",
            name: t("fields.enabled"),
            value: (reason) => (reason.enabled === false ? t("common.no") : t("common.yes")),
          },
        ],
        fields: [
          { path: "text", label: "text", hint: "pauseText", kind: "text", max: 200 },
          {
            path: "class",
            label: "class",
            kind: "select",
            options: ["break", "meeting", "back_office", "other"],
          },
          { path: "enabled", label: "enabled", kind: "switch" },
        ],
      }}
    />
  );
}
