"""Replies by a model behind HTTP: any OpenAI-compatible ``/v1/chat/completions`` (vLLM, llama.cpp, another Izwi)."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any

from izwi.engines import (
    Cancelled,
    Cost,
    EngineFailed,
    Message,
    TokenChunk,
    UnsupportedLanguage,
    never,
    require_language,
)
from izwi.llm.prompt import cleaned, content
from izwi.llm.safety import Spoken, emergency_pointer
from izwi.remote.events import events
from izwi.remote.server import Refusal, Server


class RemoteLLM:
    """``model`` is the server's name for it. ``instructed`` gives a language's system line; another Izwi needs none.

    ``cost.first`` is seconds to the first word, ``cost.rate`` seconds a word. Cancelling closes the connection.
    """

    def __init__(
        self,
        server: Server,
        languages: frozenset[str],
        name: str = "remote-llm",
        model: str = "default",
        longest: int = 160,
        instructed: Callable[[str], str] = lambda _: "",
    ) -> None:
        self.name, self.languages, self.cost = name, languages, Cost()
        self._server, self._model, self._longest, self._instructed = server, model, longest, instructed

    async def generate_stream(
        self, messages: Sequence[Message], language: str, cancelled: Cancelled = never
    ) -> AsyncGenerator[TokenChunk]:
        """Reply to the last message in ``language``, word by word. Raises ``UnsupportedLanguage``, ``EngineFailed``."""
        require_language(self.name, language, self.languages)
        began, times = time.perf_counter(), list[float]()
        reply, own, understood = Spoken(), await self._server.is_izwi(), True
        async with aclosing(self._pieces(self._body(messages, language, own), cancelled)) as pieces:
            async for piece in pieces:
                understood = piece.understood
                for text in reply.feed(piece.text):
                    times.append(time.perf_counter() - began)
                    yield TokenChunk(text, piece.understood)
                if reply.over:
                    break
        if cancelled():
            return
        for text in reply.finish():
            times.append(time.perf_counter() - began)
            yield TokenChunk(text, understood)
        if times:
            self.cost.learn(times[0], times[-1] / len(times))
        if not own and (pointer := emergency_pointer(messages[-1].text, language)):
            yield TokenChunk(f" {pointer}")

    async def prefill(self, messages: Sequence[Message], language: str, cancelled: Cancelled = never) -> None:
        """Nothing: servers keep their own caches, and a request that nobody reads would cost them a place."""
        require_language(self.name, language, self.languages)

    def _body(self, messages: Sequence[Message], language: str, own: bool) -> dict[str, Any]:
        """OpenAI's fields; another Izwi is told the language as well, and chooses its own tone."""
        sent = [{"role": m.role, "content": cleaned(m.text) if own else content(m)} for m in messages]
        line = "" if own or messages[0].role == "system" else self._instructed(language)
        if line:
            sent.insert(0, {"role": "system", "content": line})
        body = {"model": self._model, "messages": sent, "stream": True, "max_tokens": self._longest}
        return body | ({"language": language} if own else {})

    async def _pieces(self, body: dict[str, Any], cancelled: Cancelled) -> AsyncGenerator[TokenChunk]:
        try:
            async with self._server.answer("/v1/chat/completions", cancelled, json=body) as response:
                if response is None:
                    return
                async with aclosing(events(response, cancelled)) as found:
                    async for event in found:
                        if (piece := _piece(event)).text:
                            yield piece
        except Refusal as refusal:
            if refusal.code == "unsupported_language":
                raise UnsupportedLanguage(self.name, body.get("language", "?"), self.languages) from refusal
            raise


def _piece(event: dict[str, Any]) -> TokenChunk:
    """The new text in one of OpenAI's chunks; "" in those that only tell who speaks or how it ended."""
    try:
        choice = event["choices"][0] if event["choices"] else {}
        text = choice["delta"].get("content") if choice else ""
    except (KeyError, IndexError, TypeError, AttributeError):
        raise EngineFailed("The language model's server sent something that is no reply.") from None
    return TokenChunk(text if isinstance(text, str) else "", choice.get("understood", True) is not False)
