// A made-up caller: a number, a moment, keys, and what the leads and servers would say. The server
// leads them; what they met stands here in words, and in the drawing as a way.
import { useMutation } from "@tanstack/react-query";
import { PhoneIncoming } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../../api/client";
import { problemOf } from "../../api/problem";
import { duration } from "../../i18n/format";
import { Button } from "../../ui/button";
import { Labelled, Text } from "../../ui/field";
import { orderOf, type Workflow } from "./steps";
import { type Rung, useRungWords, visitsOf } from "./words";

type Props = {
  workflow: Workflow;
  rungs: readonly Rung[] | undefined;
  onWalked: (rungs: readonly Rung[] | undefined) => void;
  onRefused: (error: unknown) => void;
  onSelect: (step: string) => void;
};

type Given = {
  calling: string;
  called: string;
  at: string;
  keys: string;
  known: boolean;
  lead: string;
  servers: Record<string, string>;
};

const FRESH: Given = {
  calling: "+12025550123",
  called: "+12025550100",
  at: "",
  keys: "",
  known: false,
  lead: "",
  servers: {},
};

export function Rehearsal({ workflow, rungs, onWalked, onRefused, onSelect }: Props) {
  const { t } = useTranslation();
  const [given, give] = useState<Given>(FRESH);
  const change = (part: Partial<Given>) => give((now) => ({ ...now, ...part }));
  const asked = useMutation({
    mutationFn: () => answer(api.POST("/v1/workflows/simulate", { body: bodyOf(workflow, given) })),
    onSuccess: (told) => onWalked(told.rungs),
    onError: (error) => {
      onWalked(undefined);
      onRefused(error);
    },
  });
  const fault = (field: string) => {
    const found = asked.error && problemOf(asked.error).errors?.find((one) => one.field === field);
    return found ? t("form.expected", { expected: found.expected }) : undefined;
  };
  const steps = orderOf(workflow).map((name) => [name, workflow.steps[name]?.do] as const);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    asked.mutate();
  };
  const wrong = asked.error ? problemOf(asked.error) : undefined;
  const elsewhere = wrong?.errors?.some(({ field }) => field.startsWith("/workflow"));
  return (
    <div className="grid gap-4">
      <form onSubmit={submit} className="grid gap-3">
        <div className="grid gap-3 sm:grid-cols-2">
          <Text
            label={t("workflow.try.calling")}
            dir="ltr"
            value={given.calling}
            fault={fault("/calling")}
            onChange={({ target }) => change({ calling: target.value })}
          />
          <Text
            label={t("workflow.try.called")}
            dir="ltr"
            value={given.called}
            fault={fault("/called")}
            onChange={({ target }) => change({ called: target.value })}
          />
        </div>
        <div className="grid gap-3">
          <Text
            label={t("workflow.try.at")}
            hint={t("workflow.try.atHint")}
            type="datetime-local"
            value={given.at}
            fault={fault("/at")}
            onChange={({ target }) => change({ at: target.value })}
          />
          <Text
            label={t("workflow.try.keys")}
            hint={t("workflow.try.keysHint")}
            dir="ltr"
            value={given.keys}
            fault={fault("/keys")}
            onChange={({ target }) => change({ keys: target.value })}
          />
        </div>
        {steps.some(([, kind]) => kind === "lookup") && (
          <fieldset className="grid gap-2">
            <label className="flex items-center gap-2.5 text-sm font-medium">
              <input
                type="checkbox"
                className="size-4 accent-accent"
                checked={given.known}
                onChange={({ target }) => change({ known: target.checked })}
              />
              {t("workflow.try.known")}
            </label>
            {given.known && (
              <Values
                label={t("workflow.try.lead")}
                value={given.lead}
                onChange={(lead) => change({ lead })}
              />
            )}
          </fieldset>
        )}
        {steps
          .filter(([, kind]) => kind === "webhook")
          .map(([name]) => (
            <Server key={name} name={name} given={given} change={change} />
          ))}
        {wrong && (
          <p role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
            {elsewhere ? t("workflow.try.mend") : wrong.title || t("states.unreachable")}
          </p>
        )}
        <div>
          <Button
            type="submit"
            look="primary"
            disabled={asked.isPending}
            icon={<PhoneIncoming size={16} aria-hidden />}
          >
            {t("workflow.try.go")}
          </Button>
        </div>
      </form>
      {rungs && <Walk rungs={rungs} onSelect={onSelect} />}
    </div>
  );
}

function Server(props: { name: string; given: Given; change: (part: Partial<Given>) => void }) {
  const { name, given, change } = props;
  const { t } = useTranslation();
  const said = given.servers[name];
  const say = (words: string | undefined) => {
    const others = Object.fromEntries(Object.entries(given.servers).filter(([key]) => key !== name));
    change({ servers: words === undefined ? others : { ...others, [name]: words } });
  };
  return (
    <fieldset className="grid gap-2">
      <label className="flex items-center gap-2.5 text-sm font-medium">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          checked={said !== undefined}
          onChange={({ target }) => say(target.checked ? "" : undefined)}
        />
        {t("workflow.try.answers", { step: name })}
      </label>
      {said !== undefined && (
        <Values label={t("workflow.try.says", { step: name })} value={said} onChange={say} />
      )}
    </fieldset>
  );
}

function Values(props: { label: string; value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  return (
    <Labelled label={props.label} hint={t("workflow.try.values")}>
      {({ id, describedBy }) => (
        <textarea
          id={id}
          aria-describedby={describedBy}
          rows={2}
          dir="ltr"
          className="field"
          value={props.value}
          onChange={({ target }) => props.onChange(target.value)}
        />
      )}
    </Labelled>
  );
}

/** What the caller met, step by step. */
function Walk({ rungs, onSelect }: { rungs: readonly Rung[]; onSelect: (step: string) => void }) {
  const { t } = useTranslation();
  const say = useRungWords();
  return (
    <section aria-label={t("workflow.try.path")} aria-live="polite" className="grid gap-2">
      <h2 className="font-semibold">{t("workflow.try.path")}</h2>
      <ol className="grid gap-2 border-s-2 border-accent/50 ps-4">
        {visitsOf(rungs).map((visit, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- a step may be come to again
          <li key={at} className="text-sm">
            <button
              type="button"
              onClick={() => onSelect(visit.step)}
              className="rounded font-medium text-accent-text hover:underline"
            >
              {visit.step}
            </button>{" "}
            <span className="digits text-ink-faint">{duration(visit.at_ms)}</span>
            <span className="block text-ink-soft">
              {visit.rungs.length > 0 ? visit.rungs.map(say).join(" ") : t("workflow.rung.entered")}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What is asked of the server; a line `name=text` is a value. */
export function bodyOf(workflow: Workflow, given: Given) {
  const { calling, called, at, keys, known, lead, servers } = given;
  const steps = Object.entries(servers).filter(([name]) => Object.hasOwn(workflow.steps, name));
  return {
    workflow,
    calling: calling.trim(),
    called: called.trim(),
    at: at ? new Date(at).toISOString() : null,
    keys: keys.replaceAll(" ", ""),
    lead: known ? valuesOf(lead) : null,
    webhooks: Object.fromEntries(steps.map(([name, said]) => [name, valuesOf(said)])),
  };
}

export function valuesOf(lines: string): Record<string, string> {
  const pairs = lines.split("\n").flatMap((line) => {
    const at = line.indexOf("=");
    return at > 0 ? [[line.slice(0, at).trim(), line.slice(at + 1).trim()] as const] : [];
  });
  return Object.fromEntries(pairs);
}
