"""Make the fixture voice: a real VITS of 0.5 MB with random weights. It does not speak; it proves the engine.

    python models/recipes/micro_vits/make.py models/embedded/vits

writes the transformers checkpoint (``checkpoint/``) and the three graphs the engine runs beside it.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import VitsConfig, VitsModel, VitsTokenizer

from izwi.tts.vits_export import export

#: MMS gives character 0 the second duty of a blank; for Shona that character is "w". The fixture keeps the trap.
CHARACTERS = "waeiouhkmnrdtszvgbcpfyjlxq'- "
SHAPE = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "ffn_dim": 32,
    "flow_size": 16,
    "spectrogram_bins": 9,
    "upsample_initial_channel": 16,
    "duration_predictor_num_flows": 2,
    "depth_separable_num_layers": 1,
    "prior_encoder_num_flows": 2,
    "prior_encoder_num_wavenet_layers": 1,
    "posterior_encoder_num_wavenet_layers": 1,
    "resblock_kernel_sizes": (3,),
    "resblock_dilation_sizes": ((1,),),
}


def save_checkpoint(folder: Path, **shape: object) -> None:
    """A random VITS saved by its own class, with MMS's tokenizer; ``shape`` are keywords of ``VitsConfig``."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {character: number for number, character in enumerate(CHARACTERS)} | {"<unk>": len(CHARACTERS)}
    listed = folder / "vocab.json"
    listed.write_text(json.dumps(vocabulary), encoding="utf-8")
    mms = {"phonemize": False, "is_uroman": False, "add_blank": True, "normalize": True}
    VitsTokenizer(str(listed), language="sna", pad_token="w", unk_token="<unk>", **mms).save_pretrained(folder)
    torch.manual_seed(0)
    model = VitsModel(VitsConfig(vocab_size=len(vocabulary), **shape)).eval()
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(0.02 * torch.randn_like(weights))  # layers that start at zero would hide mistakes
    model.save_pretrained(folder)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    save_checkpoint(target / "checkpoint", **SHAPE)
    export(target / "checkpoint", target, ("sn", "en"), "Apache-2.0")
