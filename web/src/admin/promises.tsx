// Promises to call back, with both clocks and what became of them, and callers who met nobody (R97).
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CalendarClock, Undo2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { moment } from "../i18n/format";
import { Button } from "../ui/button";
import { notifyProblem } from "../ui/notices";
import type { components } from "../../generated/schema";
import type { Field } from "./field";
import { FormSheet } from "./form";
import { useNames } from "./inputs";
import { Records } from "./records";
import { Tally } from "./tally";

export function Callbacks() {
  const { t, i18n } = useTranslation();
  const agents = useNames("/v1/agents");
  const campaigns = useNames("/v1/campaigns");
  const [open, only] = useState(true);
  const owner = (id: string | null | undefined) => {
    const found = agents.data?.find((one) => one.id === id);
    return found && `${found.first_name} ${found.last_name}`;
  };
  return (
    <Records
      title={t("pages.callbacks")}
      queryKey={["callbacks", open]}
      load={({ after }) =>
        answer(
          api.GET("/v1/callbacks", {
            params: {
              query: { limit: 100, ...(open ? { open } : {}), ...(after ? { after } : {}) },
            },
          }),
        )
      }
      idOf={(promise) => promise.id}
      empty={{ title: t("empty.callbacks"), text: t("empty.callbacksWhy") }}
      above={<Kept />}
      filters={
        <label className="flex items-center gap-2 text-sm">
          <input
            type="checkbox"
            checked={open}
            onChange={(event) => only(event.target.checked)}
            className="size-4 accent-accent"
          />
          {t("callback.open")}
        </label>
      }
      columns={[
        {
          id: "due",
          name: t("callback.due"),
          value: (promise) => moment(promise.due_at, i18n.language),
        },
        { id: "theirs", name: t("callback.theirs"), value: (promise) => promise.theirs },
        { id: "number", name: t("fields.number"), value: (promise) => promise.number, ltr: true },
        {
          id: "campaign",
          name: t("one.campaign"),
          value: ({ campaign }) => campaigns.data?.find(({ id }) => id === campaign)?.name,
        },
        { id: "owner", name: t("callback.owner"), value: (promise) => owner(promise.owner) },
        { id: "note", name: t("callback.note"), value: (promise) => promise.note },
        {
          id: "closing",
          name: t("fields.state"),
          value: ({ closing }) => t(`callback.${closing ?? "open"}`),
          cell: (promise) =>
            promise.closing ? undefined : (
              <span className="flex flex-wrap gap-1">
                <Move promise={promise} />
                <Withdraw id={promise.id} />
              </span>
            ),
        },
      ]}
    />
  );
}

const ENDS = ["kept", "late", "broken", "called_in", "withdrawn", "open"] as const;

function Kept() {
  const { t } = useTranslation();
  return (
    <Tally
      title={t("callback.report")}
      queryKey="callback-report"
      load={(query) => answer(api.GET("/v1/callback-report", { params: { query } }))}
      of={ENDS.map((end) => ({
        name: t(`callback.${end}`),
        count: (counts: Record<typeof end, number>) => counts[end],
        bad: end === "broken",
      }))}
    />
  );
}

type Promised = components["schemas"]["CallbackShown"];

/** Another time, in the viewer's own, and who is to call then. */
const MOVED: readonly Field[] = [
  { path: "due_at", label: "promised_for", kind: "moment", required: true },
  { path: "owner", label: "promise_owner", kind: "ref", of: "/v1/agents" },
  { path: "team", label: "promise_team", kind: "ref", of: "/v1/teams" },
];

function Move({ promise }: { promise: Promised }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [open, show] = useState(false);
  const { id, due_at, owner, team, theirs, zone } = promise;
  return (
    <>
      <Button
        look="quiet"
        icon={<CalendarClock size={15} aria-hidden />}
        onClick={() => show(true)}
      >
        {t("callback.move")}
      </Button>
      {open && (
        <FormSheet
          title={t("callback.moveTitle", { number: promise.number })}
          above={
            <p className="text-sm text-ink-soft">{t("callback.agreed", { at: theirs, zone })}</p>
          }
          fields={MOVED}
          start={{ due_at, owner: owner ?? null, team: team ?? null }}
          save={(body) =>
            answer(
              api.POST("/v1/callbacks/{id}/move", {
                params: { path: { id } },
                body: body as components["schemas"]["Moved"],
              }),
            )
          }
          onDone={() => {
            show(false);
            void queries.invalidateQueries({ queryKey: ["callbacks"] });
          }}
          onCancel={() => show(false)}
        />
      )}
    </>
  );
}

function Withdraw({ id }: { id: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: () => answer(api.POST("/v1/callbacks/{id}/withdraw", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["callbacks"] }),
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
  return (
    <Button
      look="quiet"
      disabled={isPending}
      icon={<Undo2 size={15} aria-hidden />}
      onClick={() => mutate()}
    >
      {t("callback.withdraw")}
    </Button>
  );
}

export function ReturnedCalls() {
  const { t, i18n } = useTranslation();
  const queues = useNames("/v1/queues");
  return (
    <Records
      title={t("pages.returnedCalls")}
      queryKey={["returned-calls"]}
      load={({ after }) =>
        answer(
          api.GET("/v1/returned-calls", {
            params: { query: { limit: 100, ...(after ? { after } : {}) } },
          }),
        )
      }
      idOf={(returned) => returned.call}
      empty={{ title: t("empty.returnedCalls"), text: t("empty.returnedCallsWhy") }}
      columns={[
        {
          id: "at",
          name: t("history.at"),
          value: (returned) => moment(returned.started_at, i18n.language),
        },
        { id: "from", name: t("history.calling"), value: ({ calling }) => calling, ltr: true },
        {
          id: "queue",
          name: t("one.queue"),
          value: ({ queue }) => queues.data?.find(({ id }) => id === queue)?.name,
        },
        {
          id: "lead",
          name: t("callback.known"),
          value: ({ lead }) => (lead ? t("common.yes") : t("common.no")),
        },
      ]}
    />
  );
}
