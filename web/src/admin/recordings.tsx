// Recordings: who spoke with whom for how long, drawn as a waveform of two voices and played from it.
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../api/client";
import { duration, moment } from "../i18n/format";
import { Dialog } from "../ui/dialog";
import { Failed, Loading } from "../ui/states";
import { useNames } from "./inputs";
import { Records } from "./records";
import { Tally } from "./tally";

export function Recordings() {
  const { t, i18n } = useTranslation();
  const agents = useNames("/v1/agents");
  const [opened, open] = useState<string>();
  return (
    <>
      <Records
        title={t("pages.recordings")}
        queryKey={["recordings"]}
        load={({ after }) =>
          answer(
            api.GET("/v1/recordings", {
              params: { query: { limit: 100, ...(after ? { after } : {}) } },
            }),
          )
        }
        idOf={(recording) => recording.id}
        onOpen={(recording) => open(recording.id)}
        empty={{ title: t("empty.recordings"), text: t("empty.recordingsWhy") }}
        above={<Completeness />}
        columns={[
          {
            id: "at",
            name: t("history.at"),
            value: (recording) => moment(recording.started_at, i18n.language),
          },
          {
            id: "agent",
            name: t("one.agent"),
            value: ({ agent }) => {
              const found = agents.data?.find((one) => one.id === agent);
              return found && `${found.first_name} ${found.last_name}`;
            },
          },
          {
            id: "length",
            name: t("recording.length"),
            value: ({ duration_ms }) => (duration_ms ? duration(duration_ms) : undefined),
            end: true,
          },
          {
            id: "gap",
            name: t("recording.gap"),
            value: ({ gap_ms }) => (gap_ms ? duration(gap_ms) : undefined),
            end: true,
          },
          {
            id: "pauses",
            name: t("recording.pauses"),
            value: (recording) => recording.pauses,
            end: true,
          },
          {
            id: "state",
            name: t("fields.state"),
            value: ({ ended_at, interrupted, removed_at }) => {
              if (removed_at) return t("recording.removed");
              if (interrupted) return t("recording.interrupted");
              return ended_at ? t("recording.whole") : t("recording.running");
            },
          },
        ]}
      />
      {opened && (
        <Dialog open wide onOpenChange={() => open(undefined)} title={t("recording.title")}>
          <Player recording={opened} />
        </Dialog>
      )}
    </>
  );
}

/** Whether what had to be recorded was: calls without any audio have to be none. */
function Completeness() {
  const { t } = useTranslation();
  return (
    <Tally
      title={t("recording.completeness")}
      queryKey="completeness"
      load={(query) => answer(api.GET("/v1/recordings/completeness", { params: { query } }))}
      of={[
        { name: t("recording.calls"), count: ({ calls }) => calls },
        { name: t("recording.allThere"), count: ({ whole }) => whole },
        { name: t("recording.withGaps"), count: ({ with_gaps }) => with_gaps },
        { name: t("recording.missing"), count: ({ missing }) => missing, bad: true },
      ]}
    />
  );
}

/** The agent above the line and the customer below it; a click goes to that moment. */
export function Player({ recording }: { recording: string }) {
  const { t } = useTranslation();
  const sound = useRef<HTMLAudioElement>(null);
  const [share, move] = useState(0);
  const found = useQuery({
    queryKey: ["recordings", recording, "peaks"],
    queryFn: () =>
      answer(api.GET("/v1/recordings/{id}/peaks", { params: { path: { id: recording } } })),
  });
  if (found.isPending) return <Loading lines={3} />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const { peaks } = found.data;
  return (
    <div className="grid gap-4">
      <svg
        viewBox={`0 0 ${Math.max(peaks.length, 1)} 100`}
        preserveAspectRatio="none"
        className="h-28 w-full cursor-pointer rounded-lg bg-sunken"
        role="img"
        aria-label={t("recording.waveform")}
        onPointerDown={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const at = (event.clientX - box.left) / box.width;
          const audio = sound.current;
          if (audio && Number.isFinite(audio.duration)) audio.currentTime = at * audio.duration;
        }}
      >
        {peaks.map(([agent = 0, customer = 0], at) => {
          const played = at < share * peaks.length;
          const up = (agent / LOUDEST) * 48;
          return (
            <rect
              // oxlint-disable-next-line react/no-array-index-key -- a stretch of time is its place
              key={at}
              x={at + 0.15}
              width={0.7}
              y={50 - up}
              height={Math.max(up + (customer / LOUDEST) * 48, 0.8)}
              className={played ? "fill-accent" : "fill-line-strong"}
            />
          );
        })}
      </svg>
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- there is no transcript of a call */}
      <audio
        ref={sound}
        controls
        preload="metadata"
        src={`/v1/recordings/${recording}/audio`}
        aria-label={t("recording.title")}
        className="w-full"
        onTimeUpdate={({ currentTarget: { currentTime, duration: length } }) =>
          move(length ? currentTime / length : 0)
        }
      />
    </div>
  );
}

const LOUDEST = 32_767;
