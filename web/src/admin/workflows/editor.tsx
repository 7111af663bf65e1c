// One workflow, being changed: its list and its drawing show the same draft, which is ours until it is
// saved. The server says what is wrong with it, and stands at the step that it names.
//
//   read ──▶ draft ──save, of the version read──▶ kept ──▶ read
//              ├─ refused ─▶ faults at their steps
//              └─ stale ───▶ theirs, or mine over theirs
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useBlocker, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, Save, Trash2, Undo2 } from "lucide-react";
import { type KeyboardEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../../api/client";
import { type Problem, problemOf, Refused } from "../../api/problem";
import { may } from "../../app/pages";
import { usePressed } from "../../app/keys";
import { useSession } from "../../session/session";
import { Button } from "../../ui/button";
import { notify } from "../../ui/notices";
import { Failed, Loading } from "../../ui/states";
import { draftOf } from "../field";
import { Leaving, Removal, Stale } from "./asked";
import { Graph } from "./drawing";
import { faultsByStep } from "./faults";
import { Rehearsal } from "./rehearsal";
import { StepForm } from "./step-form";
import { StepList } from "./step-list";
import {
  added,
  changes,
  moved,
  orderOf,
  removed,
  renamed,
  replaced,
  same,
  type Workflow,
} from "./steps";
import { Versions } from "./versions";
import type { Rung } from "./words";

const PATH = "/v1/workflows";

/** A workflow that there is, at the newest version. */
export function Existing({ id, step }: { id: string; step: string | undefined }) {
  const found = useQuery({
    queryKey: [PATH, id],
    queryFn: () => answer(api.GET("/v1/workflows/{id}", { params: { path: { id } } })),
    refetchOnWindowFocus: false,
  });
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const { version } = found.data;
  const workflow = draftOf(found.data) as unknown as Workflow;
  return (
    <Editor key={`${id} ${version}`} id={id} version={version} kept={workflow} step={step} />
  );
}

type Props = {
  /** None while it was never saved. */
  id?: string;
  version?: number;
  kept: Workflow;
  step: string | undefined;
};

type Tab = "steps" | "try" | "versions";

export function Editor({ id, version, kept, step }: Props) {
  const { user } = useSession();
  const mayChange = may(user, "telephony_write");
  const navigate = useNavigate();
  const [draft, put] = useState<Workflow>(kept);
  const [problem, tell] = useState<Problem>();
  const [rungs, walk] = useState<readonly Rung[]>();
  const [tab, open] = useState<Tab>("steps");
  const [theirs, conflict] = useState<{ workflow: Workflow; version: number }>();
  const [asking, ask] = useState(false);
  const dirty = !same(draft, kept) || (id === undefined && Object.keys(draft.steps).length > 0);
  const faults = useMemo(() => faultsByStep(problem), [problem]);
  const here = `/admin/workflows/${id ?? "new"}`;
  const selected = step !== undefined && Object.hasOwn(draft.steps, step) ? step : undefined;

  const select = (name: string | undefined) => {
    const to = name === undefined ? here : `${here}/${encodeURIComponent(name)}`;
    void navigate({ to, search: true, replace: true });
  };
  const change = (next: Workflow) => {
    put(next);
    walk(undefined);
  };
  const saving = useSaving({ id, version, draft, tell, conflict });
  const save = (over?: number) => {
    if (mayChange && !saving.isPending) saving.mutate(over);
  };
  usePressed((pressed) => {
    if (pressed !== "Ctrl+S") return false;
    save();
    return true;
  });
  const guard = useBlocker({
    shouldBlockFn: ({ next }) => dirty && !saving.isSuccess && !next.pathname.startsWith(here),
    enableBeforeUnload: () => dirty && !saving.isSuccess,
    withResolver: true,
  });
  const remove = (name: string) => {
    const order = orderOf(draft);
    const at = order.indexOf(name);
    change(removed(draft, name));
    select(order[at + 1] ?? order[at - 1]);
  };
  const first = selected ?? orderOf(draft)[0];
  const chosen = first === undefined ? undefined : draft.steps[first];
  return (
    <div className="flex h-[calc(100dvh-3.5rem)] min-h-[34rem] flex-col gap-3 p-4">
      <Head
        draft={draft}
        version={version}
        dirty={dirty}
        mayChange={mayChange}
        saving={saving.isPending}
        onName={(name) => change({ ...draft, name })}
        nameFault={faults.whole.find(({ field }) => field === "/name")?.expected}
        onUndo={() => {
          change(kept);
          tell(undefined);
        }}
        onSave={() => save()}
        onRemove={id ? () => ask(true) : undefined}
        onBack={() => void navigate({ to: "/admin/workflows" })}
      />
      <Wrong problem={problem} whole={faults.whole} steps={faults.steps} onSelect={select} />
      <div className="panel flex min-h-0 flex-1 flex-col overflow-hidden lg:flex-row">
        <Graph
          workflow={draft}
          selected={first}
          faulty={new Set(faults.steps.keys())}
          rungs={rungs}
          onSelect={(name) => {
            select(name);
            if (tab === "versions") open("steps");
          }}
        />
        <aside className="flex min-h-0 w-full flex-col border-line max-lg:h-1/2 max-lg:border-t
          lg:w-[25rem] lg:border-s">
          <Tabs tab={tab} isKept={id !== undefined} onOpen={open} />
          <div
            role="tabpanel"
            aria-labelledby={`tab-${tab}`}
            className="grid min-h-0 flex-1 content-start gap-5 overflow-y-auto p-4"
          >
            {tab === "steps" && (
              <>
                <StepList
                  workflow={draft}
                  selected={first}
                  faulty={faults.counts}
                  mayChange={mayChange}
                  onSelect={select}
                  onAdd={(kind) => {
                    const [next, name] = added(draft, kind, first);
                    change(next);
                    select(name);
                  }}
                  onMove={(name, by) => change(moved(draft, name, by))}
                  onRemove={remove}
                />
                {first !== undefined && chosen && (
                  <StepForm
                    workflow={draft}
                    name={first}
                    step={chosen}
                    faults={faults.steps.get(first) ?? NONE}
                    mayChange={mayChange}
                    onChange={(next) => change(replaced(draft, first, next))}
                    onRename={(to) => {
                      change(renamed(draft, first, to));
                      select(to);
                    }}
                    onStart={() => change({ ...draft, start: first })}
                  />
                )}
              </>
            )}
            {tab === "try" && (
              <Rehearsal
                workflow={draft}
                rungs={rungs}
                onWalked={(walked) => {
                  walk(walked);
                  if (walked) tell(undefined);
                }}
                onRefused={(error) => tell(withinWorkflow(problemOf(error)))}
                onSelect={select}
              />
            )}
            {tab === "versions" && id !== undefined && version !== undefined && (
              <Versions
                id={id}
                version={version}
                onPutBack={(workflow) => {
                  change({ ...workflow, order: orderOf(workflow) });
                  open("steps");
                }}
              />
            )}
          </div>
        </aside>
      </div>
      {theirs && (
        <Stale
          theirs={theirs.version}
          changes={changes(kept, theirs.workflow)}
          onTheirs={() => conflict(undefined)}
          onMine={() => {
            conflict(undefined);
            save(theirs.version);
          }}
          onClose={() => conflict(undefined)}
          id={id ?? ""}
        />
      )}
      {asking && id !== undefined && version !== undefined && (
        <Removal id={id} version={version} name={kept.name} onClose={() => ask(false)} />
      )}
      {guard.status === "blocked" && (
        <Leaving name={draft.name} onStay={guard.reset} onLeave={guard.proceed} />
      )}
    </div>
  );
}

const NONE: readonly never[] = [];

/** The rehearsal's refusal as a refusal of the workflow that it was given. */
function withinWorkflow(problem: Problem): Problem {
  const inner = (problem.errors ?? []).filter(({ field }) => field.startsWith("/workflow/"));
  const errors = inner.map(({ field, expected }) => ({
    field: field.slice("/workflow".length),
    expected,
  }));
  return { ...problem, errors };
}

type Saving = {
  id: string | undefined;
  version: number | undefined;
  draft: Workflow;
  tell: (problem: Problem | undefined) => void;
  conflict: (theirs: { workflow: Workflow; version: number }) => void;
};

/** Saves from the version that was read, or, where somebody chose so, over a newer one. */
function useSaving({ id, version, draft, tell, conflict }: Saving) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async (over: number | undefined) => {
      const body = { ...draft, order: orderOf(draft) };
      if (id === undefined) return answer(api.POST("/v1/workflows", { body }));
      const header = { "If-Match": `"${over ?? version ?? 0}"` };
      return answer(api.PUT("/v1/workflows/{id}", { params: { path: { id }, header }, body }));
    },
    onSuccess: async (saved) => {
      tell(undefined);
      notify("system", t("form.saved"));
      queries.setQueryData([PATH, saved.id], saved);
      void queries.invalidateQueries({ queryKey: [PATH], refetchType: "none" });
      void queries.refetchQueries({ queryKey: [PATH, "names"] });
      if (id === undefined) {
        // It is kept now: whoever guards what is not saved need not ask.
        await navigate({ to: `/admin/workflows/${saved.id}`, replace: true, ignoreBlocker: true });
      }
    },
    onError: async (error) => {
      if (id !== undefined && error instanceof Refused && error.kind === "stale") {
        const params = { path: { id } };
        const newest = await answer(api.GET("/v1/workflows/{id}", { params })).catch(() => undefined);
        if (newest) {
          const workflow = draftOf(newest) as unknown as Workflow;
          conflict({ workflow, version: newest.version });
          return;
        }
      }
      tell(problemOf(error));
    },
  });
}

