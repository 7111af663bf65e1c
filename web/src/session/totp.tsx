// R137: setting an authenticator app up, in three steps. Nobody is shut out by an app that never
// worked: it counts from its first code on.
//
//   password ──▶ square and secret ──first code──▶ recovery codes, shown this once
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { problemOf } from "../api/problem";
import type { Who } from "../api/words";
import { Button } from "../ui/button";
import { Text } from "../ui/field";
import { Square } from "../ui/square";
import { isTooOld, SignInAgain } from "./provider";
import { SESSION } from "./words";

export function TotpSetup({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [password, givePassword] = useState("");
  const [code, giveCode] = useState("");
  const propose = useMutation({
    mutationFn: () =>
      answer(api.POST("/v1/session/totp", { body: { current_password: password || null } })),
  });
  const confirm = useMutation({
    mutationFn: () => answer(api.PUT("/v1/session/totp", { body: { code } })),
  });
  if (confirm.data) {
    return (
      <div className="grid gap-4">
        <p className="text-sm text-ink-soft">{t("totp.recovery")}</p>
        <ul className="grid grid-cols-2 gap-x-6 gap-y-1 font-mono text-sm select-all" dir="ltr">
          {confirm.data.recovery_codes.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
        <Button look="primary" large onClick={onDone}>
          {t("totp.kept")}
        </Button>
      </div>
    );
  }
  if (propose.data) {
    return (
      <Step
        go={t("totp.confirm")}
        busy={confirm.isPending}
        error={confirm.error}
        submit={() => confirm.mutate()}
      >
        <p className="text-sm text-ink-soft">{t("totp.scan")}</p>
        <Square rows={propose.data.qr} label={t("totp.square")} />
        <a href={propose.data.uri} className="font-mono text-sm break-all" dir="ltr">
          {propose.data.secret}
        </a>
        <Text
          label={t("signIn.code")}
          value={code}
          onChange={(event) => giveCode(event.target.value)}
          fault={faultOf(confirm.error, "/code") && t("signIn.wrongCode")}
          autoComplete="one-time-code"
          inputMode="numeric"
          dir="ltr"
          maxLength={6}
          autoFocus
          required
        />
      </Step>
    );
  }
  return (
    <PasswordStep go={t("totp.begin")} step={propose} value={password} onGive={givePassword} />
  );
}

/** Removing one's own app, which takes the password too; of whoever has none here, its code. */
export function TotpRemoval({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const has = usePassword();
  const [given, give] = useState("");
  const remove = useMutation({
    mutationFn: () => {
      const body = has ? { current_password: given } : { code: given };
      return answer(api.POST("/v1/session/totp/remove", { body }));
    },
    onSuccess: onDone,
  });
  const go = t("totp.remove");
  if (has) return <PasswordStep go={go} step={remove} value={given} onGive={give} />;
  return (
    <Step go={go} busy={remove.isPending} error={remove.error} submit={() => remove.mutate()}>
      <Text
        label={t("signIn.code")}
        hint={t("signIn.codeHint")}
        value={given}
        onChange={(event) => give(event.target.value)}
        fault={faultOf(remove.error, "/code") && t("signIn.wrongCode")}
        autoComplete="one-time-code"
        dir="ltr"
        maxLength={64}
        autoFocus
        required
      />
    </Step>
  );
}

/** Whether there is a password here to ask for. */
function usePassword(): boolean {
  const queries = useQueryClient();
  // Before the app is there, only the session's answer says who it is.
  return queries.getQueryData<Who>(SESSION)?.sign_in !== "provider";
}

/** Whoever changes how they sign in shows once more that it is they; whoever has no password here, by
 * having signed in just now. */
function PasswordStep(props: {
  go: string;
  step: { isPending: boolean; error: unknown; mutate: () => void };
  value: string;
  onGive: (password: string) => void;
}) {
  const { t } = useTranslation();
  const asks = usePassword();
  const { go, step, value, onGive } = props;
  return (
    <Step go={go} busy={step.isPending} error={step.error} submit={() => step.mutate()}>
      {asks && (
        <Text
          label={t("newPassword.current")}
          type="password"
          autoComplete="current-password"
          value={value}
          onChange={(event) => onGive(event.target.value)}
          fault={faultOf(step.error, "/current_password") && t("account.wrongPassword")}
          required
        />
      )}
    </Step>
  );
}

function faultOf(error: unknown, field: string): string | undefined {
  if (!error) return undefined;
  return problemOf(error).errors?.find((fault) => fault.field === field)?.expected;
}

function Step(props: {
  go: string;
  busy: boolean;
  error: unknown;
  submit: () => void;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const problem = props.error ? problemOf(props.error) : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.submit();
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      {props.children}
      {problem && !problem.errors?.length && !isTooOld(problem) && (
        <p role="alert" className="text-sm text-bad">
          {problem.status === 429
            ? t("signIn.wait", { seconds: problem.retry_after_s ?? 1 })
            : problem.title || t("states.unreachable")}
        </p>
      )}
      <SignInAgain problem={problem} />
      <Button type="submit" look="primary" large disabled={props.busy}>
        {props.go}
      </Button>
    </form>
  );
}
