"""Score the exported recogniser in voices it never heard: `python -m models.recipes.micro_whisper.score`.

Prints one JSON line a test set: word and letter error rates, the share of right languages when none is given, and how
often "unsure" was said of right and of wrong transcripts.
"""

import argparse
import asyncio
import csv
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import jiwer
import numpy as np

from izwi.asr.faster_whisper import FasterWhisper
from izwi.audio import Pcm, from_floats, read
from izwi.engines import ASR
from models.recipes.micro_whisper import text as texts
from models.recipes.micro_whisper.sound import coloured
from models.recipes.micro_whisper.speech import RATE, speak
from models.recipes.micro_whisper.voices import held_out_voice

PROMPTS = {  # what is said in recordings whose manifest does not tell
    "cmu_arctic_us_aew_a0001": "author of the danger trail philip steels etc",
    "cmu_arctic_us_aew_a0002": "not at this particular case tom apologized whittemore",
    "cmu_arctic_us_axb_a0004": "lord but i'm glad to see you again phil",
    "cmu_arctic_us_axb_a0005": "will we ever forget it",
    "librispeech-1995-1837-0001": "it was the first great sorrow of his life it was not so much the loss of the cotton "
    "itself but the fantasy the hopes the dreams built around it",
}
Utterance = tuple[str, str, Pcm]  # language, text, speech


def with_silence(samples: np.ndarray, rng: random.Random) -> np.ndarray:
    """Up to 0.3 s before and 0.2 to 0.5 s after, as a turn-taker cuts it."""
    before, after = rng.randrange(1600, 4800), rng.randrange(3200, 8000)
    return np.concatenate([np.zeros(before), samples / 32768, np.zeros(after)]).astype(np.float32)


def noisy(speech: np.ndarray, snr: float, rng: random.Random) -> np.ndarray:
    """White or pink noise, in turn at random, ``snr`` dB below the whole utterance."""
    noise = coloured(len(speech), rng.choice((0.0, 0.5)), np.random.default_rng(rng.randrange(1 << 30)))
    return speech + noise * np.sqrt(np.mean(speech**2)) * 10 ** (-snr / 20)


def spoken(language: str, sentences: list[str], snr: float | None = None, seed: int = 0) -> Iterator[Utterance]:
    """The sentences in held-out voices, clean or with noise."""
    rng = random.Random(f"{language} {seed}")
    for sentence in sentences:
        samples = with_silence(speak(sentence, held_out_voice(language, rng)), rng)
        if snr is not None:
            samples = noisy(samples, snr, rng)
        yield language, sentence, from_floats(samples * 0.9 / max(0.9, np.abs(samples).max()), RATE)


def unseen(language: str, count: int, split: str = "test") -> list[str]:
    """Whole domain sentences no training saw."""
    held = list(texts.domain(language, split))
    random.Random(0).shuffle(held)
    return held[:count]


def paraphrases(language: str) -> list[str]:
    """The 300 held-out wordings, by hand: no pattern makes them, and not all of their words are known."""
    lines = (texts.ROOT / "tests" / "data" / "paraphrases.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line.startswith(f"{language}\t")]
    return [text for row in rows if (text := texts.normalise(row[2]))]


def open_sentences(language: str, count: int) -> list[str]:
    """Three to five words of the frequency list, at random."""
    rng = random.Random(f"open {language}")
    words, counts = texts.shona_words() if language == "sn" else texts.english_words()
    weights = [count**0.5 for count in counts]
    return [" ".join(rng.choices(words, weights, k=rng.choice((3, 4, 5)))) for _ in range(count)]


def people() -> list[Utterance]:
    """English read by people, from the shared data: LibriSpeech, CMU ARCTIC and others."""
    folder = texts.SHARED / "speech"
    with open(folder / "speech_truth.csv", encoding="utf-8") as file:
        said = {row["path"]: row["note"] for row in csv.DictReader(file) if row["path"].startswith("speechbrain/spk")}
    with open(folder / "MANIFEST.csv", encoding="utf-8") as file:
        said |= {row["path"]: row["text"] for row in csv.DictReader(file) if row["path"].startswith("asr_en/")}
    texts_of = {path: texts.normalise(text or PROMPTS[Path(path).stem]) for path, text in said.items()}
    return [("en", text, read(folder / path)) for path, text in texts_of.items() if text]


@dataclass
class Tally:
    """What was said and what was heard, of one test set."""

    said: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    unsure: list[bool] = field(default_factory=list)
    language: list[bool] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def report(self, name: str) -> dict[str, object]:
        right = np.array([said == heard for said, heard in zip(self.said, self.heard, strict=True)])
        unsure = np.array(self.unsure)
        line: dict[str, object] = {"set": name, "n": len(right)}
        line["wer"] = round(100 * jiwer.wer(self.said, self.heard), 1)
        line["cer"] = round(100 * jiwer.cer(self.said, self.heard), 1)
        line["exact"] = round(100 * float(right.mean()), 1)
        line["unsure_when_right"] = round(100 * float(unsure[right].mean()), 1) if right.any() else None
        line["unsure_when_wrong"] = round(100 * float(unsure[~right].mean()), 1) if (~right).any() else None
        if self.language:
            line["language"] = round(100 * float(np.mean(self.language)), 1)
        line["ms"] = round(1000 * float(np.median(self.seconds)), 1)
        return line


async def listen(asr: ASR, utterances: list[Utterance], automatic: bool = False) -> Tally:
    """Transcribe the utterances; ``automatic`` leaves the language to the engine."""
    tally = Tally()
    for language, said, speech in utterances:
        started = time.perf_counter()
        async for chunk in asr.transcribe_stream(speech, None if automatic else language):
            last = chunk
        tally.seconds.append(time.perf_counter() - started)
        tally.said.append(said)
        tally.heard.append(last.text)
        tally.unsure.append(last.unsure)
        if automatic:
            tally.language.append(last.language == language)
    return tally


def test_sets(count: int) -> Iterator[tuple[str, list[Utterance]]]:
    for code in texts.LANGUAGES:
        held = unseen(code, count)
        yield f"{code} unseen sentences, clean", list(spoken(code, held))
        yield f"{code} unseen sentences, 10 dB", list(spoken(code, held, 10, seed=1))
        written = paraphrases(code)[:count]
        yield f"{code} unseen paraphrases, clean", list(spoken(code, written, seed=3))
        yield f"{code} unseen paraphrases, 10 dB", list(spoken(code, written, 10, seed=4))
        yield f"{code} open words, clean", list(spoken(code, open_sentences(code, count), seed=2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--model", type=Path, default=texts.TARGET)
    parser.add_argument("--show", type=int, default=0, help="wrong transcripts to print a set")
    options = parser.parse_args()
    asr = FasterWhisper(options.model)

    def score(name: str, utterances: list[Utterance], automatic: bool) -> None:
        tally = asyncio.run(listen(asr, utterances, automatic))
        print(json.dumps(tally.report(name)), flush=True)
        wrong = [pair for pair in zip(tally.said, tally.heard, strict=True) if pair[0] != pair[1]]
        for said, heard in wrong[: options.show]:
            print(f"    {said} -> {heard}")

    for name, utterances in test_sets(options.count):
        score(name, utterances, automatic=False)
        if "unseen sentences" in name:
            score(f"{name}, language not given", utterances, automatic=True)
    if texts.SHARED.exists():
        score("en recorded people", people(), automatic=False)


if __name__ == "__main__":
    main()
