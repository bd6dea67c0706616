// On the audio thread: plays the reply, and turns it down the moment the user starts to speak over it.
//
// Input 0 is the microphone, input 1 the reply; the output is the reply at the right loudness. What the loudspeaker
// sends back into the microphone must not count as the user, so the microphone is compared with the loudest the reply
// has been in the last 300 ms times `echo`, the room's coupling, which is learned: up when the server heard
// nobody, or while a loud reply comes back clearly above the room's noise, and slowly down again.

const SMOOTH = 0.005; // s
const HOLD = 0.3; // s an echo may take through loudspeaker, air and the browser's own buffers
const STEADY = 0.024; // s above the threshold that make an onset; a click is shorter
const MARGIN = 4; // power: 6 dB above the expected echo
const ABOVE_NOISE = 12; // power: 11 dB above the room
const QUIETEST = 10 ** (-45 / 10); // power below which nothing counts as speech
const AUDIBLE = 10 ** (-60 / 10);
const TELLING = 10 ** (-30 / 10); // power of the reply from which on the microphone tells anything of the room
const CERTAIN = 4; // power: what is 6 dB above the room's own noise came from the reply
const DUCKED = 10 ** (-18 / 20);
const REPORT = 0.05; // s
const [LEAST_ECHO, FIRST_ECHO, MOST_ECHO] = [1e-4, 2e-3, 4]; // power; the browser cancels most of the echo itself
const [RISE, FALL] = [0.15, 5]; // s in which the coupling is learned, up and down; in the first seconds faster

class Ear extends AudioWorkletProcessor {
  constructor() {
    super();
    this.gain = this.target = 1;
    this.mic = this.reply = 0; // smoothed power
    this.noise = 1e-5;
    this.echo = FIRST_ECHO;
    this.learned = 0.5; // s of the reply the coupling rests on
    this.peaks = new Float32Array(Math.ceil((HOLD * sampleRate) / 128));
    this.at = 0;
    this.above = 0;
    this.armed = false;
    this.begin();
    this.reported = 0;
    this.loudest = [0, 0];
    this.port.onmessage = ({ data }) => this.told(data);
  }

  told({ gain, armed, begin, nobody }) {
    if (gain !== undefined) this.target = gain;
    if (armed !== undefined) this.armed = armed;
    if (begin) this.begin();
    if (nobody) this.echo = Math.min(MOST_ECHO, this.echo * 2);
  }

  begin() {
    this.first = this.last = null; // when the reply was first and last audible
  }

  process([[mic], [reply]], [[out]]) {
    const quantum = 128 / sampleRate;
    this.play(reply, out);
    this.mic = smooth(this.mic, power(mic), quantum / SMOOTH);
    this.reply = smooth(this.reply, power(out), quantum / SMOOTH);
    this.peaks[(this.at = (this.at + 1) % this.peaks.length)] = this.reply;
    this.account(reply);
    if (mic) this.listen(quantum);
    this.report();
    return true;
  }

  /** Reply to output; the gain falls in 3 ms and rises in 40 ms, without a click. */
  play(reply, out) {
    const speed = 1 - Math.exp(-1 / (sampleRate * (this.target < this.gain ? 0.003 : 0.04)));
    for (let i = 0; i < out.length; i++) {
      this.gain += (this.target - this.gain) * speed;
      out[i] = reply ? reply[i] * this.gain : 0;
    }
  }

  account(reply) {
    if (power(reply) < AUDIBLE) return;
    this.first ??= currentTime;
    this.last = currentTime + 128 / sampleRate;
  }

  listen(quantum) {
    const loudest = this.peaks.reduce((a, b) => Math.max(a, b));
    const playing = loudest > AUDIBLE;
    const threshold = Math.max(QUIETEST, this.noise * ABOVE_NOISE, playing ? loudest * this.echo * MARGIN : 0);
    // A deep voice dips between its pulses, so falling below the threshold only counts back.
    const step = this.mic > threshold ? quantum : -quantum;
    this.above = Math.min(2 * STEADY, Math.max(0, this.above + step));
    if (!this.above && loudest > TELLING) this.learn(Math.max(0, this.mic - CERTAIN * this.noise) / loudest, quantum);
    if (!this.above && !playing) this.noise += (this.mic - this.noise) * (quantum / (this.mic < this.noise ? 0.1 : 2));
    if (playing && this.armed && this.above > STEADY) {
      this.armed = false;
      this.target = Math.min(this.target, DUCKED);
      this.port.postMessage({ onset: currentTime - this.above });
    }
  }

  learn(coupling, quantum) {
    this.learned = Math.min(FALL, this.learned + quantum);
    const towards = Math.min(MOST_ECHO, Math.max(LEAST_ECHO, coupling));
    // In decibels, so that a breath beside a soft word of the reply weighs no more than what it is.
    this.echo *= (towards / this.echo) ** (quantum / (towards > this.echo ? RISE : this.learned));
  }

  report() {
    this.loudest = [Math.max(this.loudest[0], this.mic), Math.max(this.loudest[1], this.reply)];
    if (currentTime - this.reported < REPORT) return;
    this.reported = currentTime;
    const [mic, reply] = this.loudest.map(Math.sqrt);
    this.port.postMessage({ mic, reply, first: this.first, last: this.last, now: currentTime });
    this.loudest = [0, 0];
  }
}

function power(samples) {
  if (!samples) return 0;
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i] * samples[i];
  return sum / samples.length;
}

/** One pole; what is below hearing is nothing, because numbers near zero are slow to reckon with. */
function smooth(average, value, weight) {
  const next = average + (value - average) * weight;
  return next < 1e-12 ? 0 : next;
}

registerProcessor("ear", Ear);
