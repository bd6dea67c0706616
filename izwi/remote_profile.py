"""The profile ``remote``: engines at addresses of the operator's, the embedded ones behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from izwi.engines import TTS, Engines
from izwi.fallback import Elsewhere, FallbackASR, FallbackLLM, VoiceElsewhere
from izwi.hub.faults import ModelFault
from izwi.languages import languages, pack
from izwi.remote.health import Health
from izwi.remote.server import Server
from izwi.settings import Settings

MISSING = "The profile 'remote' needs an address: set IZWI_ASR_URL, IZWI_LLM_URL or IZWI_TTS_URL."
_INSTEAD = "The small embedded {} does its work until it is back."


def wanted(settings: Settings) -> None:
    """Raises ``ModelFault`` when no address is set."""
    if not (settings.asr_url or settings.llm_url or settings.tts_url):
        raise ModelFault(MISSING)


def with_remotes(own: Engines, settings: Settings) -> Engines:
    """``own`` with the engines at the set addresses before them; those that do not answer are lost at once.

    Blocks: call it in a thread. Raises ``BadInput`` for an address that is none.
    """
    engines = replace(own, profile="remote", notices=[_sentence(settings)], voices=dict(own.voices))
    if settings.asr_url:
        engines.asr = _asr(own, settings, _teller(engines.notices))
    if settings.llm_url:
        engines.llm = _llm(own, settings, _teller(engines.notices))
    if settings.tts_url:
        engines.tts = _tts(own, settings, _teller(engines.notices))
        engines.voices = {engines.tts.name: engines.tts, **own.voices}
    return engines


def _sentence(settings: Settings) -> str:
    parts = {"recogniser": settings.asr_url, "language model": settings.llm_url, "voice": settings.tts_url}
    far = [name for name, address in parts.items() if address]
    return f"Elsewhere: the {', the '.join(far)}. The small embedded models of this machine do the rest, and stand in."


def _asr(own: Engines, settings: Settings, say: Callable[[str], None]) -> FallbackASR:
    from izwi.asr.remote import RemoteASR

    server = Server(settings.asr_url, "The remote recogniser", settings.remote_key)
    names = {pack(code).name.casefold(): code for code in languages()}
    engine = RemoteASR(server, _codes(settings.asr_languages), model=settings.asr_model, names=names)
    health = Health("The remote recogniser", _INSTEAD.format("recogniser"), server.alive, say)
    health.check()
    return FallbackASR(Elsewhere(engine, health, settings.remote_patience), own.asr)


def _llm(own: Engines, settings: Settings, say: Callable[[str], None]) -> FallbackLLM:
    from izwi.llm.remote import RemoteLLM

    server = Server(settings.llm_url, "The remote language model", settings.remote_key)
    engine = RemoteLLM(
        server,
        _codes(settings.llm_languages),
        model=settings.llm_model,
        longest=settings.reply_tokens,
        instructed=lambda language: pack(language).lines["system_prompt"][0],
    )
    health = Health("The remote language model", _INSTEAD.format("model"), server.alive, say)
    health.check()
    return FallbackLLM(Elsewhere(engine, health, settings.remote_patience), own.llm)


def _tts(own: Engines, settings: Settings, say: Callable[[str], None]) -> TTS:
    from izwi.tts.attempt import Rung
    from izwi.tts.ladder import Ladder
    from izwi.tts.remote import RemoteVoice

    voice = RemoteVoice(
        settings.tts_url,
        _codes(settings.tts_languages),
        model=settings.tts_model,
        speaker=settings.tts_voice,
        key=settings.remote_key,
        again=0,  # the ladder has another voice go on sooner
    )
    health = Health("The remote voice", _INSTEAD.format("voice"), voice.alive, say)
    health.check()
    elsewhere = VoiceElsewhere(voice, health, settings.remote_patience)
    return Ladder([Rung(elsewhere), Rung(own.tts, trusted=True)], budget=settings.tts_budget, cap=settings.tts_cap)


def _teller(notices: list[str]) -> Callable[[str], None]:
    """Keeps one sentence among ``notices``: the newest said."""
    said: list[str] = []

    def say(sentence: str) -> None:
        for old in said:
            notices.remove(old)
        said[:] = [sentence]
        notices.append(sentence)

    return say


def _codes(text: str) -> frozenset[str]:
    return frozenset(code.strip() for code in text.split(",") if code.strip())
