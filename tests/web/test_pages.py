"""Pages are read from strangers' servers, whatever those do, and from nowhere that is not public."""

from __future__ import annotations

import asyncio
import gzip
import time
import tracemalloc
from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.web.pages import LONGEST_DESCRIPTION, LONGEST_TITLE, Pages, is_public, one_line, read
from bot.core.ports import Page
from bot.services.reaching import looks_nothing_up
from bot.settings import Settings
from bot.wiring import looking_up
from tests.web.traps import HERE, Names, Traps, bomb, redirect, response, titled, traps

URL = "http://stranger.example/"


@pytest.fixture
async def trap() -> AsyncIterator[Traps]:
    async with traps() as made:
        yield made


def pages(trap: Traps, names: Names | None = None, **more: Any) -> Pages:
    """Every name leads to the trap, and nothing else may be connected to but what is public, which no name leads to."""

    def may_connect(host: str, port: int) -> bool:
        return (host, port) == (HERE, trap.port) or is_public(host, port)

    return Pages(names=names or Names([(HERE, trap.port)]), may_connect=may_connect, **{"deadline": 10.0, **more})


async def reason(look_up: Pages, url: str = URL) -> str:
    """Why nothing could be read; the one line in the log says so, and nothing that is private."""
    with capture_logs() as logs:
        assert await look_up(url) is None
    (line,) = logs
    assert line["event"] == "page.unread"
    assert "secret" not in str(line)
    assert "?" not in str(line)
    return str(line["reason"])


# What a page says


async def test_a_page_says_what_it_is(trap: Traps) -> None:
    trap.pages["/a"] = response(titled("Falls"), Set_Cookie="a=b")
    page = await pages(trap)(f"{URL}a?utm_source=x&q=a%20b#part")
    assert page == Page(f"{URL}a?q=a%20b", "Falls", "")
    request = trap.requests[0]
    assert request.startswith("GET /a?utm_source=x&q=a%20b HTTP/1.1\r\nHost: stranger.example\r\n")
    assert "\r\nUser-Agent: Rounds (+link preview)\r\n" in request
    assert not [name for name in ("cookie", "authorization", "referer") if f"\r\n{name}:" in request.lower()]


JOINED = "می\u200cخواهم 👩\u200d⚕️"  # joiners that belong to their words
HEADS = {
    "<title>T</title><meta property='og:title' content='O'>": ("O", ""),
    "<meta name=og:title content=O><meta name=description content=D>": ("O", "D"),
    "<META NAME=Description CONTENT='D'><meta property=og:description content='OD'>": ("", "OD"),
    "<title>T</title><meta property=og:title content=' '>": ("T", ""),
    "<title>First</title><title>Second</title>": ("First", ""),
    "<title>\n A \t title\n</title>": ("A title", ""),
    "<title>A &amp; B &#x202e;&lt;b&gt; &nbsp;C</title>": ("A & B <b> C", ""),
    "<title>A <script>alert(1)</script> <b>B</title>": ("A <script>alert(1)</script> <b>B", ""),
    "<script>'<title>No</title>'</script><title>Yes</title>": ("Yes", ""),
    "<!-- <title>No</title> --><title>Yes</title>": ("Yes", ""),
    "<title>Yes</title></head><svg><title>No</title></svg><meta name=description content=No>": ("Yes", ""),
    "<title>a\u202eb\u2066c\u0000d\u200be\ufefff\u0007g</title>": ("abcdefg", ""),
    f"<title>{JOINED}</title>": (JOINED, ""),
    "<title>\ue000\U000e0041</title><meta name=description content='D'>": ("", "D"),
    "<title>Unfinished": ("", ""),
    "<meta name=description content='D'><title <<< ></b></title": ("", "D"),
    "<meta name=description content='D'><![foo[ x": ("", "D"),
    "<meta name=description content='a > b'>": ("", "a > b"),
    "<meta name=description content='1' content='2'>": ("", "1"),
    f"<title>{'word ' * 100}</title>": (f"{'word ' * 38}word…", ""),
    f"<title>{'x' * 1000}</title><meta name=description content={'y' * 1000}>": ("x" * 199 + "…", "y" * 499 + "…"),
    "": ("", ""),
    "text <a \x00 href=": ("", ""),
}  # fmt: skip


