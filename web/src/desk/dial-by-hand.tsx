// A number dialled by hand, for one of my campaigns (R104); the number that is shown stands beside it. One
// that is stopped is shown to who may see it (R156), and dials for nobody.
import { Phone } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { useShortcut } from "../app/keys";
import type { AgentView } from "../api/words";
import { Button } from "../ui/button";
import { Labelled, Text } from "../ui/field";
import { useCallVerb } from "./actions";
import { useDirectory } from "./directory";

export function DialByHand({ agent }: { agent: AgentView }) {
  const { t } = useTranslation();
  const { data } = useDirectory(agent.state !== "logged_out");
  const { mutate, isPending } = useCallVerb();
  const [number, write] = useState("");
  const [chosen, choose] = useState<string>();
  const campaigns = data?.campaigns ?? [];
  const campaign =
    campaigns.find(({ id }) => id === chosen) ??
    campaigns.find(({ running }) => running) ??
    campaigns[0];
  const may = agent.allowed.includes("dial");
  const digits = number.replace(/[\s().-]/g, "");
  const dial = () => {
    if (!campaign?.running || !digits || !may || isPending) return;
    const done = { onSuccess: () => write("") };
    mutate({ do: "dial", number: digits, campaign: campaign.id }, done);
  };
  const field = useRef<HTMLInputElement>(null);
  useShortcut("byHand", () => field.current?.focus());
  if (!campaign) return null;
  return (
    <section aria-label={t("byHand.title")} className="panel">
      <h2 className="border-b border-line px-5 py-3 font-semibold">{t("byHand.title")}</h2>
      <form
        className="grid gap-3 px-5 py-4"
        onSubmit={(event) => {
          event.preventDefault();
          dial();
        }}
      >
        {(campaigns.length > 1 || !campaign.running) && (
          <Labelled label={t("call.campaign")}>
            {({ id }) => (
              <select
                id={id}
                className="field"
                value={campaign.id}
                onChange={(event) => choose(event.target.value)}
              >
                {campaigns.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.running ? one.name : t("byHand.stopped", { name: one.name })}
                  </option>
                ))}
              </select>
            )}
          </Labelled>
        )}
        <Text
          ref={field}
          label={t("byHand.number")}
          hint={
            campaign.cli ? t("byHand.shows", { number: campaign.cli }) : t("byHand.showsNothing")
          }
          value={number}
          onChange={(event) => write(event.target.value)}
          inputMode="tel"
          dir="ltr"
        />
        <Button
          type="submit"
          look="primary"
          why={
            !campaign.running ? t("byHand.isStopped") : may ? undefined : t("why.notNow")
          }
          disabled={!digits}
          icon={<Phone size={16} aria-hidden />}
        >
          {t("byHand.dial")}
        </Button>
      </form>
    </section>
  );
}
