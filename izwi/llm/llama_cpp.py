"""Replies by a GGUF model on llama.cpp: our own micro-Llama, or any chat model whose template is in its file."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from izwi.engines import Cancelled, Cost, EngineFailed, Message, TokenChunk, never, require_language
from izwi.llm.gate import Gate
from izwi.llm.plain_words import plain_words
from izwi.llm.prompt import fit, render
from izwi.llm.reckon import answer
from izwi.llm.runner import Runner, Stopped
from izwi.llm.safety import emergency_pointer, spoken
from izwi.offload import stream

_SUM_TOPIC, _NAMING_TOPIC = "sums", "my_name"


class LlamaCpp:
    """One model, shared by all sessions: a lock lets one reply be written at a time.

    `path` is a GGUF file or a folder with one. ``cost.first`` is seconds to the first word, ``cost.rate`` seconds a
    word. The KV cache keeps the last prompt, so a conversation's next turn evaluates only its new tokens.
    """

    runner: type[Runner] = Runner

    def __init__(
        self,
        path: Path,
        languages: Sequence[str] | frozenset[str],
        context: int = 2048,
        longest: int = 160,
        temperature: float = 0.6,
    ) -> None:
        file = _model_file(path)
        self.name = file.parent.name if file.stem == "model" else file.stem
        self.languages = frozenset(languages)
        self.cost = Cost()
        self._gate = Gate.read(file.parent / "gate.json")
        context = self._gate.context if self._gate else context
        self._longest, self._temperature = min(longest, context // 4), temperature
        self._runner = self.runner(file, context)
        self._lock = threading.Lock()
        self._template = _template(self._runner)
        self._thinks = "<think>" in self._runner.metadata.get("tokenizer.chat_template", "")
        self._topics = [self._runner.special(mark) for mark in self._gate.topic_tokens()] if self._gate else []

    def close(self) -> None:
        """Free the model; it must not be used any more."""
        with self._lock:
            self._runner.close()

    async def generate_stream(
        self, messages: Sequence[Message], language: str, cancelled: Cancelled = never
    ) -> AsyncIterator[TokenChunk]:
        """Reply to the last message in `language`, word by word. Raises ``UnsupportedLanguage``, ``EngineFailed``."""
        require_language(self.name, language, self.languages)
        # The whole reply may wait unread: text is small, and a slow listener must not hold the model from the others.
        async for chunk in stream(
            lambda abandoned: self._reply(messages, language, lambda: abandoned() or cancelled()), ahead=self._longest
        ):
            yield chunk

    async def prefill(self, messages: Sequence[Message], language: str, cancelled: Cancelled = never) -> None:
        """Evaluate the likely prompt ahead of time; does nothing while the model is busy with a reply."""
        require_language(self.name, language, self.languages)
        async for _ in stream(lambda abandoned: self._warm(messages, language, lambda: abandoned() or cancelled())):
            pass

    def topic_logits(self, messages: Sequence[Message], language: str) -> npt.NDArray[np.float32]:
        """The model's logits of the gate's topics, (topics,), for calibration. Only for a model with a gate."""
        require_language(self.name, language, self.languages)
        if self._gate is None:
            raise EngineFailed(f"{self.name} has no gate.")
        with self._lock:
            self._runner.prefill(self._prompt(messages, language), never)
            return self._runner.logits()[self._topics]

    def _warm(self, messages: Sequence[Message], language: str, cancelled: Cancelled) -> Iterator[None]:
        if self._lock.acquire(blocking=False):
            try:
                self._runner.prefill(self._prompt(messages, language), cancelled)
            except Stopped:
                pass
            finally:
                self._lock.release()
        yield from ()

    def _reply(self, messages: Sequence[Message], language: str, cancelled: Cancelled) -> Iterator[TokenChunk]:
        while not self._lock.acquire(timeout=0.02):
            if cancelled():
                return
        try:
            yield from self._timed(self._written(messages, language, cancelled))
        except Stopped:
            return
        finally:
            self._lock.release()

    def _written(self, messages: Sequence[Message], language: str, cancelled: Cancelled) -> Iterator[TokenChunk]:
        prompt, topic = self._prompt(messages, language), ""
        if self._gate:
            self._runner.prefill(prompt, cancelled)
            topic = self._topic(messages, language)
            prompt.append(self._topics[self._gate.topics.index(topic)])
        values = self._values(messages, language, topic)
        exact = self._gate.exact_reply(topic, language, values, len(messages)) if self._gate else None
        if exact is not None:
            pieces: Iterator[str] = iter(re.findall(r"\S+\s*", exact))
        else:
            pieces = self._runner.generate(prompt, self._temperature, self._longest, cancelled)
        for text in spoken(pieces):
            if cancelled():
                raise Stopped
            yield TokenChunk(text, not self._gate or topic != self._gate.unknown)
        pointer = "" if self._gate else emergency_pointer(messages[-1].text, language)
        if pointer:
            yield TokenChunk(f" {pointer}")

    def _topic(self, messages: Sequence[Message], language: str) -> str:
        """The topic to answer, after the prompt has been evaluated; a sum that cannot be read is not understood."""
        assert self._gate is not None
        asked = messages[-1].text
        topic = self._gate.decide(self._runner.logits()[self._topics], asked)
        unreadable = topic == _SUM_TOPIC and answer(plain_words(asked), language) is None
        return self._gate.unknown if unreadable else topic

    def _values(self, messages: Sequence[Message], language: str, topic: str) -> dict[str, str]:
        """What the conversation puts in place of a reply's marks; empty where it has nothing.

        Copying and reckoning are done exactly, by code; the model only names the topic. Marks of the clock ({time} …)
        stay in the reply for the dialogue, which knows how the language says them.
        """
        asked, before = messages[-1].text, messages[:-1]
        said = [m.text for m in before if m.role == "user"]
        last = [m.text for m in before if m.role == "assistant"]
        name = None
        if self._gate:
            name = self._gate.name_given(asked) if topic == _NAMING_TOPIC else self._gate.name_known(before)
        return {
            "said": said[-1] if said else "",
            "last": last[-1] if last else "",
            "name": name or "",
            "sum": (answer(plain_words(asked), language) or "") if topic == _SUM_TOPIC else "",
        }

    def _timed(self, chunks: Iterator[TokenChunk]) -> Iterator[TokenChunk]:
        """Learn the cost of a whole reply as it passes; the time its reader takes does not count."""
        times: list[float] = []
        while True:
            began = time.perf_counter()
            chunk = next(chunks, None)
            if chunk is None:
                break
            times.append(time.perf_counter() - began)
            yield chunk
        if times:
            self.cost.learn(times[0], sum(times) / len(times))

    def _prompt(self, messages: Sequence[Message], language: str) -> list[int]:
        if not messages:
            raise ValueError("there is no message to reply to")
        shown = self._gate.view(messages) if self._gate else list(messages)
        forced = [self._runner.special(self._gate.language_token(language))] if self._gate else []
        room = self._runner.context - self._longest - len(forced) - 2
        return fit(shown, room, lambda kept: self._tokens(kept))[1] + forced

    def _tokens(self, messages: Sequence[Message]) -> list[int]:
        return self._runner.tokenize(render(self._template, messages, self._thinks))


def _model_file(path: Path) -> Path:
    if path.is_file():
        return path
    found = sorted(path.glob("*.gguf")) if path.is_dir() else []
    if not found:
        raise EngineFailed(f"There is no language model (a .gguf file) at {path.name}.")
    return found[0]


def _template(runner: Runner) -> Callable[..., Any]:
    """The chat template stored in the model's file. Raises ``EngineFailed`` when it has none."""
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    template = runner.metadata.get("tokenizer.chat_template")
    if template is None:
        raise EngineFailed("The language model's file has no chat template.")
    formatter: Callable[..., Any] = Jinja2ChatFormatter(
        template=template, eos_token=runner.text_of(runner.stop_token), bos_token=runner.text_of(runner.start_token)
    )
    return formatter
