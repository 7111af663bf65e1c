// Numbers that are not to be called, from a file with one a line. They are in force when the answer comes.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FileUp } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { problemOf } from "../api/problem";
import { Button } from "../ui/button";
import { Text } from "../ui/field";
import { Denied } from "../ui/states";
import { REASON_MAX, ScopeChoice } from "./dnc-scope";
import { bodyOf, FileInput, FileRefused, nameOf } from "./file";
import { ImportFaults, Tallies } from "./import-report";

export function DncImport() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [file, choose] = useState<File>();
  const [region, say] = useState("US");
  const [campaign, bind] = useState("");
  const [reason, because] = useState("");
  const send = useMutation({
    mutationFn: (sent: File) =>
      answer(
        api.POST("/v1/dnc/import", {
          params: {
            query: {
              region,
              ...(campaign ? { campaign } : {}),
              ...(reason.trim() ? { reason: reason.trim() } : {}),
            },
          },
          ...bodyOf(sent),
        }),
      ),
    // What was read before a connection broke off is in force too.
    onSettled: () => queries.invalidateQueries({ queryKey: ["dnc"] }),
  });
  const problem = send.error ? problemOf(send.error) : undefined;
  const faultOf = (name: string) => {
    const found = problem?.errors?.find(({ field }) => nameOf(field) === name);
    return found && t("form.expected", { expected: found.expected });
  };
  const empty = file?.size === 0;
  const change = (run: () => void) => {
    send.reset();
    run();
  };
  if (problem?.status === 403) return <Denied />;
  return (
    <div className="grid gap-4">
      <FileInput
        hint={t("dnc.file")}
        fault={empty ? t("import.empty") : undefined}
        accept=".csv,.txt,text/csv,text/plain"
        choose={(picked) => change(() => choose(picked))}
      />
      <div className="grid items-start gap-4 sm:grid-cols-[8rem_1fr]">
        <Text
          label={t("import.region")}
          value={region}
          maxLength={2}
          dir="ltr"
          onChange={({ target }) => change(() => say(target.value.toUpperCase()))}
          fault={faultOf("region")}
        />
        <ScopeChoice campaign={campaign} choose={(to) => change(() => bind(to))} />
      </div>
      <Text
        label={t("dnc.reason")}
        hint={t("dnc.reasonWhy")}
        value={reason}
        maxLength={REASON_MAX}
        onChange={({ target }) => change(() => because(target.value))}
        fault={faultOf("reason")}
      />
      <FileRefused problem={problem} besides={["region", "reason"]} />
      {send.data && (
        <div className="grid gap-4" role="status">
          <p className="font-medium">{t("dnc.inForce")}</p>
          <Tallies
            of={[
              [t("import.added"), send.data.added],
              [t("import.rows"), send.data.report.rows],
              [t("import.duplicates"), send.data.report.duplicates],
              [t("import.rejected"), send.data.report.rejected],
            ]}
          />
          <ImportFaults report={send.data.report} />
        </div>
      )}
      <div className="flex justify-end">
        <Button
          look="primary"
          why={
            !file || empty
              ? t("import.chooseFirst")
              : send.data
                ? t("import.sentAlready")
                : undefined
          }
          disabled={send.isPending}
          icon={<FileUp size={16} aria-hidden />}
          onClick={() => file && send.mutate(file)}
        >
          {send.isPending ? t("import.sending") : t("import.send")}
        </Button>
      </div>
    </div>
  );
}
