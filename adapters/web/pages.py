"""Fetching what a page on the web says of itself, from addresses that members type: nothing inside our own network is reached.

Names, redirects and odd notations of numbers all end in a connection to an address. That is where it is checked: each socket is
made here, and only for a public address and a port of the web.
"""

from __future__ import annotations

import asyncio
import codecs
import re
import socket
import unicodedata
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from html import unescape
from html.parser import HTMLParser
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urljoin, urlsplit

import structlog
from aiohttp import AddrInfoType, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.core.ports import Page
from bot.core.text import shortened
from bot.services.addresses import canonical, requested

log = structlog.get_logger("rounds.pages")
MayConnect = Callable[[str, int], bool]  # an address and a port

PORTS = (80, 443)
TYPES = ("text/html", "application/xhtml+xml")
HEADERS = {
    "User-Agent": "Rounds (+link preview)",
    "Accept": ", ".join(TYPES),
    "Accept-Encoding": "gzip",  # unpacked here, so that not one byte more than we want is
}
REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 5

# Public by their number, and yet only reached from inside: 192.0.0.0/24 has metadata services (older Pythons call it public), the
# other is Azure's.
INSIDE = (ip_network("192.0.0.0/24"), ip_network("168.63.129.16/32"))
NAT64 = IPv6Network("64:ff9b::/96")
GLOBAL_UNICAST = IPv6Network("2000::/3")

LONGEST_TITLE, LONGEST_DESCRIPTION = 200, 500  # characters
AT_A_TIME = 16 * 1024  # characters given to the parser, which stops where the head ends
# The encodings of the web (WHATWG's list) that Python has. Not any of its others: some take forever on the wrong bytes.
CHARSETS = frozenset(
    """
    utf-8 cp866 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-10 iso8859-13 iso8859-14
    iso8859-15 iso8859-16 koi8-r koi8-u mac-roman mac-cyrillic cp874 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257
    cp1258 gbk gb2312 gb18030 big5 big5hkscs euc_jp shift_jis cp932 iso2022_jp euc_kr cp949 tis-620 utf-16-le utf-16-be
    """.split()
)
USUAL = "cp1252"  # what browsers take where nothing is said, and for Latin-1 and ASCII
DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?([\w.:-]{2,40})""", re.IGNORECASE)
JOINERS = "\u200c\u200d"  # format characters that Persian, Indian scripts and emoji are written with
TITLES, DESCRIPTIONS = ("og:title", "title"), ("og:description", "description")  # best first


class _Unread(Exception):
    """A page that gives us nothing. The message is the reason, for the log."""


class _Inside(OSError):
    """An address that is not to be connected to."""


def is_public(host: str, port: int) -> bool:
    """Whether anybody on the internet can connect there, to a page; ``host`` is a number, never a name."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return port in PORTS and _is_public(address)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        embedded = _embedded(address)
        if embedded:
            return all(map(_is_public, embedded))
        return address.is_global and address in GLOBAL_UNICAST and not address.scope_id
    return address.is_global and not address.is_multicast and not any(address in network for network in INSIDE)


