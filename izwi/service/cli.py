"""Command lines that talk: ``serve``, ``say``, ``talk`` and ``demo``."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from izwi.audio import NotAudio, Pcm, join, read
from izwi.faults import BadInput
from izwi.languages import detect, languages, pack
from izwi.settings import Settings, from_env


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this room's commands; each sets ``func(arguments) -> exit code``."""
    serve = commands.add_parser("serve", help="open the page (the same as python app.py)")
    serve.add_argument("--share", action="store_true", help="also give a public link")
    serve.set_defaults(func=_serve)

    say = commands.add_parser("say", help="speak a text to a WAV file")
    say.add_argument("text", help="what is to be said, of any length")
    say.add_argument("--language", help="sn or en (default: found out)")
    say.add_argument("--voice", default="", help="a voice that 'izwi voices' lists (default: the best that keeps up)")
    say.add_argument("--out", type=Path, default=Path("izwi.wav"), help="the WAV file (default: izwi.wav)")
    say.set_defaults(func=lambda given: asyncio.run(_say(given)))

    talk = commands.add_parser("talk", help="play a recording to Izwi, at the pace of real time, and keep the answer")
    talk.add_argument("input", type=Path, metavar="IN.wav", help="any audio file with speech")
    talk.add_argument("--out", type=Path, help="the answer as WAV")
    talk.add_argument("--events", type=Path, metavar="EVENTS.jsonl", help="one JSON object a line (default: printed)")
    talk.add_argument("--language", help="sn, en or auto")
    talk.add_argument("--profile", help="embedded, spaces-cpu, remote or auto")
    talk.set_defaults(func=lambda given: asyncio.run(_talk(given)))

    demo = commands.add_parser("demo", help="a text through the whole pipeline to a WAV, with the time of every stage")
    demo.add_argument("text", help="what you say to Izwi")
    demo.add_argument("--language", help="sn, en or auto")
    demo.add_argument("--typed", action="store_true", help="type the text instead of saying it to Izwi")
    demo.add_argument("--out", type=Path, default=Path("demo.wav"), help="the answer (default: demo.wav)")
    demo.set_defaults(func=lambda given: asyncio.run(_demo(given)))


def _serve(given: argparse.Namespace) -> int:
    from izwi.service.web import serve

    return serve(from_env(), share=given.share)


def _known(language: str | None, also: tuple[str, ...] = ()) -> str | None:
    if language is not None and language not in (*languages(), *also):
        raise BadInput(f"unknown language '{language}'; Izwi has {', '.join((*languages(), *also))}")
    return language


async def _say(given: argparse.Namespace) -> int:
    from izwi.tts.aloud import phrases
    from izwi.tts.choice import close, voice

    text = given.text.strip()
    if not text:
        raise BadInput("there is no text to say")
    language = _known(given.language) or _found(text)
    _check(given.out)
    settings = from_env()
    chosen = voice(given.voice or settings.voice, settings)
    try:
        pieces = [item async for item in phrases(chosen, text, language) if isinstance(item, Pcm)]
    finally:
        await close(chosen)
    if not pieces:
        raise BadInput("there is nothing in this text that can be spoken")
    spoken = join([piece.resampled(pieces[0].rate) for piece in pieces])  # one voice may have followed another
    _write(given.out, spoken)
    named = "automatic voice" if chosen.name == "ladder" else f"voice {chosen.name}"
    print(f"{given.out}: {spoken.seconds:.2f} s in {pack(language).name}, {named}")
    return 0


def _settings(given: argparse.Namespace) -> Settings:
    """The environment's settings with the command line's on top; in a recorded conversation nobody is greeted."""
    settings = from_env()
    language = _known(given.language, ("auto",)) or settings.language
    profile = getattr(given, "profile", None) or settings.profile
    return replace(settings, greet=False, language=language, profile=profile)


def _found(text: str) -> str:
    language = detect(text).language
    return language if language in languages() else "sn"


def _recording(path: Path) -> Pcm:
    try:
        return read(path)
    except (FileNotFoundError, NotAudio) as error:
        raise BadInput(str(error)) from None


def _check(out: Path | None) -> None:
    """Raise ``BadInput`` at once for what could not be written at the end."""
    if out and (out.is_dir() or not out.resolve().parent.is_dir()):
        raise BadInput(f"{out} cannot be written ({'it is a folder' if out.is_dir() else 'there is no such folder'})")


def _write(path: Path, sound: Pcm) -> None:
    try:
        path.write_bytes(sound.wav())
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror})") from None


async def _conversation(settings: Settings, speech: Pcm | None, text: str, event: Any) -> Pcm:
    """Have the whole conversation on the engines of ``settings``; the greeting is left out."""
    from izwi.assembly import assemble
    from izwi.service.handler import Service
    from izwi.service.local import Talk

    service = Service(settings)
    service.engines.set_result(await asyncio.to_thread(assemble, settings))
    return await Talk(service, event).run(speech, text)


async def _talk(given: argparse.Namespace) -> int:
    speech = _recording(given.input)
    _check(given.out)
    settings = _settings(given)
    try:
        out: TextIO = given.events.open("w", encoding="utf-8") if given.events else sys.stdout
    except OSError as error:
        raise BadInput(f"{given.events} cannot be written ({error.strerror})") from None

    def event(message: dict[str, Any]) -> None:
        print(json.dumps(message, ensure_ascii=False), file=out, flush=True)

    try:
        answer = await _conversation(settings, speech, "", event)
    finally:
        if given.events:
            out.close()
    if given.out:
        _write(given.out, answer)
    return 0


async def _demo(given: argparse.Namespace) -> int:
    if not given.text.strip():
        raise BadInput("there is no text to answer")
    _check(given.out)
    from izwi.service.demo import Route, spoken

    route = Route()
    speech = None if given.typed else await spoken(given.text, given.language)
    answer = await _conversation(_settings(given), speech, "" if speech else given.text, route.event)
    _write(given.out, answer)
    route.print(spoken=speech is not None)
    print(f"\n{given.out}: {answer.seconds:.2f} s of speech")
    return 0 if answer.seconds else 1
