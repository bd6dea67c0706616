"""``python -m izwi dub``: a clip in the other language, and what it is made of."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from izwi.faults import BadInput
from izwi.languages import languages
from izwi.whole import write_whole

if TYPE_CHECKING:
    from izwi.dub.progress import Step
    from izwi.dub.timeline import Timeline

#: Characters of the progress bar.
WIDTH = 24


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``dub``; it sets ``func(arguments) -> exit code``."""
    about = "Give a clip back in the other language, in a voice that sits in the same room, and say what was done."
    dub = commands.add_parser("dub", help="give a clip back in the other language", description=about)
    dub.add_argument("input", type=Path, metavar="IN", help="wav, mp3, m4a, ogg or flac; up to 10 minutes of speech")
    dub.add_argument("--to", default="", choices=languages(), help="default: the other language than is spoken")
    dub.add_argument("--out", type=Path, help="the dubbed clip (default: IN.LANGUAGE.wav)")
    dub.add_argument("--subtitles", type=Path, metavar="OUT.srt", help="the translation as subtitles (.srt or .vtt)")
    dub.add_argument("--timeline", type=Path, metavar="OUT.json", help="every segment with its figures")
    dub.add_argument("--edits", type=Path, metavar="EDITS.json", help="changed lines; only they are made again")
    dub.set_defaults(func=_dub)

    demo = commands.add_parser("dub-demo", help="a made clip before and after, and what the dub is worth in figures")
    demo.add_argument("--language", default="sn", choices=languages(), help="the language of the clip")
    demo.add_argument("--voice", default="m3", help="the variant of espeak-ng that speaks in it")
    demo.add_argument(
        "--out", type=Path, default=Path("."), metavar="FOLDER", help="where the clips go (default: here)"
    )
    demo.set_defaults(func=_demo)


def _dub(given: argparse.Namespace) -> int:
    from izwi.dub import dub
    from izwi.dub.edits import read_edits
    from izwi.dub.subtitles import subtitles

    _check(given)
    edits = read_edits(given.edits) if given.edits else {}
    bar = Bar()
    try:
        timeline = dub(given.input, to=given.to, edits=edits, progress=bar)
    finally:
        bar.clear()
    out = given.out or given.input.with_suffix(f".{timeline.target}.wav")
    assert timeline.sound is not None
    _write(out, timeline.sound.wav())
    if given.subtitles:
        _write(given.subtitles, subtitles(timeline, given.subtitles.suffix[1:].lower()).encode())
    if given.timeline:
        _write(given.timeline, timeline.json().encode())
    _tell(timeline, out)
    return 0 if timeline.dubbed else 1


def _check(given: argparse.Namespace) -> None:
    """Raise ``BadInput`` for what cannot be written, or would be written over what is read."""
    read = [path.resolve() for path in (given.input, given.edits) if path]
    for path in filter(None, (given.out, given.subtitles, given.timeline)):
        if not path.resolve().parent.is_dir():
            raise BadInput(f"there is no folder {path.parent} for {path.name}")
        if path.resolve() in read:
            raise BadInput(f"{path.name} is read for this dub and would be lost; give another name to write to")
    if given.out and given.out.suffix.lower() != ".wav":
        raise BadInput(f"the dub is written as WAV, so --out ends with .wav, not {given.out.suffix or given.out.name}")
    if given.subtitles and given.subtitles.suffix.lower() not in (".srt", ".vtt"):
        raise BadInput(f"subtitles are .srt or .vtt, not {given.subtitles.suffix or 'without an ending'}")


def _demo(given: argparse.Namespace) -> int:
    from izwi.dub.demo import demo

    return demo(given)


def _tell(timeline: Timeline, out: Path) -> None:
    for segment in timeline.segments:
        said = segment.translation if not segment.kept else f"({segment.text})"
        note = f"  [{segment.note}]" if segment.note else ""
        print(f"{segment.number:3d}  {segment.start:7.2f} s  {segment.emotion:<8} {said}{note}")
    for notice in timeline.notices:
        print(notice)
    print(f"{out}: {timeline.seconds:.1f} s, {len(timeline.dubbed)} of {len(timeline.segments)} lines dubbed")


def _write(path: Path, data: bytes) -> None:
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)  # /dev/stdout and its like
        else:
            write_whole(path.resolve(), data, 0o666)
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror})") from None


class Bar:
    """A progress bar on a terminal; nothing where there is none."""

    def __init__(self, out: Any = None) -> None:
        self._out = out or sys.stderr
        self._drawn = False

    def __call__(self, step: Step) -> None:
        from izwi.dub.progress import NAMES

        if not self._out.isatty():
            return
        full = round(WIDTH * step.fraction)
        left = f", {step.left:.0f} s left" if step.left else ""
        where = f" {step.done + 1} of {step.total}" if step.total > 1 else ""
        line = f"{'█' * full}{'·' * (WIDTH - full)} {step.fraction:4.0%}  {NAMES[step.stage]}{where}{left}"
        print(f"\r\033[K{line}", end="", file=self._out, flush=True)
        self._drawn = True

    def clear(self) -> None:
        if self._drawn:
            print("\r\033[K", end="", file=self._out, flush=True)
