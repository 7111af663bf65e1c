// Prompts: what callers hear, uploaded or spoken; listened to, replaced, and told who names them.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Mic, Trash2, Upload } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { duration, moment } from "../i18n/format";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Labelled } from "../ui/field";
import { Failed, Loading } from "../ui/states";
import type { components } from "../../generated/schema";
import { useClips } from "./clip-input";
import { Filed, Made, type Making, New, Words } from "./prompt-making";
import { Records } from "./records";

type Prompt = components["schemas"]["ShownPrompt"];

export function Prompts() {
  const { t } = useTranslation();
  const [making, make] = useState<Making>();
  const [opened, open] = useState<string>();
  return (
    <>
      <Records
        title={t("pages.prompts")}
        queryKey={["prompts"]}
        load={({ text, after }) =>
          answer(
            api.GET("/v1/prompts", {
              params: {
                query: { limit: 100, ...(text ? { text } : {}), ...(after ? { after } : {}) },
              },
            }),
          )
        }
        idOf={(prompt) => prompt.id}
        onOpen={(prompt) => open(prompt.id)}
        searchHint={t("common.search")}
        empty={{ title: t("empty.prompts"), text: t("empty.promptsWhy") }}
        above={<BuiltIn />}
        actions={
          <>
            <Button icon={<Mic size={16} aria-hidden />} onClick={() => make("text")}>
              {t("prompt.speak")}
            </Button>
            <Button
              look="primary"
              icon={<Upload size={16} aria-hidden />}
              onClick={() => make("file")}
            >
              {t("prompt.upload")}
            </Button>
          </>
        }
        columns={[
          { id: "name", name: t("fields.name"), value: ({ name }) => name },
          {
            id: "length",
            name: t("recording.length"),
            value: ({ duration_ms }) => duration(duration_ms),
            end: true,
          },
          {
            id: "loudness",
            name: t("prompt.loudness"),
            value: ({ loudness_db }) => t("prompt.decibels", { db: loudness_db }),
            end: true,
          },
          { id: "source", name: t("prompt.source"), value: ({ source }) => source, ltr: true },
          { id: "text", name: t("prompt.text"), value: ({ text }) => text },
        ]}
      />
      {making && (
        <Dialog open onOpenChange={() => make(undefined)} title={t(`prompt.new.${making}`)}>
          <New how={making} onDone={() => make(undefined)} />
        </Dialog>
      )}
      {opened && (
        <Dialog open sheet onOpenChange={() => open(undefined)} title={t("one.prompt")}>
          <One id={opened} onGone={() => open(undefined)} />
        </Dialog>
      )}
    </>
  );
}

