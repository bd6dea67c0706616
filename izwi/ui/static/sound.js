// All sound of the page: the microphone in, the reply out, how loud both are, and how much of the reply was heard.

const HUSHED = 0;
const WHOLE = 1;
const VERDICT = 700; // ms after our own ducking in which the server must agree that somebody speaks
const LONGEST_DUCK = 2500; // ms after which a duck without a verdict is over

export class MicrophoneTrouble extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

const REASONS = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "absent", OverconstrainedError: "absent" };

/** A stream from the microphone. Throws MicrophoneTrouble. */
export async function microphone() {
  if (!window.isSecureContext || !navigator.mediaDevices) throw new MicrophoneTrouble("insecure");
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    throw new MicrophoneTrouble(REASONS[error.name] ?? "taken");
  }
}

export class Sound {
  /** `onset()`: the user speaks over the reply. `levels({mic, reply, heard, quiet})`: 20 times a second. */
  constructor({ onset, levels }) {
    Object.assign(this, { onset, levels, gain: WHOLE, hushed: false, tell: () => {} });
  }

  /** Must be called from a click or a key, or browsers keep the sound off. */
  async start() {
    if (!this.context) this.context = new AudioContext({ latencyHint: "interactive" });
    const running = this.context.resume();
    this.ready ??= this.context.audioWorklet ? this.withEar() : this.withoutEar();
    await Promise.all([running, this.ready]);
  }

  async withEar() {
    await this.context.audioWorklet.addModule(new URL("ear.js", import.meta.url));
    this.output = new AudioWorkletNode(this.context, "ear", { numberOfInputs: 2, outputChannelCount: [1], channelCount: 1, channelCountMode: "explicit" });
    this.output.connect(this.context.destination);
    this.output.port.onmessage = ({ data }) => ("onset" in data ? this.ducked() : this.report(data));
    this.tell = (message) => this.output.port.postMessage(message);
    this.inputs = [0, 1];
  }

  /** Browsers keep worklets from insecure pages; there is no microphone there either, so plain nodes will do. */
  async withoutEar() {
    this.output = new GainNode(this.context);
    const meter = new AnalyserNode(this.context, { fftSize: 2048 });
    const samples = new Float32Array(meter.fftSize);
    let [first, last] = [null, null];
    this.output.connect(meter).connect(this.context.destination);
    this.tell = ({ gain, begin }) => {
      if (gain !== undefined) this.output.gain.setTargetAtTime(gain, this.context.currentTime, 0.003);
      if (begin) first = last = null;
    };
    setInterval(() => {
      meter.getFloatTimeDomainData(samples);
      const reply = Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
      const now = this.context.currentTime;
      if (reply > 0.001) [first, last] = [first ?? now, now];
      this.report({ mic: 0, reply, first, last, now });
    }, 50);
    this.inputs = [null, 0];
  }

  /** The reply's stream. Chromium gives a remote stream to Web Audio only while a media element plays it too. */
  play(stream) {
    this.element ??= Object.assign(new Audio(), { muted: true });
    this.element.srcObject = stream;
    this.element.play().catch(() => {});
    this.reply?.disconnect();
    this.reply = this.context.createMediaStreamSource(stream);
    this.reply.connect(this.output, 0, this.inputs[1]);
  }

  /** Whether `voice` and `tap` work here; browsers keep worklets from insecure pages. */
  get canPlay() {
    return Boolean(this.context?.audioWorklet);
  }

  /** A loudspeaker for pieces of sound: `play(rate, samples)` and `flush()`, in place of a stream. */
  async voice() {
    await (this.pcm ??= this.context.audioWorklet.addModule(new URL("pcm.js", import.meta.url)));
    this.reply?.disconnect();
    this.reply = new AudioWorkletNode(this.context, "voice", { numberOfInputs: 0, outputChannelCount: [1] });
    this.reply.connect(this.output, 0, this.inputs[1]);
    const { port } = this.reply;
    return { play: (rate, samples) => port.postMessage({ rate, samples }), flush: () => port.postMessage({ flush: true }) };
  }

  /** `listen(samples)` gets every 20 ms of the microphone, 16 kHz; null ends it. */
  tap(listen) {
    this.tapped?.disconnect();
    this.tapped = null;
    if (!listen || !this.mic) return;
    this.tapped = new AudioWorkletNode(this.context, "tap", { channelCount: 1, channelCountMode: "explicit" });
    this.tapped.port.onmessage = ({ data }) => listen(data);
    this.mic.connect(this.tapped).connect(new GainNode(this.context, { gain: 0 })).connect(this.context.destination);
  }

  /** The microphone's stream, or null. */
  hear(stream) {
    this.mic?.disconnect();
    this.mic = stream && this.inputs[0] !== null ? this.context.createMediaStreamSource(stream) : null;
    this.mic?.connect(this.output, 0, this.inputs[0]);
  }

  /** A new reply begins: loud again, and counted from its first sound. */
  begin() {
    this.hushed = false;
    this.tell({ begin: true });
    this.restore();
  }

  /** The server wants the reply lower by `db`, or whole again (0): it was a cough, or a word of assent. */
  duck(db) {
    clearTimeout(this.waiting);
    if (db === 0) return this.restore();
    if (!this.hushed) this.set(10 ** (db / 20));
    this.waiting = setTimeout(() => this.restore(), LONGEST_DUCK);
  }

  /** The reply is over before its end: silence now, whatever is still on its way. */
  hush() {
    this.hushed = true;
    clearTimeout(this.waiting);
    this.set(HUSHED);
  }

  ducked() {
    this.gain = Math.min(this.gain, 10 ** (-18 / 20));
    this.waiting = setTimeout(() => this.nobody(), VERDICT);
    this.onset();
  }

  /** We turned the reply down and the server heard no one: it was the reply's own echo. */
  nobody() {
    this.tell({ nobody: true });
    this.restore();
  }

  restore() {
    clearTimeout(this.waiting);
    if (!this.hushed) this.set(WHOLE);
    this.tell({ armed: true });
  }

  set(gain) {
    this.gain = gain;
    this.tell({ gain });
  }

  report({ mic, reply, first, last, now }) {
    const heard = first === null ? 0 : last - first;
    this.levels({ mic, reply, heard, quiet: last === null ? Infinity : now - last });
  }

  stop() {
    this.hear(null);
    this.reply?.disconnect();
    this.reply = null;
    if (this.element) this.element.srcObject = null;
    this.hush();
  }
}
