// Asking supervisors for help, and taking it back; their answers come as notices.
import { useMutation } from "@tanstack/react-query";
import { LifeBuoy } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { keyOf, useShortcut } from "../app/keys";
import type { AgentView } from "../api/words";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Text } from "../ui/field";
import { notifyProblem } from "../ui/notices";

export function HelpButton({ agent }: { agent: AgentView }) {
  const { t } = useTranslation();
  const [open, show] = useState(false);
  const [reason, write] = useState("");
  const { mutate } = useMutation({
    mutationFn: (why: string | null) => answer(api.POST("/v1/me/help", { body: { reason: why } })),
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
  const asked = !!agent.help;
  const press = () => {
    if (asked) mutate(null);
    else show(true);
  };
  useShortcut("help", press);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    show(false);
    mutate(reason);
    write("");
  };
  return (
    <>
      <Button
        large
        look={asked ? "danger" : "quiet"}
        hint={keyOf("help")}
        aria-pressed={asked}
        icon={<LifeBuoy size={18} aria-hidden />}
        onClick={press}
      >
        {asked ? t("help.asked") : t("help.ask")}
      </Button>
      <Dialog open={open} onOpenChange={show} title={t("help.title")} about={t("help.about")}>
        <form onSubmit={submit} className="grid gap-4">
          <Text
            label={t("help.reason")}
            value={reason}
            onChange={(event) => write(event.target.value)}
            maxLength={200}
            required
            autoFocus
          />
          <Button type="submit" look="primary">
            {t("help.ask")}
          </Button>
        </form>
      </Dialog>
    </>
  );
}
