// What a campaign really dials by, and who set it: its own page, its legal profile, the house.
import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { ListChecks } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { Words } from "../i18n/languages";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Failed, Loading } from "../ui/states";
import type { components } from "../../generated/schema";

type Setting = components["schemas"]["EffectiveSetting"];

/** A button, and behind it what counts. */
export function WhatCounts({ campaign }: { campaign: string }) {
  const { t } = useTranslation();
  const [open, show] = useState(false);
  return (
    <>
      <Button icon={<ListChecks size={16} aria-hidden />} onClick={() => show(true)}>
        {t("effective.title")}
      </Button>
      <Dialog
        open={open}
        onOpenChange={show}
        title={t("effective.title")}
        about={t("effective.about")}
        wide
      >
        <Settings campaign={campaign} />
      </Dialog>
    </>
  );
}

function Settings({ campaign }: { campaign: string }) {
  const { t, i18n } = useTranslation();
  const found = useQuery({
    queryKey: ["/v1/campaigns", campaign, "effective"],
    queryFn: () =>
      answer(api.GET("/v1/campaigns/{id}/effective", { params: { path: { id: campaign } } })),
  });
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  return (
    <table className="w-full text-sm">
      <thead>
        <tr className="border-b border-line text-start text-ink-soft">
          <th scope="col" className="py-1.5 text-start font-medium">
            {t("effective.setting")}
          </th>
          <th scope="col" className="py-1.5 text-start font-medium">
            {t("effective.value")}
          </th>
          <th scope="col" className="py-1.5 text-start font-medium">
            {t("effective.from")}
          </th>
        </tr>
      </thead>
      <tbody>
        {found.data.items.map((one) => (
          <tr key={one.setting} className="border-b border-line last:border-0">
            <th scope="row" className="py-1.5 pe-4 text-start font-normal">
              {nameOf(one.setting, t)}
            </th>
            <td className="py-1.5 pe-4 tabular-nums">{valueOf(one, t, i18n.language)}</td>
            <td className={`py-1.5 ${one.from === "default" ? "text-ink-soft" : "font-medium"}`}>
              {t(`effective.origins.${one.from}`)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function nameOf(setting: string, t: TFunction): string {
  const [group, last = group] = setting.split(".");
  if (group === "retry") {
    return t("effective.retry", { outcome: t(`outcome.${last as keyof Words["outcome"]}`) });
  }
  return t(`effective.settings.${last as keyof Words["effective"]["settings"]}`);
}

function valueOf({ setting, value }: Setting, t: TFunction, language: string): string {
  if (value === null || value === undefined) return t("common.none");
  if (value === "never") return t("retries.never");
  if (typeof value === "object") return lasting(value.after_s, language);
  if (typeof value === "string") {
    return setting === "consent" ? t(`options.${value as keyof Words["options"]}`) : value;
  }
  if (setting.endsWith("_permille")) {
    const style = { style: "percent", maximumFractionDigits: 1 } as const;
    return new Intl.NumberFormat(language, style).format(value / 1000);
  }
  if (setting.endsWith("_h")) return lasting(value * 3600, language);
  if (setting.endsWith("_ms")) return counted(value / 1000, "second", language);
  if (setting.endsWith("_s")) return lasting(value, language);
  return new Intl.NumberFormat(language).format(value);
}

/** Seconds in the largest unit that leaves a whole number. */
export function lasting(seconds: number, language: string): string {
  if (seconds >= 86_400 && seconds % 86_400 === 0) return counted(seconds / 86_400, "day", language);
  if (seconds >= 3_600 && seconds % 3_600 === 0) return counted(seconds / 3_600, "hour", language);
  if (seconds >= 60 && seconds % 60 === 0) return counted(seconds / 60, "minute", language);
  return counted(seconds, "second", language);
}

function counted(count: number, unit: string, language: string): string {
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(count);
}
