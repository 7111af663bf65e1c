// What the detector took for machines and a reviewer hears: what waits, a sound and three answers,
// and above them how often the detector was right, with how sure that is.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { DetectorReport, Met, Verdict } from "../api/words";
import { may } from "../app/pages";
import { duration, moment } from "../i18n/format";
import { useSession } from "../session/session";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { notify, notifyProblem } from "../ui/notices";
import { nameOf, useNames } from "./inputs";
import { Records } from "./records";

export function Verdicts() {
  const { t, i18n } = useTranslation();
  const { user } = useSession();
  const campaigns = useNames("/v1/campaigns");
  const [campaign, choose] = useState("");
  const [waiting, only] = useState(true);
  const [opened, open] = useState<Verdict>();
  const named = (id: string) => {
    const found = campaigns.data?.find((one) => one.id === id);
    return found ? nameOf(found) : undefined;
  };
  return (
    <>
      <Records
        title={t("pages.verdicts")}
        queryKey={["verdicts", campaign, waiting]}
        load={({ after }) =>
          answer(
            api.GET("/v1/verdicts", {
              params: {
                query: {
                  limit: 100,
                  ...(campaign ? { campaign } : {}),
                  ...(waiting ? { judged: false } : {}),
                  ...(after ? { after } : {}),
                },
              },
            }),
          )
        }
        idOf={(verdict) => verdict.id}
        onOpen={(verdict) => open(verdict)}
        empty={{ title: t("empty.verdicts"), text: t("empty.verdictsWhy") }}
        above={campaign && may(user, "performance_read") && <Matrix campaign={campaign} />}
        filters={
          <>
            <select
              aria-label={t("one.campaign")}
              className="field w-48!"
              value={campaign}
              onChange={(event) => choose(event.target.value)}
            >
              <option value="">{t("common.allOf", { what: t("one.campaign") })}</option>
              {campaigns.data?.map((one) => (
                <option key={one.id} value={one.id}>
                  {nameOf(one)}
                </option>
              ))}
            </select>
            <label className="flex items-center gap-2 text-sm">
              <input
                type="checkbox"
                checked={waiting}
                onChange={(event) => only(event.target.checked)}
                className="size-4 accent-accent"
              />
              {t("verdict.waiting")}
            </label>
          </>
        }
        columns={[
          {
            id: "at",
            name: t("history.at"),
            value: ({ answered_at }) => moment(answered_at, i18n.language),
          },
          { id: "campaign", name: t("one.campaign"), value: (one) => named(one.campaign) },
          {
            id: "length",
            name: t("recording.length"),
            value: ({ duration_ms }) => duration(duration_ms),
            end: true,
          },
          {
            id: "met",
            name: t("verdict.heard"),
            value: ({ met }) => (met ? t(`verdict.${met}`) : undefined),
          },
          { id: "by", name: t("verdict.by"), value: ({ met_by }) => met_by },
          { id: "why", name: t("verdict.why"), value: ({ why }) => why },
        ]}
      />
      {opened && <Review verdict={opened} close={() => open(undefined)} />}
    </>
  );
}

const ANSWERS: readonly Met[] = ["person", "machine", "unclear"];

/** The greeting, and what it was: 1, 2 and 3 answer too, as they do on the desk. */
function Review({ verdict, close }: { verdict: Verdict; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const judge = useMutation({
    mutationFn: (met: Met) =>
      answer(
        api.PUT("/v1/verdicts/{id}/met", { params: { path: { id: verdict.id } }, body: { met } }),
      ),
    onSuccess: async ({ why }) => {
      notify("system", [t("verdict.kept"), why].filter(Boolean).join(": "));
      close();
      await queries.invalidateQueries({ queryKey: ["verdicts"] });
      await queries.invalidateQueries({ queryKey: ["amd"] });
    },
    onError: (error) => notifyProblem(error, t("verdict.refused")),
  });
  const { isPending, mutate } = judge;
  useEffect(() => {
    const hear = ({ key, repeat }: KeyboardEvent) => {
      const met = ANSWERS[Number(key) - 1];
      if (met && !repeat && !isPending) mutate(met);
    };
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, [isPending, mutate]);
  return (
    <Dialog open onOpenChange={close} title={t("verdict.title")} about={t("verdict.question")}>
      <div className="grid gap-4">
        {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- there is no transcript of a call */}
        <audio
          controls
          autoPlay
          preload="auto"
          src={`/v1/verdicts/${verdict.id}/audio`}
          aria-label={t("verdict.title")}
          className="w-full"
        />
        <div className="flex flex-wrap gap-2">
          {ANSWERS.map((met, at) => (
            <Button
              key={met}
              hint={String(at + 1)}
              disabled={judge.isPending}
              onClick={() => judge.mutate(met)}
            >
              {t(`verdict.${met}`)}
            </Button>
          ))}
        </div>
      </div>
    </Dialog>
  );
}

/** Verdicts against what agents met and reviewers heard, of the last thirty days. */
function Matrix({ campaign }: { campaign: string }) {
  const { t } = useTranslation();
  const found = useQuery({
    queryKey: ["amd", campaign],
    queryFn: () =>
      answer(api.GET("/v1/campaigns/{id}/amd", { params: { path: { id: campaign } } })),
  });
  if (!found.data) return null;
  const report = found.data;
  return (
    <section aria-label={t("verdict.matrix")} className="panel overflow-x-auto">
      <table className="w-full text-sm">
        <caption className="px-4 py-2.5 text-start text-ink-soft">{t("verdict.matrix")}</caption>
        <thead>
          <tr className="border-y border-line text-start text-xs text-ink-faint">
            <th scope="col" className="px-4 py-2 text-start font-medium">
              {t("verdict.taken")}
            </th>
            {COUNTS.map((count) => (
              <th key={count} scope="col" className="px-4 py-2 text-end font-medium">
                {t(`verdict.${count}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ROWS.map((row) => (
            <tr key={row} className="border-b border-line">
              <th scope="row" className="px-4 py-2 text-start font-normal">
                {t(`verdict.${row}`)}
              </th>
              {COUNTS.map((count) => (
                <td key={count} className="digits px-4 py-2 text-end">
                  {report[row][count]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="px-4 py-2.5 text-sm">
        <Share name={t("verdict.falsePositives")} of={report.false_positives} />
        <Share name={t("verdict.missed")} of={report.missed} />
      </p>
    </section>
  );
}

const ROWS = ["person", "machine", "uncertain"] as const;
const COUNTS = ["calls", "people", "machines", "reviewed"] as const;

function Share({ name, of }: { name: string; of: DetectorReport["missed"] }) {
  const { t, i18n } = useTranslation();
  const percent = (share: number) =>
    share.toLocaleString(i18n.language, { style: "percent", maximumFractionDigits: 1 });
  const said =
    of.share === null || of.share === undefined
      ? t("verdict.unknown")
      : t("verdict.interval", {
          share: percent(of.share),
          low: percent(of.low),
          high: percent(of.high),
          of: of.of,
        });
  return (
    <span className="me-6 inline-block">
      {name}: <span className="digits font-semibold">{said}</span>
    </span>
  );
}
