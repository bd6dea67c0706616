"""Languages: one pack each, and the detector that tells them apart."""

from izwi.languages.content import Proverb
from izwi.languages.detection import Detection, Span, detect, spans
from izwi.languages.pack import LanguagePack, UnknownLanguage, Voiced, languages, pack
from izwi.languages.phrases import PhraseSplitter

__all__ = [
    "Detection",
    "LanguagePack",
    "PhraseSplitter",
    "Proverb",
    "Span",
    "UnknownLanguage",
    "Voiced",
    "detect",
    "languages",
    "pack",
    "spans",
]
