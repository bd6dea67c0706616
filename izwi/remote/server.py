"""One server that works for us: asked again where nothing was lost, and given up when nobody listens any more."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import httpx

from izwi.engines import Cancelled, EngineFailed
from izwi.remote.address import engine_url, forbidden

T = TypeVar("T")

#: Seconds to connect, and the longest silence of a server that works.
CONNECT, SILENCE = 3.0, 30.0
#: How often a silent server is asked whether anybody still wants its answer, in seconds.
TICK = 0.02
#: A request is repeated so often, after so many seconds (twice as long each time, up to ``LONGEST_WAIT``).
AGAIN, FIRST_WAIT, LONGEST_WAIT = 2, 0.1, 2.0
#: Answers after which the same request may succeed a moment later.
TRANSIENT = frozenset((429, 502, 503, 504))
#: Answers to a key that is wrong or missing: such a server is of no use, however well it is.
KEPT_OUT = frozenset((401, 403))


class Refusal(EngineFailed):
    """The server answered, but not with what was asked for. ``code`` is its own word for it, "" without one."""

    def __init__(self, text: str, status: int, code: str) -> None:
        super().__init__(text)
        self.status, self.code = status, code


class Server:
    """An HTTP server at ``base`` ("http://host:port"; a callable is asked before each request).

    ``who`` is how a failure calls it ("The language model"). ``key`` is sent as a bearer token, ``silence`` is the
    longest pause between two bytes and ``connect`` the longest wait for a connection, both in seconds; ``again`` is how
    often a request is repeated. Redirects are not followed, and no proxy of the environment is used. Every failure is
    an ``EngineFailed`` whose text is fit for the page.
    """

    def __init__(
        self,
        base: str | Callable[[], str],
        who: str,
        key: str = "",
        silence: float = SILENCE,
        again: int = AGAIN,
        connect: float = CONNECT,
    ) -> None:
        self._base = base if callable(base) else engine_url(base, f"the address of {who[:1].lower()}{who[1:]}")
        self._who, self._again = who, again
        self._timeout = httpx.Timeout(silence, connect=connect)
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = WeakKeyDictionary()
        self._izwi: bool | None = None

    @asynccontextmanager
    async def answer(self, path: str, cancelled: Cancelled, **content: Any) -> AsyncIterator[httpx.Response | None]:
        """The streamed answer to a POST of ``content`` (httpx's ``json``, ``data``, ``files``); None once cancelled.

        Until the answer begins nothing has been lost, so a server that cannot be reached or has too much to do is asked
        again. Leaving the block closes the connection, which is how a server learns that nobody listens any more.
        """
        response: httpx.Response | None = None
        try:
            response = await self._patiently(path, cancelled, content)
            yield response
        except httpx.HTTPError as error:
            raise EngineFailed(f"{self._who} cannot be reached ({type(error).__name__}).") from error
        finally:
            if response is not None:
                with suppress(httpx.HTTPError):
                    await response.aclose()

    async def delete(self, path: str, patience: float) -> None:
        """Ask the server to forget something; it need not know what that is."""
        with suppress(httpx.HTTPError):
            await self._send("DELETE", path, timeout=patience)

    async def is_izwi(self) -> bool:
        """Whether the server is another Izwi, which understands more than OpenAI's fields. Asked once."""
        if self._izwi is None:
            try:
                listed = await self._send("GET", "/v1/models", timeout=CONNECT)
                self._izwi = any(model.get("owned_by") == "izwi" for model in listed.json()["data"])
            except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError):
                return False  # and ask again another time
        return self._izwi

    async def alive(self) -> bool:
        """Whether the server answers, with no fault of its own, and lets us in; over a connection of its own."""
        try:
            async with self._fresh() as client:
                status = (await self._send("GET", "/v1/models", client, timeout=CONNECT)).status_code
                return status < 500 and status not in KEPT_OUT
        except httpx.HTTPError:
            return False

    @property
    def base(self) -> str:
        """The address, without a slash at its end."""
        return (self._base() if callable(self._base) else self._base).rstrip("/")

    async def close(self) -> None:
        """Let go of every connection of this event loop."""
        await self._client.aclose()

    @property
    def _client(self) -> httpx.AsyncClient:
        """Connections belong to one event loop: engines are warmed in another than they work in."""
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = self._fresh()
        return self._clients[loop]

    def _fresh(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=self._timeout, trust_env=False, follow_redirects=False)

    async def _patiently(self, path: str, cancelled: Cancelled, content: dict[str, Any]) -> httpx.Response | None:
        wait = FIRST_WAIT
        for left in reversed(range(1 + self._again)):
            try:
                response = await until(self._send("POST", path, stream=True, **content), cancelled)
                if response is None or response.status_code == 200:
                    return response
                if not left or response.status_code not in TRANSIENT:
                    raise await self._refusal(response)
                await response.aclose()
                wait = _asked_for(response, wait)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.RemoteProtocolError, httpx.ReadError):
                if not left:
                    raise
            if await until(asyncio.sleep(wait * random.uniform(0.8, 1.2), True), cancelled) is None:
                return None
            wait = min(2 * wait, LONGEST_WAIT)
        raise AssertionError("unreachable")

    async def _send(
        self, method: str, path: str, client: httpx.AsyncClient | None = None, stream: bool = False, **content: Any
    ) -> httpx.Response:
        client = client or self._client
        request = client.build_request(method, self.base + path, headers=self._headers, **content)
        request.extensions["trace"] = _only_engines
        return await client.send(request, stream=stream)

    async def _refusal(self, response: httpx.Response) -> Refusal:
        code = ""
        with suppress(ValueError, AttributeError, httpx.HTTPError):
            await response.aread()
            code = str((response.json().get("error") or {}).get("code") or "")
        await response.aclose()
        return Refusal(f"{self._who} refused (HTTP {response.status_code}).", response.status_code, code)


async def _only_engines(event: str, about: dict[str, Any]) -> None:
    """httpx tells of every connection: one that a name led to a forbidden address is not used."""
    if event == "connection.connect_tcp.complete":
        peer = about["return_value"].get_extra_info("server_addr")
        if peer and forbidden(str(peer[0])):
            await about["return_value"].aclose()
            raise httpx.ConnectError("an address where no engine can be")


def _asked_for(response: httpx.Response, otherwise: float) -> float:
    """Seconds the server asked us to wait, within reason."""
    text = response.headers.get("retry-after", "")
    return min(float(text), LONGEST_WAIT) if text.isdecimal() else otherwise


async def until(work: Coroutine[Any, Any, T], cancelled: Cancelled) -> T | None:
    """What ``work`` gives; None soon after ``cancelled``, and then the work is stopped."""
    doing = asyncio.ensure_future(work)
    delivered = False
    try:
        while not cancelled():
            done, _ = await asyncio.wait({doing}, timeout=TICK)
            if done:
                delivered = True
                return doing.result()
        return None
    finally:
        if not delivered:
            doing.cancel()
            with suppress(asyncio.CancelledError, Exception):
                left = await doing  # an answer that came in the very moment of the cancel
                if isinstance(left, httpx.Response):
                    await left.aclose()
