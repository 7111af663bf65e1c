// The agent's desk: my state, the call in hand, what it came to, my figures of today.
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { AgentView, CallView } from "../api/words";
import { useLive } from "../live/hooks";
import { PhoneCard } from "../phone/phone-card";
import { useSession } from "../session/session";
import { Empty, Failed, Loading } from "../ui/states";
import { CallCard } from "./call-card";
import { CallSheet } from "./call-sheet";
import { Colleagues } from "./colleagues";
import { DialByHand } from "./dial-by-hand";
import { Dispositions } from "./dispositions";
import { Groups } from "./groups";
import { Lines } from "./lines";
import { MyDay } from "./my-day";
import { Preview } from "./preview";
import { LeadSearch } from "./lead-search";
import { Promised } from "./promised";
import { ReturnedCalls } from "./returned-calls";
import { StateBar } from "./state-bar";
import { Voicemails } from "./voicemails";

export function Desk() {
  const { t } = useTranslation();
  const { user } = useSession();
  const agent = useLive((store) => store.one("agent", user.agent));
  const known = useLive((store) => store.seq !== undefined);
  const call = useCallInHand(agent);
  const me = useQuery({ queryKey: ["me"], queryFn: () => answer(api.GET("/v1/me")) });

  if (!user.agent) return <Empty title={t("desk.noAgent")} text={t("desk.noAgentWhy")} />;
  if (me.isError) return <Failed error={me.error} retry={() => void me.refetch()} />;
  if (!agent)
    return known ? <Empty title={t("desk.notLive")} text={t("desk.notLiveWhy")} /> : <Loading />;
  return (
    <div className="mx-auto grid max-w-7xl gap-4 p-4 lg:p-6">
      <h1 className="sr-only">{t("pages.desk")}</h1>
      <StateBar agent={agent} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(20rem,2fr)]">
        <div className="grid gap-4">
          <InHand agent={agent} call={call} />
          {agent.state === "previewing" ? (
            <CallSheet on={agent.since} />
          ) : (
            call && <CallSheet call={call.id} />
          )}
          <MyDay />
        </div>
        <div className="grid gap-4">
          <Lines agent={agent} />
          {call && <Dispositions agent={agent} call={call} />}
          <DialByHand agent={agent} />
          <LeadSearch />
          <Promised agent={agent} />
          <ReturnedCalls agent={agent} />
          <Voicemails />
          <Groups agent={agent} />
          <Colleagues agent={agent} />
          <PhoneCard extension={me.data?.agent?.extension} />
        </div>
      </div>
    </div>
  );
}

function InHand({ agent, call }: { agent: AgentView; call: CallView | undefined }) {
  if (agent.state === "previewing") return <Preview agent={agent} />;
  return call ? <CallCard agent={agent} call={call} /> : <Waiting agent={agent} />;
}

/** The call in hand; in wrap-up the one that just ended, also after the page was loaded again. */
function useCallInHand(agent: AgentView | undefined): CallView | undefined {
  const id = agent?.call;
  const live = useLive((store) => store.one("call", id));
  const ended = useLive((store) => (id ? store.ended.get(id) : undefined));
  const lost = !!id && !live && !ended;
  const record = useQuery({
    queryKey: ["my-call", id],
    enabled: lost,
    queryFn: async () => {
      const { items } = await answer(api.GET("/v1/me/calls", { params: { query: { limit: 5 } } }));
      return items.find((call) => call.id === id) ?? null;
    },
  });
  if (live || ended) return live ?? ended;
  const kept = record.data;
  if (!lost || !kept || kept.direction === "line") return undefined;
  const { called, calling, campaign, queue, direction, started_at } = kept;
  const [lead, recording] = [null, null];
  return {
    id,
    called,
    calling,
    campaign,
    queue,
    direction,
    lead,
    recording,
    started_at,
    since: started_at,
    state: "talking",
    allowed: [],
    legs: [],
  };
}

function Waiting({ agent }: { agent: AgentView }) {
  const { t } = useTranslation();
  const key =
    (
      {
        logged_out: "clockIn",
        ready: "ready",
        paused: "paused",
        system: agent.registered ? "system" : "telephone",
      } as const
    )[agent.state as "logged_out" | "ready" | "paused" | "system"] ?? "other";
  return (
    <section className="panel">
      <Empty title={t(`waiting.${key}`)} text={t(`waiting.${key}Why`)} />
    </section>
  );
}
