// On the audio thread, for the WebSocket line: the microphone in pieces of 16 kHz, and the reply from pieces of any rate.

const LISTENING = 16000;
const PIECE = 320; // samples of 16 kHz in one message: 20 ms
const REACH = 16; // zero crossings of the sinc on each side

/** Changes the rate of a stream: a sinc under a Hann window, as wide as the lower rate needs. */
class Resampler {
  constructor(from, to) {
    this.step = from / to;
    this.cut = Math.min(1, to / from);
    this.reach = Math.ceil(REACH / this.cut);
    this.kept = new Float32Array(2 * this.reach);
    this.known = new Map();
    this.at = this.reach; // where the next sample lies, in `kept` and what follows it
  }

  /** The samples that can be reckoned now; the last few of the input wait for what follows. */
  feed(input) {
    const all = new Float32Array(this.kept.length + input.length);
    all.set(this.kept);
    all.set(input, this.kept.length);
    const out = [];
    while (this.at + this.reach < all.length) {
      out.push(this.sample(all));
      this.at += this.step;
    }
    const used = Math.max(0, Math.floor(this.at) - this.reach);
    this.kept = all.slice(used);
    this.at -= used;
    return out;
  }

  sample(all) {
    const start = Math.floor(this.at) - this.reach + 1;
    const weights = this.weights(this.at - Math.floor(this.at));
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += all[start + i] * weights[i];
    return sum;
  }

  /** The filter for a place between two samples; between two rates there are not many such places. */
  weights(between) {
    const key = Math.round(between * 10000);
    let found = this.known.get(key);
    if (!found) {
      const { reach, cut } = this;
      found = Float32Array.from({ length: 2 * reach }, (_, i) => {
        const distance = i - reach + 1 - between;
        const x = Math.PI * distance * cut;
        const sinc = Math.abs(x) < 1e-6 ? 1 : Math.sin(x) / x;
        return cut * sinc * (0.5 + 0.5 * Math.cos((Math.PI * distance) / reach));
      });
      this.known.set(key, found);
    }
    return found;
  }
}

/** The microphone: every 20 ms a message with an Int16Array. */
class Tap extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, LISTENING);
    this.piece = new Int16Array(PIECE);
    this.filled = 0;
  }

  process([[mic]]) {
    for (const sample of this.resampler.feed(mic ?? new Float32Array(128))) {
      this.piece[this.filled++] = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
      if (this.filled < PIECE) continue;
      this.port.postMessage(this.piece);
      this.piece = new Int16Array(PIECE);
      this.filled = 0;
    }
    return true;
  }
}

/** The reply: plays what it is given, in order; `flush` silences it within one block. */
class Voice extends AudioWorkletProcessor {
  constructor() {
    super();
    this.pieces = [];
    this.played = 0; // samples of the first piece
    this.port.onmessage = ({ data }) => (data.flush ? this.flush() : this.take(data));
  }

  take({ rate, samples }) {
    if (rate !== this.rate) [this.rate, this.resampler] = [rate, new Resampler(rate, sampleRate)];
    this.pieces.push(this.resampler.feed(Float32Array.from(samples, (sample) => sample / 32768)));
  }

  flush() {
    this.pieces = [];
    this.played = 0;
    this.rate = 0;
  }

  process(_, [[out]]) {
    for (let i = 0; i < out.length && this.pieces.length; ) {
      const piece = this.pieces[0];
      while (i < out.length && this.played < piece.length) out[i++] = piece[this.played++];
      if (this.played < piece.length) break;
      this.pieces.shift();
      this.played = 0;
    }
    return true;
  }
}

registerProcessor("tap", Tap);
registerProcessor("voice", Voice);
