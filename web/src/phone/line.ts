// The SIP line of the browser telephone: JsSIP over the switch's WebSocket. It is fetched when somebody
// uses the browser as a telephone, and answers the switch, which alone calls it.
import type { IncomingRTCSessionEvent, OutgoingRTCSessionEvent } from "jssip/lib/UA";
import type { RTCSession } from "jssip/lib/RTCSession";

import { audioOut } from "./sound";
import type { Token } from "./softphone";

export type LineEvents = {
  registered: () => void;
  disconnected: () => void;
  refused: (cause: string) => void;
  talking: () => void;
  ended: () => void;
};

export type Line = {
  renew: (password: string) => void;
  speakInto: (voice: MediaStream) => Promise<void>;
  close: () => void;
};

export async function connect(
  token: Token,
  voice: MediaStream,
  events: LineEvents,
): Promise<Line> {
  const { UA, WebSocketInterface } = await import("jssip");
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocketInterface(`${scheme}://${location.host}${token.websocket_path}`);
  const phone = new UA({
    sockets: [socket],
    uri: `sip:${token.username}@${token.domain}`,
    authorization_user: token.username,
    password: token.password,
    realm: token.realm,
    session_timers: false,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 10,
  });
  let spoken = voice;
  let session: RTCSession | undefined;
  phone.on("registered", events.registered);
  phone.on("disconnected", events.disconnected);
  phone.on("registrationFailed", ({ cause }) => {
    // A socket that broke is tried again by itself.
    if (cause !== "Connection Error" && cause !== "Request Timeout") events.refused(String(cause));
  });
  phone.on("newRTCSession", (begun: IncomingRTCSessionEvent | OutgoingRTCSessionEvent) => {
    const coming = begun.session;
    if (session) return coming.terminate({ status_code: 486 });
    session = coming;
    coming.on("peerconnection", ({ peerconnection }) => hear(peerconnection));
    coming.on("confirmed", events.talking);
    const over = () => {
      session = undefined;
      events.ended();
    };
    coming.on("ended", over);
    coming.on("failed", over);
    coming.answer({ mediaStream: spoken, pcConfig: { iceServers: [] } });
  });
  phone.start();
  return {
    renew: (password) => {
      phone.set("password", password);
      phone.register();
    },
    speakInto: async (other) => {
      spoken = other;
      const [track] = other.getAudioTracks();
      const senders = session?.connection.getSenders() ?? [];
      await Promise.all(senders.map((sender) => sender.replaceTrack(track ?? null)));
    },
    close: () => phone.stop(),
  };
}

function hear(connection: RTCPeerConnection): void {
  connection.addEventListener("track", ({ track }) => {
    audioOut.srcObject = new MediaStream([track]);
    void audioOut.play();
  });
}
