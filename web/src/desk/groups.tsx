// My queues: what waits in each, whether it may ask me, and a caller to pick by hand.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { AgentView, Group } from "../api/words";
import { Elapsed } from "../ui/agent-state";
import { Button } from "../ui/button";
import { notifyProblem } from "../ui/notices";
import { useCallVerb } from "./actions";

const KEY = ["my-queues"];

export function Groups({ agent }: { agent: AgentView }) {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: KEY,
    enabled: agent.state !== "logged_out",
    refetchInterval: 3000,
    queryFn: () => answer(api.GET("/v1/me/queues")),
  });
  if (!data || data.length === 0) return null;
  return (
    <section aria-label={t("myQueues.title")} className="panel">
      <h2 className="border-b border-line px-5 py-3 font-semibold">{t("myQueues.title")}</h2>
      <ul className="divide-y divide-line">
        {data.map((group) => (
          <Row key={group.id} agent={agent} group={group} />
        ))}
      </ul>
    </section>
  );
}

function Row({ agent, group }: { agent: AgentView; group: Group }) {
  const { t } = useTranslation();
  const { id, name, active, waiting, ready, calls } = group;
  const { mutate: take } = useCallVerb();
  const turn = useTurn();
  const may = agent.allowed.includes("take");
  return (
    <li className="px-5 py-2.5">
      <div className="flex items-center gap-3">
        <span className="min-w-0 flex-1 truncate">{name}</span>
        <span className="digits text-sm text-ink-soft">
          {t("colleagues.department", { waiting, ready })}
        </span>
        <Button
          look={active ? "good" : "plain"}
          aria-pressed={active}
          onClick={() => turn.mutate({ id, active: !active })}
        >
          {active ? t("myQueues.active") : t("myQueues.inactive")}
        </Button>
      </div>
      <ul className="mt-1 grid gap-1">
        {calls.map((call) => (
          <li key={call.id} className="digits flex items-center gap-3 text-sm">
            <span className="min-w-0 flex-1 truncate" dir="ltr">
              {call.calling}
            </span>
            <Elapsed since={call.since} />
            <Button
              aria-label={t("myQueues.take", { number: call.calling })}
              why={may ? undefined : t("why.notNow")}
              onClick={() => take({ do: "take", call: call.id })}
            >
              {t("lines.take")}
            </Button>
          </li>
        ))}
      </ul>
    </li>
  );
}

function useTurn() {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, active }: { id: string; active: boolean }) => {
      const params = { path: { id } };
      const path = "/v1/me/queues/{id}/active" as const;
      return answer(active ? api.POST(path, { params }) : api.DELETE(path, { params }));
    },
    onError: (error) => notifyProblem(error, t("desk.refused")),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}
