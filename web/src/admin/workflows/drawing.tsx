// The drawing of a workflow. It shows what the list beside it says, so it is one picture to a screen
// reader; whoever has a mouse chooses steps in it, and keys move it.
import { Maximize, ZoomIn, ZoomOut } from "lucide-react";
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/button";
import { ICONS, TONES } from "./icons";
import { type Card, type Drawing, type Edge, HEAD, layout, ROW, WIDTH } from "./layout";
import type { Workflow } from "./steps";
import { type Rung, useAbout, useWayWords, walkedOf, wayKey } from "./words";

type Props = {
  workflow: Workflow;
  selected: string | undefined;
  faulty: ReadonlySet<string>;
  rungs: readonly Rung[] | undefined;
  onSelect: (step: string) => void;
};

type View = { x: number; y: number; width: number; height: number };

export function Graph({ workflow, selected, faulty, rungs, onSelect }: Props) {
  const { t } = useTranslation();
  const drawing = useMemo(() => layout(workflow), [workflow]);
  const walked = useMemo(() => walkedOf(rungs), [rungs]);
  const { view, zoom, fit, box, handlers } = useView(drawing, selected);
  const kept = [...drawing.edges].sort((a, b) => Number(isWalked(a)) - Number(isWalked(b)));
  function isWalked(edge: Edge): boolean {
    return walked.ways.has(wayKey(edge.from, edge.to));
  }
  return (
    <div className="relative min-h-0 flex-1" dir="ltr">
      <div
        ref={box}
        role="group"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- keys move and zoom it
        tabIndex={0}
        aria-label={t("workflow.graphKeys")}
        className="absolute inset-0 cursor-grab touch-none overflow-hidden rounded-s-xl
          -outline-offset-2 active:cursor-grabbing"
        {...handlers}
      >
        <svg
          role="img"
          aria-label={t("workflow.graph", { name: workflow.name })}
          viewBox={`${view.x} ${view.y} ${view.width} ${view.height}`}
          className="size-full select-none"
          fontFamily="var(--font-sans)"
        >
          <defs>
            <pattern id="dots" width="20" height="20" patternUnits="userSpaceOnUse">
              <circle cx="1" cy="1" r="1" fill="var(--line)" />
            </pattern>
            <Arrow id="arrow" fill="var(--line-strong)" />
            <Arrow id="arrow-walked" fill="var(--accent)" />
          </defs>
          <rect x={-9999} y={-9999} width={19998} height={19998} fill="url(#dots)" />
          {kept.map((edge) => (
            <path
              key={`${edge.from} ${edge.way.field} ${edge.way.on ?? ""}`}
              d={edge.path}
              fill="none"
              stroke={isWalked(edge) ? "var(--accent)" : "var(--line-strong)"}
              strokeWidth={isWalked(edge) ? 2.5 : 1.4}
              strokeDasharray={edge.back ? "5 4" : undefined}
              opacity={rungs && !isWalked(edge) ? 0.35 : 1}
              markerEnd={isWalked(edge) ? "url(#arrow-walked)" : "url(#arrow)"}
            />
          ))}
          {drawing.cards.map((card) => (
            <StepCard
              key={card.name}
              card={card}
              workflow={workflow}
              selected={card.name === selected}
              faulty={faulty.has(card.name)}
              dim={!!rungs && !walked.steps.has(card.name)}
              onSelect={onSelect}
            />
          ))}
        </svg>
      </div>
      <div className="absolute end-3 top-3 flex rounded-lg border border-line bg-surface shadow-low">
        <Button look="quiet" onClick={() => zoom(1.25)} aria-label={t("workflow.zoomOut")}>
          <ZoomOut size={16} aria-hidden />
        </Button>
        <Button look="quiet" onClick={() => zoom(0.8)} aria-label={t("workflow.zoomIn")}>
          <ZoomIn size={16} aria-hidden />
        </Button>
        <Button look="quiet" onClick={fit} aria-label={t("workflow.fit")}>
          <Maximize size={16} aria-hidden />
        </Button>
      </div>
    </div>
  );
}

function Arrow({ id, fill }: { id: string; fill: string }) {
  return (
    <marker id={id} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"
      markerUnits="userSpaceOnUse" orient="auto">
      <path d="M0 0.5 L8 4 L0 7.5 Z" fill={fill} />
    </marker>
  );
}

type CardProps = {
  card: Card;
  workflow: Workflow;
  selected: boolean;
  faulty: boolean;
  dim: boolean;
  onSelect: (step: string) => void;
};

