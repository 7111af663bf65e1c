// A button. One that may not be pressed stays in the tab order and says why.
import { Tooltip } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";

export type Look = "primary" | "plain" | "quiet" | "danger" | "good";

const LOOKS: Record<Look, string> = {
  primary: "bg-accent text-accent-ink hover:brightness-110 border-transparent font-medium",
  plain: "bg-surface text-ink border-line-strong/60 hover:bg-sunken",
  quiet: "bg-transparent text-ink-soft border-transparent hover:bg-sunken hover:text-ink",
  danger: "bg-bad-soft text-bad border-bad/40 hover:border-bad font-medium",
  good: "bg-good-soft text-good border-good/40 hover:border-good font-medium",
};

type Props = ComponentProps<"button"> & {
  look?: Look;
  /** Why it may not be pressed; leave out where it may. */
  why?: string | undefined;
  /** The key that does the same. */
  hint?: string | undefined;
  icon?: ReactNode;
  large?: boolean;
};

export function Button({ look = "plain", why, hint, icon, large, children, ...rest }: Props) {
  const off = why !== undefined;
  const size = large ? "h-11 px-4 text-base" : "h-9 px-3 text-[0.93rem]";
  const faded = off || rest.disabled ? "opacity-60 saturate-50 cursor-not-allowed" : "";
  const button = (
    <button
      type="button"
      {...rest}
      aria-disabled={off || undefined}
      aria-keyshortcuts={hint}
      onClick={off ? (event) => event.preventDefault() : rest.onClick}
      className={`inline-flex items-center justify-center gap-2 rounded-lg border whitespace-nowrap
        transition-[filter,background-color,border-color] duration-100 ${size} ${LOOKS[look]} ${faded}
        ${rest.className ?? ""}`}
    >
      {icon}
      {children}
      {hint && <span className="kbd ms-1">{hint}</span>}
    </button>
  );
  return off && why ? <Tip text={why}>{button}</Tip> : button;
}

/** A word about a thing, shown when it is pointed at or focused. */
export function Tip({ text, children }: { text: string; children: ReactNode }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          sideOffset={6}
          className="z-50 max-w-72 rounded-lg bg-ink px-3 py-1.5 text-sm text-surface shadow-high"
        >
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
