// The second factor: the code of an app, or a recovery code; and what the server said to the last try.
import type { FormEvent } from "react";
import { useTranslation } from "react-i18next";

import type { Problem } from "../api/problem";
import { Button } from "../ui/button";
import { Text } from "../ui/field";
import { Threshold } from "./threshold";

export function CodeStep(props: {
  code: string;
  onGive: (code: string) => void;
  problem: Problem | undefined;
  busy: boolean;
  submit: () => void;
  onBack: () => void;
}) {
  const { t } = useTranslation();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.submit();
  };
  return (
    <Threshold title={t("signIn.codeTitle")} about={t("signIn.codeAbout")}>
      <form onSubmit={submit} className="grid gap-4">
        <Text
          key="code"
          label={t("signIn.code")}
          hint={t("signIn.codeHint")}
          value={props.code}
          onChange={(event) => props.onGive(event.target.value)}
          autoComplete="one-time-code"
          dir="ltr"
          maxLength={64}
          autoFocus
          required
        />
        <Refusal problem={props.problem} />
        <Button type="submit" look="primary" large disabled={props.busy}>
          {t("signIn.go")}
        </Button>
        <Button look="quiet" onClick={props.onBack}>
          {t("signIn.back")}
        </Button>
      </form>
    </Threshold>
  );
}

/** What the server said to the last try; that a code is needed is no refusal. */
export function Refusal({ problem }: { problem: Problem | undefined }) {
  const { t } = useTranslation();
  const kind = problem?.type.split(":").at(-1);
  if (!problem || kind === "code-needed") return null;
  const said = () => {
    if (kind === "wrong-code") return t("signIn.wrongCode");
    if (kind === "not-admitted") return t("signIn.notAdmitted");
    if (kind === "sign-in-over") return t("signIn.over");
    if (kind === "sign-in-service") return t("signIn.serviceAway");
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
