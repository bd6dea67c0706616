"""Whisper on CTranslate2 through faster-whisper, encoding only the audio there is instead of a 30 s window."""

from __future__ import annotations

import asyncio
import functools
import json
import math
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from izwi.asr.alignment import TimedWord, by_attention, by_letters
from izwi.asr.ctc import Floats
from izwi.asr.fusion import Fusion
from izwi.asr.windowed import UNSURE, Heard, Windowed
from izwi.audio import LISTENING_RATE, Pcm
from izwi.engines import require_language

FRAMES = 100  # mel frames a second
#: Frames of silence wanted after the speech: by weights trained on 30 s windows, and by our own, whose decoder repeats
#: the last word of an utterance cut off at its last sound (31 of 80 short ones were unsure without, 6 with).
TRAILING, OWN_TRAILING = 250, 16
BAD_LENGTHS = (159, 160)  # CTranslate2 4.8.5 takes such a mel for encoder output
TOKENS_A_SECOND = 10
POSITIONS = 448  # of a Whisper's decoder
COMPRESSION = 2.4  # text that zlib packs better than this repeats itself (Radford et al., 2022)
NO_SPEECH = 0.6
HALLUCINATED = math.exp(-1)  # mean token probability; Whisper's log_prob_threshold
UNLIKELY = 0.05
HOTWORD_TOKENS = 40
LONGEST_TEXT = 100  # tokens the embedded decoder has positions for, less the prompt


