// Where letters to oneself go. Another address takes the password: with it, a forgotten password would
// be another's.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { problemOf } from "../api/problem";
import { letterLanguage } from "../i18n/languages";
import { Button } from "../ui/button";
import { Text } from "../ui/field";
import { notify } from "../ui/notices";
import { isTooOld, SignInAgain } from "./provider";
import { useSession } from "./session";
import { SESSION } from "./words";

export function Address() {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const { user } = useSession();
  const asks = user.sign_in !== "provider";
  const [given, give] = useState({ email: user.email ?? "", current_password: "" });
  const change = useMutation({
    mutationFn: () => {
      const language = letterLanguage(i18n.language);
      const current_password = asks ? given.current_password : null;
      const body = { email: given.email || null, current_password, language };
      return answer(api.PUT("/v1/session/email", { body }));
    },
    onSuccess: () => {
      give({ ...given, current_password: "" });
      notify("system", t("account.addressChanged"));
      void queries.invalidateQueries({ queryKey: SESSION });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  const problem = change.isError ? problemOf(change.error) : undefined;
  const faultOf = (field: string) =>
    problem?.errors?.find((fault) => fault.field === field)?.expected;
  const address = faultOf("/email");
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Text
        label={t("fields.email")}
        hint={t("account.addressHint")}
        type="email"
        autoComplete="email"
        dir="ltr"
        maxLength={254}
        value={given.email}
        onChange={(event) => give({ ...given, email: event.target.value })}
        fault={address && t("form.expected", { expected: address })}
      />
      {asks && (
        <Text
          label={t("account.nowPassword")}
          type="password"
          autoComplete="current-password"
          value={given.current_password}
          onChange={(event) => give({ ...given, current_password: event.target.value })}
          fault={faultOf("/current_password") && t("account.wrongPassword")}
          required
        />
      )}
      {problem && !problem.errors?.length && !isTooOld(problem) && (
        <p role="alert" className="text-sm text-bad">
          {problem.status === 429
            ? t("signIn.wait", { seconds: problem.retry_after_s ?? 1 })
            : problem.title || t("states.unreachable")}
        </p>
      )}
      <SignInAgain problem={problem} />
      <Button type="submit" disabled={change.isPending}>
        {t("account.changeAddress")}
      </Button>
    </form>
  );
}
