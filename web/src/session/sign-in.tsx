// Signing in. A link may name user and password in its fragment, which never leaves the browser: it
// fills the form and nothing more, so that no link can sign anybody in unasked.
//
//   name and password ──right──▶ in
//     │     └──right, with an app──▶ its code, or a recovery code ──right──▶ in
//     ├──forgotten──▶ a letter (forgotten.tsx)
//     └──the organisation's identity provider──▶ there (provider.tsx)
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, keepCsrf } from "../api/client";
import { problemOf, Refused } from "../api/problem";
import { Button } from "../ui/button";
import { Text } from "../ui/field";
import { CodeStep, Refusal } from "./code-step";
import { Forgotten } from "./forgotten";
import { ProviderButton } from "./provider";
import { Threshold } from "./threshold";
import { SESSION } from "./words";

function fromLink(): { username: string; password: string } {
  const named = new URLSearchParams(location.hash.slice(1));
  const found = { username: named.get("user") ?? "", password: named.get("password") ?? "" };
  if (found.username) history.replaceState(history.state, "", location.pathname + location.search);
  return found;
}

export function SignIn() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [given, give] = useState(fromLink);
  const [code, giveCode] = useState<string>();
  const [forgotten, forget] = useState(false);
  const signIn = useMutation({
    mutationFn: () =>
      answer(api.POST("/v1/login", { body: { ...given, code: code ?? null, proof: "cookie" } })),
    onError: (error) => {
      if (error instanceof Refused && error.kind === "code-needed") giveCode("");
    },
    onSuccess: ({ user, csrf_token }) => {
      keepCsrf(csrf_token ?? undefined);
      queries.setQueryData(SESSION, user);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  const problem = signIn.isError ? problemOf(signIn.error) : undefined;
  const again = () => {
    giveCode(undefined);
    signIn.reset();
  };
  if (forgotten) return <Forgotten name={given.username} onBack={() => forget(false)} />;
  if (code !== undefined) {
    return (
      <CodeStep
        code={code}
        onGive={giveCode}
        problem={problem}
        busy={signIn.isPending}
        submit={() => signIn.mutate()}
        onBack={again}
      />
    );
  }
  return (
    <Threshold title={t("signIn.title")} about={t("signIn.about")}>
      <form onSubmit={submit} className="grid gap-4">
        <Text
          label={t("signIn.user")}
          value={given.username}
          onChange={(event) => give({ ...given, username: event.target.value })}
          autoComplete="username"
          autoFocus={!given.username}
          required
        />
        <Text
          label={t("signIn.password")}
          type="password"
          value={given.password}
          onChange={(event) => give({ ...given, password: event.target.value })}
          autoComplete="current-password"
          required
        />
        <Refusal problem={problem} />
        <Button
          type="submit"
          look="primary"
          large
          autoFocus={!!given.username}
          disabled={signIn.isPending}
          icon={<KeyRound size={18} aria-hidden />}
        >
          {t("signIn.go")}
        </Button>
        <Button look="quiet" onClick={() => forget(true)}>
          {t("signIn.forgotten")}
        </Button>
      </form>
      <ProviderButton />
    </Threshold>
  );
}
