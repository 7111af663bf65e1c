// The inputs of a form, one for each kind of field.
import { useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { Controller, useFieldArray, useFormContext, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";

import { localOf, momentOf } from "../i18n/format";
import { Button } from "../ui/button";
import { Labelled } from "../ui/field";
import { ClipInput } from "./clip-input";
import { collection, type CollectionPath } from "./collection";
import { type Field, type OptionWord, valueAt } from "./field";
import { FormulaInput } from "./formula";
import { RetriesInput } from "./retries";
import { TargetInput } from "./targets";

type Props = { field: Field; at?: string };

/** The message that stands at a field, ours or the server's. */
export function useFault(path: string): string | undefined {
  const { formState } = useFormContext();
  const fault = valueAt(formState.errors, path) as { message?: unknown } | undefined;
  return typeof fault?.message === "string" ? fault.message : undefined;
}

export function Input({ field, at = "" }: Props) {
  const { t } = useTranslation();
  const { register, control } = useFormContext();
  const path = at + field.path;
  const fault = useFault(path);
  if (field.kind === "rows") return <Rows field={field} path={path} />;
  if (field.kind === "union") return <Union field={field} path={path} />;
  if (field.kind === "optional") return <Optional field={field} path={path} />;
  if (field.kind === "keyed") return <Rows field={field} path={path} />;
  if (field.kind === "formula") return <FormulaInput path={path} />;
  if (field.kind === "more") return <More field={field} at={at} />;
  if (field.kind === "several") return <Several field={field} path={path} />;
  const label = t(`fields.${field.label}`);
  const hint = field.hint && t(`hints.${field.hint}`);
  if (field.kind === "retries") return <RetriesInput path={path} legend={label} hint={hint} />;
  if (field.kind === "switch") {
    return (
      <label className="flex items-center gap-2.5 text-sm font-medium">
        <input type="checkbox" {...register(path)} className="size-4 accent-accent" />
        {label}
      </label>
    );
  }
  return (
    <Labelled label={field.required ? `${label} *` : label} hint={hint} fault={fault}>
      {({ id, describedBy, invalid }) => {
        const common = {
          id,
          "aria-describedby": describedBy,
          "aria-invalid": invalid || undefined,
          "aria-required": field.required,
          className: "field",
        };
        switch (field.kind) {
          case "text":
            return (
              <input
                {...common}
                {...register(path, {
                  required: field.required && t("form.required"),
                  ...(field.pattern && {
                    pattern: {
                      value: field.pattern,
                      message: t("form.expected", { expected: hint ?? "" }),
                    },
                  }),
                })}
                autoComplete="off"
                maxLength={field.max}
                dir={field.ltr ? "ltr" : undefined}
              />
            );
          case "prose":
            return <textarea {...common} {...register(path)} rows={5} maxLength={field.max} />;
          case "clip":
            return <ClipInput {...common} path={path} />;
          case "step":
            return <TargetInput {...common} path={path} />;
          case "number":
            return (
              <input
                {...common}
                {...register(path, { valueAsNumber: true })}
                type="number"
                min={field.min}
                max={field.max}
                step="any"
              />
            );
          case "seconds":
            return (
              <Controller
                control={control}
                name={path}
                render={({ field: { value, onChange, ref } }) => (
                  <input
                    {...common}
                    ref={ref}
                    type="number"
                    min={field.min}
                    max={field.max}
                    step="any"
                    value={typeof value === "number" ? value / 1000 : ""}
                    onChange={({ target: { valueAsNumber: seconds } }) =>
                      onChange(Number.isNaN(seconds) ? null : Math.round(seconds * 1000))
                    }
                  />
                )}
              />
            );
          case "moment":
            return (
              <Controller
                control={control}
                name={path}
                render={({ field: { value, onChange, ref } }) => (
                  <input
                    {...common}
                    ref={ref}
                    type="datetime-local"
                    value={typeof value === "string" ? localOf(value) : ""}
                    onChange={({ target }) => onChange(momentOf(target.value))}
                  />
                )}
              />
            );
          case "lines":
            return (
              <Controller
                control={control}
                name={path}
                render={({ field: { value, onChange, ref } }) => (
                  <textarea
                    {...common}
                    ref={ref}
                    rows={4}
                    dir="ltr"
                    value={Array.isArray(value) ? value.join("\n") : String(value ?? "")}
                    onChange={onChange}
                  />
                )}
              />
            );
          case "select":
            return (
              <select {...common} {...register(path)}>
                {field.optional && <option value="">{t("common.none")}</option>}
                {field.options.map((option) => (
                  <option key={option} value={option}>
                    {t(`options.${option}`)}
                  </option>
                ))}
              </select>
            );
          case "ref":
          case "refs":
            return (
              <Reference {...common} path={path} of={field.of} several={field.kind === "refs"} />
            );
        }
      }}
    </Labelled>
  );
}

type Named = {
  id: string;
  name?: string;
  number?: unknown;
  label?: string | null;
  username?: string;
  first_name?: string;
  last_name?: string;
};

/** What a person calls a thing that a form refers to. */
export function nameOf(thing: Named): string {
  const person = [thing.first_name, thing.last_name].filter(Boolean).join(" ");
  return (
    thing.name ??
    (person ? `${person} (${String(thing.number)})` : (thing.label ?? String(thing.number)))
  );
}

export function useNames(of: CollectionPath) {
  return useQuery({
    queryKey: [of, "names"],
    queryFn: async () => (await collection(of).list({})).items as unknown as Named[],
  });
}

function Reference(props: {
  path: string;
  of: CollectionPath;
  several: boolean;
  id: string;
  className: string;
}) {
  const { path, of, several, ...rest } = props;
  const { t } = useTranslation();
  const { control } = useFormContext();
  const names = useNames(of);
  return (
    <Controller
      control={control}
      name={path}
      render={({ field: { value, onChange, ref } }) => (
        <select
          {...rest}
          ref={ref}
          multiple={several}
          value={
            several ? ((value as string[] | undefined) ?? []) : ((value as string | null) ?? "")
          }
          onChange={(event) =>
            onChange(
              several
                ? Array.from(event.target.selectedOptions, (option) => option.value)
                : event.target.value || null,
            )
          }
        >
          {!several && <option value="">{t("common.none")}</option>}
          {names.data?.map((thing) => (
            <option key={thing.id} value={thing.id}>
              {nameOf(thing)}
            </option>
          ))}
        </select>
      )}
    />
  );
}

function Several({ field, path }: { field: Extract<Field, { kind: "several" }>; path: string }) {
  const { t } = useTranslation();
  const { register } = useFormContext();
  const fault = useFault(path);
  return (
    <fieldset className="grid gap-1">
      <legend className="mb-1 text-sm font-medium">{t(`fields.${field.label}`)}</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-1">
        {field.options.map((option) => (
          <label key={option} className="flex items-center gap-1.5 text-sm">
            <input
              type="checkbox"
              value={option}
              {...register(path)}
              className="size-4 accent-accent"
            />
            {t(`options.${option}`)}
          </label>
        ))}
      </div>
      {fault && <p className="text-sm text-bad">{fault}</p>}
    </fieldset>
  );
}

type RowsField = Extract<Field, { kind: "rows" | "keyed" }>;

function Rows({ field, path }: { field: RowsField; path: string }) {
  const { t } = useTranslation();
  const { control } = useFormContext();
  const { fields: rows, append, remove } = useFieldArray({ control, name: path });
  const fault = useFault(path);
  const label = t(`fields.${field.label}`);
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1 text-sm font-medium">{label}</legend>
      {rows.map((row, at) => (
        <div
          key={row.id}
          className="@container flex items-start gap-2 rounded-lg border border-line bg-sunken/60 p-3"
        >
          <div className="grid min-w-0 flex-1 items-start gap-3 @sm:grid-cols-2">
            {field.fields.map((inner) => (
              <div key={inner.path} className={isWide(inner) ? "col-span-full" : ""}>
                <Input field={inner} at={`${path}.${at}.`} />
              </div>
            ))}
          </div>
          <Button
            look="quiet"
            onClick={() => remove(at)}
            aria-label={`${t("common.remove")}: ${label} ${at + 1}`}
          >
            <Trash2 size={16} aria-hidden />
          </Button>
        </div>
      ))}
      {fault && <p className="text-sm text-bad">{fault}</p>}
      <div>
        <Button icon={<Plus size={16} aria-hidden />} onClick={() => append(field.fresh())}>
          {t("form.addTo", { what: label })}
        </Button>
      </div>
    </fieldset>
  );
}

/** What has no room beside another. */
function isWide({ kind }: Field): boolean {
  return ["rows", "keyed", "more", "prose", "union", "optional", "lines", "several"].includes(kind);
}

/** A word, and behind it what few ask for. It opens by itself where something in it is wrong. */
function More({ field, at }: { field: Extract<Field, { kind: "more" }>; at: string }) {
  const { t } = useTranslation();
  const { formState } = useFormContext();
  const wrong = field.fields.some(({ path }) => valueAt(formState.errors, at + path));
  const [open, show] = useState(false);
  return (
    <details
      open={open || wrong}
      onToggle={(event) => show(event.currentTarget.open)}
      className="rounded-lg border border-line px-3 py-2"
    >
      <summary className="cursor-pointer rounded text-sm font-medium">
        {t(`fields.${field.label}`)}
      </summary>
      <div className="mt-3 grid gap-4 pb-1">
        {field.hint && <p className="text-sm text-ink-soft">{t(`hints.${field.hint}`)}</p>}
        {field.fields.map((inner) => (
          <Input key={inner.path} field={inner} at={at} />
        ))}
      </div>
    </details>
  );
}

/** A switch, and behind it what there is to say. */
function Optional({ field, path }: { field: Extract<Field, { kind: "optional" }>; path: string }) {
  const { t } = useTranslation();
  const { control } = useFormContext();
  const fault = useFault(path);
  return (
    <Controller
      control={control}
      name={path}
      render={({ field: { value, onChange, ref } }) => (
        <fieldset className="grid gap-3">
          <label className="flex items-center gap-2.5 text-sm font-medium">
            <input
              type="checkbox"
              ref={ref}
              checked={Boolean(value)}
              onChange={({ target }) => onChange(target.checked ? field.fresh() : null)}
              className="size-4 accent-accent"
            />
            {t(`fields.${field.label}`)}
          </label>
          {fault && <p className="text-sm text-bad">{fault}</p>}
          {value &&
            field.fields.map((inner) => <Input key={inner.path} field={inner} at={`${path}.`} />)}
        </fieldset>
      )}
    />
  );
}

function Union({ field, path }: { field: Extract<Field, { kind: "union" }>; path: string }) {
  const { t } = useTranslation();
  const { register } = useFormContext();
  const tag = useWatch({ name: `${path}.${field.tag}` }) as OptionWord | undefined;
  const inner = (tag && field.variants[tag]) || [];
  const [atTag, atAll] = [useFault(`${path}.${field.tag}`), useFault(path)];
  const fault = atTag ?? atAll;
  return (
    <div className="@container grid gap-3">
      <Labelled label={t(`fields.${field.label}`)} fault={fault}>
        {({ id, describedBy }) => (
          <select
            id={id}
            aria-describedby={describedBy}
            {...register(`${path}.${field.tag}`)}
            className="field"
          >
            {(Object.keys(field.variants) as OptionWord[]).map((variant) => (
              <option key={variant} value={variant}>
                {t(`options.${variant}`)}
              </option>
            ))}
          </select>
        )}
      </Labelled>
      {inner.length > 0 && (
        <div className="grid items-start gap-3 @sm:grid-cols-2">
          {inner.map((one) => (
            <div key={one.path} className={isWide(one) ? "col-span-full" : ""}>
              <Input field={one} at={`${path}.`} />
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
