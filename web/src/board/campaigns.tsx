// A card for each campaign: whether it dials and why not, its pace, and the abandon rate against the
// legal ceiling of its own policy and window.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CirclePlay, CircleStop } from "lucide-react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { CampaignView } from "../api/words";
import { percent } from "../i18n/format";
import { useLive } from "../live/hooks";
import { Button } from "../ui/button";
import { notifyProblem } from "../ui/notices";
import { Decision, Funnel } from "./decision";
import { Gauge } from "./gauge";
import { Pace } from "./pace";

export function CampaignCards() {
  const { t } = useTranslation();
  const campaigns = useLive((store) => store.all("campaign"));
  const ceilings = useCeilings();
  if (campaigns.length === 0) return null;
  return (
    <section
      aria-label={t("pages.campaigns")}
      className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,32rem),1fr))] gap-4"
    >
      {campaigns.map((campaign) => (
        <Card key={campaign.id} campaign={campaign} ceiling={ceilings.get(campaign.id)} />
      ))}
    </section>
  );
}

type Ceiling = { share: number; over: "hours24" | "days30" | "day" | "calendar_month" };

/** What the law allows each campaign, from its settings. */
export function useCeilings(): Map<string, Ceiling> {
  const settings = useQuery({
    queryKey: ["campaigns", "ceilings"],
    queryFn: () => answer(api.GET("/v1/campaigns", { params: { query: { limit: 200 } } })),
  });
  const known = settings.data?.items ?? [];
  return new Map(
    known.flatMap(({ id, abandon }) =>
      abandon ? [[id, { share: abandon.limit_permille / 1000, over: abandon.over }] as const] : [],
    ),
  );
}

function Card({ campaign, ceiling }: { campaign: CampaignView; ceiling: Ceiling | undefined }) {
  const { t } = useTranslation();
  const state = !campaign.running ? "stopped" : campaign.held_by ? "held" : "dialling";
  const tone = {
    stopped: "text-rest bg-rest-soft",
    held: "text-wrap bg-wrap-soft",
    dialling: "text-good bg-good-soft",
  };
  return (
    <article className="panel grid gap-3 p-4">
      <div className="flex items-center gap-3">
        <h2 className="min-w-0 flex-1 truncate font-semibold">{campaign.name}</h2>
        <span className={`rounded-full px-2.5 py-0.5 text-sm font-medium ${tone[state]}`}>
          {t(`campaign.${state}`)}
        </span>
        <Toggle campaign={campaign} />
      </div>
      {campaign.held_by && <p className="text-sm text-wrap">{campaign.held_by}</p>}
      <div className="flex items-center gap-4">
        <Gauge
          rate={campaign.abandon_rate}
          ceiling={ceiling?.share}
          window={ceiling && t(`period.${ceiling.over}`)}
        />
        <div className="grid min-w-0 flex-1 gap-2">
          <Pace campaign={campaign} />
          <dl className="digits grid grid-cols-3 gap-x-3 gap-y-1 text-sm">
            {(["ready", "in_flight", "stock", "attempts", "connected", "abandoned"] as const).map(
              (name) => (
                <div key={name} className="min-w-0">
                  <dt className="truncate text-xs text-ink-faint">{t(`campaign.${name}`)}</dt>
                  <dd className="font-medium">{campaign[name]}</dd>
                </div>
              ),
            )}
          </dl>
        </div>
      </div>
      <Rates campaign={campaign} />
      <Funnel campaign={campaign.id} />
      <Decision campaign={campaign.id} running={campaign.running} />
    </article>
  );
}

/** The same abandoned calls by two sums: the one that the law asks for, and the one without any estimate. */
function Rates({ campaign }: { campaign: CampaignView }) {
  const { t, i18n } = useTranslation();
  const rates = [
    [t("campaign.lawRate"), t("campaign.lawRateWhy"), campaign.abandon_rate],
    [t("campaign.plainRate"), t("campaign.plainRateWhy"), campaign.plain_abandon_rate],
  ] as const;
  return (
    <dl className="grid gap-x-4 gap-y-2 border-t border-line pt-3 text-sm sm:grid-cols-2">
      {rates.map(([name, why, rate]) => (
        <div key={name}>
          <dt className="text-ink-soft">
            {name}
            <span className="block text-xs">{why}</span>
          </dt>
          <dd className="digits font-medium">{percent(rate, i18n.language, 2)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Toggle({ campaign }: { campaign: CampaignView }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const path = { params: { path: { id: campaign.id } } };
  const { mutate, isPending } = useMutation({
    mutationFn: () =>
      campaign.running
        ? answer(api.POST("/v1/campaigns/{id}/stop", path))
        : answer(api.POST("/v1/campaigns/{id}/start", path)),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["campaigns"] }),
    onError: (error) => notifyProblem(error, t("campaign.refused")),
  });
  const Icon = campaign.running ? CircleStop : CirclePlay;
  const what = campaign.running ? t("campaign.stop") : t("campaign.start");
  return (
    <Button
      look="quiet"
      disabled={isPending}
      onClick={() => mutate()}
      aria-label={`${what}: ${campaign.name}`}
    >
      <Icon size={18} aria-hidden />
    </Button>
  );
}
