// How much of a do-not-call register there is, and the file that takes its place. A number that the file
// leaves out may be dialled, so rows that cannot be read are left out only when somebody says so.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { problemOf } from "../api/problem";
import { moment } from "../i18n/format";
import { Button } from "../ui/button";
import { bodyOf, FileRefused } from "./file";
import { ImportFaults } from "./import-report";
import { faultyRows } from "./register-faults";

export function RegisterImport({ register }: { register: string }) {
  const { t, i18n } = useTranslation();
  const box = useRef<HTMLInputElement>(null);
  const [region, say] = useState("");
  const load = useLoading(register);
  const standing = useQuery({
    queryKey: ["dnc-register", register],
    queryFn: () =>
      answer(api.GET("/v1/dnc-registers/{id}/numbers", { params: { path: { id: register } } })),
  });
  const now = standing.data;
  const problem = load.error ? problemOf(load.error) : undefined;
  const rows = problem && faultyRows(problem);
  const sent = load.variables;
  return (
    <div className="grid w-full gap-2 rounded-lg bg-sunken px-3 py-2 text-sm">
      {now && (
        <p className={now.stale ? "text-wrap" : ""}>
          {t("law.numbers", { numbers: now.numbers })} ·{" "}
          {now.imported_at ? moment(now.imported_at, i18n.language) : t("law.never")}
        </p>
      )}
      <div className="flex items-end gap-2">
        <label className="grid gap-1">
          <span className="text-ink-soft">{t("law.region")}</span>
          <input
            className="field w-20!"
            dir="ltr"
            maxLength={2}
            value={region}
            onChange={(event) => {
              load.reset();
              say(event.target.value.toUpperCase());
            }}
          />
        </label>
        <Button
          why={/^[A-Z]{2}$/.test(region) ? undefined : t("law.regionFirst")}
          disabled={load.isPending}
          icon={<FileUp size={16} aria-hidden />}
          onClick={() => box.current?.click()}
        >
          {load.isPending ? t("import.sending") : t("law.load")}
        </Button>
        <input
          ref={box}
          type="file"
          aria-label={t("import.file")}
          accept=".csv,.txt,text/csv,text/plain"
          hidden
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) load.mutate({ file, region, skip: false });
            event.target.value = "";
          }}
        />
      </div>
      <FileRefused problem={rows ? { ...problem, errors: [] } : problem} />
      {rows && (
        <>
          <ImportFaults report={rows.report} />
          {rows.others && sent && (
            <div className="flex justify-end">
              <Button look="danger" onClick={() => load.mutate({ ...sent, skip: true })}>
                {t("law.loadOthers")}
              </Button>
            </div>
          )}
        </>
      )}
      {load.data && (
        <div className="grid gap-2" role="status">
          <p className="font-medium">{t("law.loaded", load.data.report)}</p>
          <ImportFaults report={load.data.report} />
        </div>
      )}
    </div>
  );
}

function useLoading(register: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ file, region, skip }: { file: File; region: string; skip: boolean }) =>
      answer(
        api.PUT("/v1/dnc-registers/{id}/numbers", {
          params: {
            path: { id: register },
            query: { region, ...(skip ? { skip_faults: true } : {}) },
          },
          ...bodyOf(file),
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["dnc-register", register] }),
  });
}
