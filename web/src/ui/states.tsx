// What a page shows while it has nothing to show: empty, loading, failed, denied.
import { CircleSlash, CloudOff, Inbox, LockKeyhole } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { problemOf } from "../api/problem";
import { Button } from "./button";

type Say = { icon: ReactNode; title: string; text?: string | undefined; children?: ReactNode };

function Say({ icon, title, text, children }: Say) {
  return (
    <div className="grid place-items-center gap-2 px-6 py-14 text-center">
      <div className="grid size-12 place-items-center rounded-2xl bg-sunken text-ink-faint">
        {icon}
      </div>
      <p className="mt-1 font-semibold">{title}</p>
      {text && <p className="max-w-md text-sm text-ink-soft">{text}</p>}
      {children && <div className="mt-2">{children}</div>}
    </div>
  );
}

export function Empty({ title, text, children }: Omit<Say, "icon">) {
  return (
    <Say icon={<Inbox aria-hidden />} title={title} text={text}>
      {children}
    </Say>
  );
}

export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  const problem = problemOf(error);
  if (problem.status === 403) return <Denied />;
  const icon = problem.status ? <CircleSlash aria-hidden /> : <CloudOff aria-hidden />;
  const title = problem.title || t("states.unreachable");
  return (
    <div role="alert">
      <Say icon={icon} title={title} text={problem.detail || t("states.tryAgain")}>
        {retry && <Button onClick={retry}>{t("common.retry")}</Button>}
      </Say>
    </div>
  );
}

export function Denied() {
  const { t } = useTranslation();
  return (
    <Say
      icon={<LockKeyhole aria-hidden />}
      title={t("states.denied")}
      text={t("states.deniedWhy")}
    />
  );
}

export function Loading({ lines = 6 }: { lines?: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("states.loading")} className="animate-pulse space-y-3 p-5">
      {Array.from({ length: lines }, (_, line) => (
        // oxlint-disable-next-line react/no-array-index-key -- lines have nothing else
        <div
          key={line}
          className={`h-5 rounded bg-sunken ${line % 3 === 2 ? "w-2/3" : "w-full"}`}
        />
      ))}
    </div>
  );
}
