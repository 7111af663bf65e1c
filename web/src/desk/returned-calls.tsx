// Who called back and met nobody, and is mine to call: people whom a campaign of mine dialled before, and
// callers of my queues (R97). Calling them is dialling by hand, by the same rules.
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { PhoneOutgoing } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { AgentView, MissedCaller } from "../api/words";
import { useKeyOf, useShortcut } from "../app/keys";
import { moment } from "../i18n/format";
import { Button } from "../ui/button";
import { useCallVerb, whyNot } from "./actions";
import { useDirectory } from "./directory";

export function ReturnedCalls({ agent }: { agent: AgentView }) {
  const { t } = useTranslation();
  const list = useRef<HTMLUListElement>(null);
  useShortcut("returned", () => list.current?.querySelector("button")?.focus());
  const key = useKeyOf("returned");
  const found = useInfiniteQuery({
    // A call that ends may have been to one of them.
    queryKey: ["my-returned-calls", agent.call],
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/v1/me/returned-calls", {
          params: { query: { limit: 20, ...(pageParam ? { after: pageParam } : {}) } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const callers = found.data?.pages.flatMap((page) => page.items) ?? [];
  if (callers.length === 0) return null;
  return (
    <section aria-label={t("returned.title")} className="panel">
      <h2 className="flex items-center border-b border-line px-5 py-3 font-semibold">
        <span className="flex-1">{t("returned.title")}</span>
        <span className="kbd" aria-hidden>
          {key}
        </span>
      </h2>
      <ul
        ref={list}
        aria-keyshortcuts={key}
        className="max-h-96 divide-y divide-line overflow-y-auto"
      >
        {callers.map((caller) => (
          <Row key={caller.call} agent={agent} caller={caller} />
        ))}
      </ul>
      {found.hasNextPage && (
        <div className="border-t border-line py-2 text-center">
          <Button
            look="quiet"
            disabled={found.isFetchingNextPage}
            onClick={() => void found.fetchNextPage()}
          >
            {t("common.more")}
          </Button>
        </div>
      )}
    </section>
  );
}

function Row({ agent, caller }: { agent: AgentView; caller: MissedCaller }) {
  const { t, i18n } = useTranslation();
  const { calling, started_at, dialled, queue, tried_at } = caller;
  const at = (time: string) => moment(time, i18n.language);
  return (
    <li className="flex items-start gap-3 px-5 py-2.5">
      <div className="min-w-0 flex-1">
        {dialled?.name && <p className="truncate font-medium">{dialled.name}</p>}
        <p className={`digits ${dialled?.name ? "text-sm" : "font-medium"}`}>
          <span dir="ltr">{calling}</span>
        </p>
        <p className="digits text-sm text-ink-soft">
          {t("returned.called", { at: at(started_at) })}
          {queue && ` · ${queue}`}
        </p>
        {dialled && (
          <p className="digits text-sm text-ink-soft">
            {t("returned.dialled", { at: at(dialled.at) })}
            {dialled.outcome && `: ${t(`outcome.${dialled.outcome}`)}`}
            {dialled.campaign_name && ` · ${dialled.campaign_name}`}
          </p>
        )}
        {tried_at && (
          <p className="digits text-sm text-ink-soft">
            {t("returned.tried", { at: at(tried_at) })}
          </p>
        )}
      </div>
      <CallBack agent={agent} caller={caller} />
    </li>
  );
}

/** For the campaign that dialled them, where it runs and is mine; else for the first that is. */
function CallBack({ agent, caller }: { agent: AgentView; caller: MissedCaller }) {
  const { t } = useTranslation();
  const { data } = useDirectory(agent.state !== "logged_out");
  const { mutate, isPending } = useCallVerb();
  const campaigns = data?.campaigns ?? [];
  const campaign = campaigns.find(({ id }) => id === caller.dialled?.campaign) ?? campaigns[0];
  const refusal = whyNot(agent, "dial");
  const why = refusal ? t(refusal) : campaign ? undefined : t("returned.noCampaign");
  return (
    <Button
      why={why}
      disabled={isPending}
      icon={<PhoneOutgoing size={16} aria-hidden />}
      aria-label={t("returned.callWhom", { whom: caller.dialled?.name || caller.calling })}
      onClick={() =>
        campaign && mutate({ do: "dial", number: caller.calling, campaign: campaign.id })
      }
    >
      {t("returned.call")}
    </Button>
  );
}
