// Messages that callers left, in whose mailbox, and whether anybody heard them.
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { duration, moment } from "../i18n/format";
import { Dialog } from "../ui/dialog";
import { nameOf, useNames } from "./inputs";
import { Player } from "./recordings";
import { Records } from "./records";

export function Voicemails() {
  const { t, i18n } = useTranslation();
  const agents = useNames("/v1/agents");
  const queues = useNames("/v1/queues");
  const [opened, open] = useState<string>();
  const named = (id: string) => {
    const owner = [...(agents.data ?? []), ...(queues.data ?? [])].find((one) => one.id === id);
    return owner ? nameOf(owner) : undefined;
  };
  return (
    <>
      <Records
        title={t("pages.voicemails")}
        queryKey={["voicemails"]}
        load={({ after }) =>
          answer(
            api.GET("/v1/voicemails", {
              params: { query: { limit: 100, ...(after ? { after } : {}) } },
            }),
          )
        }
        idOf={(message) => message.id}
        onOpen={(message) => open(message.id)}
        empty={{ title: t("empty.voicemails"), text: t("empty.voicemailsWhy") }}
        columns={[
          {
            id: "at",
            name: t("history.at"),
            value: ({ left_at }) => moment(left_at, i18n.language),
          },
          { id: "calling", name: t("history.calling"), value: ({ calling }) => calling, ltr: true },
          {
            id: "mailbox",
            name: t("voicemail.mailbox"),
            value: ({ mailbox }) => named(mailbox.of === "agent" ? mailbox.agent : mailbox.queue),
          },
          {
            id: "length",
            name: t("recording.length"),
            value: ({ duration_ms }) => duration(duration_ms),
            end: true,
          },
          {
            id: "state",
            name: t("fields.state"),
            value: ({ heard_at }) => t(heard_at ? "voicemail.heard" : "voicemail.unheard"),
          },
        ]}
      />
      {opened && (
        <Dialog open wide onOpenChange={() => open(undefined)} title={t("voicemail.title")}>
          <Player recording={opened} />
        </Dialog>
      )}
    </>
  );
}
