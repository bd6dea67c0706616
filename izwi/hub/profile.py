"""Which profile to run: the one asked for, or, for ``auto``, what the Hub and this machine's cache allow."""

from __future__ import annotations

from dataclasses import dataclass

from izwi.hub.download import reach
from izwi.hub.faults import HubOutOfReach
from izwi.hub.registry import Registry
from izwi.hub.store import Store

#: The roles without which nobody talks.
TALK = ("asr", "llm", "tts")


@dataclass(frozen=True, slots=True)
class Choice:
    """The profile to run, and why, as a plain sentence for the page.

    ``pull``: the Hub can be reached and may be asked for what is missing.
    """

    profile: str
    reason: str
    pull: bool = False


def choose(asked: str, registry: Registry, store: Store, deadline: float) -> Choice:
    """Settle ``asked`` (``auto``, ``embedded``, ``spaces-cpu`` or ``remote``); takes at most ``deadline`` seconds."""
    if asked in ("embedded", "remote"):
        return Choice(asked, f"The profile '{asked}' was asked for.")
    if asked == "auto" and cached("spaces-cpu", registry, store):
        return Choice("spaces-cpu", "The full models are on this machine already.")
    try:
        reach(store.endpoint, deadline)
    except HubOutOfReach as fault:
        if asked == "auto":
            return Choice("embedded", f"{fault} The small embedded models are used instead.")
        return Choice(asked, f"{fault} Only models that are on this machine already are used.")
    return Choice("spaces-cpu", "The model hub can be reached, so the full models are used.", pull=True)


def cached(profile: str, registry: Registry, store: Store) -> bool:
    """Whether each model that talk needs, or one that stands in for it and is not embedded, has been pulled."""
    heads = [model for role in TALK for model in registry.profile(profile, role) if model.repo]
    return all(any(m.repo and store.present(m) for m in registry.chain(head)) for head in heads)
