"""Put questions to the exported model through the engine the product uses."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from izwi.engines import Message
from izwi.llm.llama_cpp import LlamaCpp
from models.recipes.dialogue import LANGUAGES

FOLDER = Path("models/embedded/llama")


def load(folder: Path = FOLDER) -> LlamaCpp:
    return LlamaCpp(folder, LANGUAGES)


async def reply_to(engine: LlamaCpp, messages: Sequence[Message], language: str) -> str:
    """The whole reply to the last message."""
    return "".join([chunk.text async for chunk in engine.generate_stream(messages, language)])


async def converse(engine: LlamaCpp, said: Sequence[str], language: str) -> list[str]:
    """The replies to a user who says each line of `said` in turn."""
    history: list[Message] = []
    for line in said:
        history.append(Message("user", line))
        history.append(Message("assistant", await reply_to(engine, history, language)))
    return [message.text for message in history[1::2]]


def ask(engine: LlamaCpp, text: str, language: str) -> str:
    """The reply to a first question, outside any event loop."""
    return asyncio.run(reply_to(engine, [Message("user", text)], language))
