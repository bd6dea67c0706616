"""Make a tiny random Coqui VITS, saved as its trainer saves it (``config.json``, ``best_model.pth``).

.venv-voices/bin/python tests/tts/tiny/coqui.py FOLDER
"""

import sys
from pathlib import Path

from izwi.tts.worker import torchaudio_free

torchaudio_free.install(codec=True)

import torch  # noqa: E402
from TTS.config.shared_configs import BaseAudioConfig  # noqa: E402
from TTS.tts.configs.shared_configs import CharactersConfig  # noqa: E402
from TTS.tts.configs.vits_config import VitsConfig  # noqa: E402
from TTS.tts.models.vits import Vits, VitsArgs  # noqa: E402


def save(folder: Path) -> None:
    torch.manual_seed(0)
    folder.mkdir(parents=True, exist_ok=True)
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


if __name__ == "__main__":
    save(Path(sys.argv[1]))
