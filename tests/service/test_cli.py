"""The command line as its user meets it: real processes, real engines, real files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pyloudnorm
import pytest

from izwi.audio import LISTENING_RATE, Pcm, from_floats, join, read, silence
from izwi.bench.users import speak
from izwi.languages import detect

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"),
]


def izwi(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "izwi", *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "IZWI_PROFILE": "embedded", **environment},
    )


def talk(tmp_path: Path, sound: Pcm, *arguments: str) -> tuple[list[dict[str, Any]], Pcm | None]:
    """Play ``sound`` to Izwi; its events and, if it said anything, its answer."""
    (tmp_path / "in.wav").write_bytes(sound.wav())
    out, events = tmp_path / "out.wav", tmp_path / "events.jsonl"
    done = izwi("talk", str(tmp_path / "in.wav"), "--out", str(out), "--events", str(events), *arguments)
    assert done.returncode == 0, done.stderr
    with wave.open(str(out)) as file:
        empty = file.getnframes() == 0
    return [json.loads(line) for line in events.read_text("utf-8").splitlines()], None if empty else read(out)


def texts(events: list[dict[str, Any]], kind: str) -> list[str]:
    return [event["text"] for event in events if event["type"] == kind and event["text"]]


def loudness(sound: Pcm) -> float:
    return float(pyloudnorm.Meter(sound.rate).integrated_loudness(sound.floats.astype(np.float64)))


@pytest.mark.parametrize(
    ("language", "voice", "question"),
    [("sn", "sw+m7", "ndiri kunzwa nzara"), ("en", "en-us+f5", "what is the time please")],
)
def test_a_spoken_question_is_answered_in_its_language(
    tmp_path: Path, language: str, voice: str, question: str
) -> None:
    events, answer = talk(tmp_path, speak(question, voice))
    assert texts(events, "transcript") == [question]
    reply = " ".join(texts(events, "reply"))
    assert detect(reply).language == language, reply
    assert answer is not None
    assert -23 <= loudness(answer) <= -16
    assert np.abs(answer.samples).max() < 32767
    assert [e["state"] for e in events if e["type"] == "state"] == ["listening", "thinking", "speaking", "idle"]
    assert {"audio_start", "audio_end"} <= {e["type"] for e in events}
    times = [e["t"] for e in events]
    assert times == sorted(times)
    assert times[0] >= 0


def test_a_second_sentence_after_the_reply_is_a_second_turn(tmp_path: Path) -> None:
    pause = silence(9.0, 48_000)
    events, _ = talk(tmp_path, join([speak("how are you today", "en-us+f5"), pause, speak("thank you", "en-us+f5")]))
    turns = [e["turn"] for e in events if e["type"] == "transcript"]
    assert turns == [1, 2]


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_other_rates_and_stereo(tmp_path: Path, rate: int) -> None:
    mono = speak("how are you today", "en-us+f5").resampled(rate)
    path = tmp_path / "stereo.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.repeat(mono.samples, 2).tobytes())
    done = izwi("talk", str(path), "--language", "en")
    assert done.returncode == 0, done.stderr
    assert texts([json.loads(line) for line in done.stdout.splitlines()], "transcript")


def music(seconds: float) -> Pcm:
    """Chords of a plucked instrument."""
    time = np.arange(round(seconds * LISTENING_RATE)) / LISTENING_RATE
    beat = np.exp(-4 * (time % 0.5))
    roots = np.array([220.0, 174.6, 130.8, 196.0])[(time // 2).astype(int) % 4]
    chord = sum(np.sin(2 * np.pi * np.cumsum(roots * step) / LISTENING_RATE) for step in (1, 1.25, 1.5, 2))
    return from_floats(0.15 * beat * chord, LISTENING_RATE)


@pytest.mark.parametrize("sound", [silence(3, LISTENING_RATE), music(6)], ids=["silence", "music"])
def test_silence_and_music_are_not_answered_with_an_invented_question(tmp_path: Path, sound: Pcm) -> None:
    events, _ = talk(tmp_path, sound)
    assert not [e for e in events if e["type"] == "error"]
    assert all(e["unsure"] for e in events if e["type"] == "transcript")


@pytest.mark.parametrize("content", [b"", b"ab", b"not a sound at all\n" * 20])
def test_what_is_not_audio_ends_with_exit_2_and_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.wav").write_bytes(content)
    done = izwi("talk", str(tmp_path / "bad.wav"))
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.strip().splitlines()) == 1
    assert "bad.wav" in done.stderr


def test_bad_input_ends_with_exit_2_and_one_line() -> None:
    """As a process of its own; the rest of what people get wrong stands in tests/test_main.py."""
    done = izwi("say", "🙂")
    assert done.returncode == 2, done
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_wrong_setting_is_named() -> None:
    done = izwi("say", "Mhoro", IZWI_LANGUAGE="klingon")
    assert done.returncode == 2
    assert "IZWI_LANGUAGE" in done.stderr


@pytest.mark.parametrize(("language", "text"), [("sn", "Mhoro, makadii zvenyu nhasi?"), ("en", "Hello, how are you?")])
def test_say_writes_speech_of_ordinary_loudness(tmp_path: Path, language: str, text: str) -> None:
    out = tmp_path / "say.wav"
    done = izwi("say", text, "--out", str(out))
    assert done.returncode == 0, done.stderr
    sound = read(out)
    assert 1 < sound.seconds < 6
    assert -23 <= loudness(sound) <= -16


def test_a_full_disk_or_a_reader_that_goes_ends_the_talk_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "in.wav").write_bytes(speak("how are you today", "en-us+f5").wav())
    done = izwi("talk", str(tmp_path / "in.wav"), "--events", "/dev/full")
    assert (done.returncode, done.stderr) == (1, "izwi: No space left on device\n")
    command = f"{sys.executable} -m izwi talk {tmp_path / 'in.wav'} | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env={**os.environ, "IZWI_PROFILE": "embedded"}
    )
    assert (done.returncode, done.stderr) == (141, "")


def test_demo_prints_its_route_and_writes_the_answer(tmp_path: Path) -> None:
    out = tmp_path / "demo.wav"
    done = izwi("demo", "Mhoro", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "you: " in done.stdout
    assert "you sound " in done.stdout, "the feeling was skipped"
    at = dict(line.split(maxsplit=1)[::-1] for line in done.stdout.splitlines() if line.startswith("  "))
    assert float(at["your words are recognised"]) < float(at["the first sound leaves"])
    assert "the feeling in your voice is found" in at
    assert read(out).seconds > 0.5


def test_demo_types_what_is_not_to_be_said(tmp_path: Path) -> None:
    done = izwi("demo", "Mhoro", "--typed", "--out", str(tmp_path / "demo.wav"))
    assert done.returncode == 0, done.stderr
    assert "you: Mhoro (" in done.stdout
    assert "you sound" not in done.stdout


def test_demo_names_the_document_an_answer_comes_from(tmp_path: Path) -> None:
    (tmp_path / "clinic.md").write_text("# Clinic\n\n## Opening hours\nThe clinic opens at eight and closes at five.\n")
    asked = ("demo", "When does the clinic open?", "--typed", "--out", str(tmp_path / "demo.wav"))
    done = izwi(*asked, IZWI_KNOWLEDGE=str(tmp_path))
    assert "Izwi: The clinic opens at eight and closes at five.\nthat is from clinic.md, Opening hours\n" in done.stdout


@pytest.mark.parametrize(
    "text", ["🙂🙂", "مرحبا كيف حالك", "x" * 1999, "<script>alert(1)</script>", "ndoda\u0000sadza"]
)
def test_strange_text_is_answered_plainly(tmp_path: Path, text: str) -> None:
    done = izwi("demo", text.replace("\u0000", " "), "--typed", "--out", str(tmp_path / "demo.wav"))
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
