// A call's signalling, message by message: what crossed the wire, which way, and when, and between them
// what was done for its audio. The whole message is behind each line; all of it can be taken along as
// text or for Wireshark.
import { useQuery } from "@tanstack/react-query";
import { ArrowLeft, ArrowRight, AudioLines, Download } from "lucide-react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { Note, Rung } from "../api/words";
import { Empty, Failed, Loading } from "../ui/states";

export function Ladder({ call, began }: { call: string; began: number }) {
  const { t } = useTranslation();
  const found = useQuery({
    queryKey: ["calls", "ladder", call],
    queryFn: () => answer(api.GET("/v1/calls/{id}/ladder", { params: { path: { id: call } } })),
  });
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failed error={found.error} />;
  const { rungs, notes, forgotten } = found.data;
  if (rungs.length + notes.length === 0) return <Empty title={t("ladder.none")} text={t("ladder.noneWhy")} />;
  return (
    <div className="grid gap-3">
      <ol className="grid gap-1">
        {inOrder(rungs, notes).map((entry) =>
          "what" in entry ? (
            <Remark key={`${entry.at} ${entry.what}`} note={entry} began={began} />
          ) : (
            <Message key={`${entry.at} ${entry.theirs} ${entry.summary}`} rung={entry} began={began} />
          ),
        )}
      </ol>
      {forgotten > 0 && <p className="text-sm text-wrap">{t("ladder.forgotten", { forgotten })}</p>}
      <p className="flex gap-4 text-sm">
        {(["txt", "pcap"] as const).map((kind) => (
          <a
            key={kind}
            href={`/v1/calls/${call}/ladder.${kind}`}
            download={`call-${call}.${kind}`}
            className="inline-flex items-center gap-1.5 rounded text-accent-text hover:underline"
          >
            <Download size={15} aria-hidden /> {t(`ladder.${kind}`)}
          </a>
        ))}
      </p>
    </div>
  );
}

function Message({ rung, began }: { rung: Rung; began: number }) {
  const { t } = useTranslation();
  const Way = rung.sent ? ArrowRight : ArrowLeft;
  return (
    <li>
      <details className="digits rounded-lg text-sm open:bg-sunken">
        <summary className="flex cursor-pointer items-center gap-3 rounded-lg px-2 py-1.5 hover:bg-sunken">
          <After at={rung.at} began={began} />
          <Way
            size={15}
            className="shrink-0 rtl:rotate-180"
            aria-label={rung.sent ? t("ladder.sent") : t("ladder.received")}
          />
          <span className="min-w-0 flex-1 truncate font-medium" dir="ltr">
            {rung.summary}
          </span>
          <span className="text-ink-soft" dir="ltr">
            {rung.transport} {rung.theirs}
          </span>
        </summary>
        <pre
          dir="ltr"
          tabIndex={0}
          aria-label={rung.summary}
          className="overflow-x-auto px-2 pb-2 text-xs leading-relaxed"
        >
          {rung.message}
        </pre>
      </details>
    </li>
  );
}

function Remark({ note, began }: { note: Note; began: number }) {
  const { t } = useTranslation();
  return (
    <li className="digits flex items-center gap-3 px-2 py-1.5 text-sm">
      <After at={note.at} began={began} />
      <AudioLines size={15} aria-hidden className="shrink-0" />
      <span className="min-w-0 flex-1">{t(`ladder.note.${note.what}`)}</span>
      <span className="text-ink-soft">
        {note.agent ? t("quality.agent") : t("quality.customer")}
      </span>
    </li>
  );
}

function After({ at, began }: { at: string; began: number }) {
  return (
    <span className="w-20 shrink-0 text-ink-soft" dir="ltr">
      +{((Date.parse(at) - began) / 1000).toFixed(3)} s
    </span>
  );
}

/** Messages and notes by their time; what was done follows what it was done about. */
function inOrder(rungs: Rung[], notes: Note[]): (Rung | Note)[] {
  return [...rungs, ...notes].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
