// The agents, live: only the rows that are seen are drawn, so a thousand cost what thirty do.
import { useVirtualizer } from "@tanstack/react-virtual";
import { Ear, EllipsisVertical, LifeBuoy } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { memo, useMemo, useRef, useState } from "react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { useShortcut } from "../app/keys";
import type { AgentState, AgentView } from "../api/words";
import { useLive } from "../live/hooks";
import { Elapsed, LOOKS, StateBadge } from "../ui/agent-state";
import { notifyProblem } from "../ui/notices";
import { useSession } from "../session/session";
import { Empty } from "../ui/states";
import { Message, useSupervise } from "./supervision";

/** What needs a look comes first, calls for help before all; within a state the longest in it. */
const ORDER: Record<AgentState, number> = {
  system: 0,
  hold: 1,
  consulting: 2,
  wrap_up: 3,
  talking: 4,
  ringing: 5,
  reserved: 6,
  previewing: 7,
  ready: 8,
  paused: 9,
  not_ready: 10,
  logged_out: 11,
};

export function inOrder(
  agents: readonly AgentView[],
  text: string,
  state: AgentState | "all",
): AgentView[] {
  const wanted = text.trim().toLocaleLowerCase();
  return agents
    .filter((agent) => state === "all" || agent.state === state)
    .filter(
      (agent) => !wanted || `${agent.number} ${agent.name}`.toLocaleLowerCase().includes(wanted),
    )
    .sort(
      (a, b) =>
        Number(!!b.help) - Number(!!a.help) ||
        ORDER[a.state] - ORDER[b.state] ||
        a.since.localeCompare(b.since) ||
        a.number - b.number,
    );
}

export function AgentGrid({ onSit }: { onSit: (agent: string) => void }) {
  const { t } = useTranslation();
  const agents = useLive((store) => store.all("agent"));
  const [text, search] = useState("");
  const [state, only] = useState<AgentState | "all">("all");
  const shown = useMemo(() => inOrder(agents, text, state), [agents, text, state]);
  const frame = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLInputElement>(null);
  useShortcut("search", () => box.current?.focus());
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    getItemKey: (at) => shown[at]?.id ?? at,
    overscan: 8,
  });
  return (
    <section aria-label={t("pages.agents")} className="panel">
      <div className="flex flex-wrap items-center gap-3 border-b border-line px-4 py-2.5">
        <h2 className="font-semibold">
          {t("pages.agents")} <span className="digits text-ink-faint">{shown.length}</span>
        </h2>
        <input
          ref={box}
          type="search"
          value={text}
          onChange={(event) => search(event.target.value)}
          placeholder={t("agentGrid.search")}
          aria-label={t("agentGrid.search")}
          className="field ms-auto w-48!"
        />
        <select
          aria-label={t("agentGrid.state")}
          className="field w-44!"
          value={state}
          onChange={(event) => only(event.target.value as AgentState | "all")}
        >
          <option value="all">{t("common.allOf", { what: t("agentGrid.state") })}</option>
          {(Object.keys(LOOKS) as AgentState[]).map((one) => (
            <option key={one} value={one}>
              {t(`state.${one}`)}
            </option>
          ))}
        </select>
      </div>
      {shown.length === 0 && <Empty title={t("agentGrid.none")} text={t("agentGrid.noneWhy")} />}
      <div
        ref={frame}
        tabIndex={0}
        role="region"
        aria-label={t("agentGrid.region")}
        className="max-h-[32rem] overflow-y-auto"
      >
        <ul className="relative" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ key, index, start }) => {
            const agent = shown[index];
            return agent && <Row key={key} agent={agent} top={start} onSit={onSit} />;
          })}
        </ul>
      </div>
    </section>
  );
}

type RowProps = { agent: AgentView; top: number; onSit: (agent: string) => void };

