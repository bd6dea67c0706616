"""espeak-ng as a voice: one process a phrase, because it is GPLv3 and must stay out of ours."""

from __future__ import annotations

import asyncio
import math
import os
import re
import shutil
import signal
import subprocess
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from html import escape

from izwi.audio import NotAudio, Pcm
from izwi.engines import Cancelled, Cost, EngineFailed, Style, never, require_language
from izwi.languages import pack
from izwi.tts import post
from izwi.tts.finish import finish
from izwi.tts.prosody import Prosody, prosody
from izwi.tts.spectrum import Bands
from izwi.tts.wavstream import WavStream

#: Seconds without a byte after which espeak-ng counts as hung.
PATIENCE = 3.0
#: How often a silent espeak-ng is asked whether anybody still wants it, in seconds.
TICK = 0.05
#: Words per minute of espeak-ng at its own rate, and the speeds it takes.
WORDS_PER_MINUTE, SLOWEST, FASTEST = 175, 80, 450
MISSING = "espeak-ng is not installed, so this voice cannot speak. Install it with: sudo apt-get install espeak-ng"
ENGLISH = ("en-us", "en-gb")


def variants(binary: str = "espeak-ng") -> frozenset[str]:
    """The voice variants there are ("f2", "m3", …); none where espeak-ng is missing.

    Asked for another, espeak-ng speaks in its own voice and says nothing of it.
    """
    if shutil.which(binary) is None:
        return frozenset()
    table = subprocess.run([binary, "--voices=variant"], capture_output=True, text=True, check=False).stdout
    return frozenset(re.findall(r"!v/([A-Za-z0-9]+)(?:\s{2}|$)", table, re.MULTILINE))


class EspeakVoice:
    """Shona and English by rule: robotic, clear, and never further away than 20 ms.

    ``variant`` is one of espeak-ng's voice variants ("" its own, "f2", "m3", …), ``english`` the accent.
    Gives PCM at 22050 Hz. Raises ``EngineFailed`` when espeak-ng is missing, breaks or hangs.
    """

    languages = frozenset({"sn", "en"})
    licence = "GPL-3.0 (a separate program)"

    def __init__(
        self,
        variant: str = "",
        english: str = "en-gb",
        binary: str = "espeak-ng",
        reference: Bands | None = None,
    ) -> None:
        if not re.fullmatch(r"[A-Za-z0-9]{0,20}", variant):
            raise ValueError(f"no such espeak variant: {variant!r}")
        if english not in ENGLISH:
            raise ValueError(f"English is one of {', '.join(ENGLISH)}, not {english!r}")
        self.name = f"espeak:{variant}" if variant else "espeak"
        self.cost = Cost()
        self._variant, self._english, self._binary = variant, english, binary
        self._levels = {language: post.Level.towards(reference) for language in self.languages}
        post.warm()

    @property
    def installed(self) -> bool:
        return shutil.which(self._binary) is not None

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncGenerator[Pcm]:
        """Speak one phrase of English or Shona; text without a letter or digit gives nothing."""
        require_language(self.name, language, self.languages)
        if not any(c.isalnum() for c in text):
            return
        wanted = prosody(style)
        raw = self._run(
            self._voice(pack(language).espeak_voice), self._markup(text, language, wanted), wanted, cancelled
        )
        done = finish(self.name, raw, self._levels[language], self.cost, wanted.energy, cancelled, first=1.0)
        async with aclosing(done):
            async for piece in done:
                yield piece

    def _voice(self, base: str) -> str:
        named = self._english if base.startswith("en") else base
        if not self._variant:
            return named
        return f"{'en' if named == 'en-gb' else named}+{self._variant}"  # after "en-gb" it would ignore the variant

    def _markup(self, text: str, language: str, wanted: Prosody) -> str:
        """SSML for espeak-ng: the pitch range and a change of language inside the phrase need it.

        Everything is escaped: espeak-ng would run sox on the file an <audio> tag names.
        """
        home = self._voice(pack(language).espeak_voice)
        stretches = []
        for part in pack(language).voiced(text):
            voice = self._voice(part.voice)
            plain = part.text.replace("[[", "[ [") if part.voice.startswith("en") else part.text  # [[ means phonemes
            spoken = escape(plain, quote=False)
            stretches.append(spoken if voice == home else f'<voice name="{voice}">{spoken} </voice>')
        return f'<speak><prosody range="{round(100 * wanted.range)}%">{" ".join(stretches)} </prosody></speak>'

    async def _run(self, voice: str, markup: str, wanted: Prosody, cancelled: Cancelled) -> AsyncGenerator[Pcm]:
        """One run of the program; it is dead when this returns, however it returns."""
        speed = min(FASTEST, max(SLOWEST, round(WORDS_PER_MINUTE * wanted.rate)))
        lift = 0.13 if wanted.range < 1 else 0.09  # how much the range moves the median (measured)
        middle = wanted.pitch * (1 - lift * (wanted.range - 1))
        pitch = min(99, max(0, round(50 * (1 + math.log2(middle)))))  # its table: 64 · 4^(p/100), 128 = own pitch
        options = ["-m", "-z", "-b", "1", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdin", "--stdout"]
        try:
            process = await asyncio.create_subprocess_exec(
                self._binary,
                *options,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except (FileNotFoundError, PermissionError) as error:
            raise EngineFailed(MISSING) from error
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            with suppress(BrokenPipeError, ConnectionResetError):
                process.stdin.write(markup.encode())
                process.stdin.close()
            wav = WavStream()
            while data := await self._read(process.stdout, cancelled):
                try:
                    piece = wav.feed(data)
                except NotAudio as error:
                    raise EngineFailed("espeak-ng gave something that is not sound.") from error
                if piece is not None:
                    yield piece
            if not cancelled() and await process.wait():
                raise EngineFailed(f"espeak-ng stopped with exit status {process.returncode}.")
        finally:
            await _end(process)

    @staticmethod
    async def _read(stdout: asyncio.StreamReader, cancelled: Cancelled) -> bytes:
        """The next bytes; none at the end, and none soon after ``cancelled``."""
        reading = asyncio.ensure_future(stdout.read(65536))
        try:
            for _ in range(round(PATIENCE / TICK)):
                if cancelled():
                    return b""
                done, _ = await asyncio.wait({reading}, timeout=TICK)
                if done:
                    return reading.result()
        finally:
            reading.cancel()
        raise EngineFailed("espeak-ng does not answer.")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill it if it still runs, and wait until it is gone."""
    assert process.stdout is not None
    if process.returncode is None:
        with suppress(ProcessLookupError):  # its own kill() would look first, and reap it behind the loop's back
            os.kill(process.pid, signal.SIGKILL)
    process.stdout._transport.close()  # type: ignore[attr-defined] # else wait() waits for a pipe that nobody reads
    await process.wait()
