// Notices in three classes (R115): system, campaign, error. They go by themselves, errors do not.
import { CircleAlert, Info, Megaphone, X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

import { problemOf } from "../api/problem";

export type NoticeClass = "system" | "campaign" | "error";
type Notice = { id: number; kind: NoticeClass; text: string };

let shown: readonly Notice[] = [];
let last = 0;
const listeners = new Set<() => void>();

export function notify(kind: NoticeClass, text: string): void {
  last += 1;
  const id = last;
  change(
    [...shown.filter((notice) => notice.text !== text), { id, kind, text }].slice(-NOTICES_MAX),
  );
  if (kind !== "error") setTimeout(() => dismiss(id), 6000);
}

/** Says that something did not work, in the server's words where it gave some. */
export function notifyProblem(error: unknown, otherwise: string): void {
  const { title, detail, errors } = problemOf(error);
  const fields = errors?.map((fault) => `${fault.field}: ${fault.expected}`).join("; ");
  notify("error", [title || otherwise, fields || detail].filter(Boolean).join(": "));
}

function dismiss(id: number): void {
  change(shown.filter((notice) => notice.id !== id));
}

function change(next: readonly Notice[]): void {
  shown = next;
  for (const listener of listeners) listener();
}

const LOOKS = {
  system: { icon: Info, look: "border-line text-ink" },
  campaign: { icon: Megaphone, look: "border-wrap/50 text-wrap" },
  error: { icon: CircleAlert, look: "border-bad/50 text-bad" },
} as const;

export function Notices() {
  const { t } = useTranslation();
  const notices = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
  return (
    <section
      aria-label={t("notices.title")}
      aria-live="polite"
      className="fixed end-4 bottom-4 z-50 flex w-96 max-w-[calc(100%-2rem)] flex-col gap-2"
    >
      {notices.map(({ id, kind, text }) => {
        const { icon: Icon, look } = LOOKS[kind];
        return (
          <div
            key={id}
            className={`flex gap-3 rounded-xl border bg-raised p-3 shadow-high ${look}`}
          >
            <Icon size={18} className="mt-0.5 shrink-0" aria-hidden />
            <p className="flex-1 text-sm break-words">
              <span className="sr-only">{t(`notices.${kind}`)}: </span>
              {text}
            </p>
            <button
              type="button"
              onClick={() => dismiss(id)}
              aria-label={t("common.dismiss")}
              className="self-start rounded p-0.5 hover:bg-sunken"
            >
              <X size={15} aria-hidden />
            </button>
          </div>
        );
      })}
    </section>
  );
}

const NOTICES_MAX = 4;
