// What I am, since when, and what I may do about it: readable from across the room.
import { CirclePlay, LogIn, LogOut } from "lucide-react";
import { useTranslation } from "react-i18next";

import { keyOf, useShortcut } from "../app/keys";
import type { AgentView, LinePlan } from "../api/words";
import { Elapsed, LOOKS, TONES, useStateWords } from "../ui/agent-state";
import { Button } from "../ui/button";
import { type PauseFor, useVerb, whyNot } from "./actions";
import { Connection, RingLine, useConnection, WhereToCall } from "./connection";
import { HelpButton } from "./help";
import { PauseMenu } from "./pause-menu";

export function StateBar({ agent }: { agent: AgentView }) {
  const { t } = useTranslation();
  const words = useStateWords();
  const { icon: Icon, tone } = LOOKS[agent.state];
  const { choice, choose, plan } = useConnection(agent);
  const counting = agent.state === "wrap_up" && agent.until;
  return (
    <section
      aria-label={t("desk.state")}
      className="panel flex flex-wrap items-center gap-x-5 gap-y-3 px-5 py-4"
    >
      <div className={`grid size-14 place-items-center rounded-2xl ${TONES[tone]}`}>
        <Icon size={28} aria-hidden />
      </div>
      <div className="min-w-44">
        <p role="status" className="text-2xl leading-tight font-semibold tracking-tight">
          {words(agent)}
        </p>
        <p className="text-sm text-ink-soft">
          {counting ? (
            <>
              {t("desk.endsIn")} <Elapsed until={agent.until ?? ""} />
            </>
          ) : (
            <>
              {t("desk.for")} <Elapsed since={agent.since} />
            </>
          )}
        </p>
      </div>
      <Telephone agent={agent} />
      <WhereToCall agent={agent} />
      <div className="ms-auto flex flex-wrap gap-2">
        <Verbs agent={agent} plan={plan} />
      </div>
      {agent.state === "logged_out" && <Connection choice={choice} choose={choose} />}
    </section>
  );
}

function Telephone({ agent }: { agent: AgentView }) {
  const { t } = useTranslation();
  const [dot, text] = agent.line_up
    ? (["bg-good", t("desk.lineUp")] as const)
    : agent.registered
      ? (["bg-busy", t("desk.registered")] as const)
      : (["bg-bad", t("desk.unregistered")] as const);
  return (
    <p className="flex items-center gap-2 text-sm text-ink-soft">
      <span className={`size-2 rounded-full ${dot}`} aria-hidden />
      {text}
    </p>
  );
}

function Verbs({ agent, plan }: { agent: AgentView; plan: LinePlan | undefined }) {
  const { t } = useTranslation();
  const { mutate } = useVerb();
  const explain = (key: ReturnType<typeof whyNot>) => (key ? t(key) : undefined);
  const [notIn, notReady] = [whyNot(agent, "clock_in"), whyNot(agent, "ready")];
  useShortcut("clockIn", () => {
    if (!notIn) mutate({ verb: "clock_in", line: plan });
  });
  useShortcut("ready", () => {
    if (!notReady) mutate({ verb: "ready" });
  });
  if (agent.state === "logged_out") {
    return (
      <Button
        large
        look="primary"
        hint={keyOf("clockIn")}
        why={explain(notIn)}
        icon={<LogIn size={18} aria-hidden />}
        onClick={() => mutate({ verb: "clock_in", line: plan })}
      >
        {t("desk.clockIn")}
      </Button>
    );
  }
  return (
    <>
      <Button
        large
        look="good"
        hint={keyOf("ready")}
        why={explain(notReady)}
        icon={<CirclePlay size={18} aria-hidden />}
        onClick={() => mutate({ verb: "ready" })}
      >
        {t("desk.ready")}
      </Button>
      <PauseMenu
        why={explain(whyNot(agent, "pause"))}
        onChoose={(pause: PauseFor) => mutate({ verb: "pause", pause })}
      />
      <RingLine agent={agent} />
      <HelpButton agent={agent} />
      <Button
        large
        look="quiet"
        why={explain(whyNot(agent, "clock_out"))}
        icon={<LogOut size={18} aria-hidden />}
        onClick={() => mutate({ verb: "clock_out" })}
      >
        {t("desk.clockOut")}
      </Button>
    </>
  );
}
