// Test only: three inputs (microphone, reply as it arrives, reply as it is played) on the page's own audio clock.
class Recorder extends AudioWorkletProcessor {
  process(inputs) {
    const block = new Int16Array(3 * 128);
    inputs.forEach((input, n) => input[0]?.forEach((x, i) => (block[n * 128 + i] = Math.max(-1, Math.min(1, x)) * 32767)));
    this.port.postMessage(block);
    return true;
  }
}
registerProcessor("recorder", Recorder);
