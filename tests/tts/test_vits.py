"""The ONNX VITS against transformers' own, on the tiny fixture: same sound, sooner, and it can be stopped."""

import json
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from izwi.audio import Pcm, join
from izwi.engines import Style, UnsupportedLanguage
from izwi.tts.prosody import prosody
from izwi.tts.vits import WINDOWS, VitsVoice, tokens

pytestmark = pytest.mark.engine
FIXTURE = Path(__file__).parents[2] / "models" / "embedded" / "vits"
TEXTS = ["mhoro", "mangwanani marara here shamwari yangu", "a", "kuti ndinzwe zvaunotaura " * 8]


@pytest.fixture(scope="module")
def quiet() -> VitsVoice:
    return VitsVoice(FIXTURE, quiet=True)


def reference(checkpoint: Path, ids: np.ndarray, speaker: int | None = None) -> np.ndarray:
    """What transformers makes of the ids without noise."""
    import torch
    from transformers import VitsModel

    model = VitsModel.from_pretrained(checkpoint).eval()
    model.noise_scale = model.noise_scale_duration = 0.0
    with torch.inference_mode():
        return np.asarray(model(torch.from_numpy(ids), speaker_id=speaker).waveform[0])


def ids_of(text: str) -> np.ndarray:
    card = json.loads((FIXTURE / "voice.json").read_text())
    return tokens(text, card["vocabulary"], card["blank"])


async def say(voice: VitsVoice, text: str, style: Style = Style(), language: str = "sn") -> Pcm:
    return join([piece async for piece in voice.synthesize_stream(text, language, style)])


@pytest.mark.parametrize("text", TEXTS)
def test_windows_equal_transformers(quiet: VitsVoice, text: str) -> None:
    ids = ids_of(text)
    ours = np.concatenate(list(quiet.windows(quiet.latents(ids, prosody(Style())))))
    theirs = reference(FIXTURE / "checkpoint", ids)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-4
    assert np.abs(theirs).max() > 0.1, "the fixture is silent and proves nothing"


@pytest.mark.parametrize("lengths", [(1,), (3, 7), (20, 24), WINDOWS])
def test_every_window_length_gives_the_same_samples(quiet: VitsVoice, lengths: tuple[int, ...]) -> None:
    latents = quiet.latents(ids_of(TEXTS[1]), prosody(Style()))
    whole = np.concatenate(list(quiet.windows(latents, (10_000,))))
    assert np.abs(np.concatenate(list(quiet.windows(latents, lengths))) - whole).max() < 1e-5


