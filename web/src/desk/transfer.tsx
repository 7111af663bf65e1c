// Sending the customer on, or asking somebody first: a colleague who is free, a department, a number.
import { PhoneForwarded } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { keyOf, useShortcut } from "../app/keys";
import type { AgentView, CallView, Destination } from "../api/words";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Labelled, Text } from "../ui/field";
import { canCall, useCallVerb } from "./actions";
import { targetsOf, useDirectory, usePhonebook } from "./directory";

type Props = { agent: AgentView; call: CallView };

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
  const { mutate } = useCallVerb();
  const [number, write] = useState("");
  const [named, choose] = useState("");
  const { data } = useDirectory(true);
  const phonebook = usePhonebook(!!data?.outside);
  const outside = data?.outside ? (phonebook.data?.items ?? []) : [];
  const targets = data ? targetsOf(data.colleagues, data.queues, outside) : [];
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
      <Departments
        departments={(data?.queues ?? []).filter(({ open }) => open)}
        chosen={named}
        choose={choose}
      />
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

/** One press for each of the first departments; the list has them all. */
function Departments({
  departments,
  chosen,
  choose,
}: {
  departments: { id: string; name: string }[];
  chosen: string;
  choose: (id: string) => void;
}) {
  const { t } = useTranslation();
  if (departments.length === 0) return null;
  return (
    <div role="group" aria-label={t("transfer.departments")} className="flex flex-wrap gap-2">
      {departments.slice(0, 8).map(({ id, name }) => (
        <Button key={id} aria-pressed={id === chosen} onClick={() => choose(id === chosen ? "" : id)}>
          {name}
        </Button>
      ))}
    </div>
  );
}
