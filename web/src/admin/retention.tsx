// For how long audio is kept, and what has to stay whatever that says.
import { useTranslation } from "react-i18next";

import { may } from "../app/pages";
import { useSession } from "../session/session";
import { collection } from "./collection";
import { nameOf, useNames } from "./inputs";
import { ResourcePage } from "./resource";

export function RetentionRules() {
  const { t } = useTranslation();
  const { user } = useSession();
  const campaigns = useNames("/v1/campaigns");
  const whose = (campaign: string | null | undefined) => {
    if (!campaign) return t("pages.organisation");
    const found = campaigns.data?.find(({ id }) => id === campaign);
    return found ? nameOf(found) : campaign;
  };
  const days = (count: number | null | undefined) => count ?? t("retention.forGood");
  return (
    <ResourcePage
      resource={{
        of: collection("/v1/retention-rules"),
        title: t("pages.retention"),
        one: t("one.retentionRule"),
        empty: { title: t("empty.retention"), text: t("empty.retentionWhy") },
        mayChange: may(user, "law_write"),
        nameOf: (rule) => whose(rule.campaign),
        fresh: () => ({ campaign: null, recordings_days: null, messages_days: null }),
        columns: [
          { id: "campaign", name: t("fields.campaign"), value: (rule) => whose(rule.campaign) },
          {
            id: "recordings",
            name: t("fields.recordings_days"),
            value: (rule) => days(rule.recordings_days),
            end: true,
          },
          {
            id: "messages",
            name: t("fields.messages_days"),
            value: (rule) => days(rule.messages_days),
            end: true,
          },
        ],
        fields: [
          {
            path: "campaign",
            label: "campaign",
            hint: "retentionOf",
            kind: "ref",
            of: "/v1/campaigns",
          },
          { ...DAYS, path: "recordings_days", label: "recordings_days" },
          { ...DAYS, path: "messages_days", label: "messages_days" },
        ],
      }}
    />
  );
}

const DAYS = { hint: "retentionDays", kind: "number", min: 1, max: 36_500 } as const;

export function LegalHolds() {
  const { t } = useTranslation();
  const { user } = useSession();
  const campaigns = useNames("/v1/campaigns");
  const lists = useNames("/v1/lists");
  const called = (id: string) => {
    const found = [...(campaigns.data ?? []), ...(lists.data ?? [])].find((one) => one.id === id);
    return found ? nameOf(found) : id;
  };
  return (
    <ResourcePage
      resource={{
        of: collection("/v1/legal-holds"),
        title: t("pages.legalHolds"),
        one: t("one.legalHold"),
        empty: { title: t("empty.legalHolds"), text: t("empty.legalHoldsWhy") },
        mayChange: may(user, "law_write"),
        nameOf: (hold) => hold.reason,
        fresh: () => ({ reason: "", target: { of: "number", number: "" } }),
        columns: [
          { id: "reason", name: t("fields.hold_reason"), value: (hold) => hold.reason },
          { id: "of", name: t("fields.hold_on"), value: ({ target }) => t(`options.${target.of}`) },
          {
            id: "target",
            name: t("fields.hold_target"),
            value: ({ target }) => {
              if (target.of === "number") return target.number;
              if (target.of === "call") return target.call;
              return called(target.of === "list" ? target.list : target.campaign);
            },
            ltr: true,
          },
        ],
        fields: [
          { path: "reason", label: "hold_reason", kind: "text", required: true, max: 256 },
          {
            path: "target",
            label: "hold_on",
            kind: "union",
            tag: "of",
            variants: {
              number: [
                {
                  path: "number",
                  label: "number",
                  hint: "e164",
                  kind: "text",
                  required: true,
                  ltr: true,
                },
              ],
              campaign: [{ path: "campaign", label: "campaign", kind: "ref", of: "/v1/campaigns" }],
              list: [{ path: "list", label: "list", kind: "ref", of: "/v1/lists" }],
              call: [{ path: "call", label: "call_id", kind: "text", required: true, ltr: true }],
            },
          },
        ],
      }}
    />
  );
}
