// What stands beside a call: the script, with answers that the server keeps, and the customer's page in
// another system, in a frame that can do nothing to ours.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ArrowLeft, ArrowRight, CircleCheck, ExternalLink } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { problemOf } from "../api/problem";
import { keyOf, useShortcut } from "../app/keys";
import { Button } from "../ui/button";
import { notifyProblem } from "../ui/notices";
import { QuestionInput } from "./question";
import {
  type Answers,
  type CallSheet as Sheet,
  filled,
  openOn,
  pageAfter,
  pageBefore,
  pageOf,
  type SheetScript,
} from "./script-walk";

/** What there is beside a call; without one, beside the lead that is looked at. */
export function useCallSheet(call: string | undefined, on: string | undefined) {
  return useQuery({
    queryKey: ["call-sheet", call ?? on],
    enabled: !!(call ?? on),
    queryFn: () =>
      answer(api.GET("/v1/me/call-sheet", { params: { query: call ? { call } : {} } })),
    // A call's record comes a moment after its end.
    retry: 3,
    refetchOnWindowFocus: false,
  });
}

export function CallSheet({ call, on }: { call?: string | undefined; on?: string | undefined }) {
  const sheet = useCallSheet(call, on).data;
  if (!sheet) return null;
  return (
    <>
      {sheet.script && <Script key={call ?? on} call={call} sheet={sheet} script={sheet.script} />}
      {sheet.crm && <Crm crm={sheet.crm} />}
    </>
  );
}

type Props = { call: string | undefined; sheet: Sheet; script: SheetScript };

function Script({ call, sheet, script: found }: Props) {
  const { t } = useTranslation();
  const { script } = found;
  const [at, go] = useState(found.page ?? script.start);
  const [answers, put] = useState<Answers>(found.answers);
  const [faults, blame] = useState<Record<string, string>>({});
  const heading = useRef<HTMLHeadingElement>(null);
  const sending = useSending(call, blame);
  const page = pageOf(script, at) ?? script.pages[0];
  const before = page && pageBefore(script, answers, page.name);
  const { note, flush } = useUnsent((name, value) => {
    if (call) sending.mutate({ page: at, answers: { [name]: value } });
  });
  const turn = (name: string) => {
    flush();
    go(name);
    setTimeout(() => heading.current?.focus());
    if (call) sending.mutate({ page: name, answers: {} });
  };
  const next = () => {
    if (!page) return;
    const open = call ? openOn(page, answers) : [];
    if (open.length > 0) {
      blame(Object.fromEntries(open.map(({ name }) => [name, t("script.needed")])));
    }
    // What the server refused of another page is said there, and in the progress.
    const wrong = open[0] ?? page.questions?.find(({ name }) => faults[name]);
    if (wrong) {
      document.querySelector<HTMLElement>(`[data-question="${wrong.name}"]`)?.focus();
      return;
    }
    const name = pageAfter(page, answers);
    if (name) turn(name);
  };
  const back = () => before && turn(before);
  useShortcut("scriptNext", next);
  useShortcut("scriptBack", back);
  if (!page) return null;
  const say = (name: string, value: string) => {
    put((now) => ({ ...now, [name]: value }));
    blame((now) => Object.fromEntries(Object.entries(now).filter(([one]) => one !== name)));
    note(name, value);
  };
  const number = found.trail.indexOf(page.name) + 1;
  return (
    <section aria-label={t("script.title")} className="panel overflow-hidden">
      <div className="flex items-center gap-3 border-b border-line px-5 py-3">
        <h2 ref={heading} tabIndex={-1} className="min-w-0 flex-1 truncate font-semibold outline-none">
          {filled(page.title || script.name, sheet.words)}
        </h2>
        {found.complete && (
          <p className="flex items-center gap-1.5 text-sm text-good">
            <CircleCheck size={16} aria-hidden /> {t("script.complete")}
          </p>
        )}
        {number > 0 && <p className="digits text-sm text-ink-soft">{t("script.page", { number })}</p>}
      </div>
      <div className="grid gap-5 px-5 py-4">
        {page.text && (
          <p className="max-w-prose text-lg leading-relaxed whitespace-pre-line">
            {filled(page.text, sheet.words)}
          </p>
        )}
        {page.questions?.map((question) => (
          <QuestionInput
            key={question.name}
            question={question}
            label={filled(question.label, sheet.words)}
            value={answers[question.name] ?? ""}
            fault={faults[question.name]}
            readOnly={!call}
            onSay={(value) => say(question.name, value)}
            onKeep={flush}
          />
        ))}
        {!call && <p className="text-sm text-ink-soft">{t("script.notYet")}</p>}
        <div className="flex gap-2">
          <Button
            hint={keyOf("scriptBack")}
            why={before ? undefined : t("script.first")}
            onClick={back}
            icon={<ArrowLeft size={16} className="rtl:rotate-180" aria-hidden />}
          >
            {t("script.back")}
          </Button>
          <Button
            look="primary"
            hint={keyOf("scriptNext")}
            why={pageAfter(page, answers) === undefined ? t("script.last") : undefined}
            onClick={next}
            icon={<ArrowRight size={16} className="rtl:rotate-180" aria-hidden />}
          >
            {t("script.next")}
          </Button>
        </div>
      </div>
    </section>
  );
}

