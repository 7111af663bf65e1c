// Messages that callers left: in my own mailbox and in those of my queues (R96).
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Mail, MailOpen, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import type { Voicemail } from "../api/words";
import { duration, moment } from "../i18n/format";
import { Button } from "../ui/button";
import { notify, notifyProblem } from "../ui/notices";

const KEY = ["my-voicemails"];

export function Voicemails() {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: KEY,
    refetchInterval: 15_000,
    queryFn: () => answer(api.GET("/v1/me/voicemails", { params: { query: { limit: 50 } } })),
  });
  const items = data?.items ?? [];
  if (items.length === 0) return null;
  const fresh = items.filter((message) => !message.heard_at).length;
  return (
    <section aria-label={t("voicemail.mine")} className="panel">
      <h2 className="flex items-baseline gap-2 border-b border-line px-5 py-3 font-semibold">
        {t("voicemail.mine")}
        {fresh > 0 && (
          <span className="digits text-sm font-normal text-ink-soft">
            {t("voicemail.new", { fresh })}
          </span>
        )}
      </h2>
      <ul className="max-h-96 divide-y divide-line overflow-y-auto">
        {items.map((message) => (
          <Row key={message.id} message={message} />
        ))}
      </ul>
    </section>
  );
}

function Row({ message }: { message: Voicemail }) {
  const { t, i18n } = useTranslation();
  const [opened, open] = useState(false);
  const mark = useMark();
  const remove = useRemove();
  const { id, calling, left_at, duration_ms, heard_at, mailbox } = message;
  const heard = !!heard_at;
  return (
    <li className="grid gap-2 px-5 py-2.5">
      <div className="flex items-center gap-3">
        {heard ? (
          <MailOpen size={16} className="text-ink-soft" aria-label={t("voicemail.heard")} />
        ) : (
          <Mail size={16} className="text-accent" aria-label={t("voicemail.unheard")} />
        )}
        <button
          type="button"
          className="min-w-0 flex-1 text-start"
          aria-expanded={opened}
          onClick={() => open(!opened)}
        >
          <span dir="ltr" className={`digits ${heard ? "" : "font-semibold"}`}>
            {calling}
          </span>
          <span className="digits block text-sm text-ink-soft">
            {moment(left_at, i18n.language)} · {duration(duration_ms)}
            {mailbox.of === "queue" && ` · ${t("voicemail.ofQueue")}`}
          </span>
        </button>
        <Button
          look="quiet"
          aria-label={t(heard ? "voicemail.markNew" : "voicemail.markHeard", { number: calling })}
          onClick={() => mark.mutate({ id, heard: !heard })}
          icon={heard ? <Mail size={16} aria-hidden /> : <MailOpen size={16} aria-hidden />}
        />
        <Button
          look="quiet"
          aria-label={t("voicemail.remove", { number: calling })}
          why={heard ? undefined : t("voicemail.hearFirst")}
          onClick={() => remove.mutate(id)}
          icon={<Trash2 size={16} aria-hidden />}
        />
      </div>
      {opened && (
        // oxlint-disable-next-line jsx-a11y/media-has-caption -- there is no transcript of a message
        <audio
          controls
          preload="metadata"
          src={`/v1/me/voicemails/${id}/audio`}
          aria-label={t("voicemail.play", { number: calling })}
          className="w-full"
          onEnded={() => !heard && mark.mutate({ id, heard: true })}
        />
      )}
    </li>
  );
}

function useMark() {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, heard }: { id: string; heard: boolean }) =>
      answer(
        api.PUT("/v1/me/voicemails/{id}/heard", { params: { path: { id } }, body: { heard } }),
      ),
    onError: (error) => notifyProblem(error, t("desk.refused")),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

function useRemove() {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      answer(api.DELETE("/v1/me/voicemails/{id}", { params: { path: { id } } })),
    onSuccess: () => notify("system", t("voicemail.removed")),
    onError: (error) => notifyProblem(error, t("desk.refused")),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}
