"""How two machines find a way to each other: the ICE servers for the page and for our side of a WebRTC connection.

None is needed on one machine or one network. Across the internet ``IZWI_ICE_SERVERS`` names some (a JSON list, as
browsers take it), or HF_TOKEN (or CLOUDFLARE_TURN_KEY_ID with its token) buys short-lived TURN credentials.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from typing import Any

from aiortc import RTCConfiguration, RTCIceServer

from izwi.settings import BadSetting, Settings

log = logging.getLogger(__name__)

IceServer = dict[str, Any]

#: Life of bought credentials, and how long we wait for them (seconds).
LIFE, PATIENCE = 3600, 5.0
#: On a Space without a secret this is all there is: it finds our public address, but cannot carry the sound.
PUBLIC_STUN: list[IceServer] = [{"urls": "stun:stun.l.google.com:19302"}]


class Ice:
    """Where to get ICE servers. Raises ``BadSetting`` at once if ``IZWI_ICE_SERVERS`` is not what browsers take."""

    def __init__(self, settings: Settings) -> None:
        self._fixed = _parse(settings.ice_servers) if settings.ice_servers.strip() else None
        self._bought: list[IceServer] = []
        self._until = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def servers(self) -> list[IceServer]:
        """ICE servers as the browser's ``RTCPeerConnection`` takes them; never raises."""
        if self._fixed is not None:
            return self._fixed
        if os.environ.get("HF_TOKEN") or os.environ.get("CLOUDFLARE_TURN_KEY_ID"):
            async with self._one_at_a_time:
                if time.monotonic() > self._until:
                    await self._buy()
            return self._bought or PUBLIC_STUN
        return PUBLIC_STUN if os.environ.get("SPACE_ID") else []

    async def _buy(self) -> None:
        from fastrtc import get_cloudflare_turn_credentials_async

        try:
            async with asyncio.timeout(PATIENCE):
                given = (await get_cloudflare_turn_credentials_async(ttl=LIFE))["iceServers"]
        except Exception as error:  # the page still works where no TURN is needed
            log.warning("no TURN credentials: %s", type(error).__name__)
            self._until = time.monotonic() + 60
            return
        self._bought = given if isinstance(given, list) else [given]
        self._until = time.monotonic() + LIFE / 2


def our_side(servers: list[IceServer]) -> RTCConfiguration:
    """The same servers for aiortc, which uses only the first TURN it finds: TLS on port 443 passes most firewalls."""
    urls = [(url, server) for server in servers for url in _urls(server)]
    urls.sort(key=lambda entry: (not entry[0].startswith("turns:"), ":443" not in entry[0]))
    return RTCConfiguration(
        iceServers=[
            RTCIceServer(urls=url, username=server.get("username"), credential=server.get("credential"))
            for url, server in urls
        ]
    )


def _urls(server: IceServer) -> list[str]:
    urls = server["urls"]
    return [urls] if isinstance(urls, str) else list(urls)


def _parse(text: str) -> list[IceServer]:
    try:
        servers = json.loads(text)
        good = isinstance(servers, list) and all(
            isinstance(url, str) and url.startswith(("stun:", "turn:", "turns:"))
            for server in servers
            for url in _urls(server)
        )
    except (ValueError, TypeError, KeyError):
        good = False
    if not good:
        raise BadSetting('IZWI_ICE_SERVERS is not a JSON list like [{"urls": "stun:example.org"}]')
    return list(servers)