function StepCard({ card, workflow, selected, faulty, dim, onSelect }: CardProps) {
  const { t } = useTranslation();
  const [about, ways] = [useAbout(), useWayWords()];
  const step = workflow.steps[card.name];
  if (!step) return null;
  const Icon = ICONS[step.do];
  const tone = TONES[step.do];
  const stroke = faulty ? "var(--bad)" : selected ? "var(--accent)" : "var(--line-strong)";
  const first = workflow.start === card.name;
  const kind = t(`workflow.kinds.${step.do}`);
  const told = about(step);
  return (
    <g
      transform={`translate(${card.x} ${card.y})`}
      opacity={dim ? 0.45 : 1}
      onClick={() => onSelect(card.name)}
      className="cursor-pointer"
    >
      <title>{`${card.name}: ${kind} ${told}`}</title>
      {selected && (
        <rect x={-4} y={-4} width={WIDTH + 8} height={card.height + 8} rx={15}
          fill="var(--accent-soft)" />
      )}
      <rect width={WIDTH} height={card.height} rx={11} fill="var(--surface)" stroke={stroke}
        strokeWidth={selected || faulty ? 2 : 1} />
      <rect x={10} y={10} width={30} height={30} rx={8} fill={tone.soft} />
      <Icon x={17} y={17} width={16} height={16} color={tone.ink} aria-hidden />
      <text x={48} y={23} fontSize={13} fontWeight={600} fill="var(--ink)">
        {shortened(card.name, 17)}
      </text>
      <text x={48} y={38} fontSize={11} fill="var(--ink-soft)">
        {shortened(told || kind, 22)}
      </text>
      {first && <circle cx={0} cy={HEAD / 2} r={5} fill="var(--accent)" />}
      {card.ports.length > 0 && (
        <path d={`M0 ${HEAD} H${WIDTH}`} stroke="var(--line)" strokeWidth={1} />
      )}
      {card.ports.map((port, row) => (
        <g key={`${port.field} ${port.on ?? ""}`}>
          <text x={WIDTH - 14} y={HEAD + row * ROW + ROW / 2 + 4} fontSize={11} textAnchor="end"
            fill={port.to ? "var(--ink-soft)" : "var(--bad)"}>
            {shortened(ways(port, step), 26)}
          </text>
          <circle cx={WIDTH} cy={HEAD + row * ROW + ROW / 2} r={4} fill="var(--surface)"
            stroke={port.to ? "var(--line-strong)" : "var(--bad)"} strokeWidth={1.5} />
        </g>
      ))}
    </g>
  );
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** What of the drawing is seen: moved by dragging and arrows, zoomed by the wheel, + and -. */
function useView(drawing: Drawing, selected: string | undefined) {
  const box = useRef<HTMLDivElement>(null);
  const [view, see] = useState<View>(() => whole(drawing));
  const dragged = useRef<{ x: number; y: number }>(undefined);
  const scale = () => {
    const { clientWidth = 1, clientHeight = 1 } = box.current ?? {};
    return Math.max(view.width / clientWidth, view.height / clientHeight);
  };
  const pan = (x: number, y: number) =>
    see((now) => ({ ...now, x: now.x + x * scale(), y: now.y + y * scale() }));
  const zoom = (by: number) => see((now) => zoomed(now, by));
  const fit = () => see(whole(drawing));
  // The wheel zooms and does not scroll the page, which a passive listener could not say.
  useEffect(() => {
    const here = box.current;
    const roll = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      see((now) => zoomed(now, event.deltaY > 0 ? 1.1 : 0.9));
    };
    here?.addEventListener("wheel", roll, { passive: false });
    return () => here?.removeEventListener("wheel", roll);
  }, []);
  const count = drawing.cards.length;
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- only a step that came or went fits anew
  useEffect(() => see(whole(drawing)), [count]);
  useEffect(() => {
    const card = drawing.cards.find(({ name }) => name === selected);
    if (card) see((now) => withCard(now, card));
  }, [drawing, selected]);
  const handlers = {
    onKeyDown: (event: KeyboardEvent) => {
      const step = { ArrowLeft: [-60, 0], ArrowRight: [60, 0], ArrowUp: [0, -60], ArrowDown: [0, 60] }[
        event.key
      ];
      if (step) pan(step[0] ?? 0, step[1] ?? 0);
      else if (event.key === "+" || event.key === "=") zoom(0.8);
      else if (event.key === "-") zoom(1.25);
      else if (event.key === "0") fit();
      else return;
      event.preventDefault();
    },
    onPointerDown: ({ clientX, clientY }: PointerEvent) => {
      dragged.current = { x: clientX, y: clientY };
    },
    onPointerMove: ({ clientX, clientY, buttons }: PointerEvent) => {
      const last = dragged.current;
      if (!last || buttons === 0) return;
      pan(last.x - clientX, last.y - clientY);
      dragged.current = { x: clientX, y: clientY };
    },
    onPointerUp: () => {
      dragged.current = undefined;
    },
  };
  return { view, zoom, fit, box, handlers };
}

/** All of it, with a margin, and never so near that a small drawing fills the room. */
function whole({ width, height }: Drawing): View {
  const [wide, high] = [Math.max(width + 2 * MARGIN, 720), Math.max(height + 2 * MARGIN, 420)];
  return { x: (width - wide) / 2, y: (height - high) / 2, width: wide, height: high };
}

function zoomed(view: View, by: number): View {
  const width = Math.min(Math.max(view.width * by, 240), 8000);
  const height = (view.height * width) / view.width;
  const [x, y] = [view.x + (view.width - width) / 2, view.y + (view.height - height) / 2];
  return { x, y, width, height };
}

/** The same view, moved as little as shows the whole card. */
function withCard(view: View, card: Card): View {
  const near = (low: number, size: number, from: number, long: number) => {
    if (from - MARGIN / 2 < low) return from - MARGIN / 2;
    if (from + long + MARGIN / 2 > low + size) return from + long + MARGIN / 2 - size;
    return low;
  };
  const x = near(view.x, view.width, card.x, WIDTH);
  const y = near(view.y, view.height, card.y, card.height);
  return x === view.x && y === view.y ? view : { ...view, x, y };
}

const MARGIN = 40;