const Row = memo(function Row({ agent, top, onSit }: RowProps) {
  const { t } = useTranslation();
  const call = useLive((store) => store.one("call", agent.call));
  return (
    <li
      className="absolute inset-x-0 flex items-center gap-4 border-b border-line px-4"
      style={{ height: ROW, transform: `translateY(${top}px)` }}
    >
      <span className="min-w-0 flex-1 truncate">
        <span className="font-medium">{agent.name}</span>{" "}
        <span className="digits text-sm text-ink-faint">{agent.number}</span>
        {agent.help && (
          <span className="block truncate text-xs text-bad">
            <LifeBuoy size={12} className="me-1 inline" aria-hidden />
            {t("help.asks", { why: agent.help })}
          </span>
        )}
      </span>
      <span className="w-44 shrink-0">
        <StateBadge agent={agent} />
      </span>
      <span className="w-16 shrink-0 text-end text-sm text-ink-soft">
        <Elapsed since={agent.since} />
      </span>
      <span className="hidden w-40 shrink-0 truncate text-sm text-ink-soft md:inline">
        {call?.campaign_name ?? call?.calling}
      </span>
      <span className="w-4 shrink-0 text-ink-soft">
        {agent.watched && <Ear size={15} role="img" aria-label={t("supervise.watched")} />}
      </span>
      <span
        title={agent.registered ? t("desk.registered") : t("desk.unregistered")}
        className={`size-2 shrink-0 rounded-full ${agent.registered ? "bg-good" : "border border-line-strong"}`}
      >
        <span className="sr-only">
          {agent.registered ? t("desk.registered") : t("desk.unregistered")}
        </span>
      </span>
      <Actions agent={agent} onSit={onSit} />
    </li>
  );
});

const FORCED = ["ready", "pause", "clock_out", "hang_up"] as const;
type Forced = (typeof FORCED)[number];

function force(id: string, verb: Forced) {
  const params = { path: { id } };
  switch (verb) {
    case "ready":
      return api.POST("/v1/agents/{id}/ready", { params });
    case "pause":
      return api.POST("/v1/agents/{id}/pause", { params, body: { class: "meeting" } });
    case "clock_out":
      return api.POST("/v1/agents/{id}/clock-out", { params });
    case "hang_up":
      return api.POST("/v1/agents/{id}/hang-up", { params });
  }
}

const ITEM = `rounded-lg px-3 py-1.5 outline-none data-[disabled]:opacity-60
  data-[highlighted]:bg-accent-soft data-[highlighted]:text-accent-text`;

/** What a supervisor may do with an agent now. */
function Actions({ agent, onSit }: { agent: AgentView; onSit: (agent: string) => void }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const [writing, write] = useState(false);
  const supervise = useSupervise();
  const sit = () =>
    supervise.mutate({ id: agent.id, act: { do: "listen" } }, { onSuccess: () => onSit(agent.id) });
  const { mutate } = useMutation({
    mutationFn: (verb: Forced) => answer(force(agent.id, verb)),
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
  return (
    <>
      <DropdownMenu.Root>
        <DropdownMenu.Trigger
          aria-label={t("agentGrid.force", { name: agent.name })}
          className="shrink-0 rounded-md p-1 text-ink-soft hover:bg-sunken"
        >
          <EllipsisVertical size={16} aria-hidden />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            align="end"
            className="z-50 min-w-48 rounded-xl border border-line bg-raised p-1.5 shadow-high"
          >
            <DropdownMenu.Item disabled={!user.agent} onSelect={sit} className={ITEM}>
              {t("supervise.listen")}
              {!user.agent && (
                <span className="block max-w-52 text-xs">{t("supervise.needsLine")}</span>
              )}
            </DropdownMenu.Item>
            <DropdownMenu.Item onSelect={() => write(true)} className={ITEM}>
              {t("supervise.message")}
            </DropdownMenu.Item>
            <DropdownMenu.Separator className="my-1 h-px bg-line" />
            {FORCED.map((verb) => (
              <DropdownMenu.Item
                key={verb}
                disabled={!agent.allowed.includes(verb)}
                onSelect={() => mutate(verb)}
                className={ITEM}
              >
                {t(`agentGrid.${verb}`)}
              </DropdownMenu.Item>
            ))}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {writing && <Message agent={agent} close={() => write(false)} />}
    </>
  );
}

const ROW = 46;