def _embedded(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The old addresses that a new one stands for: what is connected to in the end. Teredo's count as private already."""
    if address.ipv4_mapped or address.sixtofour:
        return tuple(filter(None, (address.ipv4_mapped, address.sixtofour)))
    return (IPv4Address(int(address) & 0xFFFFFFFF),) if address in NAT64 else ()


class _Names(AbstractResolver):
    """The system's resolver on threads of our own: a name server that never answers shall not hold up the program's."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        ask = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=str(at[0]), port=port, family=family, proto=proto, flags=numeric)
            for family, _, proto, _, at in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class Pages:
    """A LookUp. It keeps no connection, no cookie and no cache: every call begins anew, and ends everything it began."""

    def __init__(
        self,
        *,
        deadline: float = 5.0,
        connect_within: float = 2.0,
        largest: int = 256 * 1024,
        at_once: int = 4,
        names: AbstractResolver | None = None,
        may_connect: MayConnect = is_public,
    ) -> None:
        """Seconds for everything, waiting for a turn included, and for one connection; bytes unpacked; pages at once.

        ``names`` and ``may_connect`` are for tests, which have no internet.
        """
        self._deadline, self._largest, self._may_connect = deadline, largest, may_connect
        self._timeout = ClientTimeout(total=deadline, sock_connect=connect_within)
        self._names = names or _Names(at_once)
        self._turns = asyncio.Semaphore(at_once)

    async def __call__(self, url: str) -> Page | None:
        host = ""
        try:
            url = requested(url)
            host = urlsplit(url).hostname or ""
            async with asyncio.timeout(self._deadline), self._turns:
                return await self._page(url)
        except _Unread as error:
            reason = str(error)
        except (
            Exception
        ) as error:  # whatever a stranger's server can provoke in the libraries: only its page is missing
            reason = "not public" if isinstance(error.__cause__, _Inside) else type(error).__name__
        log.info("page.unread", host=host, reason=reason)  # never the path or the query: they may hold what is private
        return None

    async def _page(self, url: str) -> Page:
        connector = TCPConnector(
            resolver=self._names, socket_factory=self._socket, use_dns_cache=False, force_close=True, limit=1
        )
        async with ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            headers=HEADERS,
            timeout=self._timeout,
            auto_decompress=False,
            trust_env=False,  # a proxy would connect for us, unchecked
        ) as session:
            for _ in range(MOST_REDIRECTS + 1):
                # Exactly as it is spelled: encoded anew, %20 would become +.
                async with session.get(URL(url, encoded=True), allow_redirects=False) as response:
                    to = response.headers.get("Location")
                    if response.status not in REDIRECTS or to is None:
                        return await self._read(url, response)
                    url = requested(urljoin(url, to))
        raise _Unread("redirects")

    def _socket(self, to: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, at = to
        if not self._may_connect(str(at[0]), int(at[1])):
            raise _Inside("not public")
        return socket.socket(family, kind, protocol)

    async def _read(self, url: str, response: ClientResponse) -> Page:
        if response.status != 200:
            raise _Unread(f"status {response.status}")
        if response.content_type not in TYPES:
            raise _Unread("type")
        body = await self._body(response)
        # On a thread: a hostile page may take half a second of computing.
        title, description = await asyncio.to_thread(read, body, response.charset or "")
        if not title and not description:
            raise _Unread("empty")
        return Page(canonical(url), title, description)

    async def _body(self, response: ClientResponse) -> bytes:
        """The beginning of it, unpacked, up to the largest size."""
        packing = response.headers.get("Content-Encoding", "identity").strip().lower()
        if packing not in ("identity", "gzip", "x-gzip"):
            raise _Unread("packing")
        unpack = None if packing == "identity" else zlib.decompressobj(zlib.MAX_WBITS | 16)
        body = bytearray()
        async for piece in response.content.iter_any():
            left = self._largest - len(body)
            body += unpack.decompress(piece, left) if unpack else piece[:left]
            if len(body) >= self._largest or (unpack and unpack.eof):
                break
        return bytes(body)


# From bytes to words


def read(body: bytes, charset: str) -> tuple[str, str]:
    """Title and description; each empty where there is none. ``charset`` is what the server said."""
    head = _Head()
    text = decoded(body, charset)
    for start in range(0, len(text), AT_A_TIME):
        try:
            head.feed(text[start : start + AT_A_TIME])  # never closed: what is unfinished at the end is of no use
        except AssertionError:  # how it gives up on what is no markup at all
            break
        if head.over:
            break
    return head.best(TITLES, LONGEST_TITLE), head.best(DESCRIPTIONS, LONGEST_DESCRIPTION)


def decoded(body: bytes, charset: str) -> str:
    """The text of a page. Its first bytes decide; then whether it is UTF-8; then what was declared, which is often wrong."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    in_itself = DECLARED.search(body, 0, 4096)
    declared = _known(charset) or _known(in_itself[1].decode() if in_itself else "")
    if not declared.startswith(("utf-16", "iso2022")):  # which may be valid UTF-8, too
        try:
            return codecs.getincrementaldecoder("utf-8")().decode(body)  # the end may be cut within a character
        except UnicodeDecodeError:
            pass
    return body.decode(declared or USUAL, "replace")


def _known(charset: str) -> str:
    """Python's name for an encoding, or nothing."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return ""
    if name in ("ascii", "iso8859-1"):
        return USUAL
    return name if name in CHARSETS else ""


class _Head(HTMLParser):
    """Notes the first of each thing that is looked for."""

    # As browsers do: nothing within a title is a tag. Python's versions differ in this, so it is said here.
    CDATA_CONTENT_ELEMENTS = ("script", "style", "title", "textarea")  # type: ignore[misc]  # declared final by typeshed alone

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.over = False
        self._title: list[str] | None = None

    def best(self, names: tuple[str, ...], longest: int) -> str:
        """The first of these that says something, in one line."""
        lines = (one_line(self.found.get(name, "")) for name in names)
        return shortened(next(filter(None, lines), ""), longest)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.over:
            return
        match tag:
            case "title" if "title" not in self.found:
                self._title = []
            case "meta":
                given = {name: value or "" for name, value in reversed(attrs)}
                for name in (given.get("property", ""), given.get("name", "")):
                    if name.lower() in (*TITLES[:1], *DESCRIPTIONS):
                        self.found.setdefault(name.lower(), given.get("content", ""))
            case "body":
                self.over = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "title" and self._title is not None:
            self.found["title"] = unescape("".join(self._title))
            self._title = None
        self.over = self.over or tag == "head"

    def handle_data(self, data: str) -> None:
        if self._title is not None:
            self._title.append(data)


def one_line(text: str) -> str:
    """Without line breaks, control characters, and what turns the direction of writing or is not seen at all."""
    spaced = " ".join(text.split())
    kept = (char for char in spaced if char in JOINERS or unicodedata.category(char)[0] != "C")
    return " ".join("".join(kept).split()).strip(JOINERS)
