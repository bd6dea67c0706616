// One WebRTC connection to Izwi: sound both ways, and a data channel for events and commands.

const PATIENCE = 4000; // ms until a path that does not open counts as none
/** Why a server may turn somebody away for now, by its code. */
export const REFUSALS = {
  busy: "busy",
  concurrency_limit_reached: "busy",
  too_many_requests: "limit",
  too_many_connections: "limit",
  talk_quota: "limit",
};
const GATHERING = 800; // ms to wait for our own addresses before the offer leaves without the slow ones
const PING = 2000; // ms; after 8 s without a word the server frees our place
const LOST = 3000; // ms that "disconnected" may last before it counts as lost
const GOODBYE = 250; // ms for our last word to leave
const FINAL = ["taken_over", "time_limit", "talk_quota", "models"]; // errors after which there is nothing to come back to

/** Why a connection failed or ended; `reason` is a key of the page's sentences. */
export class ConnectionTrouble extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

export class Connection {
  /**
   * `message(event)`, `voice(stream)`, `queued(place)` and `ended(reason)` are called as things happen. With the `token`
   * of a session that was dropped it goes on, if the server still knows it (`resumed`).
   */
  constructor({ message, voice, ended, queued }, token = null) {
    Object.assign(this, { message, voice, ended, queued, token, open: false, over: false, heard: false, early: [] });
  }

  /** Connect, with a microphone track or without. Throws ConnectionTrouble. */
  async connect(track) {
    if (!window.RTCPeerConnection) throw new ConnectionTrouble("old");
    try {
      const { iceServers } = await ask("webrtc/ice");
      this.pc = new RTCPeerConnection({ iceServers });
      this.channel = this.pc.createDataChannel("izwi");
      const opened = new Promise((resolve) => (this.channel.onopen = resolve));
      const welcome = new Promise((resolve) => (this.welcome = resolve));
      this.channel.onmessage = ({ data }) => this.received(JSON.parse(data));
      // Without a microphone the line still goes both ways, so that one can join later without a new offer.
      const line = this.pc.addTransceiver(track ?? "audio", { direction: "sendrecv" });
      this.sender = line.sender;
      this.pc.ontrack = (event) => this.voice(new MediaStream([event.track]));
      await this.negotiate();
      await this.within(PATIENCE, opened);
      if (this.token) await Promise.race([welcome, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
    } catch (trouble) {
      this.close();
      console.info("Izwi could not connect:", trouble);
      throw trouble instanceof ConnectionTrouble ? trouble : new ConnectionTrouble("refused");
    }
    this.watch();
  }

  async negotiate() {
    const id = (this.id = name());
    await this.pc.setLocalDescription(await this.pc.createOffer());
    await gathered(this.pc);
    const { sdp, type } = this.pc.localDescription;
    let answered = false;
    this.pc.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate && answered)
        ask("webrtc/offer", { type: "ice-candidate", webrtc_id: id, candidate }).catch(() => {});
    };
    const answer = await this.turn({ sdp, type, webrtc_id: id, token: this.token ?? "" });
    if (answer.status === "failed") throw new ConnectionTrouble(REFUSALS[answer.meta?.error] ?? "refused");
    answered = true;
    if (this.over) throw new ConnectionTrouble("refused");
    await this.pc.setRemoteDescription(answer);
  }

  /** The answer to our offer. While all places are taken we ask again and again, which keeps our turn in the queue. */
  async turn(offer) {
    for (;;) {
      const answer = await ask("webrtc/offer", offer);
      if (answer.meta?.error !== "queued" || this.over) return answer;
      this.queued(answer.meta);
      await new Promise((resolve) => setTimeout(resolve, 1000 * answer.meta.again));
    }
  }

  /** Wait for the line to open; twice as long once a path is found and only the handshake is still going on. */
  within(patience, opened) {
    return new Promise((resolve, reject) => {
      const late = () => reject(new ConnectionTrouble("path"));
      const found = () => ["connected", "completed"].includes(this.pc.iceConnectionState);
      const timer = setTimeout(() => (found() ? setTimeout(late, patience) : late()), patience);
      this.pc.oniceconnectionstatechange = () => this.pc.iceConnectionState === "failed" && late();
      opened.then(() => (clearTimeout(timer), resolve()));
    });
  }

  watch() {
    this.open = true;
    this.pings = setInterval(() => this.send({ type: "ping" }), PING);
    this.channel.onclose = () => this.end("dropped");
    this.pc.onconnectionstatechange = () => {
      clearTimeout(this.losing);
      const state = this.pc.connectionState;
      if (state === "failed" || state === "closed") this.end("dropped");
      if (state === "disconnected") this.losing = setTimeout(() => this.end("dropped"), LOST);
    };
  }

  received(event) {
    if (event.type === "welcome") this.welcomed(event);
    if (event.type === "error" && FINAL.includes(event.code)) this.token = null;
    this.message(event);
    if (this.heard || event.type === "log") return; // the line's own words come before Izwi listens
    this.heard = true;
    this.early.splice(0).forEach((command) => this.send(command));
  }

  welcomed({ token, resumed }) {
    Object.assign(this, { token, resumed });
    this.welcome();
  }

  /** Before Izwi has said its first word it may not listen yet: what is said earlier waits (a ping has nothing to lose). */
  send(command) {
    if (!this.heard && command.type !== "ping") this.early.push(command);
    else if (this.channel?.readyState === "open") this.channel.send(JSON.stringify(command));
  }

  /** Let a microphone join; null takes it away. */
  async microphone(track) {
    if (this.open) await this.sender.replaceTrack(track);
  }

  end(reason) {
    if (this.over) return;
    this.close();
    this.ended(reason);
  }

  /** `forGood`: we shall not come back, and the server may forget us. */
  close(forGood = false) {
    this.over = true;
    this.open = false;
    clearInterval(this.pings);
    clearTimeout(this.losing);
    if (this.channel) this.channel.onclose = this.channel.onmessage = null;
    if (!forGood || this.channel?.readyState !== "open") return this.pc?.close();
    this.channel.send(JSON.stringify({ type: "bye" }));
    setTimeout(() => this.pc.close(), GOODBYE);
  }
}

async function ask(path, body) {
  const request = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, { cache: "no-store", ...request });
  if (!answer.ok && answer.status !== 429) throw new ConnectionTrouble("refused"); // 429 says why in its body
  return answer.json();
}

export const status = () => ask("status");

function gathered(pc) {
  return new Promise((resolve) => {
    setTimeout(resolve, GATHERING);
    const look = () => pc.iceGatheringState === "complete" && resolve();
    pc.addEventListener("icegatheringstatechange", look);
    look();
  });
}

/** A name no one else has; crypto.randomUUID is kept from insecure pages, this is not. */
function name() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
