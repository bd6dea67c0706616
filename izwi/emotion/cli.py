"""``python -m izwi emotion FILE``: the six probabilities and the figures of the voice."""

from __future__ import annotations

import argparse
from pathlib import Path

from izwi import audio
from izwi.faults import BadInput


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``emotion`` to the command line."""
    parser = subparsers.add_parser("emotion", help="the feeling in a recorded voice")
    parser.add_argument("file", type=Path, help="any audio file; the last 6 s of speech are judged")
    parser.set_defaults(func=_emotion)


def _emotion(arguments: argparse.Namespace) -> int:
    from izwi.emotion.recogniser import EMOTIONS, EmbeddedEmotion

    try:
        heard = EmbeddedEmotion().hear(audio.read(arguments.file))
    except (audio.NotAudio, FileNotFoundError) as error:
        raise BadInput(str(error)) from error
    tag, voice = heard.tag, heard.voice
    print(f"feeling   {tag.emotion if tag.sure else 'not sure'}")
    for emotion in EMOTIONS if tag.probabilities else ():
        print(f"{emotion:<9} {tag.probabilities[emotion]:.3f}")
    if tag.probabilities:
        print(f"{'other':<9} {max(0.0, 1.0 - sum(tag.probabilities.values())):.3f}")
    pitch = f"{voice.f0:.0f} Hz median, range {voice.f0_range:.1f} semitones" if voice.f0 else "none: no voice is heard"
    print(f"F0        {pitch}")
    print(f"energy    {voice.energy:.1f} dBFS")
    print(f"rate      {voice.rate:.1f} syllables/s")
    print(f"voice     {voice.voiced:.2f} of {voice.seconds:.2f} s")
    return 0
