// What every import of a file shares: choosing the file, sending it as it is, why it was refused, and a
// table of some of its rows.
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Problem } from "../api/problem";
import { Labelled } from "../ui/field";

type FileInputProps = {
  hint: string;
  fault?: string | undefined;
  accept?: string;
  choose: (file: File | undefined) => void;
};

export function FileInput({ hint, fault, accept = SEPARATED, choose }: FileInputProps) {
  const { t } = useTranslation();
  return (
    <Labelled label={t("import.file")} hint={hint} fault={fault}>
      {({ id, describedBy, invalid }) => (
        <input
          id={id}
          aria-describedby={describedBy}
          aria-invalid={invalid || undefined}
          type="file"
          accept={accept}
          onChange={({ target }) => choose(target.files?.[0])}
          className="field"
        />
      )}
    </Labelled>
  );
}

/** A file as the body of a request: it goes out as it is; the type is the document's word for bytes. */
export function bodyOf(file: File) {
  return {
    body: file as unknown as string,
    bodySerializer: (body: string) => body as unknown as Blob,
    headers: { "Content-Type": "text/csv" },
  };
}

type RefusedProps = {
  problem: Problem | undefined;
  /** The fields that say themselves what is wrong with them. */
  besides?: readonly string[];
};

/** Why nothing came of it; silent while there is nothing to say. */
export function FileRefused({ problem, besides = NONE }: RefusedProps) {
  const { t } = useTranslation();
  if (!problem) return null;
  const others = problem.errors?.filter(({ field }) => !besides.includes(nameOf(field))) ?? [];
  return (
    <p role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
      {problem.title || t("states.unreachable")} {problem.detail}{" "}
      {others.map(({ field, expected }) => `${nameOf(field)}: ${expected}`).join(" ")}
    </p>
  );
}

/** A field as it is called where a path names it. */
export function nameOf(field: string): string {
  return field.replace(/^\//, "");
}

/** Some rows of a file, in a region that scrolls by itself. */
export function FileTable({ label, head, body }: { label: string; head: ReactNode; body: ReactNode }) {
  return (
    <div
      role="region"
      tabIndex={0}
      aria-label={label}
      className="max-h-72 overflow-auto rounded-lg border border-line"
    >
      <table className="digits w-full text-start text-sm">
        <caption className="sr-only">{label}</caption>
        <thead className="sticky top-0 bg-sunken">
          <tr>{head}</tr>
        </thead>
        <tbody>{body}</tbody>
      </table>
    </div>
  );
}

const NONE: readonly string[] = [];
const SEPARATED = ".csv,.txt,.tsv,text/csv";
