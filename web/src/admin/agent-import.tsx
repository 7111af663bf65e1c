// Agents from a CSV: a rehearsal first, which tells every wrong cell, and then the same file for good.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Upload } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { problemOf } from "../api/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { bodyOf, FileInput, FileRefused } from "./file";
import { ImportFaults, Tallies } from "./import-report";
import { csvOf, save } from "./table";

const COLUMNS =
  "code, number, first_name, last_name, username, email, teams, campaigns, queues, cli, time_zone, hourly_cost, lifecycle, login";

export function AgentImport() {
  const { t } = useTranslation();
  const [opened, open] = useState(false);
  return (
    <>
      <Button icon={<Upload size={16} aria-hidden />} onClick={() => open(true)}>
        {t("import.open")}
      </Button>
      {opened && (
        <Dialog
          open
          wide
          onOpenChange={() => open(false)}
          title={t("agentImport.title")}
          about={t("agentImport.about")}
        >
          <Steps />
        </Dialog>
      )}
    </>
  );
}

function Steps() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [file, choose] = useState<File>();
  const send = useMutation({
    mutationFn: ({ sent, dry }: { sent: File; dry: boolean }) =>
      answer(
        api.POST("/v1/agents/import", {
          params: { query: { dry_run: dry } },
          ...bodyOf(sent),
        }),
      ),
    onSuccess: (_, { dry }) => {
      if (!dry) void queries.invalidateQueries({ queryKey: ["/v1/agents"] });
    },
  });
  const problem = send.error ? problemOf(send.error) : undefined;
  const found = send.data;
  const rehearsed = found && send.variables.dry;
  const sound = rehearsed && found.report.rejected === 0 && !found.report.stopped;
  return (
    <div className="grid gap-4">
      <FileInput
        hint={t("agentImport.columns", { columns: COLUMNS })}
        choose={(picked) => {
          send.reset();
          choose(picked);
        }}
      />
      <FileRefused problem={problem} />
      {found && (
        <div className="grid gap-4" role="status">
          <p className="font-medium">
            {rehearsed
              ? sound
                ? t("agentImport.wouldBe")
                : t("agentImport.refused")
              : t("agentImport.done")}
          </p>
          <Tallies
            of={[
              [t("import.added"), found.added],
              [t("agentImport.changed"), found.changed],
              [t("agentImport.unchanged"), found.unchanged],
              [t("import.rejected"), found.report.rejected],
            ]}
          />
          <ImportFaults report={found.report} />
          {found.telephones.length > 0 && <Telephones of={found.telephones} />}
        </div>
      )}
      <div className="flex justify-end gap-2">
        <Button
          why={file ? undefined : t("import.chooseFirst")}
          disabled={send.isPending}
          onClick={() => file && send.mutate({ sent: file, dry: true })}
        >
          {t("agentImport.rehearse")}
        </Button>
        <Button
          look="primary"
          why={sound ? undefined : t("agentImport.rehearseFirst")}
          disabled={send.isPending}
          icon={<Upload size={16} aria-hidden />}
          onClick={() => file && send.mutate({ sent: file, dry: false })}
        >
          {t("import.send")}
        </Button>
      </div>
    </div>
  );
}

type Telephone = {
  code: string;
  sip: { username: string; password: string; domain: string; realm: string };
};

/** The secrets of new telephones are in this answer and nowhere else. */
function Telephones({ of: rows }: { of: readonly Telephone[] }) {
  const { t } = useTranslation();
  const columns = [
    { id: "code", name: t("fields.code"), value: ({ code }: Telephone) => code },
    { id: "user", name: t("softphone.user"), value: ({ sip }: Telephone) => sip.username },
    { id: "secret", name: t("softphone.secret"), value: ({ sip }: Telephone) => sip.password },
    { id: "domain", name: t("softphone.domain"), value: ({ sip }: Telephone) => sip.domain },
    { id: "realm", name: t("softphone.realm"), value: ({ sip }: Telephone) => sip.realm },
  ];
  return (
    <div className="flex items-center gap-3 rounded-lg bg-sunken px-4 py-3">
      <p className="flex-1 text-sm">{t("agentImport.once")}</p>
      <Button look="good" onClick={() => save("telephones.csv", csvOf(rows, columns))}>
        {t("agentImport.telephones")}
      </Button>
    </div>
  );
}
