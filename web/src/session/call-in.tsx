// How I call in from any telephone (R126): the numbers to call, and the PIN that I key there.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { problemOf } from "../api/problem";
import { moment } from "../i18n/format";
import { Button } from "../ui/button";
import { Text } from "../ui/field";
import { notify } from "../ui/notices";
import { Failed, Loading } from "../ui/states";

const CALL_IN = ["call-in"] as const;

export function useCallIn() {
  return useQuery({ queryKey: CALL_IN, queryFn: () => answer(api.GET("/v1/me/call-in")) });
}

/** The PIN and the access numbers, in one's account. */
export function CallIn() {
  const { t, i18n } = useTranslation();
  const asked = useCallIn();
  if (asked.isPending) return <Loading />;
  if (asked.isError) return <Failed error={asked.error} retry={() => void asked.refetch()} />;
  const { access_numbers, pin_set_at } = asked.data;
  return (
    <div className="grid gap-3">
      <p className="text-sm text-ink-soft">
        {access_numbers.length ? t("callIn.numbers") : t("callIn.noNumber")}{" "}
        <span dir="ltr">{access_numbers.join(", ")}</span>
      </p>
      <p className="text-sm text-ink-soft">
        {pin_set_at
          ? t("callIn.set", { when: moment(pin_set_at, i18n.language) })
          : t("callIn.unset")}
      </p>
      <NewPin />
    </div>
  );
}

function NewPin() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [pin, give] = useState("");
  const choose = useMutation({
    mutationFn: () => answer(api.PUT("/v1/me/call-in-pin", { body: { pin } })),
    onSuccess: () => {
      give("");
      notify("system", t("callIn.changed"));
      void queries.invalidateQueries({ queryKey: CALL_IN });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    choose.mutate();
  };
  const problem = choose.isError ? problemOf(choose.error) : undefined;
  const fault = problem?.errors?.find(({ field }) => field === "/pin") && t("callIn.rule");
  return (
    <form onSubmit={submit} className="grid gap-3">
      <Text
        label={t("callIn.pin")}
        hint={t("callIn.rule")}
        type="password"
        inputMode="numeric"
        autoComplete="new-password"
        pattern="[0-9]{6,12}"
        maxLength={12}
        dir="ltr"
        value={pin}
        onChange={(event) => give(event.target.value)}
        fault={fault}
        required
      />
      {problem && !fault && (
        <p role="alert" className="text-sm text-bad">
          {problem.title || t("states.unreachable")}
        </p>
      )}
      <Button type="submit" disabled={choose.isPending}>
        {t("callIn.go")}
      </Button>
    </form>
  );
}
