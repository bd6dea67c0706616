"""One page in a real browser: what a test does there, sees and hears."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from izwi.bench.page import RECORD, RECORDED, RECORDER, samples

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
        self.until("izwi.page?.ready || izwi.page?.broken")
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
            RECORD,
            RECORDER.read_text(),
        )

    def recorded(self) -> tuple[int, NDArray[np.float64]]:
        """The rate in Hz and what was recorded since the last call: (3, samples), full scale 1."""
        rate, text = self.ask(RECORDED)
        return rate, samples(text)

    def check(self) -> None:
        """Nothing left our origin, and nothing in the page broke."""
        strangers = [url for url in self.requests if not url.startswith((self.url, "data:", "blob:"))]
        assert strangers == []
        assert self.errors == []
