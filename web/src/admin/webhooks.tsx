// Webhooks: which servers are told of which events, how each fares, and what was told.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Play, Send } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { Delivery, WebhookHealth } from "../api/words";
import { moment } from "../i18n/format";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { notify, notifyProblem } from "../ui/notices";
import { Failed, Loading } from "../ui/states";
import { collection } from "./collection";
import type { OptionWord } from "./field";
import { useNames } from "./inputs";
import { Records } from "./records";
import { ResourcePage } from "./resource";

const PATH = "/v1/webhooks";
const DELIVERIES = "webhook-deliveries";

const EVENTS = [
  "call_started",
  "call_answered",
  "call_queued",
  "call_connected",
  "call_transferred",
  "call_abandoned",
  "call_ended",
  "call_disposed",
  "opted_out",
  "attempt_ended",
  "callback_promised",
  "callback_closed",
  "recording_ready",
  "voicemail_left",
  "agent_interval",
  "agent_clocked",
] as const satisfies readonly OptionWord[];

export function Webhooks() {
  const { t } = useTranslation();
  const [secret, show] = useState<string>();
  const fares = useFares();
  return (
    <>
      <ResourcePage
        resource={{
          of: collection(PATH),
          title: t("pages.webhooks"),
          one: t("one.webhook"),
          empty: { title: t("empty.webhooks"), text: t("empty.webhooksWhy") },
          nameOf: ({ name }) => name,
          shown: ["health"],
          onCreated: (made) => show(made.secret),
          extra: (hook) => <Acts id={hook.id} health={hook.health} show={show} />,
          fresh: () => ({
            name: "",
            url: "",
            enabled: true,
            events: ["call_ended", "call_disposed"],
            campaigns: [],
            queues: [],
          }),
          columns: [
            { id: "name", name: t("fields.name"), value: ({ name }) => name },
            { id: "url", name: t("fields.url"), value: ({ url }) => hostOf(url), ltr: true },
            { id: "events", name: t("fields.events"), value: ({ events }) => events.length, end: true },
            {
              id: "state",
              name: t("fields.state"),
              value: (hook) => (hook.enabled === false ? t("webhooks.off") : fares(hook.health)),
            },
            {
              id: "waiting",
              name: t("options.waiting"),
              value: ({ health }) => health.waiting,
              end: true,
            },
            { id: "dead", name: t("options.dead"), value: ({ health }) => health.dead, end: true },
          ],
          fields: [
            { path: "name", label: "name", kind: "text", required: true, max: 64 },
            {
              path: "url",
              label: "url",
              hint: "webhookUrl",
              kind: "text",
              required: true,
              ltr: true,
              max: 2048,
            },
            { path: "enabled", label: "enabled", kind: "switch" },
            { path: "events", label: "events", kind: "several", options: EVENTS },
            {
              path: "campaigns",
              label: "campaigns",
              hint: "webhookOf",
              kind: "refs",
              of: "/v1/campaigns",
            },
            { path: "queues", label: "queues", hint: "webhookOf", kind: "refs", of: "/v1/queues" },
          ],
        }}
      />
      {secret && (
        <Dialog
          open
          onOpenChange={() => show(undefined)}
          title={t("webhooks.secret")}
          about={t("webhooks.once")}
        >
          <code dir="ltr" className="block rounded-lg bg-sunken p-3 text-sm break-all select-all">
            {secret}
          </code>
        </Dialog>
      )}
    </>
  );
}

function hostOf(url: string): string {
  return url.split("/").slice(0, 3).join("/");
}

/** How a webhook fares, in a word. */
function useFares(): (health: WebhookHealth) => string {
  const { t, i18n } = useTranslation();
  return ({ paused_at, failing_since, lost }) => {
    if (paused_at) return t("webhooks.paused", { at: moment(paused_at, i18n.language) });
    if (failing_since) return t("webhooks.failing", { at: moment(failing_since, i18n.language) });
    return lost > 0 ? t("webhooks.lost", { count: lost }) : t("webhooks.fine");
  };
}