@pytest.mark.parametrize("head", HEADS)
def test_titles_and_descriptions_are_plain_and_short(head: str) -> None:
    title, description = read(head.encode(), "utf-8")
    assert (title, description) == HEADS[head]
    assert len(title) <= LONGEST_TITLE
    assert len(description) <= LONGEST_DESCRIPTION


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        ("<title>Stürze</title>".encode(), ""),
        ("<title>Stürze</title>".encode(), "iso-8859-1"),  # wrongly said
        ("<title>Stürze</title>".encode("cp1252"), "utf-8"),  # and the other way round: as good as it gets
        ("<title>Stürze</title>".encode("cp1252"), ""),
        ("<title>Stürze</title>".encode("cp1252"), "latin-1"),
        ("<title>Stürze</title>".encode("cp1252"), "no-such-thing"),
        ("<title>Stürze</title>".encode("cp1252"), "unicode_escape"),
        ("<title>Stürze</title>".encode("cp1252"), "rot13\x00"),
        ("<meta charset=iso-8859-15><title>Stürze</title>".encode("iso-8859-15"), ""),
        ("<title>Stürze</title>".encode("utf-16"), ""),
        ("<title>Stürze</title>".encode("utf-8-sig"), "iso-8859-1"),
        ("<title>Stürze</title>".encode() + "é".encode()[:1], ""),  # cut within a letter
    ],
)
def test_the_declared_encoding_may_be_wrong(body: bytes, charset: str) -> None:
    assert read(body, charset)[0] in ("Stürze", "St�rze")
    assert (read(body, charset)[0] == "Stürze") is not (charset == "utf-8")


def test_encodings_of_other_scripts_are_read() -> None:
    for title, encoding in (
        ("Падения", "koi8-r"),
        ("Падения", "windows-1251"),
        ("転倒予防", "shift_jis"),
        ("転倒予防", "iso-2022-jp"),
    ):
        assert read(f"<title>{title}</title>".encode(encoding), encoding)[0] == title
        declared = f'<meta http-equiv="Content-Type" content="text/html; charset={encoding}"><title>{title}</title>'
        assert read(declared.encode(encoding), "")[0] == title


@given(st.one_of(st.binary(), st.text().map(str.encode)), st.text())
def test_whatever_is_sent_can_be_read(body: bytes, charset: str) -> None:
    for page in (
        body,
        b"<title>" + body + b"</title>",
        b"<meta name=description content='" + body + b"'>",
        b"<!" + body,
    ):
        for line in read(page, charset):
            assert line == one_line(line)
            assert line.replace("\u200c", "").replace("\u200d", "").isprintable()


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<!--", "</", "&", "<a b='", "<![", "<?", "<title>", "<script>", "<meta charset"]
)
def test_no_markup_takes_long(piece: str) -> None:
    begun = time.perf_counter()
    read((piece * 2**18)[: 2**18].encode(), "")
    assert time.perf_counter() - begun < 3


# Servers that misbehave


async def test_redirects_are_followed_a_few_times(trap: Traps) -> None:
    trap.pages |= {f"/{n}": redirect(f"{n + 1}?secret=1") for n in range(6)}
    trap.pages |= {"/5": response(titled("Here")), "/there": response(titled("There")), "/loop": redirect("/loop")}
    assert await pages(trap)(f"{URL}0") == Page(f"{URL}5?secret=1", "Here", "")
    assert [path.partition("?")[0] for path in trap.paths] == ["/0", "/1", "/2", "/3", "/4", "/5"]
    assert not [request for request in trap.requests if "cookie" in request.lower()]
    assert await pages(trap)(f"{URL}to?http://other.example/there") == Page("http://other.example/there", "There", "")
    trap.requests.clear()
    assert await reason(pages(trap), f"{URL}loop") == "redirects"
    assert len(trap.requests) == 6


INSIDE = """
    http://127.0.0.1/ http://127.0.0.1:443/ http://127.1/ http://2130706433/ http://0x7f000001/ http://0x7f.0.0.1/ http://0177.0.0.1/
    http://017700000001/ http://127.000.000.001/ http://0/ http://0.0.0.0/ http://[::]/ http://[::1]/ http://[::ffff:127.0.0.1]/
    http://[::ffff:7f00:1]/ http://[0:0:0:0:0:ffff:10.0.0.1]/ http://[::127.0.0.1]/ http://[64:ff9b::7f00:1]/
    http://[64:ff9b::169.254.169.254]/ http://[64:ff9b:1::1]/ http://[2002:7f00:1::]/ http://[2002:a9fe:a9fe::1]/
    http://[2001:0:7f00:1::]/ http://[2001::f5ff:fffe]/ http://[fe80::1]/ http://[fe80::1%25lo]/ http://[fec0::1]/ http://[fc00::1]/
    http://[fd00:ec2::254]/ http://[ff02::1]/ http://[2001:db8::1]/ http://[100::1]/ http://[::ffff:0:127.0.0.1]/ http://10.1.2.3/
    http://172.16.0.1/ http://192.168.0.1/ http://100.64.0.1/ http://100.100.100.200/ http://169.254.169.254/latest/meta-data
    http://192.0.0.192/ http://168.63.129.16/ http://198.18.0.1/ http://192.0.2.1/ http://224.0.0.1/ http://240.0.0.1/
    http://255.255.255.255/ http://１２７.０.０.１/ http://①②⑦.⓪.⓪.①/ http://127。0。0。1/ http://127%2e0%2e0%2e1/ http://%31%32%37.0.0.1/
    http://ada:secret@127.0.0.1/ http://example.org@127.0.0.1/ http://127.0.0.1#@example.org/ http://127.0.0.1\\@example.org/
    http:\\\\127.0.0.1\\ http:127.0.0.1 //127.0.0.1/ 127.0.0.1 https://127.0.0.1/ HTTP://127.0.0.1./ http://127.0.0.1:22/
    http://127.0.0.1:6379/ http://[::1]:8080/ http://8.8.8.8:22/ http://8.8.8.8:8080/ https://[2606:4700::1111]:25/
    file:///etc/passwd ftp://127.0.0.1/ gopher://127.0.0.1:6379/_x dict://127.0.0.1:11211/ data:text/html,<title>x</title>
    javascript:alert(1) unix:///var/run/docker.sock jar:http://127.0.0.1!/ ws://127.0.0.1/
""".split()
NAMES = "localhost LOCALHOST localhost.".split()
BEHIND_NAMES = [
    "127.0.0.1", "0.0.0.0", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
    "2002:a00:1::", "fe80::1", "fe80::1%lo", "fd00:ec2::254", "::127.0.0.1", "fec0::1", "224.0.0.1", "0x7f.1", "2130706433",
    "１２７.0.0.1", "localhost", "",
]  # fmt: skip


