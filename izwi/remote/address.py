"""Where an engine may be: http or https, any host the operator names, but never what only looks like one.

Requests cannot name addresses at all. What is closed here is a mistake or a trick in a setting: a cloud's metadata
service, which answers with its secrets on a link-local address, by whatever name it is called.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from izwi.faults import BadInput

#: Metadata services that are not on a link-local address: AWS over IPv6, Alibaba.
_METADATA = frozenset(ipaddress.ip_address(text) for text in ("fd00:ec2::254", "100.100.100.200"))
_METADATA_NAMES = frozenset(("metadata", "metadata.google.internal", "metadata.goog", "instance-data"))


def engine_url(text: str, name: str) -> str:
    """A checked base address without a slash at its end; OpenAI clients' "/v1" may be part of it or not.

    Raises ``BadInput`` that calls the address by ``name`` and does not repeat it: it may hold a password.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port  # raises ValueError for a port that is none
    except ValueError:
        raise BadInput(f"{name} is not an address like http://host:8000") from None
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise BadInput(f"{name} is not an address like http://host:8000")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise BadInput(f"{name} may have no password, no '?' and no '#'; keys have settings of their own")
    if forbidden(host):
        raise BadInput(f"{name} points to an address where no engine can be")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/v1')}"


def forbidden(host: str) -> bool:
    """Whether ``host`` (a name, or an address) is link-local, a metadata service, or no single host at all."""
    bare = host.rstrip(".").casefold().partition("%")[0]
    if bare in _METADATA_NAMES:
        return True
    found = _address(bare)
    if found is None or found.is_loopback:
        return False
    return found.is_link_local or found.is_multicast or found.is_unspecified or found.is_reserved or found in _METADATA


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """``text`` as an address, also in the forms that resolvers take (2852039166, 0xa9fea9fe, 0251.0376.0251.0376)."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return _old_form(text)
    if isinstance(found, ipaddress.IPv6Address):
        return found.ipv4_mapped or found.sixtofour or found
    return found


def _old_form(text: str) -> ipaddress.IPv4Address | None:
    import socket

    try:
        return ipaddress.IPv4Address(socket.inet_aton(text))
    except (OSError, UnicodeEncodeError):
        return None
