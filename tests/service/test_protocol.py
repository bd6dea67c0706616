"""The protocol's two descriptions agree: what the server takes by hand and what the schema says."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from izwi import events
from izwi.events import Command
from izwi.service import protocol
from izwi.service.protocol import HEADER, MESSAGES, Refusal
from izwi.service.wire import NAMES
from tests.service.fuzz import Fuzz
from tests.service.orchestra import SCHEMA, validator

ROOT = Path(__file__).parent.parent.parent


def taken(message: str) -> bool:
    with contextlib.suppress(Refusal):
        protocol.parse(message)
        return True
    return False


@pytest.mark.parametrize("seed", range(2))
def test_what_the_server_takes_is_what_the_schema_has(seed: int) -> None:
    found = {True: 0, False: 0}
    for message in islice(Fuzz(seed), 3000):
        if isinstance(message, bytes) or len(message) > 10_000 or "\\ud800" in message or "NaN" in message:
            continue  # no JSON Schema can say these
        try:
            data = json.loads(message)
        except (ValueError, RecursionError):
            assert not taken(message)
            continue
        valid = validator("client").is_valid(data)
        assert taken(message) == valid, message
        found[valid] += 1
    assert min(found.values()) > 300


def test_every_message_and_field_is_in_the_schema() -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))["$defs"]
    described = {}
    for reference in schema["client"]["oneOf"]:
        entry = schema[reference["$ref"].removeprefix("#/$defs/")]
        described[entry["properties"]["type"]["const"]] = (set(entry["properties"]), set(entry["required"]))
    for kind, fields in MESSAGES.items():
        needed = {name for name, field in fields.items() if field.needed}
        assert described.pop(kind) == ({"type", *fields}, {"type", *needed}), kind
    assert not described


def test_whatever_the_page_may_say_by_webrtc_it_may_say_by_websocket() -> None:
    """Whoever gives ``izwi.events`` a new command must give it to ``MESSAGES`` and the schema too."""
    for kind, fields in events.COMMANDS.items():
        if kind != "playback":  # which has two names here
            assert set(MESSAGES.get(kind, {"none": None})) >= set(fields), kind


def test_every_event_of_the_conversation_is_in_the_schema() -> None:
    """Whoever gives ``izwi.events`` a new event or field must write it down in docs/protocol.schema.json."""
    schema = json.loads(SCHEMA.read_text("utf-8"))["$defs"]
    described = {}
    for reference in schema["server"]["oneOf"]:
        entry = schema[reference["$ref"].removeprefix("#/$defs/")]
        described[entry["properties"]["type"]["const"]] = set(entry["properties"])
    for event in events.Event.__subclasses__():
        names = {field.name for field in dataclasses.fields(event)}
        kind = NAMES.get(event.type, event.type)
        assert names <= described.get(kind, set()), f"'{kind}' with {names} is not in {SCHEMA.name}"


def test_the_page_about_the_protocol_names_every_message_and_code() -> None:
    text = (ROOT / "docs" / "protocol.md").read_text("utf-8")
    schema = json.loads(SCHEMA.read_text("utf-8"))["$defs"]
    for side in ("client", "server"):
        for reference in schema[side]["oneOf"]:
            name = schema[reference["$ref"].removeprefix("#/$defs/")]["properties"]["type"]["const"]
            assert f"`{name}`" in text, f"docs/protocol.md does not tell of {name}"
    sources = "".join((ROOT / "izwi" / "service" / f"{name}.py").read_text() for name in ("protocol", "wire", "socket"))
    codes = set(re.findall(r'Refusal\(\s*"(\w+)"', sources))
    assert len(codes) > 12
    assert not {code for code in codes if f"`{code}`" not in text}


@given(st.binary(max_size=200))
def test_any_bytes_are_sound_or_refused(message: bytes) -> None:
    if len(message) < HEADER.size or len(message) % 2:
        with pytest.raises(Refusal, match=r"header|even"):
            protocol.binary_sound(message)
    else:
        assert 2 * len(protocol.binary_sound(message).samples) == len(message) - HEADER.size


@pytest.mark.parametrize(
    ("first", "code", "close"),
    [
        ("", "bad_json", 4400),
        (b"", "too_early", 4400),
        ('{"type": "text", "text": "mhoro"}', "too_early", 4400),
        ('{"type": "hello"}', "bad_field", 4400),
        ('{"type": "hello", "version": 2}', "version", 4426),
        ('{"type": "hello", "version": 1, "rate": 8000}', "bad_field", 4400),
        ('{"type": ["hello"]}', "bad_type", 4400),
    ],
)
def test_only_a_hello_of_our_version_opens(first: str | bytes, code: str, close: int) -> None:
    with pytest.raises(Refusal) as refused:
        protocol.greeting(first)
    assert (refused.value.code, refused.value.close_code, refused.value.final) == (code, close, True)


def test_sound_survives_both_framings() -> None:
    samples = np.array([0, 1, -1, 32767, -32768], np.int16)
    binary = protocol.framed("binary")(7, 3, 1.5, samples)
    assert isinstance(binary, bytes)
    assert HEADER.unpack_from(binary) == (7, 3, 1_500_000)
    heard = protocol.binary_sound(binary)
    assert (heard.number, heard.at) == (3, 1.5)
    chunk: Any = protocol.framed("base64")(7, 3, 1.5, samples)
    for sound in (heard, protocol.sound(Command("audio_chunk", chunk))):
        assert np.array_equal(sound.samples, samples)


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"audio": "###"}, "bad_audio"), ({"audio": "AA=="}, "bad_audio"), ({"audio": "A" * 128_000}, "too_long")],
)
def test_audio_that_is_none_is_refused(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        protocol.sound(Command("audio_chunk", fields))
    assert refused.value.code == code
