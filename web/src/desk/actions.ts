// What an agent may do now. The server says which verbs it would take; this says in words why it
// would not take the others, and sends the ones it would.
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type {
  AgentAction,
  AgentView,
  CallAction,
  CallVerb,
  CallView,
  LinePlan,
} from "../api/words";
import { notifyProblem } from "../ui/notices";

export type Verb = "clock_in" | "clock_out" | "ready" | "pause" | "hold" | "resume" | "hang_up";
export type PauseFor = { reason?: string; class?: "other"; text?: string };

type Sent = { verb: Verb; pause?: PauseFor; line?: LinePlan | undefined };

function send({ verb, pause, line }: Sent) {
  switch (verb) {
    case "clock_in":
      return api.POST("/v1/me/clock-in", { body: line ? { line } : {} });
    case "clock_out":
      return api.POST("/v1/me/clock-out");
    case "ready":
      return api.POST("/v1/me/ready");
    case "pause":
      return api.POST("/v1/me/pause", { body: pause ?? {} });
    case "hold":
      return api.POST("/v1/me/hold");
    case "resume":
      return api.POST("/v1/me/resume");
    case "hang_up":
      return api.POST("/v1/me/hang-up");
  }
}

export function useVerb() {
  const { t } = useTranslation();
  return useMutation({
    mutationFn: (sent: Sent) => answer(send(sent)),
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
}

/** One act with my calls: mute, transfer, consult and what follows it, park. */
export function useCallVerb() {
  const { t } = useTranslation();
  return useMutation({
    mutationFn: (body: CallVerb) => answer(api.POST("/v1/me/call", { body })),
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
}

/** Keeps what is said out of the recording, or lets it in again. */
export function usePauseRecording() {
  const { t } = useTranslation();
  return useMutation({
    mutationFn: (paused: boolean) =>
      answer(
        paused ? api.POST("/v1/me/recording/pause") : api.POST("/v1/me/recording/resume"),
      ),
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
}

/** Whether the server would take `action` for the call now; a call that ended takes none. */
export function canCall(agent: AgentView, call: CallView, action: CallAction): boolean {
  return IN_CALL.has(agent.state) && call.allowed.includes(action);
}

const IN_CALL: ReadonlySet<AgentView["state"]> = new Set(["talking", "hold", "consulting"]);

/** Why a verb may not be used now, as the key of its explanation; undefined where it may be. */
export function whyNot(agent: AgentView, action: AgentAction) {
  if (agent.allowed.includes(action)) return undefined;
  const started = agent.state !== "logged_out";
  if (!started && action !== "clock_in") return "why.notClockedIn" as const;
  switch (action) {
    case "clock_in":
      return started ? ("why.clockedIn" as const) : ("why.noTelephone" as const);
    case "clock_out":
      return "why.callInHand" as const;
    case "ready":
      if (agent.state === "ready") return "why.readyAlready" as const;
      return agent.call ? ("why.callInHand" as const) : ("why.noTelephone" as const);
    case "hold":
    case "hang_up":
      return "why.noConversation" as const;
    case "resume":
      return "why.nothingHeld" as const;
    case "dispose":
      return "why.noWrapUp" as const;
    default:
      return "why.notNow" as const;
  }
}
