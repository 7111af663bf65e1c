// Campaigns: whom they dial, when, how often, how fast, and what the law says about abandoned calls.
import { useTranslation } from "react-i18next";

import { CAMPAIGN_FIELDS, freshCampaign } from "./campaign-draft";
import { collection } from "./collection";
import { WhatCounts } from "./effective";
import { ResourcePage } from "./resource";

export function Campaigns() {
  const { t } = useTranslation();
  return (
    <ResourcePage
      resource={{
        of: collection("/v1/campaigns"),
        title: t("pages.campaigns"),
        one: t("one.campaign"),
        empty: { title: t("empty.campaigns"), text: t("empty.campaignsWhy") },
        nameOf: (campaign) => campaign.name,
        fresh: freshCampaign,
        columns: [
          { id: "name", name: t("fields.name"), value: (campaign) => campaign.name },
          {
            id: "running",
            name: t("fields.state"),
            value: (campaign) =>
              campaign.running ? t("campaign.dialling") : t("campaign.stopped"),
          },
          {
            id: "lists",
            name: t("fields.lists"),
            value: (campaign) => campaign.lists?.length,
            end: true,
          },
          {
            id: "attempts",
            name: t("fields.max_attempts"),
            value: (campaign) => campaign.max_attempts,
            end: true,
          },
          {
            id: "ceiling",
            name: t("fields.limit_permille"),
            value: (campaign) => campaign.abandon?.limit_permille,
            end: true,
          },
          {
            id: "dispositions",
            name: t("fields.dispositions"),
            value: (campaign) => campaign.dispositions?.length,
            end: true,
          },
        ],
        fields: CAMPAIGN_FIELDS,
        extra: (campaign) => <WhatCounts campaign={campaign.id} />,
      }}
    />
  );
}
