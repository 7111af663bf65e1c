// A lead to look at before it is dialled: who it is, how long there is, dial now or pass. When the time
// is over the switch dials by itself.
import { useMutation, useQuery } from "@tanstack/react-query";
import { PhoneOutgoing, SkipForward } from "lucide-react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { keyOf, useShortcut } from "../app/keys";
import type { AgentView } from "../api/words";
import { Elapsed } from "../ui/agent-state";
import { Button } from "../ui/button";
import { notifyProblem } from "../ui/notices";
import { Empty, Failed, Loading } from "../ui/states";
import { Columns, Fact, Facts, LocalTime } from "./facts";

export function Preview({ agent }: { agent: AgentView }) {
  const { t } = useTranslation();
  const { mutate, isPending } = useDecision();
  const found = useQuery({
    queryKey: ["preview", agent.since],
    queryFn: () => answer(api.GET("/v1/me/preview")),
  });
  const [mayDial, maySkip] = [
    agent.allowed.includes("dial_previewed"),
    agent.allowed.includes("skip"),
  ];
  useShortcut("dial", () => mayDial && mutate("dial"));
  useShortcut("skip", () => maySkip && mutate("skip"));
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Empty title={t("preview.gone")} text={t("preview.goneWhy")} />;
  const { lead, dials_at } = found.data;
  return (
    <section aria-label={t("preview.title")} className="panel overflow-hidden">
      <div className="flex flex-wrap items-start gap-4 px-5 py-4">
        <div className="min-w-0 flex-1">
          <p className="text-sm text-ink-soft">{t("preview.title")}</p>
          <h2 className="truncate text-2xl font-semibold tracking-tight">
            {`${lead.first_name} ${lead.last_name}`.trim() || lead.number}
          </h2>
          <p className="digits text-ink-soft" dir="ltr">
            {lead.number}
          </p>
        </div>
        <div className="text-end">
          <p className="text-sm text-ink-soft">{t("preview.dialsIn")}</p>
          <p className="text-3xl font-semibold tracking-tight">
            <Elapsed until={dials_at} />
          </p>
        </div>
      </div>
      <Facts>
        <LocalTime clock={found.data} />
        <Fact name={t("call.attempt")} value={String(lead.attempts + 1)} />
        <Fact
          name={t("call.lastOutcome")}
          value={lead.last_outcome && t(`outcome.${lead.last_outcome}`)}
        />
        <Columns fields={lead.fields} />
      </Facts>
      <div className="flex flex-wrap gap-2 px-5 py-4">
        <Button
          large
          look="good"
          hint={keyOf("dial")}
          why={mayDial && !isPending ? undefined : t("why.notNow")}
          icon={<PhoneOutgoing size={18} aria-hidden />}
          onClick={() => mutate("dial")}
        >
          {t("preview.dial")}
        </Button>
        <Button
          large
          hint={keyOf("skip")}
          why={maySkip && !isPending ? undefined : t("preview.mayNotSkip")}
          icon={<SkipForward size={18} aria-hidden />}
          onClick={() => mutate("skip")}
        >
          {t("preview.skip")}
        </Button>
      </div>
    </section>
  );
}

function useDecision() {
  const { t } = useTranslation();
  return useMutation({
    mutationFn: (decision: "dial" | "skip") =>
      answer(
        decision === "dial" ? api.POST("/v1/me/preview/dial") : api.POST("/v1/me/preview/skip"),
      ),
    onError: (error) => notifyProblem(error, t("desk.refused")),
  });
}
