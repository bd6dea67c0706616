"""The engines of a profile, from the registry's names to warm objects: which are there, and what takes whose place."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from izwi.engines import LLM, TTS, EmotionRecogniser, EngineFailed, Engines, Translator
from izwi.hub.faults import ModelFault
from izwi.hub.profile import TALK, Choice, cached, choose
from izwi.hub.readiness import Readiness
from izwi.hub.registry import Model, Registry, load
from izwi.hub.store import Store, endpoint
from izwi.loaders import LOADERS, warm, warm_emotion, warm_voice, watched
from izwi.routing import LateLLM, RoutedASR, RoutedLLM, RoutedTranslator, RoutedTTS
from izwi.settings import LANGUAGES, Settings
from izwi.thrift import Thrift, switched_off

log = logging.getLogger(__name__)

EMBEDDED = (
    "Izwi runs on its small embedded models: they know everyday talk in Shona and English. They learnt to listen from "
    "computer voices, so people they mostly do not understand, and then say so: writing works best. A computer's voice "
    "speaks."
)
MEANWHILE = "The full models are being brought here; until then the small ones talk."
_NAMES = {"asr": "recogniser", "llm": "language model", "tts": "voice"}


def assemble(settings: Settings, readiness: Readiness | None = None, wait: bool = True, late: bool = False) -> Engines:
    """Choose the profile, bring its models here, load each and run it once. Blocks: call it in a thread.

    What cannot be had is replaced by its fallbacks in order, and each replacement is a sentence in ``notices``.
    With ``wait`` False and full models still to be pulled, the embedded engines come at once; the full ones take their
    place in the same ``Engines`` when they are ready. With ``late`` the language model is loaded when first asked: who
    rarely needs it does not pay for it. ``readiness`` is told of every step, and finishes with the last.
    Raises ``ModelFault`` when a language is left with no engine of some role, and ``BadRegistry``.
    """
    readiness = readiness or Readiness()
    try:
        registry = load(settings.models)
        store = Store(settings.models, settings.cache, endpoint(settings.hub_url))
        choice = choose(settings.profile, registry, store, settings.hub_deadline)
        if choice.profile == "remote":
            engines = _remote(settings, registry, store, readiness, choice)
            readiness.finish()
            return engines
        full = _Assembly(settings, registry, store, readiness, choice)
        if not wait and choice.pull and not cached(choice.profile, registry, store):
            first = _Assembly(settings, registry, store, readiness, Choice("embedded", MEANWHILE)).engines()
            threading.Thread(target=_take_over, args=(first, full, readiness), name="full-models", daemon=True).start()
            return first
        engines = full.engines(late)
    except BaseException:
        readiness.finish()
        raise
    readiness.finish()
    if not wait and choice.profile != "embedded":
        reserve = _Assembly(settings, registry, store, Readiness(), Choice("embedded", MEANWHILE))
        threading.Thread(target=_add_smaller, args=(engines, reserve), name="small-models", daemon=True).start()
    return engines


def _add_smaller(engines: Engines, reserve: _Assembly) -> None:
    """Keep the embedded engines at hand, for when there is too much to do."""
    try:
        engines.smaller = reserve.engines()
    except Exception as error:
        log.warning("there are no smaller models to fall back on: %s", error)


def _remote(settings: Settings, registry: Registry, store: Store, readiness: Readiness, choice: Choice) -> Engines:
    """The embedded engines, and those at the operator's addresses before them."""
    from izwi.remote_profile import wanted, with_remotes

    wanted(settings)
    own = _Assembly(settings, registry, store, readiness, Choice("embedded", choice.reason)).engines()
    return with_remotes(own, settings)


def _take_over(first: Engines, full: _Assembly, readiness: Readiness) -> None:
    """Put the full engines in the place of the embedded ones; whoever is talking gets them with the next turn."""
    try:
        better = full.engines()
        better.smaller, better.thrift = replace(first), first.thrift
        for part in fields(better):
            setattr(first, part.name, getattr(better, part.name))
    except Exception as error:
        log.warning("the full models cannot be used", exc_info=error)
        first.notices = [*first.notices, str(error)]
    finally:
        readiness.finish()