def test_too_little_context_would_be_noticed(quiet: VitsVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    latents = quiet.latents(ids_of(TEXTS[1]), prosody(Style()))
    whole = np.concatenate(list(quiet.windows(latents, (10_000,))))
    monkeypatch.setitem(quiet._card, "context", [1, 0])
    assert np.abs(np.concatenate(list(quiet.windows(latents, (5,)))) - whole).max() > 1e-3


@pytest.mark.parametrize("text", ["mhoro shamwari", "n'anga inoti", "Makadii?", "zvakanaka -- chaizvo"])
def test_tokens_agree_with_transformers(text: str) -> None:
    from transformers import AutoTokenizer

    theirs = AutoTokenizer.from_pretrained(FIXTURE / "checkpoint")(text)["input_ids"]
    assert ids_of(text).tolist() == [theirs]


def test_words_that_begin_with_the_blank_keep_their_blanks() -> None:
    """MMS's blank is "w" in Shona: every letter still stands between two blanks."""
    ids = ids_of("wauya")[0]
    assert ids[::2].tolist() == [0] * 6
    assert len(ids) == 11


def test_unknown_characters_and_blankless_models() -> None:
    vocabulary = {"a": 1, "b": 2, " ": 3}
    assert tokens("A-b!", vocabulary, blank=False).tolist() == [[1, 2]]
    assert tokens("", vocabulary, blank=True).tolist() == [[0]]


async def test_a_render_can_be_repeated_and_texts_differ() -> None:
    voice = VitsVoice(FIXTURE)
    await voice.warm()
    first, again, other = [await say(voice, text) for text in (TEXTS[1], TEXTS[1], TEXTS[3])]
    gain = np.dot(first.floats, again.floats) / np.dot(first.floats, first.floats)
    assert len(first.samples) == len(again.samples)
    assert np.abs(again.floats - gain * first.floats).max() < 0.02, "only the learned level may differ"
    assert len(other.samples) != len(first.samples)


async def test_noise_is_on_unless_told_otherwise(quiet: VitsVoice) -> None:
    assert not np.array_equal(
        quiet.latents(ids_of(TEXTS[1]), prosody(Style())),
        VitsVoice(FIXTURE).latents(ids_of(TEXTS[1]), prosody(Style())),
    )


async def test_rate_changes_the_length_and_pitch_does_not(quiet: VitsVoice) -> None:
    plain = await say(quiet, TEXTS[3])
    slow = await say(quiet, TEXTS[3], Style(rate=0.6))
    high = await say(quiet, TEXTS[3], Style(pitch=1.4))
    assert slow.seconds > 1.2 * plain.seconds
    assert abs(high.seconds / plain.seconds - 1) < 0.2
    assert not np.array_equal(high.samples, plain.samples)


async def test_cancel_stops_before_the_next_window(quiet: VitsVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded, stop = [], False
    decode = quiet._decode

    def counted(latents: Any, start: int, end: int) -> Any:
        nonlocal stop
        decoded.append((start, end))
        stop = len(decoded) == 2
        return decode(latents, start, end)

    monkeypatch.setattr(quiet, "_decode", counted)
    long = TEXTS[3] * 3
    heard = [piece async for piece in quiet.synthesize_stream(long, "sn", cancelled=lambda: stop)]
    assert len(decoded) == 2
    assert sum(piece.seconds for piece in heard) < 1.0
    assert len((await say(quiet, TEXTS[0])).samples), "a stopped voice speaks again"


async def test_reader_that_leaves_midway_frees_the_thread(quiet: VitsVoice) -> None:
    async with aclosing(quiet.synthesize_stream(TEXTS[3] * 10, "sn")) as speech:
        await anext(speech)
    assert len((await say(quiet, TEXTS[0])).samples)


async def test_other_languages_are_refused_and_nothing_gives_nothing(quiet: VitsVoice) -> None:
    with pytest.raises(UnsupportedLanguage):
        await say(quiet, "Bonjour", language="fr")
    assert [piece async for piece in quiet.synthesize_stream("?! 🙂", "sn")] == []


async def test_numbers_are_read_aloud(quiet: VitsVoice) -> None:
    assert (await say(quiet, "2026")).seconds > 2 * (await say(quiet, "aaaa")).seconds


@pytest.mark.slow
def test_export_of_one_speaker_of_several(tmp_path: Path) -> None:
    """The exporter itself, on the real class: a checkpoint with speakers, exported for one of them."""
    import torch
    from transformers import VitsConfig, VitsModel

    from izwi.tts.vits_export import CannotExport, export

    config = VitsConfig.from_pretrained(FIXTURE / "checkpoint", num_speakers=3, speaker_embedding_size=8)
    torch.manual_seed(1)
    VitsModel(config).save_pretrained(tmp_path / "several")
    for name in ("vocab.json", "tokenizer_config.json"):
        (tmp_path / "several" / name).write_bytes((FIXTURE / "checkpoint" / name).read_bytes())
    with pytest.raises(CannotExport, match="3 speakers"):
        export(tmp_path / "several", tmp_path / "none", ("sn",), "none")
    export(tmp_path / "several", tmp_path / "second", ("sn",), "none", speaker=2)
    voice = VitsVoice(tmp_path / "second", quiet=True)
    ids = ids_of(TEXTS[1])
    ours = np.concatenate(list(voice.windows(voice.latents(ids, prosody(Style())))))
    assert np.abs(ours - reference(tmp_path / "several", ids, speaker=2)).max() < 1e-4


def test_checkpoints_that_read_phonemes_are_refused(tmp_path: Path) -> None:
    from izwi.tts.vits_export import CannotExport, export

    for file in (FIXTURE / "checkpoint").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    card = json.loads((tmp_path / "tokenizer_config.json").read_text())
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(card | {"phonemize": True}))
    with pytest.raises(CannotExport, match="phonemes"):
        export(tmp_path, tmp_path / "out", ("sn",), "none")
