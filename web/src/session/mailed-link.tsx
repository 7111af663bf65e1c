// The other end of a letter: an invitation, or a forgotten password. Its token stands in the fragment,
// which never leaves the browser but in the body of what is asked here.
//
//   token ──opened──▶ a password, by the organisation's rule ──taken──▶ on to signing in
//     └──over, used, unknown──▶ told so
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { problemOf, Refused } from "../api/problem";
import { letterLanguage } from "../i18n/languages";
import { Button } from "../ui/button";
import { Text } from "../ui/field";
import { Failed, Loading } from "../ui/states";
import { Threshold } from "./threshold";

/** Whoever opens a second letter on the same page changes the fragment and nothing else. */
function followFragment(changed: () => void): () => void {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}

export function MailedLink() {
  const token = useSyncExternalStore(followFragment, () => location.hash.slice(1));
  const { t } = useTranslation();
  const [user, come] = useState<string>();
  const opened = useQuery({
    enabled: token !== "" && user === undefined,
    queryKey: ["mailed-link", token],
    queryFn: () => answer(api.POST("/v1/mailed-links/open", { body: { token } })),
    retry: false,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
  if (user !== undefined) return <Come user={user} />;
  if (token === "") return <Over />;
  if (opened.isPending) return <Loading />;
  if (isOver(opened.error)) return <Over />;
  if (opened.isError) return <Failed error={opened.error} retry={() => void opened.refetch()} />;
  const { purpose, username } = opened.data;
  return (
    <Threshold title={t(`link.${purpose}`)} about={t(`link.${purpose}About`, { user: username })}>
      <Choice key={token} token={token} opened={opened.data} onDone={() => come(username)} />
    </Threshold>
  );
}

function isOver(error: unknown): boolean {
  return error instanceof Refused && error.kind === "link-over";
}

function Choice(props: {
  token: string;
  opened: { username: string; password_length_min: number };
  onDone: () => void;
}) {
  const { t, i18n } = useTranslation();
  const { token, opened, onDone } = props;
  const [password, give] = useState("");
  const length = opened.password_length_min;
  const choose = useMutation({
    mutationFn: () => {
      const language = letterLanguage(i18n.language);
      const body = { token, new_password: password, language };
      return answer(api.POST("/v1/mailed-links/use", { body }));
    },
    onSuccess: () => {
      history.replaceState(history.state, "", location.pathname);
      onDone();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    choose.mutate();
  };
  const problem = choose.isError ? problemOf(choose.error) : undefined;
  const fault = problem?.errors?.find(({ field }) => field === "/new_password")?.expected;
  const said = () => {
    if (isOver(choose.error)) return t("link.over");
    if (problem?.status === 429) return t("signIn.wait", { seconds: problem.retry_after_s ?? 1 });
    return problem?.title || t("states.unreachable");
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      {/* Whoever keeps passwords keeps this one under its name. */}
      <input type="hidden" name="username" autoComplete="username" value={opened.username} />
      <Text
        label={t("newPassword.next")}
        hint={t("newPassword.rule", { length })}
        type="password"
        autoComplete="new-password"
        minLength={length}
        value={password}
        onChange={(event) => give(event.target.value)}
        fault={fault && t("form.expected", { expected: fault })}
        autoFocus
        required
      />
      {problem && !fault && (
        <p role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
          {said()}
        </p>
      )}
      <Button type="submit" look="primary" large disabled={choose.isPending}>
        {t("link.go")}
      </Button>
    </form>
  );
}

/** The password is there: signing in asks for it, and for the code of an app where there is one. */
function Come({ user }: { user: string }) {
  const { t } = useTranslation();
  const go = () => location.assign(`/#${new URLSearchParams({ user })}`);
  return (
    <Threshold title={t("link.doneTitle")} about={t("link.done", { user })}>
      <Button look="primary" large className="w-full" onClick={go} autoFocus>
        {t("signIn.go")}
      </Button>
    </Threshold>
  );
}

function Over() {
  const { t } = useTranslation();
  return (
    <Threshold title={t("link.overTitle")} about={t("link.over")}>
      <Button large className="w-full" onClick={() => location.assign("/")} autoFocus>
        {t("forgotten.back")}
      </Button>
    </Threshold>
  );
}
