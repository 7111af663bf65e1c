// A card for each campaign: whether it dials and why not, its pace, and the abandon rate against its own
// limit and its law's, each by its own formula and over its own period.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CirclePlay, CircleStop } from "lucide-react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { AbandonLimit, CampaignView } from "../api/words";
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
  if (campaigns.length === 0) return null;
  return (
    <section
      aria-label={t("pages.campaigns")}
      className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,32rem),1fr))] gap-4"
    >
      {campaigns.map((campaign) => (
        <Card key={campaign.id} campaign={campaign} />
      ))}
    </section>
  );
}

function Card({ campaign }: { campaign: CampaignView }) {
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
        <Gauge campaign={campaign} />
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
      <Limits campaign={campaign} />
      <Funnel campaign={campaign.id} />
      <Decision campaign={campaign.id} running={campaign.running} />
    </article>
  );
}

/** The same abandoned calls by each rule that limits them, and without any estimate. */
function Limits({ campaign }: { campaign: CampaignView }) {
  const { t, i18n } = useTranslation();
  const share = (part: number) => percent(part, i18n.language, 2);
  return (
    <dl className="grid gap-x-4 gap-y-3 border-t border-line pt-3 text-sm sm:grid-cols-2">
      {campaign.abandon_limits.map((limit) => (
        <Limit
          key={limit.profile ?? ""}
          limit={limit}
          binds={limit.binds && campaign.abandon_limits.length > 1}
        />
      ))}
      {campaign.abandon_cap_by === "target" && (
        <div>
          <dt className="text-ink-soft">
            {t("campaign.target")}
            <span className="block text-xs">{t("campaign.targetWhy")}</span>
          </dt>
          <dd className="digits font-medium">{share(campaign.abandon_cap)}</dd>
        </div>
      )}
      <div>
        <dt className="text-ink-soft">
          {t("campaign.plainRate")}
          <span className="block text-xs">{t("campaign.plainRateWhy")}</span>
        </dt>
        <dd className="digits font-medium">{share(campaign.plain_abandon_rate)}</dd>
      </div>
    </dl>
  );
}

function Limit({ limit, binds }: { limit: AbandonLimit; binds: boolean }) {
  const { profile, policy, rate } = limit;
  const { t, i18n } = useTranslation();
  const share = (part: number) => percent(part, i18n.language, 2);
  const formula = policy.formula === "us" ? "us" : "uk";
  return (
    <div>
      <dt className="text-ink-soft">
        <span className="flex flex-wrap items-center gap-x-2">
          {profile ? t("campaign.law", { name: profile }) : t("campaign.own")}
          {binds && (
            <span className="rounded-full bg-sunken px-2 text-xs font-medium text-ink">
              {t("campaign.binds")}
            </span>
          )}
        </span>
        <span className="block text-xs">
          {t(`formula.${formula}`)}, {t(`period.${policy.over}`)}
        </span>
      </dt>
      <dd className="digits font-medium">
        {t("campaign.ofAtMost", { rate: share(rate), limit: share(policy.limit_permille / 1000) })}
      </dd>
    </div>
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
