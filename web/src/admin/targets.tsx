// Where a step may lead: the steps of whatever is being edited, for the inputs that choose one.
import { createContext, useContext } from "react";
import { Controller, useFormContext, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";

const Names = createContext<readonly string[]>([]);

export const Targets = Names.Provider;

type Props = {
  path: string;
  id: string;
  className: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
};

export function TargetInput({ path, ...rest }: Props) {
  const { t } = useTranslation();
  const { control } = useFormContext();
  const pages = useWatch({ name: "pages" }) as { name?: string }[] | undefined;
  const given = useContext(Names);
  // Of a script, its pages stand in the same form and are named there.
  const names = pages ? pages.flatMap(({ name }) => (name ? [name] : [])) : given;
  return (
    <Controller
      control={control}
      name={path}
      render={({ field: { value, onChange, ref } }) => {
        const chosen = typeof value === "string" ? value : "";
        const offered = chosen && !names.includes(chosen) ? [chosen, ...names] : names;
        return (
          <select {...rest} ref={ref} value={chosen} onChange={onChange}>
            <option value="">{t("workflow.nowhere")}</option>
            {offered.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        );
      }}
    />
  );
}
