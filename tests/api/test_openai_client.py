"""OpenAI's own Python client against a running Izwi on the embedded engines."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import openai
import pytest

from izwi.audio import Pcm
from izwi.engines import Engines

pytestmark = pytest.mark.engine

SENTENCE = "Good morning. How are you today?"


def test_the_models_there_are(client: openai.OpenAI, engines: Engines) -> None:
    names = [model.id for model in client.models.list()]
    assert names[0] == "izwi-llm"
    assert {engines.asr.name, engines.llm.name, engines.tts.name, "whisper-1", "tts-1"} <= set(names)
    assert client.models.retrieve(names[0]).id == names[0]
    with pytest.raises(openai.NotFoundError) as missing:
        client.models.retrieve("org/gpt-9")
    assert missing.value.code == "model_not_found"


@pytest.mark.parametrize(
    ("kind", "mark"),
    [("wav", b"RIFF"), ("mp3", b"ID3"), ("opus", b"OggS"), ("flac", b"fLaC"), ("aac", b"\xff\xf1"), ("pcm", b"")],
)
def test_speech_in_every_container_and_back(client: openai.OpenAI, kind: str, mark: bytes, tmp_path: Path) -> None:
    data = client.audio.speech.create(model="tts-1", voice="alloy", input=SENTENCE, response_format=kind).content
    assert data.startswith(mark)
    if kind == "pcm":
        data, kind = Pcm(np.frombuffer(data, "<i2"), 24_000).wav(), "wav"
    heard = client.audio.transcriptions.create(model="whisper-1", file=(f"speech.{kind}", data))
    assert heard.text == "good morning how are you today"
    assert heard.language == "en"  # type: ignore[attr-defined]


def test_speech_is_sent_while_it_is_made(client: openai.OpenAI) -> None:
    text = " ".join([SENTENCE] * 8)
    streaming = client.audio.speech.with_streaming_response
    with streaming.create(model="izwi", voice="nova", input=text, response_format="pcm") as answer:
        sizes = [len(chunk) for chunk in answer.iter_bytes()]
    assert len(sizes) > 10
    assert "content-length" not in answer.headers


def test_speech_as_events(client: openai.OpenAI) -> None:
    streaming = client.audio.speech.with_streaming_response
    with streaming.create(model="tts-1", voice="alloy", input=SENTENCE, stream_format="sse") as answer:
        lines = [line for line in answer.iter_lines() if line]
    assert "speech.audio.delta" in lines[0]
    assert "speech.audio.done" in lines[-1]


def test_faster_is_shorter(client: openai.OpenAI) -> None:
    def seconds(speed: float) -> float:
        answer = client.audio.speech.create(
            model="tts-1", voice="alloy", input=SENTENCE, response_format="pcm", speed=speed
        )
        return len(answer.content) / 48_000

    assert seconds(1.5) < 0.85 * seconds(1.0)


def test_a_wav_can_be_opened_by_others(client: openai.OpenAI) -> None:
    data = client.audio.speech.create(model="tts-1", voice="alloy", input=SENTENCE, response_format="wav").content
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)


def test_shona_is_spoken_as_shona(client: openai.OpenAI) -> None:
    answer = client.audio.speech.with_raw_response.create(model="tts-1", voice="alloy", input="Mhoro, wakadii zvako?")
    assert answer.headers["content-language"] == "sn"


@pytest.mark.parametrize("form", ["text", "srt", "vtt"])
def test_subtitles(client: openai.OpenAI, recording: Path, form: str) -> None:
    answer = str(client.audio.transcriptions.create(model="whisper-1", file=recording, response_format=form))
    assert "good morning" in answer
    assert ("-->" in answer) == (form != "text")
    assert answer.startswith("WEBVTT") == (form == "vtt")


def test_times_of_segments_and_words(client: openai.OpenAI, recording: Path, spoken: Pcm) -> None:
    answer = client.audio.transcriptions.create(
        model="whisper-1", file=recording, response_format="verbose_json", timestamp_granularities=["word"]
    )
    assert answer.language == "english"
    assert answer.duration == pytest.approx(spoken.seconds, abs=0.01)
    assert answer.segments is not None
    assert 0 <= answer.segments[0].start < answer.segments[0].end <= spoken.seconds + 0.05
    assert answer.words is not None
    assert [word.word for word in answer.words] == ["good", "morning"]
    times = [edge for word in answer.words for edge in (word.start, word.end)]
    assert times == sorted(times)


def test_a_transcript_that_streams(client: openai.OpenAI, spoken: Pcm) -> None:
    gap = Pcm(np.zeros(spoken.rate, np.int16), spoken.rate)
    long = Pcm(np.concatenate([part.samples for _ in range(16) for part in (spoken, gap)]), spoken.rate)
    events = list(client.audio.transcriptions.create(model="whisper-1", file=("x.wav", long.wav()), stream=True))
    assert [event.type for event in events[:-1]] == ["transcript.text.delta"] * (len(events) - 1)
    assert len(events) > 4
    assert events[-1].type == "transcript.text.done"
    assert "".join(event.delta for event in events[:-1]) == events[-1].text  # type: ignore[union-attr]


def test_a_completion(client: openai.OpenAI, engines: Engines) -> None:
    answer = client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[
            {"role": "system", "content": "You are Izwi."},
            {"role": "user", "content": [{"type": "text", "text": "Good morning, how are you?"}]},
        ],
    )
    assert answer.model == engines.llm.name
    assert answer.choices[0].finish_reason == "stop"
    assert answer.choices[0].message.content
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == 4 + 7, "words and marks"
    assert answer.usage.completion_tokens >= len(answer.choices[0].message.content.split())
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_completion_that_streams_says_the_same(client: openai.OpenAI) -> None:
    messages = [{"role": "user", "content": "What do people eat here?"}]
    whole = client.chat.completions.create(model="izwi", messages=messages)
    chunks = list(client.chat.completions.create(model="izwi", messages=messages, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text.strip() == whole.choices[0].message.content
    counted = client.chat.completions.create(
        model="izwi", messages=messages, stream=True, stream_options={"include_usage": True}
    )
    *_, last = counted
    assert (last.choices, last.usage) == ([], whole.usage)
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert len({chunk.id for chunk in chunks}) == 1


def test_a_reply_is_as_long_as_was_asked(client: openai.OpenAI) -> None:
    messages = [{"role": "user", "content": "Tell me about food."}]
    answer = client.chat.completions.create(model="izwi", messages=messages, max_tokens=2)
    assert answer.choices[0].finish_reason == "length"
    assert len((answer.choices[0].message.content or "").split()) == 2


def test_what_cannot_be_done_is_refused_in_openais_words(client: openai.OpenAI, recording: Path) -> None:
    hello = [{"role": "user", "content": "Hello"}]
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="gpt-9", messages=hello)
    assert missing.value.code == "model_not_found"
    for wrong in ({"n": 2}, {"stop": ["x"]}, {"messages": []}, {"messages": [{"role": "user", "content": " "}]}):
        with pytest.raises(openai.BadRequestError) as refused:
            client.chat.completions.create(**{"model": "izwi", "messages": hello, **wrong})
        assert ("leave it out" in refused.value.message) == (not wrong.keys() & {"messages"})
    with pytest.raises(openai.BadRequestError, match=r"- messages\.0\.content: "):
        client.chat.completions.create(model="izwi", messages=[{"role": "user", "content": [{"type": "image_url"}]}])
    with pytest.raises(openai.BadRequestError) as voice:
        client.audio.speech.create(model="tts-1", voice="nobody", input="Hello")
    assert voice.value.code == "no_voice"
    with pytest.raises(openai.BadRequestError) as nothing:
        client.audio.speech.create(model="tts-1", voice="alloy", input="?!")
    assert nothing.value.code == "nothing_to_say"
    with pytest.raises(openai.BadRequestError) as language:
        client.audio.transcriptions.create(model="whisper-1", file=recording, language="fr")
    assert language.value.code == "unsupported_language"


def test_who_has_no_key_is_told_so(address: str) -> None:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="sk-wrong", max_retries=0) as stranger:
        with pytest.raises(openai.AuthenticationError) as refused:
            stranger.models.list()
        assert refused.value.code == "bad_key"


async def test_the_client_that_does_not_block(address: str, key: str) -> None:
    async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0) as client:
        stream = await client.chat.completions.create(
            model="izwi", messages=[{"role": "user", "content": "Makadii?"}], stream=True
        )
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
    assert text.strip()