function Acts(props: { id: string; health: WebhookHealth; show: (secret: string) => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const path = { id: props.id };
  const onError = (error: unknown) => notifyProblem(error, t("desk.refused"));
  const test = useMutation({
    mutationFn: () => answer(api.POST("/v1/webhooks/{id}/test", { params: { path } })),
    onSuccess: () => {
      notify("system", t("webhooks.tested"));
      void queries.invalidateQueries({ queryKey: [DELIVERIES] });
    },
    onError,
  });
  const renew = useMutation({
    mutationFn: () => answer(api.POST("/v1/webhooks/{id}/secret", { params: { path } })),
    onSuccess: ({ secret }) => props.show(secret),
    onError,
  });
  const resume = useMutation({
    mutationFn: () => answer(api.POST("/v1/webhooks/{id}/resume", { params: { path } })),
    onSuccess: () => {
      notify("system", t("webhooks.resumed"));
      void queries.invalidateQueries({ queryKey: [PATH] });
    },
    onError,
  });
  return (
    <>
      {props.health.paused_at && (
        <Button
          look="good"
          disabled={resume.isPending}
          icon={<Play size={16} aria-hidden />}
          onClick={() => resume.mutate()}
        >
          {t("webhooks.resume")}
        </Button>
      )}
      <Button
        disabled={test.isPending}
        icon={<Send size={16} aria-hidden />}
        onClick={() => test.mutate()}
      >
        {t("webhooks.test")}
      </Button>
      <Button
        disabled={renew.isPending}
        icon={<KeyRound size={16} aria-hidden />}
        onClick={() => renew.mutate()}
      >
        {t("webhooks.renew")}
      </Button>
    </>
  );
}

const STATES = ["waiting", "delivered", "dead"] as const;

type Narrowed = { webhook?: string; state?: (typeof STATES)[number] };

export function WebhookDeliveries() {
  const { t, i18n } = useTranslation();
  const hooks = useNames(PATH);
  const [only, narrow] = useState<Narrowed>({});
  const [opened, open] = useState<Delivery>();
  const word = useEventWord();
  return (
    <>
      <Records<Delivery>
        title={t("pages.webhookDeliveries")}
        queryKey={[DELIVERIES, only]}
        load={({ after }) =>
          answer(
            api.GET("/v1/webhook-deliveries", {
              params: { query: { limit: 100, ...only, ...(after ? { after } : {}) } },
            }),
          )
        }
        idOf={({ id }) => id}
        onOpen={open}
        empty={{ title: t("empty.deliveries"), text: t("empty.deliveriesWhy") }}
        filters={<Filters only={only} narrow={narrow} />}
        actions={only.webhook && <ReplayDay webhook={only.webhook} />}
        columns={[
          { id: "at", name: t("history.at"), value: ({ at }) => moment(at, i18n.language) },
          { id: "event", name: t("webhooks.event"), value: ({ event }) => word(event) },
          {
            id: "webhook",
            name: t("one.webhook"),
            value: ({ webhook }) => hooks.data?.find(({ id }) => id === webhook)?.name,
          },
          { id: "state", name: t("fields.state"), value: ({ state }) => t(`options.${state}`) },
          { id: "tries", name: t("webhooks.tries"), value: ({ tries }) => tries, end: true },
          { id: "status", name: t("webhooks.status"), value: ({ status }) => status, end: true },
        ]}
      />
      {opened && (
        <Dialog
          open
          sheet
          onOpenChange={() => open(undefined)}
          title={word(opened.event)}
          about={moment(opened.at, i18n.language)}
        >
          <OneDelivery id={opened.id} />
        </Dialog>
      )}
    </>
  );
}

function useEventWord(): (event: string) => string {
  const { t } = useTranslation();
  return (event) => {
    const known = EVENTS.find((one) => one === event);
    return known ? t(`options.${known}`) : t("webhooks.test");
  };
}

function Filters({ only, narrow }: { only: Narrowed; narrow: (only: Narrowed) => void }) {
  const { t } = useTranslation();
  const hooks = useNames(PATH);
  const { webhook, state } = only;
  return (
    <>
      <select
        aria-label={t("one.webhook")}
        className="field w-44!"
        value={webhook ?? ""}
        onChange={({ target }) =>
          narrow({ ...(state ? { state } : {}), ...(target.value ? { webhook: target.value } : {}) })
        }
      >
        <option value="">{t("common.allOf", { what: t("one.webhook") })}</option>
        {hooks.data?.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <select
        aria-label={t("fields.state")}
        className="field w-40!"
        value={state ?? ""}
        onChange={({ target }) => {
          const chosen = STATES.find((one) => one === target.value);
          narrow({ ...(webhook ? { webhook } : {}), ...(chosen ? { state: chosen } : {}) });
        }}
      >
        <option value="">{t("common.allOf", { what: t("fields.state") })}</option>
        {STATES.map((one) => (
          <option key={one} value={one}>
            {t(`options.${one}`)}
          </option>
        ))}
      </select>
    </>
  );
}

/** Everything that was given up is told again, from the first day that is kept. */
function ReplayDay({ webhook }: { webhook: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: () => {
      const body = {
        from: new Date(Date.now() - KEPT_MS).toISOString(),
        to: new Date().toISOString(),
        state: "dead" as const,
      };
      const params = { path: { id: webhook } };
      return answer(api.POST("/v1/webhooks/{id}/replay", { params, body }));
    },
    onSuccess: ({ deliveries }) => {
      notify("system", t("webhooks.replayed", { count: deliveries }));
      void queries.invalidateQueries({ queryKey: [DELIVERIES] });
    },
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
  return (
    <Button disabled={isPending} onClick={() => mutate()}>
      {t("webhooks.replayDead")}
    </Button>
  );
}

/** What is given up is kept for a week. */
const KEPT_MS = 7 * 24 * 3_600_000;

function OneDelivery({ id }: { id: string }) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const params = { path: { id } };
  const found = useQuery({
    queryKey: [DELIVERIES, id],
    queryFn: () => answer(api.GET("/v1/webhook-deliveries/{id}", { params })),
  });
  const { mutate, isPending } = useMutation({
    mutationFn: () => answer(api.POST("/v1/webhook-deliveries/{id}/replay", { params })),
    onSuccess: () => {
      notify("system", t("webhooks.replayed", { count: 1 }));
      void queries.invalidateQueries({ queryKey: [DELIVERIES] });
    },
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
  if (found.isPending) return <Loading lines={6} />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const { state, tries, status, answer: said, tried_at, due_at, body } = found.data;
  const facts: [string, string | number | null | undefined][] = [
    [t("fields.state"), t(`options.${state}`)],
    [t("webhooks.tries"), tries],
    [t("webhooks.tried"), tried_at && moment(tried_at, i18n.language)],
    [t("webhooks.next"), state === "waiting" ? moment(due_at, i18n.language) : undefined],
    [t("webhooks.status"), status],
    [t("webhooks.answer"), said],
  ];
  return (
    <div className="grid gap-4">
      <div>
        <Button disabled={isPending} icon={<Send size={16} aria-hidden />} onClick={() => mutate()}>
          {t("webhooks.replay")}
        </Button>
      </div>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-ink-soft">{name}</dt>
            <dd className="break-all">{value ?? "–"}</dd>
          </div>
        ))}
      </dl>
      <section aria-label={t("webhooks.body")}>
        <h2 className="mb-1 text-sm font-medium">{t("webhooks.body")}</h2>
        <pre
          dir="ltr"
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so a keyboard must reach it
          tabIndex={0}
          className="overflow-x-auto rounded-lg bg-sunken p-3 text-xs"
        >
          {JSON.stringify(body, null, 2)}
        </pre>
      </section>
    </div>
  );
}
