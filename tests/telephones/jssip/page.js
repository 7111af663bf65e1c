// An agent's page: registers, answers whatever rings, says its microphone, measures what it hears.
//
// Tests call what hangs at `window.page`; Chromium plays a tone into the microphone.
"use strict";

window.page = (() => {
  const microphone = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const context = new AudioContext();
  const state = { registered: false, calls: 0, connection: null, analyser: null, session: null };

  function listen(connection) {
    state.connection = connection;
    connection.addEventListener("track", (event) => {
      const stream = new MediaStream([event.track]);
      // Chromium decodes what an element plays, and nothing else.
      const player = new Audio();
      player.srcObject = stream;
      player.muted = true;
      player.play();
      state.analyser = context.createAnalyser();
      state.analyser.fftSize = 8192;
      state.analyser.smoothingTimeConstant = 0;
      context.createMediaStreamSource(stream).connect(state.analyser);
    });
  }

  function register(server, user, password) {
    const socket = new JsSIP.WebSocketInterface(server);
    const uri = `sip:${user}@${location.hostname}`;
    const phone = new JsSIP.UA({ sockets: [socket], uri, password, session_timers: false });
    phone.on("registered", () => (state.registered = true));
    phone.on("newRTCSession", ({ session }) => {
      state.session = session;
      session.on("peerconnection", ({ peerconnection }) => listen(peerconnection));
      session.on("confirmed", () => (state.calls += 1));
      session.answer({ mediaConstraints: { audio: microphone, video: false } });
    });
    phone.start();
  }

  // The loudest frequency now, in Hz; 0 where nothing is above a whisper.
  function hears() {
    if (!state.analyser) return 0;
    const levels = new Float32Array(state.analyser.frequencyBinCount);
    state.analyser.getFloatFrequencyData(levels);
    const loudest = levels.reduce((best, level, at) => (level > levels[best] ? at : best), 0);
    const step = context.sampleRate / state.analyser.fftSize;
    return levels[loudest] > -50 ? loudest * step : 0;
  }

  // What the connection agreed on.
  async function agreed() {
    const found = { codec: "", cipher: "", dtls: "" };
    const stats = await state.connection.getStats();
    stats.forEach((report) => {
      if (report.type === "transport") {
        found.cipher = report.srtpCipher || "";
        found.dtls = report.tlsVersion || "";
      }
      if (report.type === "inbound-rtp") found.codec = stats.get(report.codecId).mimeType;
    });
    return JSON.stringify(found);
  }

  function restartIce() {
    return new Promise((done) => {
      const rtcOfferConstraints = { iceRestart: true };
      state.session.renegotiate({ rtcOfferConstraints }, () => done(true));
    });
  }

  return {
    register,
    hears,
    agreed,
    restartIce,
    press: (key) => state.session.sendDTMF(key, { transportType: "RFC2833" }),
    hold: () => new Promise((done) => state.session.hold({}, () => done(true))),
    unhold: () => new Promise((done) => state.session.unhold({}, () => done(true))),
    isRegistered: () => state.registered,
    calls: () => state.calls,
  };
})();