class FasterWhisper(Windowed):
    """A Whisper checkpoint in CTranslate2's format. With ``ctc.npz`` beside it, both heads decide together."""

    name = "faster-whisper"

    def __init__(
        self, folder: Path, languages: Sequence[str] = ("sn", "en"), threads: int = 1, hotwords: str = ""
    ) -> None:
        """``hotwords`` are words to expect (names, places); weights with a CTC head know no prompts and ignore them."""
        from faster_whisper import WhisperModel

        self._model: Any = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
        )
        self._token = self._model.hf_tokenizer.token_to_id
        known = frozenset(code for code in languages if self._token(f"<|{code}|>") is not None)
        super().__init__(known, _window(folder))
        self.hotwords = hotwords
        self._fusion = Fusion(folder, self.languages) if Fusion.beside(folder) else None
        if self._fusion:
            self.narrow = False  # keep fewer hypotheses: faster, a little less sure

    async def align(self, speech: Pcm, text: str, language: str) -> list[TimedWord]:
        """When each word of ``text`` is said in ``speech`` (at most one window). Empty where that cannot be told."""
        require_language(self.name, language, self.languages)
        samples = speech.resampled(LISTENING_RATE).floats[: int(self.window * LISTENING_RATE)]
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, self._align, samples, text.split(), language)

    def _align(self, samples: Floats, words: Sequence[str], language: str) -> list[TimedWord]:
        if not words or not len(samples):
            return []
        encoded = self._encode(self._model.feature_extractor(samples, padding=160))
        if self._fusion:
            return by_letters(self._fusion.letters(np.asarray(encoded)[0]), words)
        spelled = {word: self._model.hf_tokenizer.encode(" " + word).ids for word in words}
        tokens = [token for word in words for token in spelled[word]]
        start = self._prompt(language)[-4:-1]
        found = self._model.model.align(encoded, start, [tokens], [encoded.shape[1] * 2])[0]
        return by_attention(found.alignments, words, lambda word: len(spelled[word]))

    def _hear(self, samples: Floats, language: str | None) -> Heard:
        mel = self._model.feature_extractor(samples, padding=160)
        encoded = self._encode(mel)
        seconds = len(samples) / LISTENING_RATE
        likely = {language: 1.0} if language else self._languages(encoded)
        if self._fusion:
            heard = [(self._fused(encoded, code, seconds), math.log(p)) for code, p in likely.items()]
            return max(heard, key=lambda pair: pair[0].score + pair[1])[0]
        heard_alone = self._decode(encoded, next(iter(likely)), seconds)
        if _repeats(heard_alone.text):  # short context can loop: once more, as the weights were trained
            return self._decode(self._encode(mel, whole=True), heard_alone.language, seconds)
        return heard_alone

    def _encode(self, mel: Floats, whole: bool = False) -> Any:
        """Encoder output of a mel (80, frames), padded only as much as the weights need, or to the whole window."""
        limit = int(self.window * FRAMES)
        frames = mel.shape[1] + (OWN_TRAILING if self._fusion else TRAILING)
        frames = limit if whole else min(frames + frames % 2, limit)
        if frames in BAD_LENGTHS:
            frames = BAD_LENGTHS[-1] + 2
        padded = np.full((mel.shape[0], frames), mel.min(), np.float32)  # silence, as all Whispers were trained
        padded[:, : mel.shape[1]] = mel[:, :frames]
        return self._model.encode(padded)

    def _languages(self, encoded: Any) -> dict[str, float]:
        """This engine's languages by probability, the likeliest first; those under 5 % left out."""
        ranked = [(token[2:-2], p) for token, p in self._model.model.detect_language(encoded)[0]]
        ours = [(code, max(p, 1e-6)) for code, p in ranked if code in self.languages]
        return dict([*ours[:1], *(pair for pair in ours[1:] if pair[1] > UNLIKELY)])

    def _decode(self, encoded: Any, language: str, seconds: float) -> Heard:
        """The decoder's own text, greedily."""
        prompt = self._prompt(language)
        new = 8 + int(seconds * TOKENS_A_SECOND)
        new = min(new, LONGEST_TEXT if self._fusion else POSITIONS // 2)
        limit = max(2 * new, new + len(prompt))  # CTranslate2 lets half of it be new tokens
        result = self._model.model.generate(
            encoded, [prompt], beam_size=1, max_length=limit, return_scores=True, return_no_speech_prob=True
        )[0]
        sure = math.exp(result.scores[0])
        nothing = result.no_speech_prob > NO_SPEECH and (self._fusion is not None or sure < HALLUCINATED)
        text = "" if nothing else self._model.hf_tokenizer.decode(result.sequences_ids[0]).strip()
        return Heard(text, language, sure, sure < UNSURE)

    def _fused(self, encoded: Any, language: str, seconds: float) -> Heard:
        """Both heads' text: the decoder's, weighed against words found through the letters."""
        assert self._fusion
        alone = self._decode(encoded, language, seconds)
        letters = self._fusion.letters(np.asarray(encoded)[0])
        score = functools.partial(self._score, encoded, language)
        verdict = self._fusion.weigh(letters, language, alone.text, score, self.narrow)
        return Heard(verdict.text, language, max(0.0, 1 - verdict.doubt), verdict.unsure, verdict.score)

    def _score(self, encoded: Any, language: str, texts: Sequence[str]) -> list[float]:
        """The decoder's log-probability of each text, in nats."""
        start = self._prompt(language)[-4:-1]
        scores = []
        for text in texts:
            tokens = self._model.hf_tokenizer.encode(" " + text).ids[:LONGEST_TEXT]
            aligned = self._model.model.align(encoded, start, [tokens], [encoded.shape[1] * 2])[0]
            scores.append(float(np.log(np.maximum(aligned.text_token_probs, 1e-9)).sum()))
        return scores

    def _prompt(self, language: str) -> list[int]:
        start = [self._token(t) for t in ("<|startoftranscript|>", f"<|{language}|>", "<|transcribe|>")]
        hints = (
            self._model.hf_tokenizer.encode(" " + self.hotwords).ids[:HOTWORD_TOKENS]
            if self.hotwords and not self._fusion
            else []
        )
        before = [self._token("<|startofprev|>"), *hints] if hints else []
        return [*before, *start, self._token("<|notimestamps|>")]


def _window(folder: Path) -> float:
    """Seconds the model hears at once: Whisper's 30, or what its preprocessor_config.json says."""
    path = folder / "preprocessor_config.json"
    return float(json.loads(path.read_text("utf-8")).get("chunk_length", 30)) if path.exists() else 30.0


def _repeats(text: str) -> bool:
    packed = text.encode()
    return len(packed) / len(zlib.compress(packed)) > COMPRESSION if packed else False
