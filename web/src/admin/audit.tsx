// Who changed what: the audit log, narrowed to a person, a thing or an ending, with the difference
// that each entry made.
import { FileCheck2, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { AuditEntry } from "../api/words";
import { moment } from "../i18n/format";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { differences } from "./difference";
import { Records } from "./records";

const ENDINGS = ["done", "refused", "failed"] as const;

type Narrowed = { user?: string; object?: string; ending?: AuditEntry["ending"] };

export function Audit() {
  const { t, i18n } = useTranslation();
  const [only, narrow] = useState<Narrowed>({});
  const [opened, open] = useState<AuditEntry>();
  const who = useWho();
  return (
    <>
      <Records<AuditEntry>
        title={t("pages.audit")}
        queryKey={["audit", only]}
        load={({ after }) =>
          answer(
            api.GET("/v1/audit", {
              params: { query: { limit: 100, ...only, ...(after ? { after } : {}) } },
            }),
          )
        }
        idOf={(entry) => String(entry.sequence)}
        onOpen={open}
        empty={{ title: t("empty.audit"), text: t("empty.auditWhy") }}
        filters={<Filters only={only} narrow={narrow} />}
        actions={
          <a
            href="/v1/audit.ndjson"
            download="audit.ndjson"
            className="inline-flex items-center gap-1.5 rounded text-sm text-accent-text hover:underline"
          >
            <FileCheck2 size={16} aria-hidden /> {t("audit.evidence")}
          </a>
        }
        columns={[
          { id: "at", name: t("history.at"), value: (entry) => moment(entry.at, i18n.language) },
          { id: "who", name: t("audit.who"), value: who },
          { id: "verb", name: t("attendance.act"), value: (entry) => said(entry.verb), ltr: true },
          {
            id: "ending",
            name: t("audit.ending"),
            value: (entry) => t(`audit.${entry.ending}`),
          },
          { id: "source", name: t("history.calling"), value: ({ source }) => source, ltr: true },
        ]}
      />
      {opened && (
        <Dialog
          open
          sheet
          onOpenChange={() => open(undefined)}
          title={said(opened.verb)}
          about={`${who(opened)} · ${moment(opened.at, i18n.language)}`}
        >
          <Entry entry={opened} narrow={(further) => (open(undefined), narrow(further))} />
        </Dialog>
      )}
    </>
  );
}

function useWho(): (entry: AuditEntry) => string {
  const { t } = useTranslation();
  return ({ actor }) => (actor.kind === "user" ? actor.name : t(`audit.${actor.kind}`));
}

/** `replace_agent` as people read it. */
function said(verb: string): string {
  return verb.replaceAll("_", " ");
}

function Filters({ only, narrow }: { only: Narrowed; narrow: (only: Narrowed) => void }) {
  const { t } = useTranslation();
  const { ending, ...one } = only;
  return (
    <>
      {(one.user ?? one.object) && (
        <Button
          look="quiet"
          icon={<X size={15} aria-hidden />}
          onClick={() => narrow(ending ? { ending } : {})}
        >
          {t("audit.everything")}
        </Button>
      )}
      <select
        aria-label={t("audit.ending")}
        className="field w-40!"
        value={ending ?? ""}
        onChange={(event) => {
          const chosen = ENDINGS.find((word) => word === event.target.value);
          narrow({ ...one, ...(chosen ? { ending: chosen } : {}) });
        }}
      >
        <option value="">{t("common.allOf", { what: t("audit.ending") })}</option>
        {ENDINGS.map((word) => (
          <option key={word} value={word}>
            {t(`audit.${word}`)}
          </option>
        ))}
      </select>
    </>
  );
}

function Entry({ entry, narrow }: { entry: AuditEntry; narrow: (only: Narrowed) => void }) {
  const { t } = useTranslation();
  const { actor, object } = entry;
  const changed = differences(entry.before, entry.after);
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap gap-2">
        {actor.kind === "user" && (
          <Button onClick={() => narrow({ user: actor.id })}>{t("audit.allBy")}</Button>
        )}
        {object && <Button onClick={() => narrow({ object })}>{t("audit.allAbout")}</Button>}
      </div>
      {changed.length === 0 ? (
        <p className="text-ink-soft">{t("audit.nothing")}</p>
      ) : (
        <table className="w-full text-start text-sm">
          <caption className="sr-only">{t("audit.difference")}</caption>
          <thead>
            <tr className="border-b border-line text-ink-soft">
              {(["field", "before", "after"] as const).map((name) => (
                <th key={name} scope="col" className="py-2 pe-4 text-start font-medium">
                  {t(`audit.${name}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {changed.map(({ field, before, after }) => (
              <tr key={field} className="border-b border-line align-top last:border-0">
                <th scope="row" className="py-2 pe-4 text-start font-mono text-xs font-normal">
                  <span dir="ltr">{field}</span>
                </th>
                <td className="py-2 pe-4 break-all">{before ?? "–"}</td>
                <td className="py-2 font-medium break-all">{after ?? "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="text-sm break-all text-ink-faint" dir="ltr">
        {entry.agent}
      </p>
    </div>
  );
}
