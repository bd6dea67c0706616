"""Translation without a model: our own bilingual phrase book, its sentences matched whole, names and numbers carried.

A text is cut into the fewest phrases of the book that cover all of it; a text that is not covered is not translated.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from izwi.engines import Cancelled, UnsupportedLanguage, never
from izwi.languages import pack

#: Words a phrase of the book may have.
LONGEST = 14
_TOKEN = re.compile(r"[()\[\]|]|\{\w+\}|[^()\[\]|{}]+")
_CLOSING = {"(": ")", "[": "]"}
_SHORT_FORMS = {
    r"\b(can|could|do|does|did|is|are|was|were|has|have|had|would|should)n't\b": r"\1 not",
    r"\bcan not\b": "cannot",
    r"\bwon't\b": "will not",
    r"\bi'm\b": "i am",
    r"\blet's\b": "let us",
    r"\b(what|it|that|there|how|where|he|she)'s\b": r"\1 is",
    r"\b(we|you|they)'re\b": r"\1 are",
    r"\b(i|we|you|they)'ve\b": r"\1 have",
    r"\b(i|we|you|they|he|she|it)'ll\b": r"\1 will",
    r"\b(i|we|you|they)'d\b": r"\1 would",
}
_SMALL = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]

#: A literal, or ("slot" | "choice" | "option" | "sequence", parts).
Node = str | tuple[str, tuple["Node", ...]]


@dataclass(frozen=True)
class Phrase:
    """One line of the book: patterns of both languages, a shorter one where there is one."""

    sides: Mapping[str, Node]
    short: Mapping[str, Node]
    question: bool


class PhraseBook:
    """A `Translator` for everyday talk in Shona and English. It gives "" for what it does not know."""

    name = "phrase book"
    pairs = frozenset({("sn", "en"), ("en", "sn")})

    async def translate(self, text: str, source: str, target: str, cancelled: Cancelled = never) -> str:
        """``text`` in ``target``, or "" when the book does not cover all of it. Raises ``UnsupportedLanguage``."""
        return self._translated(text, source, target, shorter=False)

    async def shorter(self, text: str, source: str, target: str) -> str:
        """The same in fewer words where the book has them; "" where it has not."""
        plain, short = (self._translated(text, source, target, shorter) for shorter in (False, True))
        return short if len(short) < len(plain) else ""

    def _translated(self, text: str, source: str, target: str, shorter: bool) -> str:
        if (source, target) not in self.pairs:
            raise UnsupportedLanguage(self.name, f"{source}→{target}", frozenset(f"{a}→{b}" for a, b in self.pairs))
        for plain in dict.fromkeys((folded(text, source), folded(pack(source).denormalise(text), source))):
            if found := _cover(plain, source, target, shorter):
                return found
        return ""


def folded(text: str, language: str) -> str:
    """Lower case, letters, digits and single spaces; English without contractions."""
    plain = text.casefold().replace("’", "'")
    if language == "en":
        for short, whole in _SHORT_FORMS.items():
            plain = re.sub(short, whole, plain)
    return " ".join(re.sub(r"[^\w' ]", " ", plain).split())


def _cover(text: str, source: str, target: str, shorter: bool) -> str:
    """The fewest phrases that cover ``text``, each in ``target``; "" when none do."""
    words = text.split()
    best: list[tuple[str, ...] | None] = [(), *(None for _ in words)]
    for end in range(1, len(words) + 1):
        for start in range(max(0, end - LONGEST), end):
            before, now = best[start], best[end]
            if before is None or (now is not None and len(now) <= len(before) + 1):
                continue
            said = _phrase(" ".join(words[start:end]), source, target, shorter)
            if said:
                best[end] = (*before, said)
    return " ".join(best[-1] or ())


@cache
def _patterns(language: str) -> list[re.Pattern[str]]:
    return [re.compile(_regex(phrase.sides[language], language)) for phrase in book()]


@cache
def _phrase(text: str, source: str, target: str, shorter: bool) -> str:
    """One phrase in ``target``, as a sentence."""
    for phrase, pattern in zip(book(), _patterns(source), strict=True):
        match = pattern.fullmatch(text)
        if match is None:
            continue
        bound = {name: _carried(name, value, source, target) for name, value in match.groupdict().items() if value}
        side = phrase.short.get(target, phrase.sides[target]) if shorter else phrase.sides[target]
        said, _ = _said(side, bound)
        sentence = " ".join(said.split())
        if target == "en":
            sentence = re.sub(r"\bi\b", "I", re.sub(r"\b(shona|english|god)\b", lambda m: m[0].capitalize(), sentence))
        return sentence[:1].upper() + sentence[1:] + ("?" if phrase.question else ".")
    return ""


def _said(node: Node, bound: Mapping[str, str]) -> tuple[str, bool]:
    """A pattern as it is said, and whether it holds a slot that is bound. Raises ``KeyError`` for one that is not."""
    if isinstance(node, str):
        return node, False
    kind, parts = node
    if kind == "slot":
        return bound[str(parts[0])], True
    if kind == "choice":
        return _said(parts[0], bound)
    if kind == "option" and not any(name in bound for name in _slots_in(node)):
        return "", False
    pieces = [_said(part, bound) for part in parts]
    return "".join(text for text, _ in pieces), any(used for _, used in pieces)


def _slots_in(node: Node) -> Iterator[str]:
    if not isinstance(node, str):
        if node[0] == "slot":
            yield str(node[1][0])
        else:
            for part in node[1]:
                yield from _slots_in(part)


def _carried(name: str, value: str, source: str, target: str) -> str:
    """What stood in a slot, in ``target``."""
    if name == "number":
        return str(_SMALL.index(value)) if value in _SMALL else value
    return slots()[name][source][value][target]


def _regex(node: Node, language: str) -> str:
    if isinstance(node, str):
        return re.escape(node).replace(r"\ ", " ?")
    kind, parts = node
    if kind == "slot":
        name = str(parts[0])
        values = [r"\d+", *_SMALL] if name == "number" else [re.escape(value) for value in slots()[name][language]]
        return f"(?P<{name}>{'|'.join(sorted(values, key=len, reverse=True))})"
    inside = [_regex(part, language) for part in parts]
    if kind == "choice":
        return f"(?:{'|'.join(inside)})"
    return f"(?:{''.join(inside)})?" if kind == "option" else "".join(inside)


@cache
def slots() -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    """Slot → language → value as it is heard → that value in every language."""
    found: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
    for name, text in _toml()["slots"].items():
        entries = [part.partition("=") for part in (text.split("|") if "=" in text else text.split())]
        pairs = [{"sn": sn, "en": en or sn} for sn, _, en in entries]
        found[name] = {language: {} for language in ("sn", "en")}
        for pair in pairs:
            for language in ("sn", "en"):
                found[name][language].setdefault(pair[language].casefold(), pair)
    return found


@cache
def book() -> tuple[Phrase, ...]:
    """Every line of the book. Raises ``ValueError`` naming a line that is not well formed."""
    return tuple(_line(line) for text in _toml()["lines"].values() for line in text.splitlines() if line.strip())


def _line(line: str) -> Phrase:
    shona, _, english = line.partition("=")
    question = english.rstrip().endswith("?")
    sides, short = {}, {}
    for language, text in (("sn", shona), ("en", english.replace("?", " "))):
        usual, _, other = text.partition("~")
        sides[language] = parse(usual.strip())
        if other.strip():
            short[language] = parse(other.strip())
    return Phrase(sides, short, question)


def parse(pattern: str) -> Node:
    """The tree of a pattern. Raises ``ValueError`` when its brackets do not match."""
    tokens = _TOKEN.findall(pattern)
    node = _sequences(tokens, "", pattern)
    if tokens:
        raise ValueError(f"unmatched {tokens[0]!r} in {pattern!r}")
    return node


def _sequences(tokens: list[str], closing: str, pattern: str) -> Node:
    options: list[list[Node]] = [[]]
    while tokens and tokens[0] not in (")", "]"):
        token = tokens.pop(0)
        if token == "|":
            options.append([])
        elif token in _CLOSING:
            inside = _sequences(tokens, _CLOSING[token], pattern)
            options[-1].append(("option", (inside,)) if token == "[" else inside)
        else:
            options[-1].append(("slot", (token[1:-1],)) if token[0] == "{" else token)
    if closing and (not tokens or tokens.pop(0) != closing):
        raise ValueError(f"missing {closing!r} in {pattern!r}")
    sequences = tuple[Node, ...](("sequence", tuple(option)) for option in options)
    return sequences[0] if len(sequences) == 1 else ("choice", sequences)


@cache
def edition() -> str:
    """Changes with the content of the book."""
    return hashlib.sha256(_text().encode()).hexdigest()[:8]


@cache
def _toml() -> dict[str, dict[str, str]]:
    return tomllib.loads(_text())


def _text() -> str:
    return files(__package__).joinpath("phrasebook.toml").read_text("utf-8")
