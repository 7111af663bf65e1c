// A labelled input, with what is wrong in it said where a screen reader looks.
import { type ComponentProps, type ReactNode, useId } from "react";

type Labelled = {
  label: string;
  hint?: string | undefined;
  fault?: string | undefined;
  children: (ids: { id: string; describedBy: string | undefined; invalid: boolean }) => ReactNode;
};

export function Labelled({ label, hint, fault, children }: Labelled) {
  const id = useId();
  const note = `${id}-note`;
  const describedBy = hint || fault ? note : undefined;
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children({ id, describedBy, invalid: !!fault })}
      {(fault || hint) && (
        <p id={note} className={`text-sm ${fault ? "text-bad" : "text-ink-soft"}`}>
          {fault ?? hint}
        </p>
      )}
    </div>
  );
}

type TextProps = ComponentProps<"input"> & Omit<Labelled, "children">;

export function Text({ label, hint, fault, ...rest }: TextProps) {
  return (
    <Labelled label={label} hint={hint} fault={fault}>
      {({ id, describedBy, invalid }) => (
        <input
          autoComplete="off"
          {...rest}
          id={id}
          aria-describedby={describedBy}
          aria-invalid={invalid || undefined}
          className="field"
        />
      )}
    </Labelled>
  );
}