/** What is typed and not sent yet: it goes at the end of a field, after a moment's pause in typing, and
 * with the sheet, whatever took that away. */
function useUnsent(send: (name: string, value: string) => void) {
  const unsent = useRef(new Map<string, string>());
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  const flush = () => {
    clearTimeout(pause.current);
    const all = [...unsent.current];
    unsent.current.clear();
    for (const [name, value] of all) send(name, value.trim());
  };
  const latest = useRef(flush);
  useEffect(() => {
    latest.current = flush;
  });
  useEffect(() => () => latest.current(), []);
  const note = (name: string, value: string) => {
    unsent.current.set(name, value);
    clearTimeout(pause.current);
    pause.current = setTimeout(() => latest.current(), PAUSE_MS);
  };
  return { note, flush };
}

const PAUSE_MS = 1_000;

/** Sends answers one after the other; what the server finds wrong stands at its question. */
function useSending(
  call: string | undefined,
  blame: (faults: Record<string, string>) => void,
) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  return useMutation({
    scope: { id: `call-sheet ${call}` },
    mutationFn: (given: { page: string; answers: Answers }) =>
      answer(api.PUT("/v1/me/call-sheet/answers", { body: { call: call ?? "", ...given } })),
    onSuccess: (progress) => {
      queries.setQueryData(["call-sheet", call], (sheet: Sheet | undefined) =>
        sheet?.script ? { ...sheet, script: { ...sheet.script, ...progress } } : sheet,
      );
    },
    onError: (error) => {
      const wrong = (problemOf(error).errors ?? []).flatMap(({ field, expected }) =>
        field.startsWith("/answers/")
          ? [[field.slice("/answers/".length), t("form.expected", { expected })] as const]
          : [],
      );
      if (wrong.length > 0) blame(Object.fromEntries(wrong));
      else notifyProblem(error, t("script.notKept"));
    },
  });
}

/** Its scripts run in its own origin and never in ours; it cannot lead this page elsewhere. */
function Crm({ crm }: { crm: NonNullable<Sheet["crm"]> }) {
  const { t } = useTranslation();
  const { url, why } = crm;
  const ours = url ? new URL(url).origin === window.location.origin : false;
  return (
    <section aria-label={t("crm.title")} className="panel overflow-hidden">
      <div className="flex items-center gap-3 border-b border-line px-5 py-3">
        <h2 className="flex-1 font-semibold">{t("crm.title")}</h2>
        {url && (
          <a
            href={url}
            target="_blank"
            rel="noopener noreferrer"
            className="flex items-center gap-1.5 rounded text-sm text-accent-text hover:underline"
          >
            <ExternalLink size={15} aria-hidden /> {t("crm.newTab")}
          </a>
        )}
      </div>
      {url && !ours ? (
        <iframe
          key={url}
          title={t("crm.title")}
          src={url}
          // oxlint-disable-next-line react/iframe-missing-sandbox -- its origin is never ours
          sandbox="allow-scripts allow-forms allow-same-origin allow-popups"
          referrerPolicy="no-referrer"
          className="block h-[28rem] w-full border-0 bg-white"
        />
      ) : (
        <p className="px-5 py-4 text-sm text-ink-soft">{why ?? t("crm.ours")}</p>
      )}
    </section>
  );
}
