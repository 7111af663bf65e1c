// Whose sum an abandon rate is. The United Kingdom's charges people whom a detector took for machines, and
// wants to know how many those are.
import { Controller, useFormContext } from "react-hook-form";
import { useTranslation } from "react-i18next";

import type { components } from "../../generated/schema";
import { Labelled } from "../ui/field";
import { useFault } from "./inputs";

type Formula = components["schemas"]["Formula"];

export function FormulaInput({ path }: { path: string }) {
  const { control } = useFormContext();
  return (
    <Controller
      control={control}
      name={path}
      render={({ field: { value, onChange } }) => (
        <Choice path={path} formula={(value as Formula | undefined) ?? "us"} onChange={onChange} />
      )}
    />
  );
}

type Props = { path: string; formula: Formula; onChange: (formula: Formula) => void };

function Choice({ path, formula, onChange }: Props) {
  const { t } = useTranslation();
  const fault = useFault(path);
  const faultInside = useFault(`${path}.uk.amd_false_positives`);
  const own = formula === "us" ? undefined : formula.uk;
  const charge = (permille: number | null) => onChange({ uk: { amd_false_positives: permille } });
  return (
    <>
      <Labelled label={t("fields.formula")} hint={t("hints.formula")} fault={fault}>
        {({ id, describedBy, invalid }) => (
          <select
            id={id}
            aria-describedby={describedBy}
            aria-invalid={invalid || undefined}
            value={own ? "uk" : "us"}
            onChange={({ target }) => (target.value === "uk" ? charge(null) : onChange("us"))}
            className="field"
          >
            <option value="us">{t("formula.us")}</option>
            <option value="uk">{t("formula.uk")}</option>
          </select>
        )}
      </Labelled>
      {own && (
        <Labelled
          label={t("fields.amd_false_positives")}
          hint={t("hints.falsePositives")}
          fault={faultInside}
        >
          {({ id, describedBy, invalid }) => (
            <input
              id={id}
              aria-describedby={describedBy}
              aria-invalid={invalid || undefined}
              type="number"
              min={0}
              max={1000}
              value={own.amd_false_positives ?? ""}
              onChange={({ target: { valueAsNumber: permille } }) =>
                charge(Number.isNaN(permille) ? null : Math.round(permille))
              }
              className="field"
            />
          )}
        </Labelled>
      )}
    </>
  );
}
