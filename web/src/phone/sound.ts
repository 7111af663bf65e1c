// Microphone and loudspeaker: which of them, kept in this browser, and how loud somebody speaks.
const KEPT = { audioinput: "cordboard.microphone", audiooutput: "cordboard.speaker" } as const;

export type Kind = keyof typeof KEPT;

/** What callers are heard by. */
export const audioOut = new Audio();
audioOut.autoplay = true;
void hearBy(kept("audiooutput"));

export function kept(kind: Kind): string {
  return localStorage.getItem(KEPT[kind]) ?? "";
}

export function keep(kind: Kind, id: string): void {
  localStorage.setItem(KEPT[kind], id);
}

/** Plays through another loudspeaker; one that is gone leaves the usual one. */
export async function hearBy(id: string): Promise<void> {
  if (id && "setSinkId" in audioOut) await audioOut.setSinkId(id).catch(() => undefined);
}

/** Asks for the microphone that was chosen, else for any. */
export async function microphone(): Promise<MediaStream> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw new Error("browsers give a microphone to pages over HTTPS alone");
  const id = kept("audioinput");
  const wanted = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  const audio = id ? { ...wanted, deviceId: { ideal: id } } : wanted;
  return devices.getUserMedia({ audio, video: false });
}

/** The devices of a kind, by id and name. */
export async function devicesOf(kind: Kind): Promise<{ id: string; name: string }[]> {
  const all = await navigator.mediaDevices.enumerateDevices();
  const these = all.filter((device) => device.kind === kind && device.deviceId);
  return these.map(({ deviceId, label }) => ({ id: deviceId, name: label }));
}

/** Calls `tell` with how loud the stream is, 0 to 1, ten times a second; returns how to stop. */
export function measure(voice: MediaStream, tell: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(voice).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    // -60 dB is silence, -10 dB a loud voice.
    tell(Math.min(Math.max((10 * Math.log10(power + 1e-9) + 60) / 50, 0), 1));
  }, 100);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
