// Lists of people to call, and bringing people onto them: choose a file, look at its first hundred rows,
// send it, and read what was wrong with which cell.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Upload } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { problemOf } from "../api/problem";
import type { ImportReport } from "../api/words";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Labelled, Text } from "../ui/field";
import { collection } from "./collection";
import { rowsOf, separatorOf } from "./csv";
import { ImportFaults, Tallies } from "./import-report";
import { ResourcePage } from "./resource";

export function Lists() {
  const { t } = useTranslation();
  const [target, aim] = useState<{ id: string; name: string }>();
  return (
    <>
      <ResourcePage
        resource={{
          of: collection("/v1/lists"),
          title: t("pages.lists"),
          one: t("one.list"),
          empty: { title: t("empty.lists"), text: t("empty.listsWhy") },
          nameOf: (list) => list.name,
          fresh: () => ({ name: "", source: null }),
          extra: (list) => (
            <Button icon={<Upload size={16} aria-hidden />} onClick={() => aim(list)}>
              {t("import.open")}
            </Button>
          ),
          onCreated: aim,
          columns: [
            { id: "name", name: t("fields.name"), value: (list) => list.name },
            { id: "source", name: t("fields.source"), value: (list) => list.source },
            {
              id: "created",
              name: t("fields.created_at"),
              value: (list) => list.created_at.slice(0, 10),
            },
          ],
          fields: [
            { path: "name", label: "name", kind: "text", required: true, max: 100 },
            { path: "source", label: "source", hint: "source", kind: "text", max: 200 },
          ],
        }}
      />
      {target && (
        <Dialog
          open
          wide
          onOpenChange={() => aim(undefined)}
          title={t("import.title", { list: target.name })}
          about={t("import.about")}
        >
          <Import list={target.id} />
        </Dialog>
      )}
    </>
  );
}

type Chosen = { file: File; separator: string; rows: string[][] };

function Import({ list }: { list: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [chosen, choose] = useState<Chosen>();
  const [region, say] = useState("US");
  const send = useMutation({
    mutationFn: async ({ file, separator }: Chosen) =>
      answer(
        api.POST("/v1/lists/{id}/leads", {
          params: { path: { id: list }, query: { region, delimiter: separator } },
          // The file goes out as it is; the type of the body is the document's word for bytes.
          body: file as unknown as string,
          bodySerializer: (body) => body as unknown as Blob,
          headers: { "Content-Type": "text/csv" },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["leads"] }),
  });
  const pick = async (file: File | undefined) => {
    send.reset();
    if (!file) return choose(undefined);
    const text = await file.slice(0, PREVIEW_BYTES).text();
    const separator = separatorOf(text);
    choose({ file, separator, rows: rowsOf(text, separator, PREVIEW_ROWS + 1) });
  };
  if (send.data) return <Report report={send.data.report} added={send.data.added} />;
  const problem = send.error ? problemOf(send.error) : undefined;
  return (
    <div className="grid gap-4">
      <div className="grid gap-4 sm:grid-cols-[1fr_10rem]">
        <Labelled label={t("import.file")} hint={t("import.columns")}>
          {({ id, describedBy }) => (
            <input
              id={id}
              aria-describedby={describedBy}
              type="file"
              accept=".csv,.txt,.tsv,text/csv"
              onChange={(event) => void pick(event.target.files?.[0])}
              className="field"
            />
          )}
        </Labelled>
        <Text
          label={t("import.region")}
          value={region}
          maxLength={2}
          onChange={(event) => say(event.target.value.toUpperCase())}
          fault={problem?.errors?.find(({ field }) => field === "region")?.expected}
        />
      </div>
      {chosen && <Preview chosen={chosen} />}
      {problem && (
        <p role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
          {problem.title || t("states.unreachable")} {problem.detail}
        </p>
      )}
      <div className="flex justify-end">
        <Button
          look="primary"
          why={chosen ? undefined : t("import.chooseFirst")}
          disabled={send.isPending}
          icon={<Upload size={16} aria-hidden />}
          onClick={() => chosen && send.mutate(chosen)}
        >
          {send.isPending ? t("import.sending") : t("import.send")}
        </Button>
      </div>
    </div>
  );
}

function Preview({ chosen }: { chosen: Chosen }) {
  const { t } = useTranslation();
  const [headers = [], ...rows] = chosen.rows;
  return (
    <div
      role="region"
      tabIndex={0}
      aria-label={t("import.preview")}
      className="max-h-72 overflow-auto rounded-lg border border-line"
    >
      <table className="digits w-full text-start text-sm">
        <caption className="sr-only">{t("import.preview")}</caption>
        <thead className="sticky top-0 bg-sunken">
          <tr>
            {headers.map((header) => (
              <th
                key={header}
                scope="col"
                className="px-3 py-1.5 text-start font-medium whitespace-nowrap"
              >
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            // oxlint-disable-next-line react/no-array-index-key -- rows of a file have nothing else
            <tr key={at} className="border-t border-line">
              {headers.map((header, column) => (
                <td key={header} className="px-3 py-1 whitespace-nowrap">
                  {row[column]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Report({ report, added }: { report: ImportReport; added: number }) {
  const { t } = useTranslation();
  return (
    <div className="grid gap-4" role="status">
      <Tallies
        of={[
          [t("import.added"), added],
          [t("import.rows"), report.rows],
          [t("import.duplicates"), report.duplicates],
          [t("import.rejected"), report.rejected],
        ]}
      />
      <ImportFaults report={report} />
    </div>
  );
}

const PREVIEW_ROWS = 100;
const PREVIEW_BYTES = 256 * 1024;
