// The page's line to Izwi: WebRTC where the network lets it through, else a WebSocket, found out by itself.

import { Connection, ConnectionTrouble } from "./connection.js";
import { AGAIN, Socket } from "./socket.js";

const BLOCKED = ["path", "old"]; // troubles of WebRTC that a WebSocket does not have
const KEPT = "izwi.session"; // where this tab keeps its session while the page is loaded anew
const RESUME = 60_000; // ms in which a page may come back
let blocked = false; // WebRTC did not get through on this page before, so the wait for it is spared

export class Line {
  /** `message(event)`, `voice(stream)`, `queued(place)`, `broken(yes, resumed)` and `ended(reason)` are called as things happen. */
  constructor(told) {
    const { broken, ended } = told;
    Object.assign(this, { told: { ...told, ended: (reason) => this.lost(reason) }, broken, ended, over: false, way: null });
  }

  get open() {
    return Boolean(this.way?.open);
  }

  /** Which line it is: "webrtc" or "websocket". */
  get kind() {
    return this.way instanceof Socket ? "websocket" : "webrtc";
  }

  /** Connect, with a microphone track or without; a page that was loaded anew goes on. Throws ConnectionTrouble. */
  async connect(track) {
    this.track = track;
    await this.reach(kept());
  }

  async reach(token) {
    if (blocked) return this.take(new Socket(this.told, token));
    const first = new Connection(this.told, token);
    try {
      await this.take(first);
    } catch (trouble) {
      if (!BLOCKED.includes(trouble.reason) || this.over) throw trouble;
      await this.take(new Socket(this.told, token), first.id).catch((second) => {
        throw second.reason === "busy" ? second : trouble;
      });
      blocked = true;
    }
  }

  async take(way, replaces) {
    this.way = way;
    await way.connect(this.track, replaces);
    if (!this.over) return;
    way.close();
    throw new ConnectionTrouble("refused");
  }

  /** The way has ended by itself: come back within a minute, and go on where we were. A WebSocket has tried that itself. */
  async lost(reason) {
    const { token } = this.way;
    if (this.kind === "websocket" || !token) return this.ended(reason);
    this.broken(true);
    for (const wait of AGAIN) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (this.over) return;
      try {
        await this.reach(token);
        return this.broken(false, this.way.resumed);
      } catch {
        // the next try, later
      }
    }
    this.ended(reason);
  }

  send(command) {
    this.way?.send(command);
  }

  async microphone(track) {
    this.track = track;
    await this.way?.microphone(track);
  }

  /** The page goes, perhaps to be loaded anew. */
  suspend() {
    if (this.way?.token && !this.over) keep(this.way.token);
    this.over = true;
    this.way?.close();
  }

  /** Leave for good. */
  close() {
    this.over = true;
    this.way?.close(true);
  }
}

function keep(token) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ token, until: Date.now() + RESUME }));
  } catch {
    // storage is forbidden here; the page begins anew then
  }
}

/** The session that this tab had until a moment ago, once; null if there is none. */
function kept() {
  try {
    const { token, until } = JSON.parse(sessionStorage.getItem(KEPT));
    sessionStorage.removeItem(KEPT);
    return Date.now() < until ? token : null;
  } catch {
    return null;
  }
}
