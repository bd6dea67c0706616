"""``python -m izwi demo TEXT``: the text is said to Izwi by a voice of this machine, and goes the whole way."""

from __future__ import annotations

import time
from typing import Any

from izwi.audio import Pcm, join
from izwi.languages import detect, languages, pack

#: Longer than this (seconds) nobody wants to wait for a demonstration: the text is typed instead.
LONGEST = 15.0
#: The stages of an answer, by its marks, in the words they are printed with.
STAGES = {
    "started": "you paused; the answer is begun",
    "felt": "the feeling in your voice is found",
    "understood": "your words are recognised",
    "first word": "the model writes its first word",
    "first sound": "the voice makes its first sound",
    "committed": "your turn is over",
    "heard": "the first sound leaves",
    "content": "the first sound of the answer itself leaves",
}


async def spoken(text: str, language: str | None) -> Pcm | None:
    """``text`` as espeak-ng says it; None where it cannot be said, or not in ``LONGEST`` seconds."""
    from izwi.engines import EngineFailed
    from izwi.tts.espeak import EspeakVoice

    found = language if language in languages() else detect(text).language
    code = found if found in languages() else "sn"
    pieces: list[Pcm] = []
    try:
        async for piece in EspeakVoice("m3").synthesize_stream(pack(code).normalise(text), code):
            pieces.append(piece)
            if sum(p.seconds for p in pieces) > LONGEST:
                return None
    except EngineFailed:
        return None
    return join(pieces) if pieces else None


class Route:
    """Prints the messages of one exchange as they come, and at the end where the time went."""

    def __init__(self) -> None:
        self.marks: dict[str, float] = {}
        self._began = time.perf_counter()

    def event(self, message: dict[str, Any]) -> None:
        kind, said = message["type"], ""
        if kind == "transcript":
            said = f"you: {message['text']} ({message['language']}{', not sure' if message['unsure'] else ''})"
        elif kind == "emotion":
            said = f"you sound {message['heard']}; the answer sounds {message['answer']}"
        elif kind == "reply" and message["text"]:
            said = f"Izwi: {message['text']}"
        elif kind == "source":
            said = f"that is from {message['name']}"
        elif kind in ("notice", "error"):
            said = message["text"]
        elif kind == "timings":
            self.marks = message["marks"]
        if said:
            print(said, flush=True)

    def print(self, spoken: bool) -> None:
        """The table of stages."""
        known = sorted((self.marks[name], words) for name, words in STAGES.items() if name in self.marks)
        print(f"\nseconds since your {'last sound' if spoken else 'text came'}")
        for at, words in known:
            print(f"{at:8.3f}  {words}")
        whole = "loading the models, listening and speaking" if spoken else "loading the models and speaking"
        print(f"\n{time.perf_counter() - self._began:.1f} s in all, with {whole}")
