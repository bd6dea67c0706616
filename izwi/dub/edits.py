"""What a person changes in a dub: a line's text or translation, one word of it, or whose voice it has."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from izwi.dub.timeline import Segment, replace
from izwi.faults import BadInput
from izwi.languages import detect, languages

#: Longest text of one line, in characters.
LONGEST = 500
ASKED = "kept as you asked"
#: How sure the language of an edited text must be to overrule the recogniser's.
CLEAR = 0.95

#: What an edit may hold. Times are the clip's own and stay.
CHANGES = ("segment", "text", "translation", "keep", "swap")
FORM = (
    'edits are a JSON object {"edits": [{"segment": 3, "text": "…"}, {"segment": 4, "translation": "…"}, '
    '{"segment": 5, "keep": true}, {"segment": 6, "swap": ["old", "new"]}]}, or {"transcript": ["line 1", "line 2", …]}'
)


@dataclass(frozen=True, slots=True)
class Edit:
    """Changes to the segment ``number``; None leaves a thing as it is. ``swap`` is (old word, new word)."""

    number: int
    text: str | None = None
    translation: str | None = None
    keep: bool | None = None
    swap: tuple[str, str] | None = None


Edits = Mapping[int, Edit]


def read_edits(path: Path) -> dict[int, Edit]:
    """Edits from a JSON file (see ``FORM``). Raises ``BadInput`` with what is wrong."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise BadInput(f"{path.name} is not JSON; {FORM}") from None
    return parsed(data)


def parsed(data: Any) -> dict[int, Edit]:
    """Edits from decoded JSON; a line of the transcript may have an edit, too. Raises ``BadInput``."""
    lines, transcript = (data.get(name, []) for name in ("edits", "transcript")) if isinstance(data, dict) else (0, 0)
    if not isinstance(lines, list) or not isinstance(transcript, list) or set(data) - {"edits", "transcript"}:
        raise BadInput(FORM)
    texts = dict(enumerate(map(_text, transcript), 1))
    found = {number: Edit(number, text=text) for number, text in texts.items()}
    for number, edit in _edits(lines).items():
        found[number] = edit if edit.text is not None else replace(edit, text=texts.get(number))
    return found


def _edits(lines: list[Any]) -> dict[int, Edit]:
    found: dict[int, Edit] = {}
    for edit in map(_edit, lines):
        if edit.number in found:
            raise BadInput(f"segment {edit.number} is edited twice; put all that is changed of it into one edit")
        found[edit.number] = edit
    return found


def _edit(line: Any) -> Edit:
    if not isinstance(line, dict) or type(line.get("segment")) is not int:  # true is an int to isinstance
        raise BadInput(f'an edit names its "segment" by number; {FORM}')
    if unknown := sorted(set(line) - set(CHANGES)):
        raise BadInput(f"an edit cannot change '{str(unknown[0])[:40]}', only {', '.join(CHANGES[1:])}; {FORM}")
    swap = line.get("swap")
    if swap is not None and not (isinstance(swap, list) and len(swap) == 2 and all(isinstance(w, str) for w in swap)):
        raise BadInput(f"a swap is the old word and the new one; {FORM}")
    keep = line.get("keep")
    if keep is not None and not isinstance(keep, bool):
        raise BadInput(f'"keep" is true or false; {FORM}')
    return Edit(
        line["segment"],
        text=_text(line["text"]) if line.get("text") is not None else None,
        translation=_text(line["translation"]) if line.get("translation") is not None else None,
        keep=keep,
        swap=(_text(swap[0]), _text(swap[1])) if swap else None,
    )


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise BadInput(f"a line is a text; {FORM}")
    if len(given) > LONGEST:
        raise BadInput(f"a line may have {LONGEST} characters; one has {len(given):,}")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in given).split())


def check(edits: Edits, segments: Sequence[Segment]) -> None:
    """Raise ``BadInput`` for an edit of a segment that is not there."""
    if strangers := sorted(set(edits) - {segment.number for segment in segments}):
        raise BadInput(f"there is no segment {strangers[0]}; this clip has 1 to {len(segments)}")


def heard(segment: Segment, edit: Edit | None) -> Segment:
    """``segment`` with its text as edited; a swapped word is swapped here when the text has it.

    What a person wrote may be in another language than the recogniser thought.
    """
    if edit is None:
        return segment
    text = segment.text if edit.text is None else edit.text
    if edit.swap:
        text = swapped(text, *edit.swap)
    if text == segment.text:
        return segment
    found = detect(text)
    clear = found.language in languages() and found.confidence >= CLEAR
    language = found.language if clear else segment.language
    return replace(segment, text=text, language=language, unsure=False, confidence=1.0)


def translated(segment: Segment, edit: Edit | None) -> Segment:
    """``segment``, heard as edited, with its translation and its keeping as edited.

    Raises ``BadInput`` when the word to be swapped is neither in the translation nor was it in the text.
    """
    if edit is None:
        return segment
    if edit.keep:
        return replace(segment, kept=True, note=ASKED)
    if edit.translation:
        segment = replace(segment, translation=edit.translation, kept=False, note="")
    if not edit.swap:
        return segment
    old, new = edit.swap
    if new and not _has(segment.translation, old) and not _has(segment.text, new):
        raise BadInput(f"line {segment.number} has no word '{old}' to swap")
    return replace(segment, translation=swapped(segment.translation, old, new))


def _has(text: str, word: str) -> bool:
    return swapped(text, word, "") != text


def swapped(text: str, old: str, new: str) -> str:
    """``text`` with the word ``old`` as ``new``, with the capital it had."""

    def put(match: re.Match[str]) -> str:
        return new[:1].upper() + new[1:] if match[0][:1].isupper() else new

    return re.sub(rf"\b{re.escape(old)}\b", put, text, flags=re.IGNORECASE) if old else text
