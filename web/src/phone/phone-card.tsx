// My telephone: this page, if I want it to be, or what is registered with my extension.
import { Headset, PowerOff, RotateCcw } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../ui/button";
import { phone, turnOff, turnOn, usePhone, useVoice } from "./phone";

export function PhoneCard({ extension }: { extension: string | undefined }) {
  const { t } = useTranslation();
  const state = usePhone();
  return (
    <section aria-labelledby="my-phone" className="panel grid gap-3 px-5 py-4">
      <div className="flex items-baseline justify-between gap-3">
        <h2 id="my-phone" className="font-semibold">
          {t("phone.title")}
        </h2>
        <p className="digits text-sm text-ink-soft">
          {t("phone.extension")} <span dir="ltr">{extension ?? "–"}</span>
        </p>
      </div>
      {state.is === "failed" ? (
        <div role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
          <p>{t(`phone.failed.${state.fault}`)}</p>
          {state.said && <p className="mt-1">{state.said}</p>}
        </div>
      ) : (
        <p role="status" className="text-sm text-ink-soft">
          {t(`phone.${state.is}`)}
        </p>
      )}
      <Controls />
    </section>
  );
}

function Controls() {
  const { t } = useTranslation();
  const state = usePhone();
  const voice = useVoice();
  switch (state.is) {
    case "off":
      return (
        <Button large icon={<Headset size={18} aria-hidden />} onClick={turnOn}>
          {t("phone.turnOn")}
        </Button>
      );
    case "failed":
      return (
        <Button large icon={<RotateCcw size={18} aria-hidden />} onClick={turnOn}>
          {t("common.retry")}
        </Button>
      );
    default:
      return (
        <>
          {voice && <Meter voice={voice} />}
          {voice && <Devices />}
          <Button
            look="quiet"
            why={state.is === "on_line" ? t("phone.lineOpen") : undefined}
            icon={<PowerOff size={16} aria-hidden />}
            onClick={turnOff}
          >
            {t("phone.turnOff")}
          </Button>
        </>
      );
  }
}

/** How loud I am: a bar that stays still is a microphone that hears nothing. */
function Meter({ voice }: { voice: MediaStream }) {
  const { t } = useTranslation();
  const [level, tell] = useState(0);
  useEffect(() => {
    let stop: (() => void) | undefined;
    let left = false;
    void import("./sound").then(({ measure }) => {
      if (!left) stop = measure(voice, tell);
    });
    return () => {
      left = true;
      stop?.();
    };
  }, [voice]);
  return (
    <meter
      aria-label={t("phone.level")}
      min={0}
      max={1}
      value={level}
      className="h-2 w-full rounded-full"
    />
  );
}

type Found = { id: string; name: string }[];

function Devices() {
  const { t } = useTranslation();
  const [found, tell] = useState<{ microphones: Found; speakers: Found }>();
  const [chosen, choose] = useState({ microphone: "", speaker: "" });
  useEffect(() => {
    let left = false;
    const look = async () => {
      const { devicesOf, kept } = await import("./sound");
      const [microphones, speakers] = await Promise.all([
        devicesOf("audioinput"),
        devicesOf("audiooutput"),
      ]);
      if (left) return;
      tell({ microphones, speakers });
      choose({ microphone: kept("audioinput"), speaker: kept("audiooutput") });
    };
    void look();
    const again = () => void look();
    navigator.mediaDevices.addEventListener("devicechange", again);
    return () => {
      left = true;
      navigator.mediaDevices.removeEventListener("devicechange", again);
    };
  }, []);
  if (!found) return null;
  const speakInto = async (id: string) => {
    const { keep, microphone } = await import("./sound");
    keep("audioinput", id);
    choose({ ...chosen, microphone: id });
    await phone.speakInto(await microphone());
  };
  const hearBy = async (id: string) => {
    const sound = await import("./sound");
    sound.keep("audiooutput", id);
    choose({ ...chosen, speaker: id });
    await sound.hearBy(id);
  };
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Choice
        label={t("phone.microphone")}
        of={found.microphones}
        value={chosen.microphone}
        onChoose={speakInto}
      />
      <Choice
        label={t("phone.speaker")}
        of={found.speakers}
        value={chosen.speaker}
        onChoose={hearBy}
      />
    </div>
  );
}

function Choice(props: {
  label: string;
  of: Found;
  value: string;
  onChoose: (id: string) => Promise<void>;
}) {
  const { t } = useTranslation();
  if (props.of.length === 0) return null;
  const value = props.of.some(({ id }) => id === props.value) ? props.value : "";
  return (
    <label className="grid gap-1 text-sm">
      <span className="text-ink-soft">{props.label}</span>
      <select
        className="field"
        value={value}
        onChange={(event) => void props.onChoose(event.target.value)}
      >
        <option value="">{t("phone.usual")}</option>
        {props.of.map(({ id, name }) => (
          <option key={id} value={id}>
            {name || id}
          </option>
        ))}
      </select>
    </label>
  );
}
