// What each column of a list's file is. The server tells columns by the words of their headers (see
// `dialer::import::columns`); the same words choose here what a person may change before anything is sent.

export const KINDS = [
  "phone",
  "other_phone",
  "first_name",
  "last_name",
  "time_zone",
  "region",
  "consent",
  "priority",
  "external_id",
  "field",
  "ignore",
] as const;

export type Kind = (typeof KINDS)[number];

/** By its header what a column is. */
export type Kinds = Readonly<Record<string, Kind>>;

export type ColumnFault =
  | { what: "noPhone" }
  /** Two columns are to be the one thing of their kind. */
  | { what: "twice"; kind: Kind; first: string; second: string }
  /** Two columns are called the same. */
  | { what: "same"; header: string }
  | { what: "tooMany"; most: number };

/** A header as the server reads it. */
export function headerOf(cell: string): string {
  return cell.replaceAll(/\p{Cc}/gu, " ").trim();
}

/** What the headers say of themselves: the best of several numbers is the one to dial. */
export function kindsOf(headers: readonly string[]): Kinds {
  const kinds: Record<string, Kind> = {};
  for (const header of headers) kinds[header] = byWords(header);
  const phones = headers.filter((header) => kinds[header] === "phone");
  const rank = (header: string) => PHONE_WORDS.indexOf(plain(header));
  for (const header of phones.toSorted((a, b) => rank(a) - rank(b)).slice(1)) {
    kinds[header] = "other_phone";
  }
  return kinds;
}

/** What would make the server refuse the whole file. */
export function columnFaults(headers: readonly string[], kinds: Kinds): ColumnFault[] {
  const faults: ColumnFault[] = [];
  if (headers.length > MOST) faults.push({ what: "tooMany", most: MOST });
  if (!headers.some((header) => kinds[header] === "phone")) faults.push({ what: "noPhone" });
  for (const kind of SINGLE) {
    const [first, second] = headers.filter((header) => kinds[header] === kind);
    if (first !== undefined && second !== undefined && first !== second) {
      faults.push({ what: "twice", kind, first, second });
    }
  }
  const twice = headers.filter((header, at) => header && headers.indexOf(header) !== at);
  for (const header of new Set(twice)) faults.push({ what: "same", header });
  return faults;
}

/** The mapping as the API takes it; a column that is a field without being asked needs none. */
export function mappingOf(headers: readonly string[], kinds: Kinds): string {
  const told = headers.filter((header) => kinds[header] !== "field" || byWords(header) !== "field");
  return JSON.stringify(Object.fromEntries(told.map((header) => [header, kinds[header]])));
}

function byWords(header: string): Kind {
  const word = plain(header);
  if (PHONE_WORDS.includes(word)) return "phone";
  return WORDS.find(([, words]) => words.includes(word))?.[0] ?? "field";
}

/** A header without case, spaces and punctuation. */
function plain(header: string): string {
  return header.replaceAll(/[^\p{Alphabetic}\p{N}]/gu, "").toLowerCase();
}

const PHONE_WORDS = [
  "phone",
  "phonenumber",
  "telephone",
  "telephonenumber",
  "tel",
  "number",
  "msisdn",
  "mobile",
  "mobilephone",
  "cell",
  "homephone",
  "workphone",
  "phone2",
  "phone3",
];

const WORDS: readonly (readonly [Kind, readonly string[]])[] = [
  ["first_name", ["firstname", "givenname", "forename", "name", "fullname"]],
  ["last_name", ["lastname", "surname", "familyname"]],
  ["time_zone", ["timezone", "zone", "tz"]],
  ["region", ["region", "state", "province"]],
  ["consent", ["consent", "consentat", "consentdate", "optin", "optindate"]],
  ["priority", ["priority"]],
  ["external_id", ["externalid", "id", "customerid", "reference", "leadid"]],
];

/** Kinds of which a file has one column at the most. */
const SINGLE: readonly Kind[] = [
  "phone",
  "first_name",
  "last_name",
  "time_zone",
  "external_id",
  "region",
  "consent",
  "priority",
];

/** Most columns that a lead can hold. */
const MOST = 64;
