"""The protocols every engine fulfils: what goes in, what streams out, which languages, what it costs, how it stops.

Each stream is an async iterator. Native code runs in worker threads (``izwi.offload``), at most ``QUEUE`` items ahead
of its reader. ``cancelled`` is asked between tokens, windows or phrases: once it returns True the stream ends soon and
quietly, and the engine is as good as new for the next call.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, Protocol

from izwi.audio import Pcm
from izwi.thrift import Thrift

#: Items that may wait between two stages.
QUEUE = 8

#: Whose speech is being made: (session, turn). The dialogue sets it for all that an answer starts; voices that have a
#: choice keep to one within its sentences, and every piece of audio is numbered by it.
SPEAKING: ContextVar[tuple[str, int]] = ContextVar("speaking", default=("", 0))

Cancelled = Callable[[], bool]
Emotion = Literal["neutral", "calm", "happy", "sad", "angry", "fearful"]


def never() -> bool:
    """The ``cancelled`` of work that nobody stops."""
    return False


class UnsupportedLanguage(ValueError):
    """An engine was asked for a language it does not have. It never answers in another one instead."""

    def __init__(self, engine: str, language: str, languages: frozenset[str]) -> None:
        self.engine, self.language = engine, language
        super().__init__(f"{engine} does not speak '{language}' (it has {', '.join(sorted(languages)) or 'none'})")


def require_language(engine: str, language: str, languages: frozenset[str]) -> None:
    """Raise ``UnsupportedLanguage`` unless ``language`` is one of ``languages``."""
    if language not in languages:
        raise UnsupportedLanguage(engine, language, languages)


class EngineFailed(RuntimeError):
    """An engine broke while it worked; the message is a plain sentence fit for the page."""


@dataclass
class Cost:
    """What an engine costs here, learned as it runs: seconds to the first output, and compute per second of audio."""

    first: float = 0.0
    rate: float = 0.0
    seen: int = 0

    def learn(self, first: float, rate: float, weight: float = 0.2) -> None:
        """Fold one measurement into the running average (``weight`` of the newest; the first is taken whole)."""
        w = 1.0 if self.seen == 0 else weight
        self.first += w * (first - self.first)
        self.rate += w * (rate - self.rate)
        self.seen += 1


@dataclass(frozen=True, slots=True)
class TranscriptChunk:
    """Text recognised so far, or for good (``final``). ``confidence`` is in [0, 1]; ``unsure`` asks to say it again."""

    text: str
    language: str
    final: bool = False
    confidence: float = 1.0
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of the history given to the model.

    ``guidance`` is an English line on how this message is to be answered, for models that can follow one.
    """

    role: Literal["system", "user", "assistant"]
    text: str
    guidance: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where an answer comes from: a document of the operator's and the heading in it, and the passage there."""

    source: str
    passage: str


@dataclass(frozen=True, slots=True)
class TokenChunk:
    """A piece of the reply's text. ``understood`` is False when the model says honestly that it did not understand.

    ``source`` is what the reply was taken from, if from a document.
    """

    text: str
    understood: bool = True
    source: Citation | None = None


@dataclass(frozen=True, slots=True)
class Style:
    """How a phrase is spoken: ``rate`` and ``pitch`` are factors of the voice's own, ``energy`` is in dB."""

    emotion: Emotion = "neutral"
    rate: float = 1.0
    pitch: float = 1.0
    energy: float = 0.0


@dataclass(frozen=True, slots=True)
class EmotionTag:
    """What was heard in the voice. ``sure`` is False below the recogniser's threshold."""

    emotion: Emotion
    sure: bool
    probabilities: dict[str, float] = field(default_factory=dict)


async def closable(chunks: AsyncIterator[TokenChunk]) -> AsyncGenerator[TokenChunk, None]:
    """``chunks``, closed with whoever reads them, so that the model behind stops at once."""
    try:
        async for chunk in chunks:
            yield chunk
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()


class ASR(Protocol):
    """Speech recognition."""

    name: str
    languages: frozenset[str]
    cost: Cost

    def transcribe_stream(
        self, speech: Pcm, language: str | None = None, cancelled: Cancelled = never
    ) -> AsyncIterator[TranscriptChunk]:
        """Transcribe one utterance (16 kHz); ``language`` None means: find out. The last chunk is ``final``.

        Raises ``UnsupportedLanguage``. Silence gives one final chunk with empty text.
        """
        ...


class LLM(Protocol):
    """The model that writes the reply."""

    name: str
    languages: frozenset[str]
    cost: Cost

    def generate_stream(
        self, messages: Sequence[Message], language: str, cancelled: Cancelled = never
    ) -> AsyncIterator[TokenChunk]:
        """Reply to the last message, in ``language``. Raises ``UnsupportedLanguage``."""
        ...

    async def prefill(self, messages: Sequence[Message], language: str, cancelled: Cancelled = never) -> None:
        """Warm the model's cache with a prompt that is likely to come; best effort."""
        ...


class TTS(Protocol):
    """A voice."""

    name: str
    languages: frozenset[str]
    licence: str
    cost: Cost

    def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncIterator[Pcm]:
        """Speak one phrase; pieces of PCM at the voice's own rate. Raises ``UnsupportedLanguage``."""
        ...


class Translator(Protocol):
    """Machine translation of one phrase."""

    name: str
    pairs: frozenset[tuple[str, str]]

    async def translate(self, text: str, source: str, target: str, cancelled: Cancelled = never) -> str:
        """Raises ``UnsupportedLanguage`` for a pair it lacks."""
        ...


class EmotionRecogniser(Protocol):
    """Emotion heard in a voice."""

    name: str

    async def recognise(self, speech: Pcm) -> EmotionTag:
        """Tag one utterance (16 kHz)."""
        ...


@dataclass
class Engines:
    """The engines one profile works with, and the plain sentences the page shows about them.

    Under ``thrift`` (``izwi.thrift``) ``smaller`` ones take their place, and ``plain_voice`` speaks what the cache of
    phrases does not have; None where there is nothing smaller or plainer.
    """

    asr: ASR
    llm: LLM
    tts: TTS
    emotion: EmotionRecogniser | None = None
    translator: Translator | None = None
    voices: dict[str, TTS] = field(default_factory=dict)
    profile: str = "embedded"
    notices: list[str] = field(default_factory=list)
    smaller: Engines | None = None
    plain_voice: TTS | None = None
    thrift: Thrift = field(default_factory=Thrift)

    @property
    def affordable(self) -> Engines:
        """These, or the smaller ones while there is too much to do."""
        return self.smaller if self.smaller is not None and self.thrift.without("smaller_models") else self
