"""A one-line phrase grammar: ``(a|b)`` chooses, ``[a|b]`` may be left out, ``{slot}`` is filled; spaces collapse."""

import random
import re
from collections.abc import Mapping
from functools import cache

Node = tuple[str, list["Node"]] | str
"""A literal, or ``(kind, children)`` with kind ``sequence``, ``choice`` or ``slot``."""

_TOKEN = re.compile(r"[()\[\]|]|\{\w+\}|[^()\[\]|{}]+")
_CLOSING = {"(": ")", "[": "]"}


@cache
def parse(pattern: str) -> Node:
    """The tree of `pattern`; raises ValueError naming the pattern when its brackets do not match."""
    tokens = _TOKEN.findall(pattern)
    node = _choice(tokens, "", pattern)
    if tokens:
        raise ValueError(f"unmatched {tokens[0]!r} in {pattern!r}")
    return node


def _choice(tokens: list[str], closing: str, pattern: str) -> Node:
    options: list[Node] = [("sequence", [])]
    while tokens and tokens[0] not in (")", "]"):
        token = tokens.pop(0)
        if token == "|":
            options.append(("sequence", []))
            continue
        if token in _CLOSING:
            child = _choice(tokens, _CLOSING[token], pattern)
            child = ("choice", [child, ""]) if token == "[" else child
        else:
            child = ("slot", [token[1:-1]]) if token[0] == "{" else token
        options[-1][1].append(child)  # type: ignore[union-attr]
    if closing and (not tokens or tokens.pop(0) != closing):
        raise ValueError(f"missing {closing!r} in {pattern!r}")
    return options[0] if len(options) == 1 else ("choice", options)


def expand(pattern: str, slots: Mapping[str, list[str]], rng: random.Random, bound: dict[str, str]) -> str:
    """One random sentence of `pattern`; slot values it draws are written to `bound` and reused from it."""

    def walk(node: Node) -> str:
        if isinstance(node, str):
            return node
        kind, children = node
        if kind == "sequence":
            return "".join(walk(child) for child in children)
        if kind == "choice":
            return walk(rng.choice(children))
        name = str(children[0])
        return bound.setdefault(name, rng.choice(slots[name]))

    return " ".join(walk(parse(pattern)).split())


def to_regex(pattern: str, slots: Mapping[str, list[str]]) -> str:
    """A regular expression that matches every sentence of `pattern`; a name may be any one word."""

    def walk(node: Node) -> str:
        if isinstance(node, str):
            return " *".join(re.escape(word) for word in node.split(" "))
        kind, children = node
        if kind == "sequence":
            return "".join(walk(child) for child in children)
        if kind == "choice":
            return "(?:" + "|".join(walk(child) for child in children) + ")"
        name = str(children[0])
        return "[a-z']+" if name == "name" else "(?:" + "|".join(re.escape(value) for value in slots[name]) + ")"

    return " *" + walk(parse(pattern)) + " *"
