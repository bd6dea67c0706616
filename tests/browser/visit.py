"""One page in a real browser: what a test does there, sees and hears."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
ARTEFACTS = HERE.parent.parent / "artefacts" / "browser"
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
#: A microphone that beeps, and nobody to ask whether we may have it.
MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
#: A network that lets no WebRTC through.
NO_WEBRTC = "--webrtc-ip-handling-policy=disable_non_proxied_udp"
#: Patience with a machine that may be busy with ten other things, in ms. Nothing here measures wall-clock time.
PATIENCE = 60_000


@dataclass
class Visit:
    """One page in one browser."""

    page: Any
    url: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self) -> Visit:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(self.url, wait_until="load", timeout=PATIENCE)
        self.page.wait_for_selector("#izwi", timeout=PATIENCE)
        self.until("document.querySelector('#state-text').textContent")
        return self

    def until(self, true: str) -> None:
        """Wait until the expression is true in the page."""
        try:
            self.page.wait_for_function(true, timeout=PATIENCE)
        except Exception as error:
            seen = self.page.evaluate("({ state: izwi.state, trouble: izwi.trouble, log: izwi.log.slice(-30) })")
            raise AssertionError(f"never became true: {true}; the page: {seen}") from error

    def ask(self, expression: str, argument: Any = None) -> Any:
        return self.page.evaluate(expression, argument)

    def write(self, text: str) -> None:
        self.page.fill("#text", text)
        self.page.press("#text", "Enter")

    def talk(self) -> None:
        self.page.click("#talk")

    def ready(self) -> None:
        """The engines are warm."""
        self.until("izwi.page.ready || izwi.page.broken")
        assert self.ask("izwi.page.ready"), self.page.inner_text("#trouble-text")

    def connect(self) -> None:
        """Once the last talker's place is free, press the button; wait until the line is open, the greeting over."""
        self.ready()
        while self.taken():
            self.page.wait_for_timeout(500)
        self.talk()
        self.until("izwi.captions.some((entry) => entry.who === 'izwi')")
        self.until("['idle', 'muted'].includes(izwi.state)")

    def taken(self) -> int:
        """Places in use on the server."""
        return int(self.ask("fetch('status').then((answer) => answer.json())")["talkers"])

    def captions(self, who: str) -> list[dict[str, Any]]:
        return [entry for entry in self.ask("izwi.captions") if entry["who"] == who]

    def shoot(self, name: str) -> None:
        """A picture for CI's artefacts, to be looked at."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)

    def record(self) -> None:
        """From now on record the microphone, the reply as it arrives and the reply as it is played."""
        self.until("izwi.sound.reply")
        self.ask(
            """async (script) => {
              const { context, mic, reply, output } = izwi.sound;
              const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
              await context.audioWorklet.addModule(url);
              const recorder = new AudioWorkletNode(context, "recorder", { numberOfInputs: 3, numberOfOutputs: 1 });
              window.recorded = [];
              recorder.port.onmessage = ({ data }) => window.recorded.push(data);
              [mic, reply, output].forEach((node, input) => node?.connect(recorder, 0, input));
              const nothing = new GainNode(context, { gain: 0 });
              recorder.connect(nothing).connect(context.destination);
            }""",
            (HERE / "recorder.js").read_text(),
        )

    def recorded(self) -> tuple[int, NDArray[np.float64]]:
        """The rate in Hz and what was recorded since the last call: (3, samples), full scale 1."""
        rate, text = self.ask(
            """() => {
              const blocks = window.recorded.splice(0);
              const all = new Int16Array(blocks.length * 384);
              blocks.forEach((block, i) => all.set(block, i * 384));
              const bytes = new Uint8Array(all.buffer);
              let text = "";
              for (let i = 0; i < bytes.length; i += 9999) text += String.fromCharCode(...bytes.subarray(i, i + 9999));
              return [izwi.sound.context.sampleRate, btoa(text)];
            }"""
        )
        blocks = np.frombuffer(base64.b64decode(text), np.int16).reshape(-1, 3, 128)
        return rate, blocks.transpose(1, 0, 2).reshape(3, -1) / 32768

    def check(self) -> None:
        """Nothing left our origin, and nothing in the page broke."""
        strangers = [url for url in self.requests if not url.startswith((self.url, "data:", "blob:"))]
        assert strangers == []
        assert self.errors == []
