// A form in a sheet. What the server finds wrong stands at the field that it names; what names no field
// of the form stands above all.
import { FormProvider, useForm } from "react-hook-form";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { pathOf, type Problem, problemOf } from "../api/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { cleaned, type Field, flat, opened, placeOf } from "./field";
import { Input } from "./inputs";

type Body = Record<string, unknown>;

type Props = {
  title: string;
  fields: readonly Field[];
  start: Body;
  save: (body: Body) => Promise<unknown>;
  onDone: () => void;
  onCancel: () => void;
  /** What can be done with it besides changing it. */
  above?: ReactNode;
  /** It has more to show than a column of fields. */
  wide?: boolean | undefined;
};

export function FormSheet(props: Props) {
  return (
    <Dialog
      open
      sheet
      wide={props.wide ?? false}
      title={props.title}
      onOpenChange={(open) => !open && props.onCancel()}
    >
      {props.above && <div className="mb-5">{props.above}</div>}
      <Form {...props} />
    </Dialog>
  );
}

export function Form({
  fields,
  start,
  save,
  onDone,
  onCancel,
}: Omit<Props, "title" | "above" | "wide" | "onCancel"> & { onCancel?: () => void }) {
  const { t } = useTranslation();
  const form = useForm({ defaultValues: opened(start, fields) });
  const [problem, tell] = useState<Problem>();
  const submit = form.handleSubmit(async (given) => {
    tell(undefined);
    try {
      await save(cleaned(given, fields));
      onDone();
    } catch (error) {
      const refused = problemOf(error);
      const left = (refused.errors ?? []).filter(({ field, expected }) => {
        const path = placeOf(pathOf(field), given, fields);
        const known = flat(fields).some(
          (one) => path === one.path || path.startsWith(`${one.path}.`),
        );
        if (known)
          form.setError(path, { message: t("form.expected", { expected }) }, { shouldFocus: true });
        return !known;
      });
      if (left.length > 0 || !refused.errors?.length) tell({ ...refused, errors: left });
    }
  });
  return (
    <FormProvider {...form}>
      <form
        onSubmit={(event) => {
          // What the server said of no input would keep the form from being sent again.
          form.clearErrors();
          void submit(event);
        }}
        noValidate
        className="grid gap-4"
      >
        {problem && <Said problem={problem} />}
        {fields.map((field) => (
          <Input key={field.path} field={field} />
        ))}
        <div className="sticky -bottom-4 -mx-5 -mb-4 flex justify-end gap-2 border-t border-line bg-surface px-5 py-3">
          {onCancel && <Button onClick={onCancel}>{t("common.cancel")}</Button>}
          <Button type="submit" look="primary" disabled={form.formState.isSubmitting}>
            {t("common.save")}
          </Button>
        </div>
      </form>
    </FormProvider>
  );
}

function Said({ problem }: { problem: Problem }) {
  const { t } = useTranslation();
  const stale = problem.type.endsWith(":stale");
  return (
    <div role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
      <p className="font-medium">
        {stale ? t("form.stale") : problem.title || t("states.unreachable")}
      </p>
      {problem.detail && <p>{problem.detail}</p>}
      {problem.errors?.map(({ field, expected }) => (
        <p key={field}>
          <code>{field}</code>: {t("form.expected", { expected })}
        </p>
      ))}
    </div>
  );
}
