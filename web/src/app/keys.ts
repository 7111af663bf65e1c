// Shortcuts: what each key does, where it may do it, and which key the person has put on it instead.
import { useEffect, useRef, useSyncExternalStore } from "react";

/** Everything that has a key of its own. Digits belong to dispositions and cannot be taken. */
export const DEFAULTS = {
  palette: "Ctrl+K",
  sheet: "?",
  clockIn: "I",
  ready: "R",
  pause: "P",
  hold: "H",
  mute: "M",
  recording: "O",
  transfer: "X",
  hangUp: "E",
  byHand: "B",
  returned: "U",
  dial: "D",
  skip: "S",
  notes: "N",
  scriptNext: "K",
  scriptBack: "J",
  undo: "Z",
  search: "/",
  create: "C",
  help: "L",
  listen: "V",
  wall: "T",
} as const;

export type Shortcut = keyof typeof DEFAULTS;

const KEPT_AS = "cordboard.keys";
const listeners = new Set<() => void>();
let mine: Partial<Record<Shortcut, string>> = read();

export function keyOf(shortcut: Shortcut): string {
  return mine[shortcut] ?? DEFAULTS[shortcut];
}

export function useKeyOf(shortcut: Shortcut): string {
  return useSyncExternalStore(follow, () => keyOf(shortcut));
}

/** Puts a key on a shortcut; says who has it already, and then nothing is changed. */
export function remap(shortcut: Shortcut, key: string): Shortcut | "digit" | undefined {
  if (/^\d$/.test(key)) return "digit";
  const all = Object.keys(DEFAULTS) as Shortcut[];
  const taken = all.find((other) => other !== shortcut && keyOf(other) === key);
  if (taken) return taken;
  mine = { ...mine, [shortcut]: key };
  keep();
  return undefined;
}

export function resetKeys(): void {
  mine = {};
  keep();
}

/** What was pressed, spelt as a shortcut: `Ctrl+K`, `?`, `R`. Nothing for a modifier alone. */
export function spell(event: KeyboardEvent): string | undefined {
  const { key } = event;
  if (["Control", "Shift", "Alt", "Meta", "AltGraph"].includes(key)) return undefined;
  const name = key.length === 1 ? key.toUpperCase() : key;
  const command = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
  return command + (event.altKey ? "Alt+" : "") + name;
}

/** Whether somebody is writing, so that letters are letters. */
export function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("textarea, select")) return true;
  const input = target.closest("input");
  return !!input && !["checkbox", "radio", "button", "submit", "range"].includes(input.type);
}

/**
 * Runs `run` with what is pressed while the component is shown; `run` returns true where it used the
 * key. An open dialog keeps all keys but its own to itself. Whoever hears first hears before all
 * shortcuts, wherever they stand.
 */
export function usePressed(
  run: (pressed: string, event: KeyboardEvent) => boolean,
  turn?: "first",
): void {
  const newest = useRef(run);
  useEffect(() => {
    newest.current = run;
  });
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      const pressed = spell(event);
      if (!pressed || event.defaultPrevented || event.repeat) return;
      if (isWriting(event.target) && !pressed.startsWith("Ctrl+")) return;
      if (
        document.querySelector('[role="dialog"], [role="menu"]') &&
        !pressed.startsWith("Ctrl+")
      ) {
        return;
      }
      if (newest.current(pressed, event)) event.preventDefault();
    };
    const capture = turn === "first";
    window.addEventListener("keydown", hear, { capture });
    return () => window.removeEventListener("keydown", hear, { capture });
  }, [turn]);
}

export function useShortcut(shortcut: Shortcut, run: () => void): void {
  usePressed((pressed) => {
    if (pressed !== keyOf(shortcut)) return false;
    run();
    return true;
  });
}

function follow(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function keep(): void {
  localStorage.setItem(KEPT_AS, JSON.stringify(mine));
  for (const listener of listeners) listener();
}

function read(): Partial<Record<Shortcut, string>> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT_AS) ?? "{}");
    if (typeof kept !== "object" || kept === null) return {};
    const known = Object.entries(kept).filter(
      ([name, key]) => Object.hasOwn(DEFAULTS, name) && typeof key === "string",
    );
    return Object.fromEntries(known);
  } catch {
    return {};
  }
}
