// What can be done with the call in hand. The server says what it would take (`call.allowed`); what
// belongs to a consultation is shown only while there is one.
import {
  ArrowLeftRight,
  CircleDot,
  CircleParking,
  CirclePause,
  Hourglass,
  type LucideIcon,
  Merge,
  Mic,
  MicOff,
  PhoneOff,
  Play,
  UserRoundCheck,
  UserRoundX,
} from "lucide-react";
import { useTranslation } from "react-i18next";

import { keyOf, useShortcut } from "../app/keys";
import type { AgentView, CallView } from "../api/words";
import { Button } from "../ui/button";
import { canCall, useCallVerb, usePauseRecording, useVerb } from "./actions";
import { DialPadButton } from "./dial-pad";
import { TransferButton } from "./transfer";

type Props = { agent: AgentView; call: CallView };

export function CallVerbs({ agent, call }: Props) {
  return (
    <>
      <HoldButton agent={agent} call={call} />
      <MuteButton agent={agent} call={call} />
      {call.recording && <RecordingButton agent={agent} call={call} />}
      <DialPadButton agent={agent} call={call} />
      <TransferButton agent={agent} call={call} />
      <Consultation agent={agent} call={call} />
      <HangUpButton agent={agent} call={call} />
    </>
  );
}

function HoldButton({ agent, call }: Props) {
  const { t } = useTranslation();
  const { mutate } = useVerb();
  const held = canCall(agent, call, "resume");
  const may = held || canCall(agent, call, "hold");
  const turn = () => mutate({ verb: held ? "resume" : "hold" });
  useShortcut("hold", () => may && turn());
  return (
    <Button
      large
      hint={keyOf("hold")}
      why={may ? undefined : t("why.noConversation")}
      icon={held ? <Play size={18} aria-hidden /> : <Hourglass size={18} aria-hidden />}
      onClick={turn}
    >
      {held ? t("call.resume") : t("call.hold")}
    </Button>
  );
}

function MuteButton({ agent, call }: Props) {
  const { t } = useTranslation();
  const { mutate } = useCallVerb();
  const muted = canCall(agent, call, "unmute");
  const may = muted || canCall(agent, call, "mute");
  const turn = () => mutate({ do: muted ? "unmute" : "mute" });
  useShortcut("mute", () => may && turn());
  return (
    <Button
      large
      look={muted ? "danger" : "plain"}
      hint={keyOf("mute")}
      aria-pressed={muted}
      why={may ? undefined : t("why.noConversation")}
      icon={muted ? <MicOff size={18} aria-hidden /> : <Mic size={18} aria-hidden />}
      onClick={turn}
    >
      {muted ? t("call.muted") : t("call.mute")}
    </Button>
  );
}

/** For the card number that must be in no recording. */
function RecordingButton({ agent, call }: Props) {
  const { t } = useTranslation();
  const { mutate } = usePauseRecording();
  const paused = call.recording === "paused";
  const may = agent.state === "talking" || agent.state === "hold";
  const turn = () => mutate(!paused);
  useShortcut("recording", () => may && turn());
  return (
    <Button
      large
      look={paused ? "danger" : "plain"}
      hint={keyOf("recording")}
      aria-pressed={paused}
      why={may ? undefined : t("why.noConversation")}
      icon={paused ? <CircleDot size={18} aria-hidden /> : <CirclePause size={18} aria-hidden />}
      onClick={turn}
    >
      {paused ? t("call.recordAgain") : t("call.pauseRecording")}
    </Button>
  );
}

const STEPS = ["swap", "merge", "complete", "dismiss", "park"] as const;

const STEP_ICONS: Record<(typeof STEPS)[number], LucideIcon> = {
  swap: ArrowLeftRight,
  merge: Merge,
  complete: UserRoundCheck,
  dismiss: UserRoundX,
  park: CircleParking,
};

function Consultation({ agent, call }: Props) {
  const { t } = useTranslation();
  const { mutate } = useCallVerb();
  return STEPS.filter((step) => canCall(agent, call, step)).map((step) => {
    const Icon = STEP_ICONS[step];
    return (
      <Button
        key={step}
        large
        icon={<Icon size={18} aria-hidden />}
        onClick={() => mutate({ do: step })}
      >
        {t(`call.${step}`)}
      </Button>
    );
  });
}

function HangUpButton({ agent, call }: Props) {
  const { t } = useTranslation();
  const { mutate } = useVerb();
  const may = canCall(agent, call, "hang_up");
  const end = () => mutate({ verb: "hang_up" });
  useShortcut("hangUp", () => may && end());
  return (
    <Button
      large
      look="danger"
      hint={keyOf("hangUp")}
      why={may ? undefined : t("why.noConversation")}
      icon={<PhoneOff size={18} aria-hidden />}
      onClick={end}
    >
      {t("call.hangUp")}
    </Button>
  );
}
