// A forgotten password: whoever knows a name or an address asks for a letter. What is said is the same
// whether there is such a user or not.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { problemOf } from "../api/problem";
import { letterLanguage } from "../i18n/languages";
import { Button } from "../ui/button";
import { Text } from "../ui/field";
import { Threshold } from "./threshold";

export function Forgotten({ name, onBack }: { name: string; onBack: () => void }) {
  const { t, i18n } = useTranslation();
  const [user, give] = useState(name);
  const ask = useMutation({
    mutationFn: () => {
      const language = letterLanguage(i18n.language);
      return answer(api.POST("/v1/password-resets", { body: { user, language } }));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate();
  };
  if (ask.isSuccess) {
    return (
      <Threshold title={t("forgotten.title")} about={t("forgotten.asked")}>
        <Button look="primary" large className="w-full" onClick={onBack} autoFocus>
          {t("forgotten.back")}
        </Button>
      </Threshold>
    );
  }
  const problem = ask.isError ? problemOf(ask.error) : undefined;
  const said = () => {
    if (problem?.type.endsWith(":no-mail")) return t("forgotten.noMail");
    if (problem?.status === 429) return t("signIn.wait", { seconds: problem.retry_after_s ?? 1 });
    return problem?.title || t("states.unreachable");
  };
  return (
    <Threshold title={t("forgotten.title")} about={t("forgotten.about")}>
      <form onSubmit={submit} className="grid gap-4">
        <Text
          label={t("forgotten.user")}
          value={user}
          onChange={(event) => give(event.target.value)}
          autoComplete="username"
          dir="ltr"
          maxLength={254}
          autoFocus
          required
        />
        {problem && (
          <p role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
            {said()}
          </p>
        )}
        <Button type="submit" look="primary" large disabled={ask.isPending}>
          {t("forgotten.go")}
        </Button>
        <Button look="quiet" onClick={onBack}>
          {t("forgotten.back")}
        </Button>
      </form>
    </Threshold>
  );
}
