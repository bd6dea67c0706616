"""VITS on ONNX Runtime: text, durations and flow at once, then the HiFi-GAN in windows, so that sound starts early.

The vocoder is cut in two. Its head (up to the first upsampling) needs 12 frames of context with MMS's shape but does a
fifth of the work; the tail needs 2. A window with that context is equal to the same frames of a full decode.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from izwi.audio import Floats, Pcm, from_floats
from izwi.engines import Cancelled, Cost, Style, never, require_language
from izwi.languages import UnknownLanguage, pack
from izwi.offload import stream
from izwi.tts import post
from izwi.tts.finish import finish
from izwi.tts.prosody import EMOTIONS, Prosody, prosody
from izwi.tts.reshape import PitchShift
from izwi.tts.spectrum import Bands

#: Frames decoded for the first sound, and how the windows grow; each is decoded while the one before is heard.
WINDOWS = (16, 40, 96)
#: No phrase needs more frames than this (64 s at 16 ms); a broken duration must not eat the memory.
LONGEST = 4000


def tokens(text: str, vocabulary: dict[str, int], blank: bool) -> npt.NDArray[np.int64]:
    """Character ids of shape ``(1, n)``: what the vocabulary has, in lower case, id 0 between (MMS's blank).

    MMS's blank is a letter too ("w" for Shona), where transformers' own tokenizer loses a blank in some texts.
    """
    ids = [vocabulary[character] for character in text.lower().strip() if character in vocabulary]
    if not blank:
        return np.array([ids], np.int64)
    spread = np.zeros((1, 2 * len(ids) + 1), np.int64)
    spread[0, 1::2] = ids
    return spread


class VitsVoice:
    """A VITS voice from the folder `izwi.tts.vits_export` writes; one thread, spinning off.

    ``synthesize_stream`` gives PCM at the model's rate and stops between windows. The noise is drawn from the text, so
    a render can be repeated. ``quiet`` is for tests: no noise at all.
    """

    def __init__(self, folder: Path, name: str = "vits", quiet: bool = False, reference: Bands | None = None) -> None:
        card = json.loads((folder / "voice.json").read_text(encoding="utf-8"))
        self.name, self.licence = name, str(card["licence"])
        self.languages = frozenset(card["languages"])
        self.cost = Cost()
        self._card, self._quiet = card, quiet
        self._text, self._flow = _session(folder / "text.onnx"), _session(folder / "flow.onnx")
        self._head, self._tail = _session(folder / "head.onnx"), _session(folder / "tail.onnx")
        self._threads = ThreadPoolExecutor(1, "vits")
        self._level = post.Level.towards(reference)
        post.warm()

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncGenerator[Pcm]:
        """Speak one phrase; text without a letter the model knows gives nothing."""
        require_language(self.name, language, self.languages)
        spoken = _spelled(text, language, self._card["vocabulary"])
        ids = tokens(spoken, self._card["vocabulary"], self._card["blank"])
        if ids.shape[1] < 2 or not any(character.isalnum() for character in spoken):
            return
        wanted = prosody(style)
        raw = stream(lambda gone: self._speak(ids, wanted, lambda: gone() or cancelled()), self._threads)
        done = finish(self.name, raw, self._level, self.cost, wanted.energy, cancelled)
        async with aclosing(done):
            async for piece in done:
                yield piece

    async def warm(self) -> None:
        """Speak a few syllables to nobody: the first phrase then meets warm code, and the loudness is known."""
        language = min(self.languages)
        async for _ in self.synthesize_stream("a e i o u a e i o u", language):
            await asyncio.sleep(0)

    def close(self) -> None:
        """Let the thread go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def latents(self, ids: npt.NDArray[np.int64], wanted: Prosody) -> Floats:
        """Everything before the vocoder: ``(1, channels, frames)``."""
        draw = np.random.default_rng(zlib.crc32(ids.tobytes()))
        card = self._card
        noise = 0.0 if self._quiet else card["noise"] * wanted.noise / EMOTIONS["neutral"].noise
        jitter = 0.0 if self._quiet else card["jitter"]
        chance = jitter * draw.standard_normal((1, 2, ids.shape[1]), np.float32)
        means, log_variances, log_lengths = self._text.run(None, {"ids": ids, "noise": chance.astype(np.float32)})
        lengths = np.ceil(np.exp(log_lengths[0, 0]) / card["speaking_rate"])
        stretch = wanted.pitch / wanted.rate  # a raised pitch plays faster, so speak longer
        # rounded here and not letter by letter, so that the whole has the length asked for
        ends = np.rint(np.cumsum(lengths) * stretch).astype(np.int64)
        owner = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))[:LONGEST]
        if not len(owner):
            owner = np.zeros(1, np.int64)
        mean, deviation = means[0, owner].T[None], np.exp(log_variances[0, owner].T[None])
        prior = mean + noise * deviation * draw.standard_normal(mean.shape, np.float32)
        latents: Floats = self._flow.run(None, {"prior": prior.astype(np.float32)})[0]
        return latents

    def windows(self, latents: Floats, lengths: Sequence[int] = WINDOWS) -> Iterator[Floats]:
        """Decode ``lengths`` frames at a time (the last length repeats): equal to the whole, sooner.

        A rest shorter than half a window goes with the one before: its context would cost more than itself.
        """
        frames, start = latents.shape[2], 0
        for length in chain(lengths, repeat(lengths[-1])):
            if start >= frames:
                return
            end = start + length if frames - start > 1.5 * length else frames
            yield self._decode(latents, start, end)
            start = end

    def _decode(self, latents: Floats, start: int, end: int) -> Floats:
        """The samples of the frames ``start`` to ``end``."""
        hop, per_frame = self._card["hop"], self._card["head_rate"]
        head_context, tail_context = self._card["context"]
        left, right = max(0, start - tail_context), min(latents.shape[2], end + tail_context)
        first = max(0, left - head_context)
        hidden = self._head.run(None, {"latents": latents[:, :, first : right + head_context]})[0]
        hidden = hidden[:, :, (left - first) * per_frame : (right - first) * per_frame]
        heard: Floats = self._tail.run(None, {"hidden": hidden})[0]
        return heard[0, 0, (start - left) * hop : (end - left) * hop]

    def _speak(self, ids: npt.NDArray[np.int64], wanted: Prosody, cancelled: Cancelled) -> Iterator[Pcm]:
        """Runs in the voice's thread; asks ``cancelled`` before each window."""
        if cancelled():
            return
        rate = self._card["rate"]
        shift = PitchShift(rate, wanted.pitch)
        for samples in self.windows(self.latents(ids, wanted)):
            if cancelled():
                return
            yield from_floats(shift.push(samples), rate)
        yield from_floats(shift.push(np.zeros(0, np.float32), last=True), rate)


def _spelled(text: str, language: str, vocabulary: Mapping[str, int]) -> str:
    """Numbers and symbols in words, all in the letters of the voice, where we know the language."""
    try:
        return pack(language).characters(text, vocabulary)
    except UnknownLanguage:
        return text


def _session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