type HeadProps = {
  draft: Workflow;
  version: number | undefined;
  dirty: boolean;
  mayChange: boolean;
  saving: boolean;
  nameFault: string | undefined;
  onName: (name: string) => void;
  onUndo: () => void;
  onSave: () => void;
  onRemove: (() => void) | undefined;
  onBack: () => void;
};

function Head(props: HeadProps) {
  const { draft, version, dirty, mayChange, nameFault } = props;
  const { t } = useTranslation();
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button look="quiet" onClick={props.onBack} aria-label={t("workflow.back")}>
        <ArrowLeft size={17} className="rtl:rotate-180" aria-hidden />
      </Button>
      <h1 className="sr-only">{t("workflow.heading", { name: draft.name })}</h1>
      <input
        aria-label={t("fields.name")}
        aria-invalid={!!nameFault || undefined}
        title={nameFault}
        value={draft.name}
        maxLength={128}
        readOnly={!mayChange}
        onChange={({ target }) => props.onName(target.value)}
        className="field w-72! border-transparent! bg-transparent! text-lg font-semibold
          tracking-tight hover:border-line-strong! focus:bg-surface!"
      />
      <p className="text-sm text-ink-soft" role="status">
        {version === undefined
          ? t("workflow.neverSaved")
          : dirty
            ? t("workflow.unsaved")
            : t("workflow.version", { version })}
      </p>
      {mayChange && (
        <div className="ms-auto flex flex-wrap gap-2">
          {props.onRemove && (
            <Button
              look="quiet"
              onClick={props.onRemove}
              icon={<Trash2 size={16} aria-hidden />}
            >
              {t("common.remove")}
            </Button>
          )}
          <Button
            why={dirty ? undefined : t("workflow.nothingChanged")}
            onClick={props.onUndo}
            icon={<Undo2 size={16} aria-hidden />}
          >
            {t("workflow.undo")}
          </Button>
          <Button
            look="primary"
            why={dirty ? undefined : t("workflow.nothingChanged")}
            disabled={props.saving}
            hint="Ctrl+S"
            onClick={props.onSave}
            icon={<Save size={16} aria-hidden />}
          >
            {t("common.save")}
          </Button>
        </div>
      )}
    </div>
  );
}

