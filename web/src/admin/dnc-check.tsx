// Whether a number is on the list, and which entries say so.
import { useMutation } from "@tanstack/react-query";
import { CircleCheck, CircleSlash } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { problemOf } from "../api/problem";
import { moment } from "../i18n/format";
import { Button } from "../ui/button";
import { Text } from "../ui/field";
import { Denied, Loading } from "../ui/states";
import { ScopeChoice } from "./dnc-scope";

export function DncCheck() {
  const { t, i18n } = useTranslation();
  const [number, write] = useState("");
  const [campaign, bind] = useState("");
  const check = useMutation({
    mutationFn: (asked: { number: string; campaign?: string }) =>
      answer(api.GET("/v1/dnc/check", { params: { query: asked } })),
  });
  const problem = check.error ? problemOf(check.error) : undefined;
  const asked = number.replaceAll(/[\s().-]/g, "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (asked) check.mutate({ number: asked, ...(campaign ? { campaign } : {}) });
  };
  if (problem?.status === 403) return <Denied />;
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Text
        label={t("fields.number")}
        hint={t("hints.e164")}
        value={number}
        dir="ltr"
        inputMode="tel"
        onChange={({ target }) => {
          check.reset();
          write(target.value);
        }}
        fault={
          problem &&
          (problem.errors?.map(({ expected }) => t("form.expected", { expected })).join(" ") ||
            problem.detail ||
            problem.title ||
            t("states.unreachable"))
        }
      />
      <ScopeChoice
        campaign={campaign}
        choose={(to) => {
          check.reset();
          bind(to);
        }}
      />
      <Button
        type="submit"
        look="primary"
        why={asked ? undefined : t("form.required")}
        disabled={check.isPending}
      >
        {t("dnc.check")}
      </Button>
      {check.isPending && <Loading lines={2} />}
      {check.data && (
        <div role="status" className="grid gap-2 rounded-lg bg-sunken px-4 py-3">
          <p
            className={`flex items-center gap-2 font-medium ${check.data.listed ? "text-bad" : "text-good"}`}
          >
            {check.data.listed ? (
              <CircleSlash size={17} aria-hidden />
            ) : (
              <CircleCheck size={17} aria-hidden />
            )}
            {check.data.listed ? t("dnc.listed") : t("dnc.notListed")}
          </p>
          <ul className="grid gap-1 text-sm">
            {check.data.entries.map((entry) => (
              <li key={entry.id}>
                {t(`dnc.${entry.scope.scope}`)} · {moment(entry.created_at, i18n.language)}
                {entry.reason && ` · ${entry.reason}`}
              </li>
            ))}
          </ul>
        </div>
      )}
    </form>
  );
}
