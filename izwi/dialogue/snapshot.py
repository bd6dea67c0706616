"""What of a conversation outlives its connection: taken after each turn, put back when the user comes again.

Everything is JSON's own types. What is not in a snapshot (sounds, answers under way) is made anew.
"""

from __future__ import annotations

import contextlib
from dataclasses import asdict, fields
from typing import Any

from izwi.dialogue.conversation import Conversation
from izwi.dialogue.manner import Manner
from izwi.engines import Message, Style

#: Raised whenever an older snapshot can no longer be understood; such a one is passed over.
VERSION = 1


def snapshot(conversation: Conversation) -> dict[str, Any]:
    """The conversation so far."""
    return {
        "version": VERSION,
        "turn": conversation.turn,
        "language": conversation.language,
        "usual_language": conversation.usual_language,
        "voice": conversation.voice,
        "last_opener": conversation.last_opener,
        "manner": {
            "name": conversation.manner.name,
            "familiar": conversation.manner.familiar,
            "style": asdict(conversation.manner.style),
        },
        "mood": conversation.empathy.mood,
        "history": [[message.role, message.text] for message in conversation.memory.messages],
    }


def restore(conversation: Conversation, state: dict[str, Any]) -> bool:
    """Go on where ``state`` ended; False, and nothing changed, if it is of another version or broken.

    A voice or language this server does not have is left at its own choice: the snapshot may come from another replica.
    """
    if state.get("version") != VERSION:
        return False
    try:
        history = [Message(role, str(text)) for role, text in state["history"]]
        known = {field.name for field in fields(Style)}
        style = Style(**{name: value for name, value in state["manner"]["style"].items() if name in known})
        manner = Manner(style, str(state["manner"]["name"]), bool(state["manner"].get("familiar")))
        turn, usual, opener = int(state["turn"]), str(state["usual_language"]), str(state["last_opener"])
        language, voice = str(state["language"]), str(state["voice"])
    except (KeyError, TypeError, ValueError):
        return False
    with contextlib.suppress(KeyError, TypeError, ValueError):  # of a server with other feelings: we begin anew
        conversation.empathy.mood = state["mood"]
    conversation.turn, conversation.manner = turn, manner
    conversation.usual_language, conversation.last_opener = usual, opener
    for user, reply in zip(history[::2], history[1::2], strict=False):
        conversation.memory.add(user.text, reply.text)
    conversation.choose_language(language)
    if voice == "auto" or voice in conversation.engines.voices:
        conversation.choose_voice(voice)
    return True
