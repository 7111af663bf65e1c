// Signing in. A link may name user and password in its fragment, which never leaves the browser: it
// fills the form and nothing more, so that no link can sign anybody in unasked.
//
//   name and password ──right──▶ in
//     │     └──right, with an app──▶ its code, or a recovery code ──right──▶ in
//     └──forgotten──▶ a letter (forgotten.tsx)
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, keepCsrf } from "../api/client";
import { type Problem, problemOf, Refused } from "../api/problem";
import { Button } from "../ui/button";
import { Text } from "../ui/field";
import { Forgotten } from "./forgotten";
import { SESSION } from "./session";
import { Threshold } from "./threshold";

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
      <Threshold title={t("signIn.codeTitle")} about={t("signIn.codeAbout")}>
        <form onSubmit={submit} className="grid gap-4">
          <Text
            key="code"
            label={t("signIn.code")}
            hint={t("signIn.codeHint")}
            value={code}
            onChange={(event) => giveCode(event.target.value)}
            autoComplete="one-time-code"
            dir="ltr"
            maxLength={64}
            autoFocus
            required
          />
          <Refusal problem={problem} />
          <Button type="submit" look="primary" large disabled={signIn.isPending}>
            {t("signIn.go")}
          </Button>
          <Button look="quiet" onClick={again}>
            {t("signIn.back")}
          </Button>
        </form>
      </Threshold>
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
    </Threshold>
  );
}

/** What the server said to the last try; that a code is needed is no refusal. */
function Refusal({ problem }: { problem: Problem | undefined }) {
  const { t } = useTranslation();
  const kind = problem?.type.split(":").at(-1);
  if (!problem || kind === "code-needed") return null;
  const said = () => {
    if (kind === "wrong-code") return t("signIn.wrongCode");
    if (problem.status === 401) return t("signIn.wrong");
    if (problem.status === 429) return t("signIn.wait", { seconds: problem.retry_after_s ?? 1 });
    return problem.title || t("states.unreachable");
  };
  return (
    <p role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
      {said()}
    </p>
  );
}
