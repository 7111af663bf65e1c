// People from a CSV onto a list: choose a file, say what its columns are over its first hundred rows, have
// it checked without anything being written, and send it. Each wrong cell is told with what was expected.
//
//   file ──read──▶ columns, settings ──check──▶ report ──import──▶ report, another file
//                        ▲── any change ───────────┘
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ListChecks, Upload } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { problemOf } from "../api/problem";
import { Button } from "../ui/button";
import { Labelled, Text } from "../ui/field";
import { Denied, Empty, Loading } from "../ui/states";
import { type ColumnFault, columnFaults, headerOf, type Kinds, kindsOf, mappingOf } from "./columns";
import { decoded, type Encoding, rowsOf, separatorOf } from "./csv";
import { bodyOf, FileInput, FileRefused } from "./file";
import { ImportFaults, Tallies } from "./import-report";
import { ListPreview } from "./list-preview";

/** A file, and as much of it as is looked at. */
type Chosen = { file: File; text: string; encoding: Encoding };

const DELIMITERS = [
  [",", "comma"],
  [";", "semicolon"],
  ["\t", "tab"],
  ["|", "bar"],
] as const;
const WITHIN = ["list", "campaign", "organisation"] as const;
const CONSENTS = ["express", "written"] as const;

type Settings = {
  region: string;
  delimiter: string;
  kinds: Kinds;
  consent: (typeof CONSENTS)[number];
  duplicates: (typeof WITHIN)[number];
};

export function ListImport({ list }: { list: string }) {
  const [chosen, choose] = useState<Chosen | "reading" | "unreadable">();
  const { t } = useTranslation();
  const pick = async (file: File | undefined) => {
    if (!file) return choose(undefined);
    choose("reading");
    try {
      const head = await file.slice(0, PREVIEW_BYTES).arrayBuffer();
      choose({ file, ...decoded(new Uint8Array(head)) });
    } catch {
      choose("unreadable");
    }
  };
  return (
    <div className="grid gap-4">
      <FileInput
        hint={t("import.columns")}
        fault={chosen === "unreadable" ? t("import.unreadable") : undefined}
        choose={(picked) => void pick(picked)}
      />
      {chosen === "reading" ? (
        <Loading lines={3} />
      ) : chosen === undefined || chosen === "unreadable" ? undefined : chosen.text.trim() === "" ? (
        <Empty title={t("import.empty")} text={t("import.emptyWhy")} />
      ) : (
        <Steps key={`${chosen.file.name}:${chosen.file.lastModified}`} list={list} chosen={chosen} />
      )}
    </div>
  );
}

function Steps({ list, chosen }: { list: string; chosen: Chosen }) {
  const { t } = useTranslation();
  const [settings, set] = useState<Settings>(() => ({
    region: "US",
    consent: "express",
    duplicates: "list",
    ...columnsOf(chosen, separatorOf(chosen.text)),
  }));
  const [headers = [], ...rows] = rowsOf(chosen.text, settings.delimiter, PREVIEW_ROWS + 1);
  const names = headers.map(headerOf);
  const faults = columnFaults(names, settings.kinds);
  const send = useSending(list, chosen.file, names);
  const change = (part: Partial<Settings>) => {
    send.reset();
    set((now) => ({ ...now, ...part }));
  };
  const kindOf = (header: string, kind: Kinds[string]) =>
    change({ kinds: { ...settings.kinds, [header]: kind } });
  const problem = send.error ? problemOf(send.error) : undefined;
  const asks = names.some((name) => settings.kinds[name] === "consent");
  const why = faults.length > 0 ? t("import.columnsFirst") : undefined;
  const imported = send.data && !send.variables.dry;
  if (problem?.status === 403) return <Denied />;
  return (
    <>
      <div className="grid items-start gap-4 sm:grid-cols-3">
        <Text
          label={t("import.region")}
          value={settings.region}
          maxLength={2}
          dir="ltr"
          onChange={({ target }) => change({ region: target.value.toUpperCase() })}
          fault={problem?.errors?.find(({ field }) => field === "region")?.expected}
        />
        <Choice
          label={t("import.delimiter")}
          value={settings.delimiter}
          choose={(delimiter) => change(columnsOf(chosen, delimiter))}
        >
          {DELIMITERS.map(([sign, name]) => (
            <option key={name} value={sign}>
              {t(`import.delimiters.${name}`)}
            </option>
          ))}
        </Choice>
        <Choice
          label={t("import.within")}
          value={settings.duplicates}
          choose={(duplicates) => change({ duplicates: duplicates as Settings["duplicates"] })}
        >
          {WITHIN.map((within) => (
            <option key={within} value={within}>
              {t(`import.withins.${within}`)}
            </option>
          ))}
        </Choice>
        {asks && (
          <Choice
            label={t("import.consent")}
            value={settings.consent}
            choose={(consent) => change({ consent: consent as Settings["consent"] })}
          >
            {CONSENTS.map((kind) => (
              <option key={kind} value={kind}>
                {t(`options.${kind}`)}
              </option>
            ))}
          </Choice>
        )}
      </div>
      <p className="text-sm text-ink-soft">
        {t("import.encoding", { encoding: ENCODINGS[chosen.encoding] })}
      </p>
      <ListPreview headers={names} rows={rows} kinds={settings.kinds} choose={kindOf} />
      {faults.length > 0 && (
        <div role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
          {faults.map((fault) => (
            <p key={JSON.stringify(fault)}>
              <ColumnFaultSaid fault={fault} />
            </p>
          ))}
        </div>
      )}
      <FileRefused problem={problem} besides={["region"]} />
      {send.data && <Report uploaded={send.data} dry={send.variables.dry} />}
      <div className="flex justify-end gap-2">
        <Button
          why={why}
          disabled={send.isPending}
          icon={<ListChecks size={16} aria-hidden />}
          onClick={() => send.mutate({ settings, dry: true })}
        >
          {send.isPending && send.variables.dry ? t("import.checking") : t("import.check")}
        </Button>
        <Button
          look="primary"
          why={why ?? (imported ? t("import.sentAlready") : undefined)}
          disabled={send.isPending}
          icon={<Upload size={16} aria-hidden />}
          onClick={() => send.mutate({ settings, dry: false })}
        >
          {send.isPending && !send.variables.dry ? t("import.sending") : t("import.send")}
        </Button>
      </div>
    </>
  );
}

