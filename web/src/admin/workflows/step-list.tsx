// The steps as a list: everything that the drawing shows, and every edit, by keyboard.
import { ArrowDown, ArrowUp, CircleAlert, Flag, Plus, Trash2 } from "lucide-react";
import { type KeyboardEvent, useRef } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/button";
import { ICONS, TONES } from "./icons";
import { type Kind, KINDS, orderOf, type Step, waysOf, type Workflow } from "./steps";
import { useAbout, useWayWords } from "./words";

type Props = {
  workflow: Workflow;
  selected: string | undefined;
  faulty: ReadonlyMap<string, number>;
  mayChange: boolean;
  onSelect: (step: string) => void;
  onAdd: (kind: Kind) => void;
  onMove: (step: string, by: 1 | -1) => void;
  onRemove: (step: string) => void;
};

export function StepList(props: Props) {
  const { workflow, selected, faulty, mayChange, onSelect, onMove, onRemove } = props;
  const { t } = useTranslation();
  const rows = useRef<HTMLOListElement>(null);
  const order = orderOf(workflow);
  const press = (event: KeyboardEvent, name: string) => {
    const by = ({ ArrowDown: 1, ArrowUp: -1 } as const)[event.key as "ArrowDown" | "ArrowUp"];
    if (by && event.altKey) {
      // A row that is moved in the page loses the focus, and whoever moved it would lose the row.
      if (mayChange) onMove(name, by);
      setTimeout(() => rows.current?.querySelector<HTMLElement>(`[data-step="${name}"]`)?.focus());
    } else if (by) {
      const next = order[order.indexOf(name) + by];
      rows.current?.querySelector<HTMLElement>(`[data-step="${next}"]`)?.focus();
    } else if (event.key === "Delete") {
      if (mayChange) onRemove(name);
    } else return;
    event.preventDefault();
  };
  return (
    <section aria-label={t("workflow.steps")} className="grid gap-2">
      <div className="flex items-center gap-2">
        <h2 className="flex-1 font-semibold">{t("workflow.steps")}</h2>
        {mayChange && <AddStep onAdd={props.onAdd} />}
      </div>
      {order.length === 0 && <p className="text-sm text-ink-soft">{t("workflow.noSteps")}</p>}
      <ol ref={rows} className="grid max-h-[34dvh] gap-0.5 overflow-y-auto p-0.5">
        {order.map((name) => {
          const step = workflow.steps[name];
          return (
            step && (
              <li key={name}>
                <Row
                  name={name}
                  step={step}
                  first={workflow.start === name}
                  selected={name === selected}
                  faults={faulty.get(name) ?? 0}
                  onSelect={() => onSelect(name)}
                  onKeyDown={(event) => press(event, name)}
                />
              </li>
            )
          );
        })}
      </ol>
      {mayChange && selected !== undefined && order.includes(selected) && (
        <Acts {...props} name={selected} order={order} />
      )}
    </section>
  );
}

function AddStep({ onAdd }: { onAdd: (kind: Kind) => void }) {
  const { t } = useTranslation();
  return (
    <label className="flex items-center gap-2 text-sm">
      <Plus size={16} aria-hidden />
      <span className="sr-only">{t("workflow.add")}</span>
      <select
        className="field w-44!"
        value=""
        onChange={({ target }) => target.value && onAdd(target.value as Kind)}
      >
        <option value="">{t("workflow.add")}</option>
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {t(`workflow.kinds.${kind}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

type RowProps = {
  name: string;
  step: Step;
  first: boolean;
  selected: boolean;
  faults: number;
  onSelect: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
};

function Row({ name, step, first, selected, faults, onSelect, onKeyDown }: RowProps) {
  const { t } = useTranslation();
  const [about, ways] = [useAbout(), useWayWords()];
  const Icon = ICONS[step.do];
  const leads = waysOf(step).map((way) => `${ways(way, step)} → ${way.to || t("workflow.nowhere")}`);
  return (
    <button
      type="button"
      data-step={name}
      aria-current={selected || undefined}
      onClick={onSelect}
      onKeyDown={onKeyDown}
      className="flex w-full items-center gap-3 rounded-lg border border-transparent px-2.5 py-1.5
        text-start hover:bg-sunken aria-[current]:border-accent/40 aria-[current]:bg-accent-soft"
    >
      <span
        className="grid size-8 shrink-0 place-items-center rounded-lg"
        style={{ background: TONES[step.do].soft, color: TONES[step.do].ink }}
      >
        <Icon size={16} aria-hidden />
      </span>
      <span className="min-w-0 flex-1">
        <span className="flex items-center gap-2">
          <span className="truncate font-medium">{name}</span>
          {first && (
            <span className="flex items-center gap-1 text-xs text-accent-text">
              <Flag size={12} aria-hidden /> {t("workflow.start")}
            </span>
          )}
        </span>
        <span className="block truncate text-xs text-ink-soft">
          {[t(`workflow.kinds.${step.do}`), about(step)].filter(Boolean).join(" · ")}
        </span>
        <span className="sr-only">{leads.join(", ")}</span>
      </span>
      {faults > 0 && (
        <span className="flex items-center gap-1 text-sm text-bad">
          <CircleAlert size={16} aria-hidden />
          {t("workflow.faults", { count: faults })}
        </span>
      )}
    </button>
  );
}

function Acts({ name, order, ...props }: Props & { name: string; order: string[] }) {
  const { t } = useTranslation();
  const at = order.indexOf(name);
  const edge = t("workflow.edge");
  return (
    <div className="flex flex-wrap items-center gap-1 border-t border-line pt-2">
      <Button
        look="quiet"
        why={at === 0 ? edge : undefined}
        onClick={() => props.onMove(name, -1)}
        icon={<ArrowUp size={16} aria-hidden />}
      >
        {t("workflow.up")}
      </Button>
      <Button
        look="quiet"
        why={at === order.length - 1 ? edge : undefined}
        onClick={() => props.onMove(name, 1)}
        icon={<ArrowDown size={16} aria-hidden />}
      >
        {t("workflow.down")}
      </Button>
      <Button
        look="quiet"
        className="ms-auto"
        onClick={() => props.onRemove(name)}
        icon={<Trash2 size={16} aria-hidden />}
      >
        {t("workflow.remove")}
      </Button>
    </div>
  );
}
