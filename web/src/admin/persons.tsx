// What somebody may ask for: everything that is held about them, and to be forgotten.
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { may } from "../app/pages";
import { useSession } from "../session/session";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Text } from "../ui/field";
import { notify, notifyProblem } from "../ui/notices";
import { save } from "./table";

export function Persons() {
  const { t } = useTranslation();
  const { user } = useSession();
  const [typed, write] = useState("");
  const [asked, ask] = useState(false);
  const number = typed.replaceAll(/[\s()-]/g, "");
  const sound = /^\+[1-9]\d{6,14}$/.test(number);
  const collect = useMutation({
    mutationFn: (person: string) =>
      answer(api.POST("/v1/persons/collect", { body: { number: person } })),
    onSuccess: (collected) =>
      save("person.json", JSON.stringify(collected, undefined, 2), "application/json"),
    onError: notifyProblem,
  });
  const forget = useMutation({
    mutationFn: (person: string) =>
      answer(api.POST("/v1/persons/forget", { body: { number: person } })),
    onSuccess: ({ calls, leads, recordings, messages }) => {
      ask(false);
      write("");
      const counts = { calls, leads: leads.length, audio: recordings + messages };
      notify("system", t("persons.forgotten", counts));
    },
    onError: notifyProblem,
  });
  const ready = sound && may(user, "law_write") && !collect.isPending && !forget.isPending;
  return (
    <div className="mx-auto max-w-2xl p-4 lg:p-6">
      <h1 className="mb-4 text-xl font-semibold tracking-tight">{t("pages.persons")}</h1>
      <div className="panel space-y-4 px-5 py-4">
        <p className="text-sm text-ink-soft">{t("persons.about")}</p>
        <Text
          label={t("fields.number")}
          hint={t("hints.e164")}
          dir="ltr"
          value={typed}
          onChange={(event) => write(event.target.value)}
        />
        <div className="flex flex-wrap gap-2">
          <Button disabled={!ready} onClick={() => collect.mutate(number)}>
            {t("persons.collect")}
          </Button>
          <Button look="danger" disabled={!ready} onClick={() => ask(true)}>
            {t("persons.forget")}
          </Button>
        </div>
      </div>
      {asked && (
        <Dialog open onOpenChange={ask} title={t("persons.forget")}>
          <p className="mb-4 text-sm">{t("persons.sure", { number })}</p>
          <Button look="danger" onClick={() => forget.mutate(number)} disabled={forget.isPending}>
            {t("persons.forget")}
          </Button>
        </Dialog>
      )}
    </div>
  );
}
