// One question of a script. A choice is kept at once, anything else when its field is left or rests.
import { useTranslation } from "react-i18next";

import { Labelled } from "../ui/field";
import type { Question } from "./script-walk";

type Props = {
  question: Question;
  label: string;
  value: string;
  fault: string | undefined;
  readOnly: boolean;
  onSay: (value: string) => void;
  onKeep: () => void;
};

export function QuestionInput(props: Props) {
  const { question, value, fault, readOnly, onSay, onKeep } = props;
  const { ask, name, required } = question;
  const label = required ? `${props.label} *` : props.label;
  if (ask.kind === "choice") return <Choices {...props} label={label} options={ask.options} />;
  const bounds =
    ask.kind === "number"
      ? { min: ask.low ?? undefined, max: ask.high ?? undefined, step: "any", inputMode: "decimal" as const }
      : ask.kind === "date"
        ? { min: ask.from ?? undefined, max: ask.to ?? undefined }
        : { maxLength: ask.length_max };
  const type = { number: "number", date: "date", text: "text" }[ask.kind];
  const hint = ask.kind === "text" ? (ask.pattern ?? undefined) : undefined;
  return (
    <Labelled label={label} hint={hint} fault={fault}>
      {({ describedBy, invalid, id }) => (
        <input
          id={id}
          data-question={name}
          aria-describedby={describedBy}
          aria-invalid={invalid || undefined}
          aria-required={required}
          autoComplete="off"
          type={type}
          {...bounds}
          disabled={readOnly}
          value={value}
          onChange={({ target }) => onSay(target.value)}
          onBlur={onKeep}
          className="field max-w-md"
        />
      )}
    </Labelled>
  );
}

type ChoiceProps = Props & { options: { value: string; label?: string }[] };

function Choices({ question, label, value, fault, readOnly, options, onSay, onKeep }: ChoiceProps) {
  const { t } = useTranslation();
  const note = `question-${question.name}-note`;
  return (
    <fieldset
      disabled={readOnly}
      aria-invalid={!!fault || undefined}
      aria-describedby={fault ? note : undefined}
      className="grid gap-2"
    >
      <legend className="mb-1 text-sm font-medium">{label}</legend>
      <div className="flex flex-wrap gap-2">
        {options.map((option, at) => (
          <label
            key={option.value}
            className="flex cursor-pointer items-center gap-2 rounded-lg border border-line-strong/60
              px-3 py-2 has-checked:border-accent has-checked:bg-accent-soft
              has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              data-question={at === 0 ? question.name : undefined}
              name={question.name}
              value={option.value}
              checked={value === option.value}
              onChange={() => {
                onSay(option.value);
                onKeep();
              }}
              className="size-4 accent-accent outline-none"
            />
            {option.label || option.value}
          </label>
        ))}
        {value && !question.required && (
          <button
            type="button"
            onClick={() => {
              onSay("");
              onKeep();
            }}
            className="rounded px-2 text-sm text-ink-soft hover:underline"
          >
            {t("script.takeBack")}
          </button>
        )}
      </div>
      {fault && (
        <p id={note} className="text-sm text-bad">
          {fault}
        </p>
      )}
    </fieldset>
  );
}