function useSending(list: string, file: File, headers: readonly string[]) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ settings, dry }: { settings: Settings; dry: boolean }) => {
      const { region, delimiter, kinds, consent, duplicates } = settings;
      const columns = mappingOf(headers, kinds);
      const query = { region, delimiter, columns, consent, duplicates, dry_run: dry };
      return answer(
        api.POST("/v1/lists/{id}/leads", {
          params: { path: { id: list }, query },
          ...bodyOf(file),
        }),
      );
    },
    onSuccess: (_, { dry }) => {
      if (!dry) void queries.invalidateQueries({ queryKey: ["leads"] });
    },
  });
}

/** What the columns of the file are where this stands between them. */
function columnsOf({ text }: Chosen, delimiter: string): Pick<Settings, "delimiter" | "kinds"> {
  const [headers = []] = rowsOf(text, delimiter, 1);
  return { delimiter, kinds: kindsOf(headers.map(headerOf)) };
}

type ChoiceProps = {
  label: string;
  value: string;
  choose: (value: string) => void;
  children: ReactNode;
};

function Choice({ label, value, choose, children }: ChoiceProps) {
  return (
    <Labelled label={label}>
      {({ id }) => (
        <select
          id={id}
          value={value}
          onChange={({ target }) => choose(target.value)}
          className="field"
        >
          {children}
        </select>
      )}
    </Labelled>
  );
}

function ColumnFaultSaid({ fault }: { fault: ColumnFault }) {
  const { t } = useTranslation();
  switch (fault.what) {
    case "noPhone":
      return t("import.noPhone", { kind: t("columnKind.phone") });
    case "twice":
      return t("import.twice", { ...fault, kind: t(`columnKind.${fault.kind}`) });
    case "same":
      return t("import.same", { header: fault.header });
    case "tooMany":
      return t("import.tooMany", { most: fault.most });
  }
}

type Uploaded = Awaited<ReturnType<ReturnType<typeof useSending>["mutateAsync"]>>;

function Report({ uploaded: { added, report }, dry }: { uploaded: Uploaded; dry: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="grid gap-4" role="status">
      <p className="font-medium">{dry ? t("import.checked") : t("import.done")}</p>
      <Tallies
        of={[
          [dry ? t("import.wouldAdd") : t("import.added"), added],
          [t("import.rows"), report.rows],
          [t("import.duplicates"), report.duplicates],
          [t("import.rejected"), report.rejected],
        ]}
      />
      <ImportFaults report={report} />
    </div>
  );
}

const ENCODINGS: Record<Encoding, string> = {
  "utf-8": "UTF-8",
  "utf-16le": "UTF-16 LE",
  "utf-16be": "UTF-16 BE",
  "windows-1252": "Windows-1252",
};
const PREVIEW_ROWS = 100;
const PREVIEW_BYTES = 256 * 1024;
