// Sending the customer on, or asking somebody first. An agent knows numbers; whoever may read agents
// and queues (a supervisor at the desk) can choose them by name.
import { useQuery } from "@tanstack/react-query";
import { PhoneForwarded } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { keyOf, useShortcut } from "../app/keys";
import type { AgentView, CallView, Destination } from "../api/words";
import { useSession } from "../session/session";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Labelled, Text } from "../ui/field";
import { canCall, useCallVerb } from "./actions";

type Props = { agent: AgentView; call: CallView };
type Target = { id: string; name: string; to: Destination };

export function TransferButton({ agent, call }: Props) {
  const { t } = useTranslation();
  const [open, show] = useState(false);
  const may = canCall(agent, call, "transfer") || canCall(agent, call, "consult");
  useShortcut("transfer", () => may && show(true));
  return (
    <>
      <Button
        large
        hint={keyOf("transfer")}
        why={may ? undefined : t("why.noConversation")}
        icon={<PhoneForwarded size={18} aria-hidden />}
        onClick={() => show(true)}
      >
        {t("call.transfer")}
      </Button>
      <Dialog
        open={open && may}
        onOpenChange={show}
        title={t("transfer.title")}
        about={t("transfer.about")}
      >
        <Choice agent={agent} call={call} done={() => show(false)} />
      </Dialog>
    </>
  );
}

function Choice({ agent, call, done }: Props & { done: () => void }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const { mutate } = useCallVerb();
  const [number, write] = useState("");
  const [named, choose] = useState("");
  const targets = useTargets(user.role !== "agent", agent.id);
  const chosen = targets.find(({ id }) => id === named);
  const to: Destination = chosen?.to ?? { kind: "number", number: number.replaceAll(/[\s()-]/g, "") };
  const ready = !!chosen || /^\+\d{3,15}$/.test(number.replaceAll(/[\s()-]/g, ""));
  const send = (verb: "transfer" | "consult") => {
    mutate({ do: verb, to });
    done();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) send(canCall(agent, call, "consult") ? "consult" : "transfer");
  };
  const why = (verb: "transfer" | "consult") => {
    if (!canCall(agent, call, verb)) return t("why.notNow");
    return ready ? undefined : t("transfer.whom");
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      {targets.length > 0 && (
        <Labelled label={t("transfer.name")}>
          {({ id }) => (
            <select
              id={id}
              className="field"
              value={named}
              onChange={(event) => choose(event.target.value)}
            >
              <option value="">{t("transfer.number")}</option>
              {targets.map((target) => (
                <option key={target.id} value={target.id}>
                  {target.name}
                </option>
              ))}
            </select>
          )}
        </Labelled>
      )}
      {!chosen && (
        <Text
          label={t("transfer.number")}
          hint={t("hints.e164")}
          value={number}
          onChange={(event) => write(event.target.value)}
          inputMode="tel"
          dir="ltr"
          autoFocus
        />
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button why={why("transfer")} onClick={() => send("transfer")}>
          {t("transfer.blind")}
        </Button>
        <Button type="submit" look="primary" why={why("consult")}>
          {t("transfer.ask")}
        </Button>
      </div>
    </form>
  );
}

/** Colleagues and queues by name, for those who may read them. */
function useTargets(may: boolean, me: string): Target[] {
  const query = { limit: 100 };
  const agents = useQuery({
    queryKey: ["transfer", "agents"],
    enabled: may,
    queryFn: () => answer(api.GET("/v1/agents", { params: { query } })),
  });
  const queues = useQuery({
    queryKey: ["transfer", "queues"],
    enabled: may,
    queryFn: () => answer(api.GET("/v1/queues", { params: { query } })),
  });
  const others = (agents.data?.items ?? []).filter(({ id }) => id !== me);
  return [
    ...others.map(({ id, first_name, last_name, number }) => ({
      id,
      name: `${first_name} ${last_name} (${String(number)})`,
      to: { kind: "agent" as const, agent: id },
    })),
    ...(queues.data?.items ?? []).map(({ id, name }) => ({
      id,
      name,
      to: { kind: "queue" as const, queue: id },
    })),
  ];
}
