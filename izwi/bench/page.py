"""Breaking in at a real page: Chromium hears a recording, and what it plays is timed on its own audio clock."""

from __future__ import annotations

import argparse
import asyncio
import base64
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from izwi.audio import Pcm, join, silence
from izwi.bench.figures import Report, pair, percentiles
from izwi.bench.servers import server
from izwi.bench.users import INTERRUPTIONS, RATE, VOICES, speak
from izwi.faults import BadInput

Levels = npt.NDArray[np.float64]
#: Samples a level is taken over (5 ms); and in dB what can be heard, what is silence, and a duck.
FRAME, AUDIBLE, SILENT, DUCKED = 240, -45.0, -60.0, 17.0
#: Seconds from the end of the question to the interruption, and from there to the next question.
INTO, BETWEEN = 2.6, 6.0
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
RECORDER = Path(__file__).with_name("recorder.js")
#: Puts ``RECORDER`` beside the page's own sound: microphone, reply as it arrives, reply as it is played.
RECORD = """async (script) => {
  const { context, mic, reply, output } = izwi.sound;
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  await context.audioWorklet.addModule(url);
  const recorder = new AudioWorkletNode(context, "recorder", { numberOfInputs: 3, numberOfOutputs: 1 });
  window.recorded = [];
  recorder.port.onmessage = ({ data }) => window.recorded.push(data);
  [mic, reply, output].forEach((node, input) => node?.connect(recorder, 0, input));
  const nothing = new GainNode(context, { gain: 0 });
  recorder.connect(nothing).connect(context.destination);
}"""
#: What was recorded since the last call: the rate in Hz, and base64 of blocks of 128 samples of each of the three.
RECORDED = """() => {
  const blocks = window.recorded.splice(0);
  const all = new Int16Array(blocks.length * 384);
  blocks.forEach((block, i) => all.set(block, i * 384));
  const bytes = new Uint8Array(all.buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i += 9999) text += String.fromCharCode(...bytes.subarray(i, i + 9999));
  return [izwi.sound.context.sampleRate, btoa(text)];
}"""


def samples(recorded: str) -> npt.NDArray[np.float64]:
    """What ``RECORDED`` gave, of shape (3, samples), full scale 1."""
    blocks = np.frombuffer(base64.b64decode(recorded), np.int16).reshape(-1, 3, 128)
    return blocks.transpose(1, 0, 2).reshape(3, -1) / 32768


