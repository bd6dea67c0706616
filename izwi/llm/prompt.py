"""From messages to the text a model reads, cut so that it fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from izwi.engines import Message

#: Marks that steer chat models; a user must not be able to write them.
_STEERING = re.compile(r"<\|[^<>|]{0,40}\|>|</?(?:start_of_turn|end_of_turn|bos|eos|s|think|tool_call)>|\[/?INST\]")

#: A token is rarely longer than this; text beyond the whole context is cut before it is tokenised.
_CHARACTERS_A_TOKEN = 8


def cleaned(text: str) -> str:
    """`text` without marks that a chat model would take for orders."""
    return _STEERING.sub(" ", text)


def content(message: Message) -> str:
    """What a model that follows guidance is shown: it stands in brackets before the message it is about.

    Not as a system line: many templates take one at the beginning only, where it would spoil the cache of the talk.
    """
    guidance = f"({message.guidance})\n" if message.guidance else ""
    return guidance + cleaned(message.text)


def render(template: Callable[..., Any], messages: Sequence[Message], thinks: bool) -> str:
    """The prompt of `messages` by the model's own chat `template`; a model that thinks aloud is asked not to."""
    said = [{"role": m.role, "content": content(m)} for m in messages]
    if thinks:
        said[-1]["content"] += " /no_think"
    return str(template(messages=said).prompt)


def fit(
    messages: Sequence[Message], room: int, tokens_of: Callable[[Sequence[Message]], list[int]]
) -> tuple[list[Message], list[int]]:
    """`messages` and their tokens, at most `room`: the oldest exchanges go first, then the tail of the last message.

    The system line stays, and so does the head of what was asked last.
    """
    kept = list(messages)
    longest = room * _CHARACTERS_A_TOKEN
    kept[-1] = replace(kept[-1], text=kept[-1].text[:longest])
    while len(tokens := tokens_of(kept)) > room:
        oldest = next((i for i, m in enumerate(kept[:-1]) if m.role != "system"), None)
        if oldest is not None:
            pair = 2 if kept[oldest].role == "user" and len(kept) - oldest > 2 else 1
            del kept[oldest : oldest + pair]
        elif kept[-1].text:
            share = min(0.9, room / len(tokens))
            kept[-1] = replace(kept[-1], text=kept[-1].text[: int(len(kept[-1].text) * share)])
        elif len(kept) > 1:
            del kept[0]
        else:
            break
    return kept, tokens
