// Reads the beginning of a CSV (RFC 4180) for a preview. The server reads the file itself, whole.

const SEPARATORS = [",", ";", "\t", "|"] as const;

/** The separator that the first line has most of, outside of quotes. */
export function separatorOf(text: string): string {
  const line = text.split(/\r?\n/, 1)[0]?.replaceAll(/"[^"]*"/g, "") ?? "";
  const count = (separator: string) => line.split(separator).length;
  return SEPARATORS.toSorted((a, b) => count(b) - count(a))[0] ?? ",";
}

/** The first `most` rows, cells unquoted. */
export function rowsOf(text: string, separator: string, most: number): string[][] {
  const rows: string[][] = [];
  let [row, cell, quoted] = [[] as string[], "", false];
  const endCell = () => {
    row.push(cell);
    cell = "";
  };
  const endRow = () => {
    endCell();
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  };
  const clean = text.replace(/^\uFEFF/, "");
  for (let at = 0; at < clean.length && rows.length < most; at += 1) {
    const letter = clean[at];
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (clean[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (letter === '"' && cell === "") quoted = true;
    else if (letter === separator) endCell();
    else if (letter === "\n") endRow();
    else if (letter !== "\r") cell += letter;
  }
  if (rows.length < most && (cell !== "" || row.length > 0)) endRow();
  return rows;
}

export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

/** The beginning of a file as text, in the encoding that the server will find: UTF-16 has a mark at its
 * beginning, and what is not UTF-8 is Windows-1252. A letter that the beginning ends in is left out. */
export function decoded(bytes: Uint8Array): { text: string; encoding: Encoding } {
  const mark = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
  const wide = mark === 0xfffe ? "utf-16le" : mark === 0xfeff ? "utf-16be" : undefined;
  const read = (encoding: Encoding, fatal: boolean) =>
    new TextDecoder(encoding, { fatal }).decode(bytes, { stream: true });
  if (wide) return { text: read(wide, false), encoding: wide };
  try {
    return { text: read("utf-8", true), encoding: "utf-8" };
  } catch {
    return { text: read("windows-1252", false), encoding: "windows-1252" };
  }
}
