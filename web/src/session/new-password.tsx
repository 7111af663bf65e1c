// R132: whoever got a password from somebody else chooses an own one before anything else. The same
// form stands in one's account.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, keepCsrf } from "../api/client";
import { problemOf } from "../api/problem";
import type { Who } from "../api/words";
import { Button } from "../ui/button";
import { Text } from "../ui/field";
import { Threshold } from "./threshold";
import { SESSION } from "./words";

export function NewPassword({ user }: { user: Who }) {
  const { t } = useTranslation();
  return (
    <Threshold
      title={t("newPassword.title")}
      about={t("newPassword.about", { user: user.username })}
    >
      <NewPasswordForm />
    </Threshold>
  );
}

export function NewPasswordForm({ onDone }: { onDone?: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [given, give] = useState({ current_password: "", new_password: "" });
  const policy = useQuery({
    queryKey: ["security-policy"],
    queryFn: () => answer(api.GET("/v1/security-policy")),
  });
  const change = useMutation({
    mutationFn: () => answer(api.PUT("/v1/session/password", { body: given })),
    onSuccess: (begun) => {
      keepCsrf(begun.csrf_token ?? undefined);
      queries.setQueryData(SESSION, begun.user);
      onDone?.();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  const problem = change.isError ? problemOf(change.error) : undefined;
  const faultOf = (field: string) =>
    problem?.errors?.find((fault) => fault.field === field)?.expected;
  const length = policy.data?.password_length_min ?? 12;
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Text
        label={t("newPassword.current")}
        type="password"
        autoComplete="current-password"
        value={given.current_password}
        onChange={(event) => give({ ...given, current_password: event.target.value })}
        fault={faultOf("/current_password") && t("account.wrongPassword")}
        required
      />
      <Text
        label={t("newPassword.next")}
        hint={t("newPassword.rule", { length })}
        type="password"
        autoComplete="new-password"
        minLength={length}
        value={given.new_password}
        onChange={(event) => give({ ...given, new_password: event.target.value })}
        fault={faultOf("/new_password")}
        required
      />
      {problem && !problem.errors?.length && (
        <p role="alert" className="text-sm text-bad">
          {problem.title || t("states.unreachable")}
        </p>
      )}
      <Button type="submit" look="primary" large disabled={change.isPending}>
        {t("newPassword.go")}
      </Button>
    </form>
  );
}
