"""The embedded recogniser: features, a small network in ONNX Runtime, calibrated probabilities, and "not sure"."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np

from izwi.audio import LISTENING_RATE, Pcm
from izwi.emotion.features import ENERGY, F0, features
from izwi.emotion.frames import FRAME_RATE, Floats
from izwi.emotion.prosody import Prosody, prosody
from izwi.engines import Emotion as Feeling
from izwi.engines import EmotionTag
from izwi.offload import call

EMOTIONS: tuple[Feeling, ...] = get_args(Feeling)
UNSURE = EmotionTag("neutral", sure=False)

#: Seconds: longer sounds are no utterance; of long utterances the end is heard; less voice than this tells nothing.
TOO_LONG, LONGEST, LEAST_VOICE = 30.0, 6.0, 0.25
#: Syllables a second below which a sound is no speech: speakers have 1.7 and more (1 of 329 less), noises at most 1.4.
LEAST_RATE = 1.5
#: Share of samples at full scale from which a sound is too clipped to be judged.
CLIPPED = 0.05
_MARGIN = FRAME_RATE // 10  # frames kept before and after the loud part
_QUIET = 40.0  # dB below the loudest frame

#: The folder of the embedded weights: ``emotion.onnx`` and ``policy.npz``.
EMBEDDED = Path(__file__).parents[2] / "models" / "embedded" / "emotion"


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance: its tag and the figures of the voice."""

    tag: EmotionTag
    voice: Prosody


def heard_part(frames: Floats) -> Floats:
    """Features without the quiet (40 dB below the loudest frame) before and after, at most the last 6 s."""
    level = frames[:, ENERGY] * 20.0
    loud = np.flatnonzero(level > level.max(initial=-120.0) - _QUIET)
    if not len(loud):
        return frames[:0]
    kept = frames[max(0, loud[0] - _MARGIN) : loud[-1] + 1 + _MARGIN]
    return kept[-int(LONGEST * FRAME_RATE) :]


def fit_to_judge(speech: Pcm, voice: Prosody) -> bool:
    """Whether a sound has the pace of speech and is not badly clipped."""
    return voice.rate >= LEAST_RATE and float(np.mean(np.abs(speech.floats) > 0.99)) < CLIPPED


class EmbeddedEmotion:
    """Our own CNN-BiLSTM (``models/recipes/emotion``). Thread-safe.

    The model file carries its labels, temperature and threshold as metadata; labels beyond the six of ``Emotion`` mean
    "something else" and count against every one of them.
    """

    name = "izwi-emotion"

    def __init__(self, folder: Path = EMBEDDED) -> None:
        """Raises ``FileNotFoundError``."""
        import onnxruntime as ort

        model = folder / "emotion.onnx"
        if not model.is_file():
            raise FileNotFoundError(f"no emotion model at {model}")
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        about = self._session.get_modelmeta().custom_metadata_map
        self.labels: list[str] = json.loads(about["labels"])
        self.temperature, self.threshold = float(about["temperature"]), float(about["threshold"])

    async def recognise(self, speech: Pcm) -> EmotionTag:
        """Tag one utterance, in a worker thread. Silence, noise and scraps of voice are tagged "not sure"."""
        return (await call(lambda: self.hear(speech))).tag

    def hear(self, speech: Pcm) -> Heard:
        """Tag and voice figures of one utterance of any rate."""
        sound = speech.resampled(LISTENING_RATE).floats[-int(TOO_LONG * LISTENING_RATE) :]
        frames = features(sound - sound.mean() if len(sound) else sound)
        voice = prosody(frames)
        if voice.voiced < LEAST_VOICE or speech.seconds > TOO_LONG:
            return Heard(UNSURE, voice)
        part = heard_part(frames)
        if (part[:, F0] > 0).sum() < LEAST_VOICE * FRAME_RATE:
            return Heard(UNSURE, voice)
        tag = self._tag(self.logits(part))
        return Heard(tag if fit_to_judge(speech, voice) else replace(tag, sure=False), voice)

    def logits(self, frames: Floats) -> Floats:
        """The network's answer to features ``[T, 82]``: one logit a label."""
        out: Floats = self._session.run(None, {"features": frames[None].astype(np.float32)})[0][0]
        return out

    def _tag(self, logits: Floats) -> EmotionTag:
        share = softmax(logits / self.temperature)
        chances: dict[str, float] = {emotion: float(share[self.labels.index(emotion)]) for emotion in EMOTIONS}
        best = max(EMOTIONS, key=chances.__getitem__)
        rest = 1.0 - sum(chances.values())
        return EmotionTag(best, chances[best] >= max(self.threshold, rest), chances)


def softmax(logits: Floats) -> Floats:
    share = np.exp(logits - logits.max())
    out: Floats = share / share.sum()
    return out
