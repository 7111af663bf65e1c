// One step's form. What is typed is in the draft at once, and what the server found wrong stands at its
// field until it is asked again.
import { Flag } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/button";
import { Labelled } from "../../ui/field";
import { Input } from "../inputs";
import { Targets } from "../targets";
import { formOf, pathIn, STEP_FIELDS, stepOf, twice } from "./step-fields";
import { type Kind, KINDS, orderOf, type Step, turned, type Workflow } from "./steps";

/** What the server says of a step: which of its fields, and what it expected there. */
export type StepFault = { field: string; expected: string };

type Props = {
  workflow: Workflow;
  name: string;
  step: Step;
  faults: readonly StepFault[];
  mayChange: boolean;
  onChange: (step: Step) => void;
  onRename: (to: string) => void;
  onStart: () => void;
};

export function StepForm(props: Props) {
  const { workflow, name, step, faults, mayChange, onChange } = props;
  const { t } = useTranslation();
  const whole = faults.filter(({ field }) => field === "");
  return (
    <section aria-label={t("workflow.step", { name })} className="grid gap-4">
      {whole.map(({ expected }) => (
        <p key={expected} role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
          {expected}
        </p>
      ))}
      <fieldset disabled={!mayChange} className="grid gap-4">
        <Name key={name} {...props} />
        <Labelled label={t("workflow.kind")}>
          {({ id }) => (
            <select
              id={id}
              className="field"
              value={step.do}
              onChange={({ target }) => onChange(turned(step, target.value as Kind))}
            >
              {KINDS.map((kind) => (
                <option key={kind} value={kind}>
                  {t(`workflow.kinds.${kind}`)}
                </option>
              ))}
            </select>
          )}
        </Labelled>
        <Targets value={orderOf(workflow)}>
          <Fields key={`${name} ${step.do}`} {...props} />
        </Targets>
        {workflow.start !== name && (
          <div>
            <Button icon={<Flag size={16} aria-hidden />} onClick={props.onStart}>
              {t("workflow.makeStart")}
            </Button>
          </div>
        )}
      </fieldset>
    </section>
  );
}

function Fields({ step, faults, onChange }: Props) {
  const { t } = useTranslation();
  const form = useForm({ defaultValues: formOf(step) });
  const [double, find] = useState<string[]>([]);
  const newest = useRef(onChange);
  useEffect(() => {
    newest.current = onChange;
  });
  useEffect(() => {
    const watching = form.watch((values) => {
      find(twice(values));
      newest.current(stepOf(step.do, structuredClone(values)));
    });
    return () => watching.unsubscribe();
  }, [form, step.do]);
  useEffect(() => {
    form.clearErrors();
    for (const { field, expected } of faults) {
      if (field === "") continue;
      const path = pathIn(form.getValues(), field);
      form.setError(path, { message: t("form.expected", { expected }) });
    }
  }, [form, faults, t]);
  return (
    <FormProvider {...form}>
      {STEP_FIELDS[step.do].map((field) => (
        <Input key={field.path} field={field} />
      ))}
      {double.length > 0 && (
        <p role="alert" className="text-sm text-bad">
          {t("workflow.twice", { keys: double.join(", ") })}
        </p>
      )}
    </FormProvider>
  );
}

/** The name is given when the field is left: ways that lead here follow it. */
function Name({ workflow, name, onRename }: Props) {
  const { t } = useTranslation();
  const [typed, type] = useState(name);
  const taken = typed !== name && Object.hasOwn(workflow.steps, typed);
  const wrong = !/^[a-z0-9_-]{1,48}$/.test(typed);
  const fault = taken ? t("workflow.nameTaken") : wrong ? t("workflow.nameRule") : undefined;
  const give = () => {
    if (!fault && typed !== name) onRename(typed);
  };
  return (
    <Labelled label={t("workflow.name")} fault={fault}>
      {({ id, describedBy, invalid }) => (
        <input
          id={id}
          className="field"
          dir="ltr"
          autoComplete="off"
          maxLength={48}
          aria-describedby={describedBy}
          aria-invalid={invalid || undefined}
          value={typed}
          onChange={({ target }) => type(target.value)}
          onBlur={give}
          onKeyDown={({ key }) => key === "Enter" && give()}
        />
      )}
    </Labelled>
  );
}
