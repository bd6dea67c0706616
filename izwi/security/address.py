"""Where a client really is: the peer itself, or what a proxy of ours says of it; never what the client says."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping

from izwi.faults import BadInput

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
#: On a Space everything comes through its proxy, which has a private address.
SPACE_PROXIES = "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16"


def networks(setting: str, env: Mapping[str, str] = os.environ) -> tuple[Network, ...]:
    """The proxies that are believed. Raises ``BadInput`` for what is no address and no network."""
    text = setting or (SPACE_PROXIES if env.get("SPACE_ID") else "")
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise BadInput("IZWI_TRUSTED_PROXIES is not a list of addresses or networks like 10.0.0.0/8") from None


def client(peer: str, forwarded: str, trusted: tuple[Network, ...]) -> str:
    """The client's address: walking ``X-Forwarded-For`` from our end, the first that is no proxy of ours.

    An IPv6 client is its /64, the least that one household has. What is no address at all is "unknown".
    """
    chain = [part.strip() for part in forwarded.split(",") if part.strip()]
    here = _address(peer)
    while chain and here is not None and any(here in network for network in trusted):
        here = _address(chain.pop())
    if here is None:
        return "unknown"
    if here.version == 6:
        return str(ipaddress.ip_network((here, 64), strict=False))
    return str(here)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    bare = text.rsplit(":", 1)[0] if text.count(":") == 1 else text.removeprefix("[").partition("]")[0]
    try:
        found = ipaddress.ip_address(bare)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found
