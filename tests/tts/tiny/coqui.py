"""Make a random Coqui checkpoint, saved as it comes: a VITS of its trainer's, a fairseq/MMS one, or an XTTS.

.venv-voices/bin/python tests/tts/tiny/coqui.py FOLDER [vits|fairseq|xtts]
"""

import json
import sys
from pathlib import Path

from izwi.tts.worker import torchaudio_free

torchaudio_free.install(codec=True)

import torch  # noqa: E402
from TTS.config.shared_configs import BaseAudioConfig  # noqa: E402
from TTS.tts.configs.shared_configs import CharactersConfig  # noqa: E402
from TTS.tts.configs.vits_config import VitsConfig  # noqa: E402
from TTS.tts.models.vits import Vits, VitsArgs  # noqa: E402


def vits(folder: Path) -> None:
    letters = CharactersConfig(
        characters_class="TTS.tts.models.vits.VitsCharacters",
        pad="_",
        blank="~",
        characters="abcdefghijklmnopqrstuvwxyz'",
        punctuations="!,.? ",
        phonemes="",
    )
    shape = VitsArgs(
        num_chars=40,
        hidden_channels=32,
        hidden_channels_ffn_text_encoder=32,
        num_layers_text_encoder=1,
        num_layers_flow=1,
        num_layers_posterior_encoder=1,
        upsample_initial_channel_decoder=32,
        init_discriminator=False,
    )
    audio = BaseAudioConfig(sample_rate=16000, hop_length=256, win_length=1024, fft_size=1024)
    config = VitsConfig(
        model_args=shape, audio=audio, characters=letters, use_phonemes=False, text_cleaner="basic_cleaners"
    )
    model = Vits(config)
    config.save_json(str(folder / "config.json"))
    torch.save({"model": model.state_dict(), "config": config.to_dict(), "step": 0}, folder / "best_model.pth")


#: What coqui-tts renames when it reads a fairseq checkpoint: its name and fairseq's; the first that fits counts.
FAIRSEQ = [("text_encoder.", "enc_p."), ("waveform_decoder.", "dec."), ("posterior_encoder.", "enc_q.")]
FAIRSEQ += [(f"flow.flows.{n}.", f"flow.flows.{2 * n}.") for n in (1, 2, 3)]
for kind in ("flows", "post_flows"):
    FAIRSEQ += [(f"duration_predictor.{kind}.0.translation", f"dp.{kind}.0.m")]
    FAIRSEQ += [(f"duration_predictor.{kind}.0.log_scale", f"dp.{kind}.0.logs")]
    FAIRSEQ += [(f"duration_predictor.{kind}.{n}.", f"dp.{kind}.{2 * n - 1}.") for n in (1, 2, 3, 4)]
FAIRSEQ += [("duration_predictor.", "dp.")]


def fairseq(folder: Path) -> None:
    """Of the one size such checkpoints have."""
    letters = [*"abcdefghijklmnopqrstuvwxyz' ", "-", "_"]
    (folder / "vocab.txt").write_text("\n".join(letters) + "\n", encoding="utf-8")
    data = {"sampling_rate": 16000, "training_files": "train.ltr", "add_blank": True}
    (folder / "config.json").write_text(json.dumps({"data": data}), encoding="utf-8")
    model = Vits(VitsConfig())
    model.disc = None
    model.text_encoder.emb = torch.nn.Embedding(len(letters), model.config.model_args.hidden_channels)
    named = {}
    for name, weights in model.state_dict().items():
        ours, theirs = next(((ours, theirs) for ours, theirs in FAIRSEQ if name.startswith(ours)), ("", ""))
        named[theirs + name.removeprefix(ours)] = weights
    torch.save({"model": named}, folder / "G_100000.pth")


def xtts(folder: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from TTS.tts.configs.xtts_config import XttsConfig
    from TTS.tts.models.xtts import Xtts, XttsArgs

    marks = ["[STOP]", "[UNK]", "[SPACE]", "[en]", "[START]"]
    words = Tokenizer(
        models.BPE({m: n for n, m in enumerate([*marks, *"abcdefghijklmnopqrstuvwxyz'.,"])}, [], unk_token="[UNK]")
    )
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.add_special_tokens(marks)
    words.save(str(folder / "vocab.json"))
    shape = XttsArgs(
        gpt_layers=1,
        gpt_n_model_channels=64,
        gpt_n_heads=2,
        gpt_num_audio_tokens=1026,
        gpt_start_audio_token=1024,
        gpt_stop_audio_token=1025,
        gpt_use_perceiver_resampler=True,
        gpt_max_audio_tokens=60,
        decoder_input_dim=64,
    )
    config = XttsConfig(model_args=shape, languages=["en"])
    model = Xtts(config)
    model.tokenizer.tokenizer = words
    model.init_models()
    config.save_json(str(folder / "config.json"))
    torch.save({"model": model.state_dict()}, folder / "model.pth")


if __name__ == "__main__":
    torch.manual_seed(0)
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    {"vits": vits, "fairseq": fairseq, "xtts": xtts}[sys.argv[2] if len(sys.argv) > 2 else "vits"](target)
