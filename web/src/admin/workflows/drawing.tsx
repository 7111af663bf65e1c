// The drawing of a workflow. It shows what the list beside it says, so it is one picture to a screen
// reader; whoever has a mouse chooses steps in it, and keys move it.
import { Maximize, ZoomIn, ZoomOut } from "lucide-react";
import {
  type KeyboardEvent,
  type PointerEvent,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
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

export function Graph({ workflow, selected, faulty, rungs, onSelect }: Props) {
  const { t } = useTranslation();
  const drawing = useMemo(() => layout(workflow), [workflow]);
  const walked = useMemo(() => walkedOf(rungs), [rungs]);
  const { shown, zoom, fit, box, handlers } = useView(drawing, selected);
  const isWalked = (edge: Edge) => walked.ways.has(wayKey(edge.from, edge.to));
  const edges = [...drawing.edges].sort((a, b) => Number(isWalked(a)) - Number(isWalked(b)));
  return (
    <div className="relative min-h-0 flex-1" dir="ltr">
      <div
        ref={box}
        role="group"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- keys move and zoom it
        tabIndex={0}
        aria-label={t("workflow.graphKeys")}
        className="dotted absolute inset-0 cursor-grab touch-none overflow-hidden rounded-s-xl
          -outline-offset-2 select-none active:cursor-grabbing"
        {...handlers}
      >
        <div
          role="img"
          aria-label={t("workflow.graph", { name: workflow.name })}
          className="absolute start-0 top-0 origin-top-left"
          style={{ transform: `translate(${shown.x}px, ${shown.y}px) scale(${shown.scale})` }}
        >
          <svg
            width={drawing.width}
            height={drawing.height}
            className="absolute start-0 top-0 overflow-visible"
            aria-hidden
          >
            <defs>
              <Arrow id="arrow" fill="var(--line-strong)" />
              <Arrow id="arrow-walked" fill="var(--accent)" />
            </defs>
            {edges.map((edge) => (
              <path
                key={`${edge.from} ${edge.way.field} ${edge.way.on ?? ""}`}
                d={edge.path}
                fill="none"
                stroke={isWalked(edge) ? "var(--accent)" : "var(--line-strong)"}
                strokeWidth={isWalked(edge) ? 2.5 : 1.4}
                strokeDasharray={edge.back ? "5 4" : undefined}
                markerEnd={isWalked(edge) ? "url(#arrow-walked)" : "url(#arrow)"}
              />
            ))}
          </svg>
          {drawing.cards.map((card) => (
            <StepCard
              key={card.name}
              card={card}
              workflow={workflow}
              selected={card.name === selected}
              faulty={faulty.has(card.name)}
              walked={walked.steps.has(card.name)}
              onSelect={onSelect}
            />
          ))}
        </div>
      </div>
      <div className="absolute end-3 top-3 flex rounded-lg border border-line bg-surface shadow-low">
        <Button look="quiet" onClick={() => zoom(0.8)} aria-label={t("workflow.zoomOut")}>
          <ZoomOut size={16} aria-hidden />
        </Button>
        <Button look="quiet" onClick={() => zoom(1.25)} aria-label={t("workflow.zoomIn")}>
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
  const size = { viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8 };
  return (
    <marker id={id} {...size} markerUnits="userSpaceOnUse" orient="auto">
      <path d="M0 0.5 L8 4 L0 7.5 Z" fill={fill} />
    </marker>
  );
}

type CardProps = {
  card: Card;
  workflow: Workflow;
  selected: boolean;
  faulty: boolean;
  walked: boolean;
  onSelect: (step: string) => void;
};

function StepCard({ card, workflow, selected, faulty, walked, onSelect }: CardProps) {
  const { t } = useTranslation();
  const [about, ways] = [useAbout(), useWayWords()];
  const step = workflow.steps[card.name];
  if (!step) return null;
  const Icon = ICONS[step.do];
  const edge = faulty ? "border-bad" : selected || walked ? "border-accent" : "border-line-strong/70";
  const ring = selected ? "ring-4 ring-accent/25" : walked ? "ring-2 ring-accent/40" : "shadow-low";
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- the list beside it takes the keys
    <div
      onClick={() => onSelect(card.name)}
      className={`absolute cursor-pointer rounded-xl border bg-surface text-[13px] leading-tight
        ${edge} ${ring}`}
      style={{ insetInlineStart: card.x, top: card.y, width: WIDTH, height: card.height }}
    >
      <div className="flex items-center gap-2.5 px-2.5" style={{ height: HEAD - 1 }}>
        <span
          className="grid size-8 shrink-0 place-items-center rounded-lg"
          style={{ background: TONES[step.do].soft, color: TONES[step.do].ink }}
        >
          <Icon size={16} aria-hidden />
        </span>
        <span className="min-w-0">
          <span className="block truncate font-semibold">{card.name}</span>
          <span className="block truncate text-[11px] text-ink-soft">
            {about(step) || t(`workflow.kinds.${step.do}`)}
          </span>
        </span>
      </div>
      {workflow.start === card.name && (
        <span
          className="absolute -start-1.5 size-3 rounded-full bg-accent"
          style={{ top: HEAD / 2 - 7 }}
        />
      )}
      {card.ports.length > 0 && <div className="border-t border-line" />}
      {card.ports.map((port) => (
        <p
          key={`${port.field} ${port.on ?? ""}`}
          className={`relative flex items-center justify-end pe-3.5 ps-2.5 text-[11px]
            ${port.to ? "text-ink-soft" : "text-bad"}`}
          style={{ height: ROW }}
        >
          <span className="truncate">{ways(port, step)}</span>
          <span
            className={`absolute -end-[5px] size-2.5 rounded-full border-[1.5px] bg-surface
              ${port.to ? "border-line-strong" : "border-bad"}`}
          />
        </p>
      ))}
    </div>
  );
}

/** Where the drawing stands in its box, and how large: moved by dragging and arrows, zoomed by the
 * wheel, + and -. */
type Shown = { x: number; y: number; scale: number };
type Size = { width: number; height: number };

function useView(drawing: Drawing, selected: string | undefined) {
  const box = useRef<HTMLDivElement>(null);
  const size = useRef<Size>({ width: 800, height: 600 });
  const [shown, show] = useState<Shown>({ x: 0, y: 0, scale: 1 });
  const dragged = useRef<{ x: number; y: number }>(undefined);
  const newest = useRef(drawing);
  newest.current = drawing;
  const fit = useCallback(() => show(whole(newest.current, size.current)), []);
  const zoom = (by: number) => show((now) => zoomed(now, by, size.current));
  useEffect(() => {
    const here = box.current;
    if (!here) return;
    const seen = new ResizeObserver(() => {
      size.current = { width: here.clientWidth, height: here.clientHeight };
      fit();
    });
    seen.observe(here);
    // The wheel zooms and does not scroll the page, which a passive listener could not say.
    const roll = (event: WheelEvent) => {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) {
        show((now) => zoomed(now, event.deltaY > 0 ? 0.9 : 1.1, size.current));
      } else {
        show((now) => ({ ...now, x: now.x - event.deltaX, y: now.y - event.deltaY }));
      }
    };
    here.addEventListener("wheel", roll, { passive: false });
    return () => {
      seen.disconnect();
      here.removeEventListener("wheel", roll);
    };
  }, [fit]);
  const count = drawing.cards.length;
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- only a step that came or went fits anew
  useEffect(() => fit(), [fit, count]);
  useEffect(() => {
    const card = drawing.cards.find(({ name }) => name === selected);
    if (card) show((now) => withCard(now, card, size.current));
  }, [drawing, selected]);
  const pan = (x: number, y: number) => show((now) => ({ ...now, x: now.x + x, y: now.y + y }));
  const handlers = {
    onKeyDown: (event: KeyboardEvent) => {
      const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[
        event.key
      ];
      if (step) pan(step[0] ?? 0, step[1] ?? 0);
      else if (event.key === "+" || event.key === "=") zoom(1.25);
      else if (event.key === "-") zoom(0.8);
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
      pan(clientX - last.x, clientY - last.y);
      dragged.current = { x: clientX, y: clientY };
    },
    onPointerUp: () => {
      dragged.current = undefined;
    },
  };
  return { shown, zoom, fit, box, handlers };
}

