"""An audio classifier from the Hub (or a folder) in the place of the embedded recogniser, on transformers and torch."""

from __future__ import annotations

from typing import Any

from izwi.audio import LISTENING_RATE, Pcm
from izwi.emotion.features import features
from izwi.emotion.prosody import prosody
from izwi.emotion.recogniser import EMOTIONS, LEAST_VOICE, LONGEST, TOO_LONG, UNSURE, fit_to_judge
from izwi.engines import Emotion, EmotionTag
from izwi.offload import call

#: What classifiers call our six; every other label is "something else".
_NAMES: dict[str, Emotion] = {
    **{emotion: emotion for emotion in EMOTIONS},
    "neu": "neutral",
    "hap": "happy",
    "happiness": "happy",
    "joy": "happy",
    "sadness": "sad",
    "anger": "angry",
    "ang": "angry",
    "fear": "fearful",
    "fea": "fearful",
}
#: No foreign classifier is calibrated for us: it must be plainly decided.
THRESHOLD = 0.6


class HubEmotion:
    """Any transformers audio-classification model whose labels name feelings."""

    def __init__(self, model: str, name: str = "") -> None:
        """``model`` is a Hub id or a folder, ``name`` what to call it.

        Raises ``OSError`` (cannot load) or ``ValueError`` (no label is known).
        """
        from transformers import AutoFeatureExtractor, AutoModelForAudioClassification

        self.name = name or model
        self._prepare: Any = AutoFeatureExtractor.from_pretrained(model)
        self._net: Any = AutoModelForAudioClassification.from_pretrained(model).eval()
        labels: dict[int, str] = self._net.config.id2label
        self._emotions = [_NAMES.get(labels[i].strip().lower()) for i in range(len(labels))]
        if not any(self._emotions):
            raise ValueError(f"no label of {model} names a feeling we know: {', '.join(labels.values())}")

    async def recognise(self, speech: Pcm) -> EmotionTag:
        """Tag one utterance, in a worker thread; scraps of voice and sounds over 30 s are "not sure"."""
        return await call(lambda: self._recognise(speech))

    def _recognise(self, speech: Pcm) -> EmotionTag:
        import torch

        sound = speech.resampled(LISTENING_RATE).floats[-int(LONGEST * LISTENING_RATE) :]
        voice = prosody(features(sound))
        if speech.seconds > TOO_LONG or voice.voiced < LEAST_VOICE:
            return UNSURE
        inputs = self._prepare(sound, sampling_rate=LISTENING_RATE, return_tensors="pt")
        with torch.inference_mode():
            share = torch.softmax(self._net(**inputs).logits[0].float(), -1).tolist()
        chances: dict[str, float] = dict.fromkeys(EMOTIONS, 0.0)
        for emotion, value in zip(self._emotions, share, strict=True):
            if emotion:
                chances[emotion] += value
        best = max(EMOTIONS, key=chances.__getitem__)
        return EmotionTag(best, chances[best] >= THRESHOLD and fit_to_judge(speech, voice), chances)