/** What is heard where nobody has uploaded anything; a prompt of its name takes its place. */
function BuiltIn() {
  const { t } = useTranslation();
  const [chosen, choose] = useState("");
  const clips = useClips();
  const names = (clips.data ?? []).filter((clip) => clip.built_in).map(({ name }) => name);
  return (
    <section className="panel grid items-end gap-3 p-4 sm:grid-cols-2">
      <Labelled label={t("prompt.builtIn")} hint={t("prompt.builtInWhy")}>
        {({ id, describedBy }) => (
          <select
            id={id}
            aria-describedby={describedBy}
            className="field"
            value={chosen}
            onChange={(event) => choose(event.target.value)}
          >
            <option value="">{t("prompt.choose")}</option>
            {names.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )}
      </Labelled>
      {chosen && (
        <Sound
          of={`/v1/prompts/built-in/${encodeURIComponent(chosen)}/audio`}
          label={t("prompt.listen", { name: chosen })}
        />
      )}
    </section>
  );
}

function Sound({ of, label }: { of: string; label: string }) {
  return (
    // oxlint-disable-next-line jsx-a11y/media-has-caption -- what is spoken stands beside it
    <audio controls preload="none" src={of} aria-label={label} className="w-full" />
  );
}

/** A prompt: how it sounds and sounded, what is wrong with it, who names it, and another in its place. */
function One({ id, onGone }: { id: string; onGone: () => void }) {
  const { t } = useTranslation();
  const params = { path: { id } };
  const found = useQuery({
    queryKey: ["prompts", id],
    queryFn: () => answer(api.GET("/v1/prompts/{id}", { params })),
  });
  if (found.isPending) return <Loading lines={4} />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const prompt = found.data;
  const again = { method: "PUT" as const, path: `/v1/prompts/${id}/audio`, version: prompt.version };
  return (
    <div className="grid gap-6">
      <section className="grid gap-2">
        <h3 className="text-lg font-medium">{prompt.name}</h3>
        {prompt.text && <p className="text-ink-soft">{prompt.text}</p>}
        <Sound
          key={prompt.version}
          of={`/v1/prompts/${id}/audio?version=${prompt.version}`}
          label={t("prompt.listen", { name: prompt.name })}
        />
        <Judged prompt={prompt} />
      </section>
      <Uses id={id} />
      <Versions id={id} version={prompt.version} />
      <section className="grid gap-4 border-t border-line pt-4">
        <h3 className="font-medium">{t("prompt.replace")}</h3>
        <Filed key={`file ${prompt.version}`} ready send={again} onDone={() => undefined} />
        {prompt.text && (
          <Words
            key={`text ${prompt.version}`}
            ready
            start={prompt.text}
            speak={(text) => {
              const header = { "If-Match": `"${prompt.version}"` };
              const asked = { params: { ...params, header }, body: { text } };
              return answer(api.PUT("/v1/prompts/{id}/spoken", asked));
            }}
            onDone={() => undefined}
          />
        )}
      </section>
      <Remove prompt={prompt} onGone={onGone} />
    </div>
  );
}

/** Loudness as it is, and in words where callers would complain. */
function Judged({ prompt }: { prompt: Prompt }) {
  const { t } = useTranslation();
  const wrong = [
    ...(prompt.clipped > 0 ? [t("prompt.clipped", { samples: prompt.clipped })] : []),
    ...(prompt.loudness_db < QUIET_DB ? [t("prompt.quiet")] : []),
    ...(prompt.loudness_db > LOUD_DB ? [t("prompt.loud")] : []),
  ];
  return (
    <>
      <p className="text-sm text-ink-soft">
        {duration(prompt.duration_ms)} · {prompt.source} ·{" "}
        {t("prompt.levels", { loudness: prompt.loudness_db, peak: prompt.peak_db })}
      </p>
      {wrong.map((what) => (
        <p key={what} className="rounded-lg bg-sunken px-3 py-2 text-sm">
          {what}
        </p>
      ))}
    </>
  );
}

/** Speech is comfortable between these. */
const QUIET_DB = -30;
const LOUD_DB = -12;

function Uses({ id }: { id: string }) {
  const { t } = useTranslation();
  const uses = useQuery({
    queryKey: ["prompts", id, "uses"],
    queryFn: () => answer(api.GET("/v1/prompts/{id}/uses", { params: { path: { id } } })),
  });
  if (!uses.data) return <Loading lines={1} />;
  return (
    <section className="grid gap-2">
      <h3 className="font-medium">{t("prompt.uses")}</h3>
      {uses.data.length === 0 && <p className="text-sm text-ink-soft">{t("prompt.noUses")}</p>}
      <ul className="grid gap-1 text-sm">
        {uses.data.map((use) => (
          <li key={`${use.id} ${use.field}`}>
            {t(`prompt.users.${use.resource}`, { defaultValue: use.resource })}{" "}
            <code>{use.field}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Versions({ id, version }: { id: string; version: number }) {
  const { t, i18n } = useTranslation();
  const found = useQuery({
    queryKey: ["prompts", id, "versions", version],
    queryFn: () => answer(api.GET("/v1/prompts/{id}/versions", { params: { path: { id } } })),
  });
  const before = (found.data ?? []).filter((one) => one.version < version);
  if (before.length === 0) return null;
  return (
    <section className="grid gap-2">
      <h3 className="font-medium">{t("prompt.before")}</h3>
      {before.map((one) => (
        <div key={one.version} className="grid items-center gap-2 text-sm sm:grid-cols-2">
          <span>
            {moment(one.saved_at, i18n.language)} · {one.text ?? one.source}
          </span>
          <Sound
            of={`/v1/prompts/${id}/audio?version=${one.version}`}
            label={t("prompt.version", { version: one.version })}
          />
        </div>
      ))}
    </section>
  );
}

function Remove({ prompt, onGone }: { prompt: Prompt; onGone: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const removing = useMutation({
    mutationFn: () => {
      const header = { "If-Match": `"${prompt.version}"` };
      const params = { path: { id: prompt.id }, header };
      return answer(api.DELETE("/v1/prompts/{id}", { params }));
    },
    onSuccess: async () => {
      onGone();
      await queries.invalidateQueries({ queryKey: ["prompts"] });
    },
  });
  return (
    <Made
      error={removing.error}
      button={
        <Button
          look="danger"
          disabled={removing.isPending}
          icon={<Trash2 size={16} aria-hidden />}
          onClick={() => removing.mutate()}
        >
          {t("common.remove")}
        </Button>
      }
    >
      {null}
    </Made>
  );
}
