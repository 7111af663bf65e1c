// The first rows of a list's file, and over each column what it is.
import { useTranslation } from "react-i18next";

import { type Kind, KINDS, type Kinds } from "./columns";
import { FileTable } from "./file";

type Props = {
  headers: readonly string[];
  rows: readonly (readonly string[])[];
  kinds: Kinds;
  choose: (header: string, kind: Kind) => void;
};

export function ListPreview({ headers, rows, kinds, choose }: Props) {
  const { t } = useTranslation();
  const called = (header: string, at: number) =>
    header || t("import.unnamed", { number: at + 1 });
  const faded = (header: string | undefined) =>
    kinds[header ?? ""] === "ignore" ? "text-ink-faint line-through" : "";
  return (
    <div className="grid gap-1">
      <FileTable
        label={t("import.preview")}
        head={headers.map((header, at) => (
          <th
            // oxlint-disable-next-line react/no-array-index-key -- headers may be equal
            key={at}
            scope="col"
            className="px-3 py-1.5 text-start font-medium whitespace-nowrap"
          >
            <span className="block">
              <span dir="auto">{called(header, at)}</span>
            </span>
            <select
              aria-label={t("import.columnIs", { header: called(header, at) })}
              value={kinds[header] ?? "field"}
              onChange={({ target }) => choose(header, target.value as Kind)}
              className="field mt-1 w-44! font-normal"
            >
              {KINDS.map((kind) => (
                <option key={kind} value={kind}>
                  {t(`columnKind.${kind}`)}
                </option>
              ))}
            </select>
          </th>
        ))}
        body={rows.map((row, line) => (
          // oxlint-disable-next-line react/no-array-index-key -- rows of a file have nothing else
          <tr key={line} className="border-t border-line">
            {headers.map((header, at) => (
              <td
                // oxlint-disable-next-line react/no-array-index-key -- headers may be equal
                key={at}
                className={`px-3 py-1 whitespace-nowrap ${faded(header)}`}
              >
                <span dir="auto">{row[at]}</span>
              </td>
            ))}
          </tr>
        ))}
      />
      <p className="text-sm text-ink-soft">
        {rows.length === 0 ? t("import.noRows") : t("import.shown", { rows: rows.length })}
      </p>
    </div>
  );
}
