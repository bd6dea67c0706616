"""The page's ear alone, on sounds made here and rendered offline: when it turns the reply down and when not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.browser.visit import Visit

RATE = 48_000
EAR = Path(__file__).parents[2] / "izwi" / "ui" / "static" / "ear.js"
Sound = NDArray[np.float64]
#: Renders a microphone and a reply through ``ear.js``; gives the seconds of its onsets.
RENDER = """async ([script, mic, reply, rate]) => {
  const context = new OfflineAudioContext(1, mic.length, rate);
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
  const ear = new AudioWorkletNode(context, "ear", { numberOfInputs: 2, outputChannelCount: [1] });
  const onsets = [];
  ear.port.onmessage = ({ data }) => "onset" in data && onsets.push(data.onset);
  [mic, reply].forEach((samples, input) => {
    const buffer = new AudioBuffer({ length: samples.length, sampleRate: rate });
    buffer.copyToChannel(Float32Array.from(samples), 0);
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(ear, 0, input);
    source.start();
  });
  ear.connect(context.destination);
  ear.port.postMessage({ armed: true });
  await new Promise((done) => setTimeout(done, 100));
  await context.startRendering();
  await new Promise((done) => setTimeout(done, 100));
  return onsets;
}"""


@pytest.fixture
def page(visit: Any) -> Visit:
    return visit()  # type: ignore[no-any-return]


def sounds(*parts: tuple[float, float], seed: int = 0) -> Sound:
    """Noise in pieces of (seconds, dBFS)."""
    noise = np.random.default_rng(seed)
    return np.concatenate([noise.normal(0, 10 ** (level / 20), round(length * RATE)) for length, level in parts])


def onsets(page: Visit, mic: Sound, reply: Sound) -> list[float]:
    return [float(at) for at in page.ask(RENDER, [EAR.read_text(), mic.tolist(), reply.tolist(), RATE])]


def test_a_soft_voice_over_the_reply_is_heard_within_a_tenth_of_a_second(page: Visit) -> None:
    (at,) = onsets(page, sounds((2.0, -80), (0.5, -33)), sounds((2.5, -15), seed=1))
    assert 2.0 <= at + 0.024 <= 2.1


def test_what_the_room_sends_back_of_the_reply_is_not_the_user(page: Visit) -> None:
    reply = sounds((1.0, -15), (0.3, -60), (1.0, -12), (0.5, -30), (1.0, -15))
    echo = 0.05 * np.concatenate([np.zeros(4800), reply[:-4800]])
    assert onsets(page, echo + sounds((3.8, -70), seed=2), reply) == []


def test_a_soft_sound_over_the_last_of_a_reply_tells_nothing_of_the_room(page: Visit) -> None:
    """Beside a reply that dies away anything would seem a loud echo, and the next voice would go unheard."""
    reply = sounds((1.0, -15), (0.6, -55), (1.0, -90), (1.0, -15), (0.5, -15), seed=1)
    mic = sounds((1.0, -80), (0.6, -47), (2.0, -80), (0.5, -33))
    assert [at for at in onsets(page, mic, reply) if 3.6 <= at + 0.024 <= 3.7]
