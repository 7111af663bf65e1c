// At an agent's table: listen, whisper, barge as one toggle; take over; a word in writing. The server
// keeps who listens to whom, and writes down each act.
import { useMutation } from "@tanstack/react-query";
import { Ear, Megaphone, MessageSquareText, Mic, PhoneForwarded, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { keyOf, useShortcut } from "../app/keys";
import type { AgentView, SupervisionAct } from "../api/words";
import { useLive } from "../live/hooks";
import { Elapsed, StateBadge } from "../ui/agent-state";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Text } from "../ui/field";
import { notify, notifyProblem } from "../ui/notices";

export const EARS = ["listen", "whisper", "barge"] as const;
export type Ears = (typeof EARS)[number];

const ICONS = { listen: Ear, whisper: Mic, barge: Megaphone };

/** From hearing to whispering to speaking, and round again. */
export function nextEars(ears: Ears): Ears {
  return EARS[(EARS.indexOf(ears) + 1) % EARS.length] ?? "listen";
}

export function useSupervise() {
  const { t } = useTranslation();
  return useMutation({
    mutationFn: ({ id, act }: { id: string; act: SupervisionAct }) =>
      answer(api.POST("/v1/agents/{id}/supervise", { params: { path: { id } }, body: act })),
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
}

/** The table one sits at; it ends with the page, or when one leaves. */
export function Table({ agent: id, leave }: { agent: string; leave: () => void }) {
  const { t } = useTranslation();
  const agent = useLive((store) => store.one("agent", id));
  const [ears, hear] = useState<Ears>("listen");
  const { mutate } = useSupervise();
  const turn = (to: Ears) => mutate({ id, act: { do: to } }, { onSuccess: () => hear(to) });
  const go = () => mutate({ id, act: { do: "stop" } }, { onSettled: leave });
  useShortcut("listen", () => turn(nextEars(ears)));
  if (!agent) return null;
  return (
    <section
      aria-label={t("supervise.title", { name: agent.name })}
      className="sticky bottom-4 z-30 flex flex-wrap items-center gap-3 rounded-2xl border border-line
        bg-raised px-4 py-3 shadow-high"
    >
      <p className="font-medium">{t("supervise.title", { name: agent.name })}</p>
      <StateBadge agent={agent} />
      <span className="text-sm text-ink-soft">
        <Elapsed since={agent.since} />
      </span>
      <div role="group" aria-label={t("supervise.ears")} className="ms-auto flex gap-1">
        {EARS.map((one) => {
          const Icon = ICONS[one];
          return (
            <Button
              key={one}
              look={one === ears ? "primary" : "plain"}
              aria-pressed={one === ears}
              icon={<Icon size={16} aria-hidden />}
              onClick={() => turn(one)}
            >
              {t(`supervise.${one}`)}
            </Button>
          );
        })}
        <span className="kbd self-center">{keyOf("listen")}</span>
      </div>
      <Button
        look="danger"
        icon={<PhoneForwarded size={16} aria-hidden />}
        onClick={() => mutate({ id, act: { do: "take_over" } }, { onSuccess: leave })}
      >
        {t("supervise.take_over")}
      </Button>
      <Button look="quiet" icon={<X size={16} aria-hidden />} onClick={go}>
        {t("supervise.stop")}
      </Button>
    </section>
  );
}

/** A word in writing to an agent. */
export function Message({ agent, close }: { agent: AgentView; close: () => void }) {
  const { t } = useTranslation();
  const [text, write] = useState("");
  const { mutate } = useSupervise();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutate(
      { id: agent.id, act: { do: "message", text } },
      { onSuccess: () => notify("system", t("supervise.sent", { name: agent.name })) },
    );
    close();
  };
  return (
    <Dialog open onOpenChange={close} title={t("supervise.messageTo", { name: agent.name })}>
      <form onSubmit={submit} className="grid gap-4">
        <Text
          label={t("supervise.words")}
          value={text}
          onChange={(event) => write(event.target.value)}
          maxLength={500}
          required
          autoFocus
        />
        <Button
          type="submit"
          look="primary"
          icon={<MessageSquareText size={16} aria-hidden />}
        >
          {t("supervise.message")}
        </Button>
      </form>
    </Dialog>
  );
}
