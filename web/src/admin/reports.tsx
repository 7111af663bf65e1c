// Figures of a period: which report, whose days, what the rows are. Every number says what it is,
// and leads to the calls that it counts.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { duration, moment, percent } from "../i18n/format";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Empty, Failed, Loading } from "../ui/states";
import type { components } from "../../generated/schema";
import { Steps, useCallColumns } from "./history";
import { type Column, Table } from "./table";

type Schemas = components["schemas"];
type Report = Schemas["ReportShown"];
type Figure = Schemas["FigureShown"];
type Row = Schemas["ShownRow"];
type Grouping = Schemas["ReportGrouping"];

/** Which number was followed. */
type Followed = { figure: Figure; row: Row; whole: boolean };

export function Reports() {
  const { t } = useTranslation();
  const known = useQuery({
    queryKey: ["reports"],
    queryFn: () => answer(api.GET("/v1/reports")),
    staleTime: Infinity,
  });
  const [name, choose] = useState("agents");
  const report = known.data?.find((one) => one.name === name);
  return (
    <div className="mx-auto grid max-w-7xl gap-4 p-4 lg:p-6">
      <h1 className="text-xl font-semibold tracking-tight">{t("pages.reports")}</h1>
      {known.isPending ? (
        <Loading />
      ) : known.isError ? (
        <Failed error={known.error} retry={() => void known.refetch()} />
      ) : (
        report && <Shown key={name} report={report} all={known.data} choose={choose} />
      )}
    </div>
  );
}

type ShownProps = { report: Report; all: readonly Report[]; choose: (name: string) => void };

function Shown({ report, all, choose }: ShownProps) {
  const { t } = useTranslation();
  const [group, groupBy] = useState<Grouping>(report.groupings[0] ?? "day");
  const [days, setDays] = useState({ from: dayBefore(6), to: dayBefore(0) });
  const [followed, follow] = useState<Followed>();
  const query = { ...periodOf(days), group };
  const found = useQuery({
    queryKey: ["reports", report.name, query],
    queryFn: () =>
      answer(
        api.GET("/v1/reports/{report}", { params: { path: { report: report.name }, query } }),
      ),
  });
  return (
    <>
      <div className="flex flex-wrap items-end gap-3">
        <Choice
          label={t("report.which")}
          value={report.name}
          options={all.map((one) => one.name)}
          choose={choose}
        />
        <Choice
          label={t("report.group")}
          value={group}
          options={report.groupings}
          choose={(chosen) => groupBy(chosen)}
        />
        <DayInput
          label={t("report.from")}
          day={days.from}
          choose={(from) => setDays({ from, to: from > days.to ? from : days.to })}
        />
        <DayInput
          label={t("report.to")}
          day={days.to}
          choose={(to) => setDays({ from: to < days.from ? to : days.from, to })}
        />
        <a
          href={`/v1/reports/${report.name}/csv?${new URLSearchParams(query).toString()}`}
          download={`${report.name}.csv`}
          className="ms-auto inline-flex items-center gap-1.5 rounded text-sm text-accent-text hover:underline"
        >
          <Download size={16} aria-hidden /> CSV
        </a>
      </div>
      <p className="text-sm text-ink-soft">{report.about}</p>
      <div className="panel overflow-hidden">
        {found.isPending ? (
          <Loading />
        ) : found.isError ? (
          <Failed error={found.error} retry={() => void found.refetch()} />
        ) : found.data.rows.length === 0 ? (
          <Empty title={t("empty.reports")} text={t("empty.reportsWhy")} />
        ) : (
          <Figures report={report} table={found.data} follow={follow} />
        )}
      </div>
      <Meanings report={report} />
      {followed && (
        <Behind
          report={report}
          followed={followed}
          group={group}
          close={() => follow(undefined)}
        />
      )}
    </>
  );
}

type FiguresProps = {
  report: Report;
  table: Schemas["ShownTable"];
  follow: (followed: Followed) => void;
};

function Figures({ report, table, follow }: FiguresProps) {
  const { t, i18n } = useTranslation();
  const total: Row = {
    key: null,
    name: t("report.total"),
    from: table.from,
    to: table.to,
    values: table.totals,
  };
  const figures = report.figures.map((figure, at): Column<Row> => {
    const text = (row: Row) => shown(figure, row.values[at], i18n.language);
    return {
      id: figure.name,
      name: words(figure.name),
      value: (row) => row.values[at],
      cell: (row): ReactNode => {
        const value = row.values[at];
        if (!figure.has_calls || !value) {
          return <span className="whitespace-nowrap">{text(row)}</span>;
        }
        const about = { figure: words(figure.name), of: row.name ?? t("report.nobody") };
        return (
          <button
            type="button"
            className="rounded text-accent-text hover:underline"
            aria-label={`${text(row)}: ${t("report.calls", about)}`}
            onClick={() => follow({ figure, row, whole: row === total })}
          >
            {text(row)}
          </button>
        );
      },
      end: true,
    };
  });
  const name: Column<Row> = {
    id: "name",
    name: words(table.group),
    value: (row) => row.name ?? row.key ?? t("report.nobody"),
  };
  return (
    <Table
      label={words(report.name)}
      rows={table.rows}
      columns={[name, ...figures]}
      idOf={(row) => row.key ?? ""}
      foot={total}
    />
  );
}

