// Chooses a clip by name: the prompts, and what comes with the product.
import { useQuery } from "@tanstack/react-query";
import { Controller, useFormContext } from "react-hook-form";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";

export function useClips() {
  return useQuery({
    queryKey: ["prompts", "clips"],
    queryFn: () => answer(api.GET("/v1/prompts/clips")),
  });
}

type Props = {
  path: string;
  id: string;
  className: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
  "aria-required": boolean | undefined;
};

export function ClipInput({ path, ...rest }: Props) {
  const { t } = useTranslation();
  const { control } = useFormContext();
  const names = (useClips().data ?? []).map(({ name }) => name);
  return (
    <Controller
      control={control}
      name={path}
      render={({ field: { value, onChange, ref } }) => {
        const chosen = typeof value === "string" ? value : "";
        // One that is gone is shown until another is chosen: a form changes nothing by being opened.
        const offered = chosen && !names.includes(chosen) ? [chosen, ...names] : names;
        return (
          <select {...rest} ref={ref} value={chosen} onChange={onChange}>
            {!rest["aria-required"] && <option value="">{t("common.none")}</option>}
            {offered.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        );
      }}
    />
  );
}