@pytest.fixture
async def connects(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every address that a socket was about to connect to: here nothing is ever connected."""
    found: list[Any] = []

    async def connect(_loop: Any, _socket: Any, address: Any) -> None:
        found.append(address)
        raise ConnectionRefusedError("a test connects to nobody")

    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", connect)
    return found


async def test_a_public_address_would_be_connected_to(connects: list[Any]) -> None:
    """So that the tests below would notice."""
    for url in ("http://8.8.8.8/", "https://8.8.8.8/", "http://[2606:4700::1111]/", "http://[64:ff9b::808:808]/", URL):
        assert await reason(Pages(names=Names([("9.9.9.9", 0)])), url) == "ClientConnectorError"
    assert [(to[0], to[1]) for to in connects] == [
        ("8.8.8.8", 80), ("8.8.8.8", 443), ("2606:4700::1111", 80), ("64:ff9b::808:808", 80), ("9.9.9.9", 80)
    ]  # fmt: skip


@pytest.mark.parametrize("url", INSIDE)
async def test_nothing_inside_is_connected_to(url: str, connects: list[Any]) -> None:
    names = Names([(HERE, 0)])
    assert await reason(Pages(names=names), url) in ("not public", "ValueError", "InvalidUrlClientError")
    assert connects == []
    assert names.asked == []  # and nobody was asked for it by name


@pytest.mark.parametrize("name", NAMES)
async def test_names_of_this_machine_are_no_way_in(name: str, connects: list[Any]) -> None:
    """With the system's own resolver, which reads these from its file."""
    assert await reason(Pages(), f"http://{name}/") in ("not public", "ClientConnectorDNSError")
    assert connects == []


@pytest.mark.parametrize("address", BEHIND_NAMES)
async def test_no_name_leads_inside(address: str, connects: list[Any]) -> None:
    assert await reason(Pages(names=Names([(address, 0), ("9.9.9.9", 22)]))) == "not public"
    assert connects == []


@pytest.mark.parametrize(
    "url", [*INSIDE, "//169.254.169.254/latest", "http://other.example:8080/", "file:///etc/passwd", "\x01"]
)
async def test_no_redirect_leads_inside(url: str, trap: Traps) -> None:
    names = Names([(HERE, trap.port)], [(HERE, 1)])
    assert await reason(pages(trap, names), f"{URL}to?{quote(url)}")
    assert trap.connections == 1


async def test_an_answer_of_the_name_server_that_changes_is_noticed(trap: Traps) -> None:
    """Good when first asked, inside when asked again: what counts is what is connected to."""
    trap.pages["/"] = redirect("/again")
    async with traps() as inside:
        names = Names([(HERE, trap.port)], [(HERE, inside.port)])
        assert await reason(pages(trap, names)) == "not public"
        assert (trap.connections, inside.connections) == (1, 0)
        both = Names([(HERE, inside.port), ("::1", 80), (HERE, trap.port)])
        trap.pages["/"] = response(titled("The one that is fine"))
        assert await pages(trap, both)(URL) == Page(URL, "The one that is fine", "")
        assert inside.connections == 0


async def test_a_proxy_of_the_environment_is_not_used(trap: Traps, monkeypatch: pytest.MonkeyPatch) -> None:
    async with traps() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://{HERE}:{proxy.port}")
        trap.pages["/"] = response(titled("Direct"))
        assert await pages(trap)(URL) == Page(URL, "Direct", "")
        assert proxy.connections == 0


async def _waits(writer: asyncio.StreamWriter, *, beginning: bytes = b"") -> None:
    writer.write(beginning)
    await writer.drain()
    await asyncio.sleep(30)


async def _drips(writer: asyncio.StreamWriter, *, beginning: bytes) -> None:
    writer.write(beginning)
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@pytest.mark.parametrize(
    "slow",
    [
        _waits,
        partial(_waits, beginning=HEADERS),
        partial(_waits, beginning=HEADERS + b"\r\n<title>Half"),
        partial(_waits, beginning=b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        partial(_drips, beginning=HEADERS + b"\r\n"),
        partial(_drips, beginning=HEADERS + b"X: "),
    ],
)
async def test_slow_servers_are_given_up(trap: Traps, slow: Any) -> None:
    trap.pages["/"] = slow
    begun = time.monotonic()
    assert await reason(pages(trap, deadline=0.2)) == "TimeoutError"
    assert time.monotonic() - begun < 5  # the server would wait for thirty


async def test_slow_name_servers_are_given_up(trap: Traps) -> None:
    class Slow(Names):
        async def resolve(self, *_args: Any, **_more: Any) -> Any:
            await asyncio.sleep(30)

    assert await reason(pages(trap, Slow([]), deadline=0.1)) == "TimeoutError"


async def test_of_an_endless_page_the_beginning_is_read(trap: Traps) -> None:
    trap.pages["/"] = partial(trap.endless, beginning=HEADERS + b"\r\n" + titled("Endless"), more=b"<p>x" * 2**12)
    trap.pages["/no"] = partial(trap.endless, beginning=HEADERS + b"\r\n", more=b" " * 2**14)
    assert await pages(trap)(URL) == Page(URL, "Endless", "")
    assert await reason(pages(trap), f"{URL}no") == "empty"
    assert trap.sent < 40 * 2**20  # what fits into the buffers between us


async def test_what_is_packed_small_and_is_large_takes_no_room(trap: Traps) -> None:
    trap.pages["/"] = bomb("Bomb", 100)
    tracemalloc.start()
    assert await pages(trap)(URL) == Page(URL, "Bomb", "")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * 2**20
    trap.pages["/twice"] = response(gzip.compress(gzip.compress(titled("x"))), Content_Encoding="gzip, gzip")
    assert await reason(pages(trap), f"{URL}twice") == "packing"
    trap.pages["/no"] = response(b"no gzip at all", Content_Encoding="gzip")
    assert await reason(pages(trap), f"{URL}no") == "error"
    trap.pages["/half"] = response(gzip.compress(titled("Half"))[:-9], Content_Encoding="gzip")
    assert await pages(trap)(f"{URL}half") == Page(f"{URL}half", "Half", "")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (response(titled("x"), "application/pdf"), "type"),
        (response(titled("x"), "image/svg+xml"), "type"),
        (response(titled("x"), ""), "type"),
        (response(titled("x"), status="404 Not Found"), "status 404"),
        (response(titled("x"), status="500 Oh"), "status 500"),
        (response(b"", status="302 Found"), "status 302"),
        (response(b"\x00" * 1000), "empty"),
        (response(titled("x"), X="y" * 100_000), "ClientResponseError"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 10_000 + b"\r\n", "ClientResponseError"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 999\r\n\r\n", "ClientPayloadError"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "ClientResponseError"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "ClientResponseError"),
        (b"\x00" * 100, "ClientResponseError"),
        (b"", "ServerDisconnectedError"),
    ],
)  # fmt: skip
async def test_what_is_no_page_is_nothing(trap: Traps, answer: bytes, why: str) -> None:
    async def sends(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    trap.pages["/"] = sends
    assert await reason(pages(trap), f"{URL}?secret=1") == why


async def test_pages_are_read_a_few_at_once(trap: Traps) -> None:
    async def soon(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        writer.write(response(titled("Soon")))
        await writer.drain()

    trap.pages["/"] = soon
    look_up = pages(trap, at_once=2)
    found = await asyncio.gather(*(look_up(URL) for _ in range(8)))
    assert found == [Page(URL, "Soon", "")] * 8
    assert trap.most_at_once == 2


async def test_nothing_is_left_open(trap: Traps) -> None:
    trap.pages["/"] = response(titled("x"))
    assert await pages(trap)(URL)
    for _ in range(50):
        if trap.at_once == 0:
            break
        await asyncio.sleep(0.01)
    assert trap.at_once == 0


async def test_a_setting_turns_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(looking_up(Settings()), Pages)
    monkeypatch.setenv("ROUNDS_FETCH_LINKS", "false")
    assert looking_up(Settings()) is looks_nothing_up
    assert await looks_nothing_up(URL) is None
