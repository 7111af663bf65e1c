// What the conversation came to. A digit chooses; nothing is sent for 3 s, in which it can be undone.
//
//   choosing ──digit, all required given──▶ leaving(3 s) ──time, or the page is left──▶ sent
//       ▲──────────────undo────────────────────┘
import { useMutation, useQuery } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { problemOf } from "../api/problem";
import { keyOf, usePressed, useShortcut } from "../app/keys";
import type { AgentView, CallView, Disposition } from "../api/words";
import { moment } from "../i18n/format";
import { serverNow } from "../live/clock";
import { Button } from "../ui/button";
import { Labelled } from "../ui/field";
import { notify, notifyProblem } from "../ui/notices";
import { Empty, Failed, Loading } from "../ui/states";
import { whyNot } from "./actions";
import { agreedZone, type Callback, type CallbackBy, CallbackTime } from "./callback-time";
import { useCallSheet } from "./call-sheet";
import { keysOf } from "./hot-keys";

type Chosen = {
  code: string;
  label: string;
  notes: string;
  callback_at: string | null;
  callback_by?: CallbackBy;
  callback_zone?: string | undefined;
};

export function Dispositions({ agent, call }: { agent: AgentView; call: CallView }) {
  const { t } = useTranslation();
  const offered = useQuery({
    queryKey: ["dispositions", call.campaign],
    enabled: !!call.campaign,
    queryFn: () =>
      answer(
        api.GET("/v1/campaigns/{id}/dispositions", {
          params: { path: { id: call.campaign ?? "" } },
        }),
      ),
  });
  return (
    <section aria-label={t("dispositions.title")} className="panel">
      <h2 className="border-b border-line px-5 py-3 font-semibold">{t("dispositions.title")}</h2>
      {!call.campaign ? (
        <Empty title={t("dispositions.none")} text={t("dispositions.noneWhy")} />
      ) : offered.isPending ? (
        <Loading lines={3} />
      ) : offered.isError ? (
        <Failed error={offered.error} retry={() => void offered.refetch()} />
      ) : (
        <Choice key={call.id} agent={agent} call={call} offered={offered.data} />
      )}
    </section>
  );
}

function Choice(props: { agent: AgentView; call: CallView; offered: readonly Disposition[] }) {
  const { agent, call, offered } = props;
  const { t } = useTranslation();
  const [notes, note] = useState("");
  const [callback, callBack] = useState<Callback>({ at: undefined, by: "anyone" });
  const [missing, miss] = useState<{ disposition: Disposition; what: "note" | "callback" }>();
  const notesBox = useRef<HTMLTextAreaElement>(null);
  const timeBox = useRef<HTMLSelectElement>(null);
  const { leaving, choose, undo } = useLeaving(call.id);
  const why = whyNot(agent, "dispose");
  const keys = useMemo(() => keysOf(offered), [offered]);
  const script = useCallSheet(call.id, undefined).data?.script;
  const isOpen = (one: Disposition) => !!one.form_required && !!script && !script.complete;
  const whyOf = (one: Disposition) => {
    if (why) return t(why);
    if (!isOpen(one)) return undefined;
    const asked = script?.missing.map(({ label }) => label).join(", ");
    return asked ? t("dispositions.formAsks", { what: asked }) : t("dispositions.formFirst");
  };

  const pick = (disposition: Disposition) => {
    if (whyOf(disposition) !== undefined || leaving) {
      if (!why && !leaving) notify("error", whyOf(disposition) ?? "");
      return;
    }
    if (disposition.note_required && !notes.trim()) {
      miss({ disposition, what: "note" });
      notesBox.current?.focus();
      return;
    }
    const { at, by } = callback;
    const asksTime = disposition.flags?.callback;
    if (asksTime && (at === undefined || at <= serverNow())) {
      callBack((now) => ({ ...now, at: undefined }));
      miss({ disposition, what: "callback" });
      timeBox.current?.focus();
      return;
    }
    miss(undefined);
    const { code, label } = disposition;
    if (!asksTime || at === undefined) return choose({ code, label, notes, callback_at: null });
    const callback_at = new Date(at).toISOString();
    const callback_zone = agreedZone(call, callback);
    choose({ code, label, notes, callback_at, callback_by: by, callback_zone });
  };
  // A key that stands on a row works, whatever else it does while there is nothing to choose.
  usePressed((pressed) => {
    const hit = why ? undefined : offered.find(({ code }) => keys.get(code) === pressed);
    if (hit) pick(hit);
    return !!hit;
  }, "first");
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === "Escape" && event.target instanceof HTMLElement) event.target.blur();
    if (event.key === "Enter" && event.ctrlKey && missing) pick(missing.disposition);
  };
  useShortcut("notes", () => notesBox.current?.focus());

  if (leaving) return <Leaving label={leaving.label} undo={undo} />;
  const taken = ({ label }: Disposition) => t("dispositions.taken", { what: label });
  const wantsTime = offered.some((one) => one.flags?.callback);
  return (
    <div className="grid gap-4 px-5 py-4">
      <Labelled
        label={t("dispositions.notes")}
        hint={missing?.what === "note" ? taken(missing.disposition) : undefined}
        fault={
          missing?.what === "note" && !notes.trim()
            ? t("dispositions.noteFirst", { what: missing.disposition.label })
            : undefined
        }
      >
        {({ id, describedBy, invalid }) => (
          <textarea
            id={id}
            ref={notesBox}
            aria-describedby={describedBy}
            aria-invalid={invalid || undefined}
            rows={3}
            maxLength={4000}
            value={notes}
            onChange={(event) => note(event.target.value)}
            onKeyDown={onKeyDown}
            className="field resize-y"
          />
        )}
      </Labelled>
      {wantsTime && (
        <CallbackTime
          ref={timeBox}
          call={call}
          value={callback}
          onChange={callBack}
          onKeyDown={onKeyDown}
          fault={
            missing?.what === "callback" && callback.at === undefined
              ? t("dispositions.timeFirst")
              : undefined
          }
          hint={missing?.what === "callback" ? taken(missing.disposition) : undefined}
        />
      )}
      <div className="grid gap-2 sm:grid-cols-2">
        {offered.map((one) => (
          <Button
            key={one.code}
            why={whyOf(one)}
            onClick={() => pick(one)}
            look={one.flags?.success ? "good" : one.flags?.dnc ? "danger" : "plain"}
            className="h-11! w-full justify-between!"
            hint={keys.get(one.code)}
          >
            <span className="truncate">{one.label}</span>
          </Button>
        ))}
      </div>
    </div>
  );
}

