"""Where may an event be sent? To https addresses of the open Internet, and to those that the operator has allowed.

The name is resolved here, every address behind it is judged, and the connection goes to the very one that was judged:
what a name means a moment later does not matter. Redirects are not followed.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

PORTS: Final = {"https": 443, "http": 80}
LONGEST: Final = 500
_TRANSLATED: Final = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
"""IPv6 behind which any IPv4 address may stand."""
Resolve = Callable[[str, int], list[str]]


class AddressRefused(Exception):
    """Nothing is sent there: the address is malformed, not https, or leads into a private network."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where one request goes: to this address, for that name."""

    url: str
    """With the address that was judged in the place of the name."""
    host: str
    """The `Host` header."""
    name: str
    """The name that the certificate must bear."""


def resolved(name: str, port: int) -> list[str]:
    """Every address of a name. AddressRefused when it has none."""
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefused(name) from None
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def judged(url: str, allowed: Collection[str], resolve: Resolve = resolved) -> Target:
    """The target of a URL. AddressRefused. `allowed`: `host` or `host:port` that may be private, and plain http."""
    name, port, https = _parts(url)
    free = name in allowed or f"{name}:{port}" in allowed
    if not https and not free:
        raise AddressRefused(url)
    addresses = resolve(name, port)
    if not addresses or not (free or all(map(_is_open, addresses))):
        raise AddressRefused(url)
    parts = urlsplit(url)
    bare = addresses[0]
    place = f"[{bare}]" if ":" in bare else bare
    return Target(parts._replace(netloc=f"{place}:{port}").geturl(), parts.netloc, name)


def _parts(url: str) -> tuple[str, int, bool]:
    """Name, port, and whether it is https. AddressRefused for what no webhook looks like."""
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise AddressRefused(url)
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
    except (KeyError, ValueError):
        raise AddressRefused(url) from None
    if not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise AddressRefused(url)
    return parts.hostname, port, parts.scheme == "https"


def _is_open(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif address.sixtofour is not None or address.teredo is not None or any(address in net for net in _TRANSLATED):
            return False
    return address.is_global and not address.is_multicast