/** What each number is, as the server defines it. */
function Meanings({ report }: { report: Report }) {
  const { t } = useTranslation();
  return (
    <details className="panel px-4 py-3 text-sm">
      <summary className="cursor-pointer font-medium">{t("report.meanings")}</summary>
      <dl className="mt-3 grid gap-x-6 gap-y-2 sm:grid-cols-[max-content_1fr]" lang="en" dir="ltr">
        {report.figures.map((figure) => (
          <div key={figure.name} className="contents">
            <dt className="font-medium">{words(figure.name)}</dt>
            <dd className="text-ink-soft">
              {figure.formula} ({figure.window})
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

type BehindProps = { report: Report; followed: Followed; group: Grouping; close: () => void };

/** The calls behind a number, and from each its steps and messages. */
function Behind({ report, followed, group, close }: BehindProps) {
  const { t } = useTranslation();
  const columns = useCallColumns();
  const [opened, open] = useState<string>();
  const { figure, row, whole } = followed;
  const narrowed = whole || group === "hour" || group === "day";
  const query = {
    figure: figure.name,
    from: row.from,
    to: row.to,
    limit: 100,
    ...(narrowed ? {} : { only: group, ...(row.key ? { of: row.key } : {}) }),
  };
  const found = useInfiniteQuery({
    queryKey: ["reports", report.name, "calls", query],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/v1/reports/{report}/calls", {
          params: {
            path: { report: report.name },
            query: { ...query, ...(pageParam ? { after: pageParam } : {}) },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const rows = found.data?.pages.flatMap((page) => page.items) ?? [];
  const about = { figure: words(figure.name), of: row.name ?? t("report.nobody") };
  return (
    <Dialog
      open
      sheet
      onOpenChange={() => (opened ? open(undefined) : close())}
      title={t("report.calls", about)}
      about={figure.formula}
    >
      {opened ? (
        <Steps call={opened} />
      ) : found.isPending ? (
        <Loading />
      ) : found.isError ? (
        <Failed error={found.error} />
      ) : rows.length === 0 ? (
        <Empty title={t("report.noCalls")} text={t("report.noCallsWhy")} />
      ) : (
        <Table
          label={t("report.calls", about)}
          rows={rows}
          columns={columns}
          idOf={(call) => call.id}
          onOpen={(call) => open(call.id)}
        />
      )}
      {!opened && found.hasNextPage && (
        <Button onClick={() => void found.fetchNextPage()} disabled={found.isFetchingNextPage}>
          {t("common.more")}
        </Button>
      )}
    </Dialog>
  );
}

type ChoiceProps<Word extends string> = {
  label: string;
  value: Word;
  options: readonly Word[];
  choose: (word: Word) => void;
};

function Choice<Word extends string>({ label, value, options, choose }: ChoiceProps<Word>) {
  return (
    <label className="grid gap-1 text-sm text-ink-soft">
      {label}
      <select
        className="field w-44!"
        value={value}
        onChange={(event) => {
          const chosen = options.find((option) => option === event.target.value);
          if (chosen) choose(chosen);
        }}
      >
        {options.map((option) => (
          <option key={option} value={option}>
            {words(option)}
          </option>
        ))}
      </select>
    </label>
  );
}

type DayProps = { label: string; day: string; choose: (day: string) => void };

function DayInput({ label, day, choose }: DayProps) {
  return (
    <label className="grid gap-1 text-sm text-ink-soft">
      {label}
      <input
        type="date"
        className="field w-40!"
        value={day}
        onChange={(event) => event.target.value && choose(event.target.value)}
      />
    </label>
  );
}

/** The server's own word for a thing, as people write it. */
function words(name: string): string {
  const text = name.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function shown(figure: Figure, value: number | null | undefined, language: string): string {
  if (value === null || value === undefined) return "–";
  switch (figure.unit) {
    case "microseconds":
      return duration(value / 1000);
    case "share":
      return percent(value, language);
    case "cents":
    case "mos":
      return new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
        .format(value / 100);
    case "moment":
      return moment(value / 1000, language);
    default:
      return new Intl.NumberFormat(language).format(value);
  }
}

/** Whole days of the viewer's zone, the last one included. */
function periodOf(days: { from: string; to: string }) {
  const end = new Date(`${days.to}T00:00`);
  end.setDate(end.getDate() + 1);
  return {
    from: new Date(`${days.from}T00:00`).toISOString(),
    to: end.toISOString(),
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

function dayBefore(days: number): string {
  const day = new Date();
  day.setDate(day.getDate() - days);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
