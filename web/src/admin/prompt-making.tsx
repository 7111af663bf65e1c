// What a prompt is made of: a file that is sent, or words that are spoken.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Mic, Upload } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { problemOf } from "../api/problem";
import { sendFile } from "../api/upload";
import { Button } from "../ui/button";
import { Labelled, Text } from "../ui/field";

export type Making = "file" | "text";

/** A name, and a file or words. */
export function New({ how, onDone }: { how: Making; onDone: () => void }) {
  const { t } = useTranslation();
  const [name, call] = useState("");
  const path = `/v1/prompts?name=${encodeURIComponent(name)}`;
  const given = name.trim() !== "";
  return (
    <div className="grid gap-4">
      <Text
        label={t("fields.name")}
        hint={t("prompt.nameHint")}
        value={name}
        maxLength={64}
        required
        onChange={(event) => call(event.target.value)}
      />
      {how === "file" ? (
        <Filed ready={given} send={{ method: "POST", path }} onDone={onDone} />
      ) : (
        <Words
          ready={given}
          speak={(text) => answer(api.POST("/v1/prompts/spoken", { body: { name, text } }))}
          onDone={onDone}
        />
      )}
    </div>
  );
}

type Target = { method: "POST" | "PUT"; path: string; version?: number };

/** Chooses a file, sends it, and says how far it is and what is wrong with it. */
export function Filed(props: { ready: boolean; send: Target; onDone: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [file, choose] = useState<File>();
  const [share, move] = useState(0);
  const sending = useMutation({
    mutationFn: (chosen: File) => sendFile(chosen, { ...props.send, onProgress: move }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["prompts"] });
      props.onDone();
    },
  });
  const why = file ? (props.ready ? undefined : t("prompt.nameFirst")) : t("import.chooseFirst");
  return (
    <Made
      error={sending.error}
      button={
        <Button
          look="primary"
          why={why}
          disabled={sending.isPending}
          icon={<Upload size={16} aria-hidden />}
          onClick={() => file && sending.mutate(file)}
        >
          {t("prompt.upload")}
        </Button>
      }
    >
      <Labelled label={t("import.file")} hint={t("prompt.formats")}>
        {({ id, describedBy }) => (
          <input
            id={id}
            aria-describedby={describedBy}
            type="file"
            accept=".wav,.ogg,.opus,audio/wav,audio/ogg"
            className="field"
            onChange={(event) => {
              sending.reset();
              choose(event.target.files?.[0]);
            }}
          />
        )}
      </Labelled>
      {sending.isPending && (
        <progress className="w-full accent-accent" aria-label={t("prompt.sending")} value={share} />
      )}
    </Made>
  );
}

export function Words(props: {
  ready: boolean;
  start?: string;
  speak: (text: string) => Promise<unknown>;
  onDone: () => void;
}) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [text, say] = useState(props.start ?? "");
  const speaking = useMutation({
    mutationFn: props.speak,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["prompts"] });
      props.onDone();
    },
  });
  const why = text.trim() ? (props.ready ? undefined : t("prompt.nameFirst")) : t("prompt.noText");
  return (
    <Made
      error={speaking.error}
      button={
        <Button
          look="primary"
          why={why}
          disabled={speaking.isPending}
          icon={<Mic size={16} aria-hidden />}
          onClick={() => speaking.mutate(text)}
        >
          {speaking.isPending ? t("prompt.speaking") : t("prompt.speak")}
        </Button>
      }
    >
      <Labelled label={t("prompt.text")} hint={t("prompt.textHint")}>
        {({ id, describedBy }) => (
          <textarea
            id={id}
            aria-describedby={describedBy}
            className="field min-h-28"
            maxLength={2000}
            value={text}
            onChange={(event) => say(event.target.value)}
          />
        )}
      </Labelled>
    </Made>
  );
}

/** What makes a clip: its input, what went wrong, and the button that does it. */
export function Made(props: { error: unknown; button: ReactNode; children: ReactNode }) {
  const { t } = useTranslation();
  const problem = props.error ? problemOf(props.error) : undefined;
  return (
    <>
      {props.children}
      {problem && (
        <p role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
          {problem.title || t("states.unreachable")}. {problem.detail}
        </p>
      )}
      <div className="flex justify-end">{props.button}</div>
    </>
  );
}