class _Assembly:
    def __init__(
        self, settings: Settings, registry: Registry, store: Store, readiness: Readiness, choice: Choice
    ) -> None:
        self.settings, self.registry, self.store = settings, registry, store
        self.readiness, self.choice = readiness, choice
        self.notices: list[str] = []
        self._loaded: dict[str, Any] = {}
        self._faults: dict[str, str] = {}

    def engines(self, late: bool = False) -> Engines:
        roles = [role for role in TALK if not (late and role == "llm")]
        heads = [model for role in roles for model in self._heads(self.choice.profile, role)]
        for model in [*heads, *self.registry.profile(self.choice.profile, "mt")]:
            self.readiness.set(model.name, model.role, "waiting")
        if not any(model.engine == self.settings.asr_engine for model in heads):
            self.notices.append(
                f"{self.settings.asr_engine} has no model in this profile, so another recogniser listens."
            )
        asr, tts = self._routes("asr"), self._routes("tts")
        translator = self._translator()
        voice = self._voice(tts)
        return Engines(
            asr=_one(asr) or RoutedASR(asr),
            llm=LateLLM(lambda: self._llm(translator)) if late else self._llm(translator),
            tts=voice,
            voices=_voices(voice),
            emotion=self._emotion(),
            translator=translator,
            profile=self.choice.profile,
            notices=self._sentences(),
            plain_voice=_plainer(voice),
            thrift=Thrift(off=switched_off(self.settings)),
        )

    def _llm(self, translator: Translator | None) -> LLM:
        llm = self._routes("llm")
        return self._grounded(self._replier(llm, translator), llm)

    def _heads(self, profile: str, role: str) -> list[Model]:
        """The models of a profile, without those that add no language of ours to the ones before."""
        heads = self.registry.profile(profile, role)
        if role == "asr" and any(model.engine == self.settings.asr_engine for model in heads):
            heads = [model for model in heads if model.engine == self.settings.asr_engine]
        chosen: list[Model] = []
        for model in heads:
            known = {language for earlier in chosen for language in earlier.languages}
            if set(LANGUAGES) & set(model.languages) - known:
                chosen.append(model)
        return chosen

    def _routes(self, role: str) -> dict[str, Any]:
        """Language → engine; the embedded models stand in last. Raises ``ModelFault`` for a language left without."""
        routes: dict[str, Any] = {}
        for head in [*self._heads(self.choice.profile, role), *self._heads("embedded", role)]:
            if not set(head.languages) <= routes.keys():
                engine = self._first(self.registry.chain(head))
                for language in head.languages if engine else ():
                    routes.setdefault(language, engine)
        if silent := set(LANGUAGES) - routes.keys():
            raise ModelFault(f"No {_NAMES[role]} for {', '.join(sorted(silent))}: {' '.join(self._faults.values())}")
        return routes

    def _first(self, chain: Sequence[Model]) -> Any:
        """The first of ``chain`` that can be had, loaded and run; None if none can."""
        for place, model in enumerate(chain):
            engine = self._engine(model)
            if engine is not None:
                if place:
                    self.notices.append(f"{self._faults[chain[0].name]} {model.name} is used instead.")
                return engine
        self.notices.append(self._faults[chain[0].name])
        return None

    def _engine(self, model: Model) -> Any:
        """Bring, check, load and warm one model, once; None, with the reason kept, if that fails."""
        if model.name in self._loaded or model.name in self._faults:
            return self._loaded.get(model.name)
        try:
            pull, store = self.choice.pull, self.store
            folder = store.obtain(model, self.readiness.step) if pull else store.held(model)
            self.readiness.set(model.name, model.role, "load")
            engine = LOADERS[model.engine](model, folder, self.settings)
            self.readiness.set(model.name, model.role, "warm")
            warm(model, engine)
            engine = watched(model, folder, engine, self.settings)
        except Exception as error:  # whatever a native loader throws, the next model takes its place
            expected = isinstance(error, (ModelFault, EngineFailed))
            log.warning("model %s cannot be used: %s", model.name, error, exc_info=None if expected else error)
            plain = str(error) if expected else f"{model.name} does not load ({type(error).__name__}: {error})."
            self._faults[model.name] = plain
            self.readiness.set(model.name, model.role, "failed", detail=plain)
            return None
        self._loaded[model.name] = engine
        self.readiness.set(model.name, model.role, "ready", 1.0)
        return engine

    def _voice(self, routes: dict[str, Any]) -> TTS:
        """The voice that was asked for; else the one there is, or the ladder of all on this machine."""
        from izwi.tts.choice import heavy, ladder, voice
        from izwi.tts.ladder import Preferring

        plain, name = _one(routes) or RoutedTTS(routes), self.settings.voice
        if name == "auto" and self.choice.profile == "embedded":
            return plain
        try:
            if name == "auto" or heavy(name, self.settings):  # workers load beside the server, in its event loop
                rungs = ladder(self.settings, self._loaded)
                if name in ("auto", *rungs.rungs):
                    return rungs if name == "auto" else Preferring(rungs, name)
            chosen = voice(name, self.settings)
            if not heavy(name, self.settings):
                warm_voice(chosen)
        except Exception as error:  # as with every engine: another takes its place, and it is said
            log.warning("the voice %s cannot be used: %s", self.settings.voice, error)
            self.notices.append(f"{str(error).rstrip('.')}. The voice is {plain.name} instead.")
            return plain
        return chosen

    def _replier(self, routes: dict[str, Any], translator: Translator | None) -> LLM:
        """The language models, or the English one through translation where no model writes Shona well."""
        from izwi.mt.pivot import replying

        english = routes["en"]
        route: Any = "direct" if self.settings.reply == "auto" and english is routes["sn"] else self.settings.reply
        if route == "pivot" and translator is None:
            self.notices.append("There is no translator here, so replies are written in each language directly.")
            route = "direct"
        replier = replying(english, translator, route, self.choice.profile)
        return (_one(routes) or RoutedLLM(routes)) if replier is english else replier

    def _grounded(self, replier: LLM, routes: dict[str, Any]) -> LLM:
        """The replier with the operator's documents beside it; passages speak for our own model, which cannot read."""
        from izwi.dialogue.grounding import Grounded
        from izwi.dialogue.knowledge import Knowledge
        from izwi.mt.pivot import PivotLLM

        folder = self.settings.knowledge
        if not folder.is_dir():
            self.notices.append(f"There is no folder '{folder.name}' of documents to answer from.")
        own = [self._loaded.get(model.name) for model in self.registry.profile("embedded", "llm")]
        readers = dict.fromkeys(routes, routes["en"]) if isinstance(replier, PivotLLM) else routes
        return Grounded(replier, Knowledge.of(folder), [code for code, engine in readers.items() if engine in own])

    def _translator(self) -> Translator | None:
        """Both directions or none: half a translator answers nobody."""
        heads = self.registry.profile(self.choice.profile, "mt")
        found = [engine for head in heads if (engine := self._first(self.registry.chain(head)))]
        return RoutedTranslator(found) if heads and len(found) == len(heads) else None

    def _emotion(self) -> EmotionRecogniser | None:
        """The loop is a grace, not a need: without its model Izwi talks on, in a neutral voice."""
        if not self.settings.emotion:
            return None
        if (wanted := self.settings.emotion_engine) and (other := self._other_emotion(wanted)):
            return other
        engines = (self._engine(model) for model in self.registry.profile(self.choice.profile, "emotion"))
        return next((engine for engine in engines if engine is not None), None)

    def _other_emotion(self, name: str) -> EmotionRecogniser | None:
        """The recogniser asked for: a model of the registry, a folder, or a Hub id."""
        if name in self.registry.models:
            found: EmotionRecogniser | None = self._first([self.registry[name]])
            return found
        from izwi.emotion.choice import open_recogniser

        try:
            recogniser = open_recogniser(name)
            warm_emotion(recogniser)
        except Exception as error:  # whatever a stranger's model throws
            log.warning("the emotion recogniser %s cannot be used", name, exc_info=error)
            self.notices.append(f"The emotion recogniser {name} cannot be used, so Izwi's own listens.")
            return None
        self._loaded[name] = recogniser
        return recogniser

    def _sentences(self) -> list[str]:
        meaning = f" {EMBEDDED}" if self.choice.profile == "embedded" else ""
        unused = self.choice.profile == "spaces-cpu" and (self.settings.asr_url or self.settings.llm_url)
        far = ["IZWI_ASR_URL and IZWI_LLM_URL are used by the profile 'remote' only."] if unused else []
        return [f"{self.choice.reason}{meaning}", *self.notices, *far, f"Models in use: {', '.join(self._loaded)}."]


def _voices(own: TTS) -> dict[str, TTS]:
    """What the page offers: the voices of the ladder, each with the others behind it; and espeak-ng's."""
    from izwi.tts.espeak import EspeakVoice
    from izwi.tts.ladder import Ladder, Preferring

    espeak = [voice for variant in ("", "f3", "m7") if (voice := EspeakVoice(variant)).installed]
    ladder = own.ladder if isinstance(own, Preferring) else own
    rungs = [Preferring(ladder, name) for name in ladder.rungs] if isinstance(ladder, Ladder) else [own]
    return {voice.name: voice for voice in (*espeak, *rungs)}


def _plainer(own: TTS) -> TTS | None:
    """Who speaks when there is no time for ``own``: espeak-ng, after the cache; None where it speaks anyway."""
    from izwi.tts.cached import CachedFirst
    from izwi.tts.espeak import EspeakVoice

    espeak = EspeakVoice()
    return CachedFirst(own, espeak) if espeak.installed and not isinstance(own, EspeakVoice) else None


def _one(routes: dict[str, Any]) -> Any:
    """The engine, if one serves every language; else None."""
    engines = list(routes.values())
    return engines[0] if all(engine is engines[0] for engine in engines) else None
