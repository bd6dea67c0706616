// One WebSocket to Izwi, for networks that let no WebRTC through: sound and messages on one line (docs/protocol.md).

import { ConnectionTrouble, REFUSALS } from "./connection.js";

const VERSION = 1;
const HEADER = 16; // bytes: generation, number, the sender's clock in µs
const PING = 2000; // ms
const PATIENCE = 8000; // ms until the door must have answered
export const AGAIN = [0, 500, 1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000]; // ms between the tries to come back
const FINAL = [1000, 4400, 4401, 4403, 4409, 4410, 4413, 4426, 4429]; // after these there is nothing to come back to
const NAMES = { agent_response: "reply" };

export class Socket {
  /** As `Connection`; `sound` plays and taps, `broken(yes, resumed)` says that the line is being mended, then how. */
  constructor({ message, ended, queued, sound, broken }, token = null) {
    Object.assign(this, { message, ended, queued, sound, broken, token, open: false, over: false });
    this.mic = null;
    this.generation = this.number = 0;
    this.error = "";
  }

  /** Connect, with a microphone track or without, in place of the WebRTC connection `replaces`. */
  async connect(track, replaces) {
    if (!this.sound.canPlay) throw new ConnectionTrouble("path");
    await this.sound.ready;
    this.voice = await this.sound.voice();
    await this.dial(replaces);
    await this.microphone(track ?? null);
    this.pings = setInterval(() => this.send({ type: "ping", t: this.now }), PING);
  }

  get now() {
    return performance.now() / 1000;
  }

  /** One connection, from the hello to the welcome. Throws ConnectionTrouble. */
  dial(replaces) {
    return new Promise((resolve, reject) => {
      const socket = (this.socket = new WebSocket(address(), ["izwi.v1"]));
      const refuse = (reason) => (clearTimeout(timer), socket.close(), reject(new ConnectionTrouble(reason)));
      const timer = setTimeout(() => refuse("refused"), PATIENCE);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => {
        const hello = { type: "hello", version: VERSION, rate: 24000, t: this.now };
        if (this.token) hello.token = this.token;
        if (replaces) hello.replaces = replaces;
        socket.send(JSON.stringify(hello));
      };
      socket.onmessage = ({ data }) => {
        const event = JSON.parse(data);
        if (event.type === "queue") (clearTimeout(timer), this.queued(event));
        if (event.type === "error") refuse(REFUSALS[event.code] ?? "refused");
        if (event.type !== "welcome") return;
        clearTimeout(timer);
        this.welcomed(event);
        this.message(event);
        resolve();
      };
      socket.onclose = () => refuse("refused");
    });
  }

  welcomed({ token, rate, resumed }) {
    Object.assign(this, { token, rate, resumed, open: true, error: "", generation: 0 });
    this.socket.onmessage = ({ data }) => (typeof data === "string" ? this.told(JSON.parse(data)) : this.heard(data));
    this.socket.onclose = ({ code }) => this.lost(code);
  }

  told(event) {
    if (event.type === "ping") return this.send({ type: "pong", id: event.id, t: this.now });
    if (event.type === "audio_interrupt") {
      this.generation = event.generation;
      return this.voice.flush();
    }
    if (event.type === "error") this.error = event.code;
    this.message({ ...event, type: NAMES[event.type] ?? event.type });
  }

  heard(data) {
    const generation = new DataView(data).getUint32(0, true);
    if (generation < this.generation) return; // of a reply that was cut off
    this.generation = generation;
    this.voice.play(this.rate, new Int16Array(data, HEADER));
  }

  send(command) {
    if (!this.open) return;
    const { type, turn, seconds, ended } = command;
    const said = type === "playback" ? { type: ended ? "playback_done" : "playback_progress", turn, seconds } : command;
    this.socket.send(JSON.stringify(said));
  }

  /** Let a microphone join; null takes it away. */
  async microphone(track) {
    this.mic = track;
    this.sound.tap(track && ((samples) => this.speak(samples)));
  }

  /** 20 ms of the microphone. What a stalled network does not take is not kept for later. */
  speak(samples) {
    if (!this.open || this.socket.bufferedAmount > 64 * 1024) return;
    const message = new ArrayBuffer(HEADER + samples.byteLength);
    const head = new DataView(message);
    head.setUint32(4, ++this.number, true);
    head.setBigUint64(8, BigInt(Math.round((this.now - samples.length / 16000) * 1e6)), true);
    new Int16Array(message, HEADER).set(samples);
    this.socket.send(message);
  }

  /** The line has dropped: come back within a minute, and go on where we were. */
  async lost(code) {
    this.open = false;
    this.voice.flush();
    if (FINAL.includes(code)) return this.end("dropped");
    this.broken(true);
    for (const wait of AGAIN) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (this.over) return;
      try {
        await this.dial();
        return this.broken(false, this.resumed);
      } catch {
        // the next try, later
      }
    }
    this.end("dropped");
  }

  end(reason) {
    if (this.over) return;
    this.close();
    this.ended(reason);
  }

  /** `forGood`: we shall not come back, and the server may forget us. */
  close(forGood = false) {
    if (forGood) this.send({ type: "bye" });
    this.over = true;
    this.open = false;
    clearInterval(this.pings);
    this.sound.tap(null);
    if (!this.socket) return;
    this.socket.onclose = this.socket.onmessage = null;
    this.socket.close();
  }
}

function address() {
  const url = new URL("orchestrate", document.baseURI);
  url.protocol = url.protocol.replace("http", "ws");
  return url;
}