def levels(sound: npt.NDArray[np.float64]) -> Levels:
    """dBFS of each 5 ms."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    return np.asarray(20 * np.log10(np.sqrt((frames**2).mean(axis=1)) + 1e-6))


@dataclass
class User:
    """A microphone's recording that asks for a story and breaks into it, again and again."""

    sound: Pcm
    onsets: list[float] = field(default_factory=list)  # seconds into ``sound`` at which each interruption begins

    @staticmethod
    def breaking_in(count: int) -> User:
        user, at = User(silence(4.0, RATE)), 4.0
        pieces = [user.sound]
        for turn in range(count):
            question = speak("tell me a story", VOICES["en"][0])
            language, text = INTERRUPTIONS[turn % len(INTERRUPTIONS)]
            words = speak(text, VOICES[language][turn // len(INTERRUPTIONS) % len(VOICES[language])])
            into = INTO + 0.13 * (turn % 7)
            user.onsets.append(at + question.seconds + into)
            pieces += [question, silence(into, RATE), words, silence(BETWEEN, RATE)]
            at = user.onsets[-1] + words.seconds + BETWEEN
        return User(join(pieces), user.onsets)


def page(given: argparse.Namespace) -> Report:
    """A quarter more interruptions than ``given.turns``: twenty by default."""
    count = max(2, round(1.25 * given.turns))
    print(f"breaking in {count} times at a page ({given.shapes} models) …", file=sys.stderr, flush=True)
    user = User.breaking_in(count)
    rate, heard = asyncio.run(_talk(user, given.shapes))
    ducked, stopped, missed = delays(user, rate, *(levels(sound) for sound in heard))
    rows = [
        ("interruptions into a sounding reply", f"{len(ducked) + missed} of {count}"),
        ("onset to 18 dB down, P50 / P95", pair(ducked)),
        ("onset to silence, P50 / P95", pair(stopped)),
        ("never turned down or never stopped", f"{missed}"),
    ]
    note = "Heard at the page's own output, on its audio clock; a frame is 5 ms. The microphone is a recording."
    summary = {"ducked": percentiles(ducked), "stopped": percentiles(stopped)}
    data = {"interruptions": count, "ducked": ducked, "stopped": stopped, "missed": missed, "percentiles": summary}
    return Report(f"Breaking in at a page: {given.shapes} models", ["izwi"], rows, [note], data)


def delays(user: User, rate: int, mic: Levels, reply: Levels, played: Levels) -> tuple[list[float], list[float], int]:
    """Seconds from each onset to 18 dB down and to silence; and how many sounding replies never got there.

    It is down when the last of it that is not has been heard: a pause in the reply itself counts neither way.
    """
    ducked, stopped, missed = [], [], 0
    frame = FRAME / rate
    start = _offset(user.sound.resampled(rate), mic)
    for onset in user.onsets:
        expected = start + round(onset / frame)
        voiced = np.flatnonzero(mic[max(0, expected - 20) : expected + 60] > AUDIBLE)
        if not len(voiced):
            continue
        at = max(0, expected - 20) + int(voiced[0])
        before, after = slice(at - 60, at), slice(at, at + 400)
        sounding = (reply[before] > AUDIBLE) & (played[before] > reply[before] - 3)
        if sounding.sum() < 10 or (reply[at : at + 40] > AUDIBLE).sum() < 10:
            continue  # the reply was over, or had not begun, or paused just then
        loud = np.flatnonzero(played[at : at + 600] > SILENT)
        gaps = np.flatnonzero(np.diff(np.concatenate([[0], loud, [10_000]])) > 50)  # a quarter second of silence
        silent = int(np.concatenate([[0], loud])[gaps[0]])
        if silent >= 400:
            missed += 1
            continue
        full = np.flatnonzero((played[after] > AUDIBLE) & (played[after] > reply[after] - DUCKED))
        ducked.append(int(np.concatenate([[-1], full[full < silent]])[-1] + 1) * frame)
        stopped.append(silent * frame)
    return ducked, stopped, missed


def _offset(sound: Pcm, mic: Levels) -> int:
    """The frame of the page's recording at which the user's ``sound`` begins (it may lie before: negative)."""
    said = np.maximum(levels(sound.floats.astype(np.float64)), -60.0) + 60.0
    heard = np.maximum(mic, -60.0) + 60.0
    size = 1 << int(np.ceil(np.log2(len(said) + len(heard))))
    likeness = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)
    best = int(likeness.argmax())
    return best if best < len(heard) else best - size


async def _talk(user: User, shapes: str) -> tuple[int, npt.NDArray[np.float64]]:
    """Let the user talk at a page: rate in Hz, and the sound of microphone, reply and output."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "microphone.wav"
        file.write_bytes(user.sound.wav())
        async with server("izwi", shapes) as (url, _), _chromium(file) as browser:
            context = await browser.new_context(permissions=["microphone"], bypass_csp=True, locale="en-GB")
            visit = await context.new_page()
            await visit.goto(url)
            await visit.wait_for_function("window.izwi?.page?.ready", timeout=60_000)
            await visit.click("#talk")
            await visit.wait_for_function("izwi.sound.reply", timeout=60_000)
            await visit.evaluate(RECORD, RECORDER.read_text(encoding="utf-8"))
            pieces, heard, rate = [], 0.0, RATE
            while heard < user.sound.seconds:
                await asyncio.sleep(min(5.0, user.sound.seconds - heard + 0.1))
                rate, text = await visit.evaluate(RECORDED)
                pieces.append(samples(text))
                heard += pieces[-1].shape[1] / rate
    return int(rate), np.concatenate(pieces, 1)


@asynccontextmanager
async def _chromium(microphone: Path) -> AsyncIterator[Any]:
    """A headless Chromium that hears the file once. Raises ``BadInput`` if there is none."""
    try:
        from playwright.async_api import async_playwright
    except ModuleNotFoundError:
        raise BadInput("--page drives Chromium with playwright; run make setup-dev") from None
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise BadInput("--page wants Debian's package 'chromium'; run make setup-dev")
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={microphone}%noloop"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=flags)
        try:
            yield browser
        finally:
            await browser.close()