/** All of it in the middle, never larger than it is and never too small to be read. */
function whole(drawing: Drawing, { width, height }: Size): Shown {
  const fits = Math.min(width / (drawing.width + 2 * MARGIN), height / (drawing.height + 2 * MARGIN));
  const scale = Math.min(Math.max(fits, 0.55), 1.1);
  const middle = (room: number, long: number) => Math.max(MARGIN, (room - long * scale) / 2);
  return { x: middle(width, drawing.width), y: middle(height, drawing.height), scale };
}

function zoomed(shown: Shown, by: number, { width, height }: Size): Shown {
  const scale = Math.min(Math.max(shown.scale * by, 0.2), 3);
  const grown = scale / shown.scale;
  const about = (at: number, middle: number) => middle - (middle - at) * grown;
  return { x: about(shown.x, width / 2), y: about(shown.y, height / 2), scale };
}

/** The same, moved as little as shows the whole card. */
function withCard(shown: Shown, card: Card, { width, height }: Size): Shown {
  const near = (at: number, room: number, from: number, long: number) => {
    const [low, high] = [at + from * shown.scale, at + (from + long) * shown.scale];
    if (low < MARGIN / 2) return at + MARGIN / 2 - low;
    if (high > room - MARGIN / 2) return at + room - MARGIN / 2 - high;
    return at;
  };
  const x = near(shown.x, width, card.x, WIDTH);
  const y = near(shown.y, height, card.y, card.height);
  return x === shown.x && y === shown.y ? shown : { ...shown, x, y };
}

const MARGIN = 40;
