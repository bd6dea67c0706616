"""The language commands of `python -m izwi`: one result a line; many lines from standard input."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable

from izwi.languages.detection import detect
from izwi.languages.pack import languages, pack

_STYLES = ("standard", "everyday")


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `normalise`, `phonemes` and `language`; each parser's `func` takes its arguments, returns the status."""
    normalise = _command(subparsers, "normalise", "write numbers, dates, money and symbols in words", _normalise)
    normalise.add_argument("--style", choices=_STYLES, default="standard", help="everyday reads figures in English")
    normalise.add_argument("--back", action="store_true", help="the inverse: spoken numbers in digits")
    phonemes = _command(subparsers, "phonemes", "the sounds of a text, in IPA", _phonemes)
    phonemes.add_argument("--espeak", action="store_true", help="what espeak-ng is given, instead of IPA")
    _command(subparsers, "language", "which language a text is in, and how sure that is", _language, choose=False)


def _command(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    run: Callable[[argparse.Namespace], int],
    choose: bool = True,
) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
    parser.add_argument("text", nargs="*", help="the text; without it, every line of standard input")
    if choose:
        parser.add_argument("--language", choices=languages(), help="default: detected, line by line")
    parser.set_defaults(func=run)
    return parser


def _lines(arguments: argparse.Namespace) -> Iterable[str]:
    """The text of the command line as one line, or each line of standard input."""
    if arguments.text:
        return [" ".join(" ".join(arguments.text).split())]
    return (line.rstrip("\r\n") for line in sys.stdin)


def _code(arguments: argparse.Namespace, line: str) -> str:
    """The language asked for, or the one the line is in; mixed lines are read as Shona."""
    if arguments.language:
        return str(arguments.language)
    return "en" if detect(line).language == "en" else "sn"


def _normalise(arguments: argparse.Namespace) -> int:
    for line in _lines(arguments):
        language = pack(_code(arguments, line))
        print(language.denormalise(line) if arguments.back else language.normalise(line, arguments.style), flush=True)
    return 0


def _phonemes(arguments: argparse.Namespace) -> int:
    for line in _lines(arguments):
        language = pack(_code(arguments, line))
        print(language.espeak(line) if arguments.espeak else language.ipa(line), flush=True)
    return 0


def _language(arguments: argparse.Namespace) -> int:
    for line in _lines(arguments):
        found = detect(line)
        print(f"{found.language}\t{found.confidence:.2f}", flush=True)
    return 0