function Leaving({ label, undo }: { label: string; undo: () => void }) {
  const { t } = useTranslation();
  useShortcut("undo", undo);
  return (
    <div role="status" className="grid gap-3 px-5 py-5">
      <p className="text-lg font-medium">{t("dispositions.leaving", { label })}</p>
      <div className="h-1.5 overflow-hidden rounded-full bg-sunken">
        <div className="h-full origin-left animate-[leave_3s_linear_forwards] rounded-full bg-accent rtl:origin-right" />
      </div>
      <Button onClick={undo} autoFocus hint={keyOf("undo")} icon={<Undo2 size={17} aria-hidden />}>
        {t("dispositions.undo")}
      </Button>
    </div>
  );
}

/** Holds a choice back for as long as it can be undone. Leaving the page sends it at once. */
function useLeaving(call: string) {
  const { t, i18n } = useTranslation();
  const [leaving, leave] = useState<Chosen>();
  const held = useRef<Chosen>(undefined);
  const { mutate } = useMutation({
    mutationFn: ({ code, notes, callback_at, callback_by, callback_zone }: Chosen) =>
      answer(
        api.POST("/v1/me/dispose", {
          body: {
            call,
            code,
            notes: notes.trim() || null,
            callback_at,
            ...(callback_by ? { callback_by } : {}),
            ...(callback_zone ? { callback_zone } : {}),
          },
          keepalive: true,
        }),
      ),
    onError: (error, { callback_at }) => {
      const { open_at } = problemOf(error);
      if (open_at) {
        notify("error", t("dispositions.closedThen", { next: moment(open_at, i18n.language) }));
        return;
      }
      const at = callback_at ? ` (${moment(callback_at, i18n.language)})` : "";
      notifyProblem(error, t("dispositions.refused") + at);
    },
  });
  const send = useCallback(() => {
    const chosen = held.current;
    held.current = undefined;
    leave(undefined);
    if (chosen) mutate(chosen);
  }, [mutate]);
  useEffect(() => {
    if (!leaving) return;
    const timer = setTimeout(send, UNDO_MS);
    const hide = () => {
      if (document.visibilityState === "hidden") send();
    };
    document.addEventListener("visibilitychange", hide);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", hide);
    };
  }, [leaving, send]);
  // The wrap-up may end, and this go away with it, while the choice is still held back.
  useEffect(() => send, [send]);
  const choose = (chosen: Chosen) => {
    held.current = chosen;
    leave(chosen);
  };
  const undo = () => {
    held.current = undefined;
    leave(undefined);
  };
  return { leaving, choose, undo };
}

const UNDO_MS = 3000;
