"""ICE servers: as given, in the order aiortc needs, and refused plainly when they are not."""

from __future__ import annotations

import json

import pytest

from izwi.service.ice import Ice, our_side
from izwi.settings import BadSetting, Settings

TURN = [
    {"urls": ["stun:a.example:3478", "turn:a.example:3478?transport=udp"], "username": "u", "credential": "c"},
    {"urls": "turns:a.example:443?transport=tcp", "username": "u", "credential": "c"},
]


async def test_servers_as_set() -> None:
    assert await Ice(Settings(ice_servers=json.dumps(TURN))).servers() == TURN
    assert await Ice(Settings(ice_servers="[]")).servers() == []


def test_our_side_tries_what_passes_firewalls_first() -> None:
    servers = our_side(TURN).iceServers
    assert servers[0].urls == "turns:a.example:443?transport=tcp"
    assert (servers[0].username, servers[0].credential) == ("u", "c")
    assert len(servers) == 3


@pytest.mark.parametrize("text", ["{", "{}", '"stun:a"', "[1]", '[{"urls": "http://a"}]', '[{"url": "stun:a"}]', "7"])
def test_what_is_no_list_of_servers_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadSetting, match="IZWI_ICE_SERVERS"):
        Ice(Settings(ice_servers=text))


async def test_on_a_space_without_a_secret_there_is_at_least_stun(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_TOKEN", "CLOUDFLARE_TURN_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPACE_ID", "someone/izwi")
    assert (await Ice(Settings()).servers())[0]["urls"].startswith("stun:")
