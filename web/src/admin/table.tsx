// A table of records: sorted by a click on a heading, drawn row by row as it is scrolled, opened with
// Enter. What a browser shows, a spreadsheet may have: the rows can be saved as CSV.
import {
  type CellData,
  type ColumnDef,
  createSortedRowModel,
  flexRender,
  rowSortingFeature,
  sortFns,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { ArrowDown, ArrowUp } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

export type Column<Row> = {
  id: string;
  name: string;
  /** What it sorts by, and what stands in the CSV. */
  value: (row: Row) => string | number | null | undefined;
  /** What it looks like, where that is more than the value. */
  cell?: (row: Row) => ReactNode;
  end?: boolean;
  ltr?: boolean;
};

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns,
});

type Props<Row> = {
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  idOf: (row: Row) => string;
  onOpen?: (row: Row) => void;
  /** What stands under all rows, however they are sorted. */
  foot?: Row;
};

export function Table<Row extends object>(props: Props<Row>) {
  const { label, rows, columns, idOf, onOpen, foot } = props;
  const { t } = useTranslation();
  const defs: ColumnDef<typeof features, Row, CellData>[] = columns.map((column) => ({
    id: column.id,
    header: column.name,
    accessorFn: (row: Row) => column.value(row) ?? "",
    sortFn: "alphanumeric",
  }));
  const table = useTable(
    { features, data: rows as Row[], columns: defs, getRowId: idOf },
    (state) => state,
  );
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-start text-[0.93rem]">
        <caption className="sr-only">{label}</caption>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} className="border-b border-line text-sm text-ink-soft">
              {group.headers.map((header, at) => {
                const sorted = header.column.getIsSorted();
                const Arrow = sorted === "desc" ? ArrowDown : ArrowUp;
                return (
                  <th
                    key={header.id}
                    scope="col"
                    aria-sort={sorted ? (sorted === "asc" ? "ascending" : "descending") : undefined}
                    className={`px-4 py-2 font-medium ${columns[at]?.end ? "text-end" : "text-start"}`}
                  >
                    <button
                      type="button"
                      onClick={header.column.getToggleSortingHandler()}
                      className="inline-flex items-center gap-1 rounded hover:text-ink"
                    >
                      {flexRender(header.column.columnDef.header, header.getContext())}
                      {sorted && <Arrow size={13} aria-hidden />}
                    </button>
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr
              key={row.id}
              className="digits border-b border-line last:border-0 hover:bg-sunken/70"
            >
              {columns.map((column, at) => {
                const shown = column.cell?.(row.original) ?? column.value(row.original) ?? "–";
                return (
                  <td key={column.id} className={`px-4 py-2 ${column.end ? "text-end" : ""}`}>
                    <span dir={column.ltr ? "ltr" : undefined}>
                      {at === 0 && onOpen ? (
                        <button
                          type="button"
                          onClick={() => onOpen(row.original)}
                          aria-label={t("table.open", {
                            what: String(column.value(row.original) ?? ""),
                          })}
                          className="rounded font-medium text-accent-text hover:underline"
                        >
                          {shown}
                        </button>
                      ) : (
                        shown
                      )}
                    </span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
        {foot && (
          <tfoot>
            <tr className="digits border-t-2 border-line font-semibold">
              {columns.map((column, at) => {
                const shown = column.cell?.(foot) ?? column.value(foot) ?? "–";
                const Cell = at === 0 ? "th" : "td";
                return (
                  <Cell
                    key={column.id}
                    {...(at === 0 ? { scope: "row" } : {})}
                    className={`px-4 py-2 ${column.end ? "text-end" : "text-start"}`}
                  >
                    {shown}
                  </Cell>
                );
              })}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}

/** The rows as a spreadsheet reads them (RFC 4180). A cell that could be a formula is made a text. */
export function csvOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cell = (value: string | number | null | undefined) => {
    const text = String(value ?? "");
    const safe =
      typeof value === "string" && /^[=+\-@\t\r]/.test(text) && !/^\+?\d+$/.test(text)
        ? `'${text}`
        : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = [
    columns.map(({ name }) => cell(name)),
    ...rows.map((row) => columns.map(({ value }) => cell(value(row)))),
  ];
  return lines.map((line) => line.join(",")).join("\r\n");
}

/** Hands a text to the browser as a file. */
export function save(name: string, text: string, type = "text/csv;charset=utf-8"): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
