// How my line is made in this shift (R126–R128): the profile's values stand there first, and I may
// change them before each clock-in.
import { PhoneCall } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { AgentView, LinePlan } from "../api/words";
import { Button } from "../ui/button";
import { Labelled, Text } from "../ui/field";
import { useCallIn } from "../session/call-in";
import { notifyProblem } from "../ui/notices";

type Way = "extension" | "number" | "call_in" | "web_connect";
type Choice = { way: Way; persistent: boolean; phone: string };

/** What was chosen for the next shift, and the plan that it is; none is what the profile says. */
export function useConnection(agent: AgentView) {
  const [chosen, choose] = useState<Choice>();
  const choice = chosen ?? choiceOf(agent.line);
  return { choice, choose, plan: chosen && planOf(chosen) };
}

export function Connection({
  choice,
  choose,
}: {
  choice: Choice;
  choose: (choice: Choice) => void;
}) {
  const { t } = useTranslation();
  return (
    <fieldset className="flex w-full flex-wrap items-end gap-x-5 gap-y-3 border-t border-line pt-3">
      <legend className="sr-only">{t("connection.title")}</legend>
      <Labelled label={t("connection.way")}>
        {({ id }) => (
          <select
            id={id}
            className="field"
            value={choice.way}
            onChange={(event) => choose({ ...choice, way: event.target.value as Way })}
          >
            {WAYS.map((way) => (
              <option key={way} value={way}>
                {t(`connection.${way}`)}
              </option>
            ))}
          </select>
        )}
      </Labelled>
      {choice.way === "number" && (
        <Text
          label={t("connection.phone")}
          value={choice.phone}
          onChange={(event) => choose({ ...choice, phone: event.target.value })}
          inputMode="tel"
          dir="ltr"
        />
      )}
      <label className="flex items-center gap-2 pb-2 text-sm">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          checked={choice.persistent}
          onChange={(event) => choose({ ...choice, persistent: event.target.checked })}
        />
        {t("connection.persistent")}
      </label>
      {choice.way === "call_in" && <AccessNumbers />}
    </fieldset>
  );
}

/** Where I call, while I am to call in and have no line. */
export function WhereToCall({ agent }: { agent: AgentView }) {
  const missing = agent.line.mode === "call_in" && !agent.line_up;
  return missing && agent.state !== "logged_out" ? <AccessNumbers /> : null;
}

function AccessNumbers() {
  const { t } = useTranslation();
  const numbers = useCallIn().data?.access_numbers;
  if (!numbers?.length) return null;
  return (
    <p className="pb-2 text-sm text-ink-soft">
      {t("callIn.from")} <span dir="ltr">{numbers.join(", ")}</span>
    </p>
  );
}

/** Rings my telephone where the line is made for each call: to dial by hand, or to listen. */
export function RingLine({ agent }: { agent: AgentView }) {
  const { t } = useTranslation();
  const idle = ["ready", "not_ready", "paused", "system"].includes(agent.state);
  const rings = agent.line.mode !== "call_in" && !agent.line.persistent;
  if (!rings || agent.line_up || !idle) return null;
  const ring = () =>
    answer(api.POST("/v1/me/line")).catch((error: unknown) =>
      notifyProblem(error, t("desk.refused")),
    );
  return (
    <Button icon={<PhoneCall size={16} aria-hidden />} onClick={() => void ring()}>
      {t("connection.ring")}
    </Button>
  );
}

const WAYS: Way[] = ["extension", "number", "call_in", "web_connect"];

function choiceOf({ mode, persistent, phone }: LinePlan): Choice {
  const way = mode === "call_me" ? (phone ? "number" : "extension") : mode;
  return { way, persistent, phone: phone ?? "" };
}

function planOf({ way, persistent, phone }: Choice): LinePlan {
  if (way === "call_in" || way === "web_connect") return { mode: way, persistent, phone: null };
  const number = phone.replace(/[\s().-]/g, "");
  return { mode: "call_me", persistent, phone: way === "number" && number ? number : null };
}
