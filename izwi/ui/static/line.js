// The page's line to Izwi: WebRTC where the network lets it through, else a WebSocket, found out by itself.

import { Connection, ConnectionTrouble } from "./connection.js";
import { Socket } from "./socket.js";

const BLOCKED = ["path", "old"]; // troubles of WebRTC that a WebSocket does not have
let blocked = false; // WebRTC did not get through on this page before, so the wait for it is spared

export class Line {
  /** `message(event)`, `voice(stream)`, `queued(place)`, `broken(yes, resumed)` and `ended(reason)` are called as things happen. */
  constructor(told) {
    Object.assign(this, { told, over: false, way: null });
  }

  get open() {
    return Boolean(this.way?.open);
  }

  /** Which line it is: "webrtc" or "websocket". */
  get kind() {
    return this.way instanceof Socket ? "websocket" : "webrtc";
  }

  /** Connect, with a microphone track or without. Throws ConnectionTrouble. */
  async connect(track) {
    if (blocked) return this.take(new Socket(this.told), track);
    const first = new Connection(this.told);
    try {
      await this.take(first, track);
    } catch (trouble) {
      if (!BLOCKED.includes(trouble.reason) || this.over) throw trouble;
      await this.take(new Socket(this.told), track, first.id).catch((second) => {
        throw second.reason === "busy" ? second : trouble;
      });
      blocked = true;
    }
  }

  async take(way, track, replaces) {
    this.way = way;
    await way.connect(track, replaces);
    if (!this.over) return;
    way.close();
    throw new ConnectionTrouble("refused");
  }

  send(command) {
    this.way?.send(command);
  }

  async microphone(track) {
    await this.way?.microphone(track);
  }

  close() {
    this.over = true;
    this.way?.close();
  }
}
