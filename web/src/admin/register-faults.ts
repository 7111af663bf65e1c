// What stands in a refused file, line by line, as a report of an import has it.
import type { Problem } from "../api/problem";
import type { ImportReport } from "../api/words";

/** The rows that a file was refused for; none where it was refused for something else. `others` says
 * whether it has good rows too. */
export function faultyRows({
  errors,
}: Problem): { report: ImportReport; others: boolean } | undefined {
  const all = errors ?? [];
  const faults = all.flatMap(({ field, expected, got }) => {
    const line = LINE.exec(field)?.[1];
    return line ? [{ line: Number(line), column: 1, header: "", found: got ?? "", expected }] : [];
  });
  // A file that cannot be read as a whole is refused with one line and nothing that stood there.
  if (faults.length === 0 || all.some(({ field, got }) => LINE.test(field) && got == null)) {
    return undefined;
  }
  const report = {
    rows: 0,
    accepted: 0,
    duplicates: 0,
    rejected: faults.length,
    faults,
    stopped: null,
  };
  return { report, others: faults.length === all.length };
}

const LINE = /^line (\d+)$/;