type WrongProps = {
  problem: Problem | undefined;
  whole: readonly { field: string; expected: string }[];
  steps: ReadonlyMap<string, readonly { field: string; expected: string }[]>;
  onSelect: (step: string) => void;
};

/** What is wrong, and where: each step of it is one press away. */
function Wrong({ problem, whole, steps, onSelect }: WrongProps) {
  const { t } = useTranslation();
  if (!problem) return null;
  return (
    <div role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
      <p className="font-medium">{problem.title || t("states.unreachable")}</p>
      {problem.detail && <p>{problem.detail}</p>}
      {whole.map(({ field, expected }) => (
        <p key={field}>
          <code>{field}</code>: {t("form.expected", { expected })}
        </p>
      ))}
      {steps.size > 0 && (
        <p className="flex flex-wrap gap-x-3">
          {[...steps].map(([name, faults]) => (
            <button
              key={name}
              type="button"
              onClick={() => onSelect(name)}
              className="rounded underline"
            >
              {t("workflow.faultsOf", { name, count: faults.length })}
            </button>
          ))}
        </p>
      )}
    </div>
  );
}

type TabsProps = { tab: Tab; isKept: boolean; onOpen: (tab: Tab) => void };

function Tabs({ tab, isKept, onOpen }: TabsProps) {
  const { t } = useTranslation();
  const all: Tab[] = isKept ? ["steps", "try", "versions"] : ["steps", "try"];
  const press = ({ key, currentTarget }: KeyboardEvent<HTMLElement>) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[key];
    const next = by && all[(all.indexOf(tab) + by + all.length) % all.length];
    if (!next) return;
    onOpen(next);
    currentTarget.parentElement?.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
  return (
    <div
      role="tablist"
      aria-label={t("workflow.views")}
      className="flex border-b border-line px-2"
    >
      {all.map((one) => (
        <button
          key={one}
          id={`tab-${one}`}
          type="button"
          role="tab"
          aria-selected={tab === one}
          tabIndex={tab === one ? 0 : -1}
          onClick={() => onOpen(one)}
          onKeyDown={press}
          className="-mb-px border-b-2 border-transparent px-3 py-2.5 text-sm text-ink-soft
            hover:text-ink aria-selected:border-accent aria-selected:font-medium
            aria-selected:text-ink"
        >
          {t(`workflow.tabs.${one}`)}
        </button>
      ))}
    </div>
  );
}
