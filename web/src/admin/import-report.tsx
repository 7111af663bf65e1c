// What came of a file that was imported: its figures, and each wrong cell with what was expected there.
import { useTranslation } from "react-i18next";

import type { ImportReport } from "../api/words";
import { Button } from "../ui/button";
import { FileTable } from "./file";
import { csvOf, save } from "./table";

type Fault = ImportReport["faults"][number];

export function Tallies({ of: figures }: { of: readonly (readonly [string, number])[] }) {
  return (
    <dl className="grid grid-cols-4 gap-px overflow-hidden rounded-lg border border-line bg-line">
      {figures.map(([name, count]) => (
        <div key={name} className="bg-surface px-4 py-2.5">
          <dt className="text-xs text-ink-faint">{name}</dt>
          <dd className="digits text-xl font-semibold">{count}</dd>
        </div>
      ))}
    </dl>
  );
}

export function ImportFaults({ report }: { report: ImportReport }) {
  const { t } = useTranslation();
  const columns = [
    { id: "line", name: t("import.line"), value: (fault: Fault) => fault.line },
    { id: "header", name: t("import.column"), value: (fault: Fault) => fault.header },
    { id: "found", name: t("import.found"), value: (fault: Fault) => fault.found },
    { id: "expected", name: t("import.expected"), value: (fault: Fault) => fault.expected },
  ];
  return (
    <>
      {report.stopped && <p className="text-bad">{report.stopped}</p>}
      {report.faults.length > 0 && (
        <>
          <div className="flex justify-end">
            <Button onClick={() => save("rejected.csv", csvOf(report.faults, columns))}>
              {t("import.saveFaults")}
            </Button>
          </div>
          <FileTable
            label={t("import.faults")}
            head={columns.map(({ id, name }) => (
              <th key={id} scope="col" className="px-3 py-1.5 text-start font-medium">
                {name}
              </th>
            ))}
            body={report.faults.map((fault) => (
              <tr
                key={`${fault.line}:${fault.column}:${fault.header}`}
                className="border-t border-line"
              >
                <td className="px-3 py-1">{fault.line}</td>
                <td className="px-3 py-1">{fault.header || t("import.wholeRow")}</td>
                <td className="px-3 py-1 break-all">
                  <span dir="auto">{fault.found}</span>
                </td>
                <td className="px-3 py-1">
                  <span dir="ltr" lang="en">
                    {fault.expected}
                  </span>
                </td>
              </tr>
            ))}
          />
        </>
      )}
    </>
  );
}
