"""One spelling for each page, and never one for two pages."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.services.addresses import LONGEST, NOT_AN_ADDRESS, TOO_LONG, canonical, first_in, requested, shown

SAME = [
    # spelling
    ("https://example.org", "https://example.org/"),
    ("HTTPS://Example.ORG/a", "https://example.org/a"),
    ("example.org/a", "https://example.org/a"),
    ("//example.org/a", "https://example.org/a"),
    ("https:example.org/a", "https://example.org/a"),
    ("https:\\\\example.org\\a", "https://example.org/a"),
    ("  https://example.org/a\n", "https://example.org/a"),
    ("https://exam\nple.org/a", "https://example.org/a"),
    ("\u200bhttps://example.org/a\ufeff", "https://example.org/a"),
    ("https://example.org:443/a", "https://example.org/a"),
    ("http://example.org:80/a", "http://example.org/a"),
    ("https://example.org:/a", "https://example.org/a"),
    ("https://example.org./a", "https://example.org/a"),
    ("https://ada:secret@example.org/a", "https://example.org/a"),
    ("https://example.org/a/./b/../c", "https://example.org/a/c"),
    ("https://example.org/a/%2e%2E/c", "https://example.org/c"),
    ("https://example.org/../a", "https://example.org/a"),
    ("https://example.org/a/.", "https://example.org/a/"),
    ("https://example.org/a/b/..", "https://example.org/a/"),
    ("https://example.org/%7euser/%61", "https://example.org/~user/a"),
    ("https://example.org/a%2fb", "https://example.org/a%2Fb"),
    ("https://example.org/é?q=ü ü", "https://example.org/%C3%A9?q=%C3%BC%20%C3%BC"),
    ("https://example.org/a#section-2", "https://example.org/a"),
    ("https://example.org/a#:~:text=falls", "https://example.org/a"),
    ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
    ("https://ｅｘａｍｐｌｅ。ｏｒｇ/", "https://example.org/"),
    ("https://ex%61mple.org/", "https://example.org/"),
    ("https://I❤.example/", "https://xn--i-7iq.example/"),
    ("http://[2001:DB8:0:0::1]/", "http://[2001:db8::1]/"),
    # how somebody came there
    ("https://example.org/a?utm_source=x&utm_medium=y&id=3&UTM_id=z", "https://example.org/a?id=3"),
    ("https://example.org/a?fbclid=x", "https://example.org/a"),
    ("https://example.org/a?id=3&gclid=x&mc_eid=y&hsCtaTracking=z", "https://example.org/a?id=3"),
    ("https://example.org/a?utm%5Fsource=x", "https://example.org/a"),
    # other names
    ("https://youtu.be/dQw4w9WgXcQ?si=abc", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
    ("http://m.youtube.com/watch?v=dQw4w9WgXcQ&feature=share", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
    ("http://youtu.be/dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
    ("http://doi.org/10.1000/ABC", "https://doi.org/10.1000/abc"),
    ("https://youtu.be/dQw4w9WgXcQ?t=30", "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=30"),
    ("https://en.m.wikipedia.org/wiki/Fall#Causes", "https://en.wikipedia.org/wiki/Fall"),
    ("http://de.wikipedia.org/wiki/Sturz", "https://de.wikipedia.org/wiki/Sturz"),
    ("http://dx.doi.org/10.1000/ABC%2fd", "https://doi.org/10.1000/abc%2Fd"),
    ("https://www.doi.org/10.1000/abc", "https://doi.org/10.1000/abc"),
    ("https://www.ncbi.nlm.nih.gov/pubmed/123", "https://pubmed.ncbi.nlm.nih.gov/123/"),
    ("https://pubmed.ncbi.nlm.nih.gov/123", "https://pubmed.ncbi.nlm.nih.gov/123/"),
    ("https://mobile.twitter.com/ada/status/1?s=20", "https://x.com/ada/status/1"),
    ("http://www.github.com/a/b", "https://github.com/a/b"),
]
DIFFERENT = [
    ("https://example.org/a?id=1", "https://example.org/a?id=2"),
    ("https://example.org/a?id=1", "https://example.org/a?ID=1"),
    ("https://example.org/a?a=1&b=2", "https://example.org/a?b=2&a=1"),
    ("https://example.org/a?a=1&a=2", "https://example.org/a?a=2"),
    ("https://example.org/a?a=", "https://example.org/a?a"),
    ("https://example.org/a?ref=1", "https://example.org/a"),
    ("https://example.org/a?source=x", "https://example.org/a"),
    ("https://example.org/viewtopic?t=1", "https://example.org/viewtopic?t=2"),
    ("https://example.org/map?utm_x=1&utm_y=2", "https://example.org/map?utm_x=3&utm_y=2"),
    ("https://example.org/a?utmost=1", "https://example.org/a"),
    ("https://example.org/a?x=fbclid", "https://example.org/a"),
    ("https://example.org/a;utm_source=x", "https://example.org/a"),
    ("https://example.org/a", "https://example.org/A"),
    ("https://example.org/a", "https://example.org/a/"),
    ("https://example.org/a//b", "https://example.org/a/b"),
    ("https://example.org//", "https://example.org/"),
    ("https://example.org/a", "https://example.org/a/index.html"),
    ("https://web.archive.org/web/2020/https://e.org/", "https://web.archive.org/web/2020/https:/e.org/"),
    ("https://example.org/a%2Fb", "https://example.org/a/b"),
    ("https://example.org/a%3Fb", "https://example.org/a?b"),
    ("https://example.org/a%23b", "https://example.org/a#b"),
    ("https://example.org/a%252Fb", "https://example.org/a%2Fb"),
    ("https://example.org/a%20b", "https://example.org/a+b"),
    ("https://example.org/?q=a%2Bb", "https://example.org/?q=a+b"),
    ("https://example.org/?q=a%20b", "https://example.org/?q=a+b"),
    ("https://example.org/?q=a%26b", "https://example.org/?q=a&b"),
    ("https://example.org/?q=a%3Db", "https://example.org/?q=a=b"),
    ("https://example.org/?q=a%3Bb", "https://example.org/?q=a;b"),
    ("https://example.org/?u=a%2Fb", "https://example.org/?u=a/b"),
    ("https://example.org/%C3%A9", "https://example.org/e%CC%81"),
    ("https://example.org/%C3%A9", "https://example.org/%E9"),
    ("https://example.org/%00", "https://example.org/"),
    ("https://example.org/#!/a", "https://example.org/#!/b"),
    ("https://example.org/#!a", "https://example.org/"),
    ("https://matrix.to/#/#a:example.org", "https://matrix.to/#/#b:example.org"),
    ("https://example.org/app#%2Fa", "https://example.org/app#%2Fb"),
    ("https://mega.nz/file/a#key1", "https://mega.nz/file/a#key2"),
    ("https://excalidraw.com/#json=a", "https://excalidraw.com/#json=b"),
    ("https://example.org/a", "http://example.org/a"),
    ("https://example.org/a", "https://example.org:8443/a"),
    ("http://example.org/a", "http://example.org:443/a"),
    ("https://example.org/a", "https://www.example.org/a"),
    ("https://example.org/a", "https://m.example.org/a"),
    ("https://example.org/a", "https://example.org.example.net/a"),
    ("https://example.org/a", "https://example.org@example.net/a"),
    ("https://example.net\\@example.org/a", "https://example.org/a"),
    ("https://example.org/a", "https://еxample.org/a"),  # its first letter is Cyrillic
    ("https://faß.example/", "https://fass.example/"),
    ("https://faß❤.example/", "https://fass❤.example/"),
    ("https://ı.example/", "https://i.example/"),
    ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://www.youtube.com/watch?v=DQw4w9WgXcQ"),
    ("https://youtu.be/dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcR"),
    ("https://youtu.be/dQw4w9WgXcQ/x", "https://youtu.be/dQw4w9WgXcQ"),
    ("https://music.youtube.com/watch?v=dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
    ("https://en.m.wikipedia.org/wiki/A", "https://de.m.wikipedia.org/wiki/A"),
    ("https://en.wikipedia.org/wiki/Tip", "https://en.wikipedia.org/wiki/TIP"),
    ("https://www.doi.org/the-handbook", "https://doi.org/the-handbook"),
    ("https://doi.org/10.1000/a", "https://doi.org/10.1000/b"),
    ("https://www.ncbi.nlm.nih.gov/pmc/1", "https://www.ncbi.nlm.nih.gov/pubmed/1"),
    ("https://arxiv.org/abs/1706.03762", "https://arxiv.org/pdf/1706.03762"),
    ("https://arxiv.org/abs/1706.03762v1", "https://arxiv.org/abs/1706.03762"),
]
NONE = [
    "", " ", "hello", "Hello, world.", "3.14", "ada@example.org", "mailto:ada@example.org", "javascript:alert(1)",
    "javascript:alert(document.cookie)", "data:text/html,x", "file:///etc/passwd", "ftp://example.org/a", "foo.bar://x",
    "tel:+1.555", "https://", "https:///", "http://:80/", "https://exa mple.org/", "https://example.org:x/",
    "https://example.org:99999/", "https://example..org/", "https://[::1/", "https://[::1]x/", "https://[v1.x]/",
    "https://[fe80::1%25eth0]/", "https://-a.example/", f"https://{'a' * 64}.example/", f"https://{'a.' * 130}org/",
    "https://ex%00ample.org/", "https://ex%2Fample.org/", "https://example.org/\x00a", "https://a\u2028b.org/", "/a/b.html",
    "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/", "http://1.2.3.4.5/", "https://\ud800.org/",
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_page_has_one_address(one: str, other: str) -> None:
    assert canonical(one) == canonical(other) == other


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_pages_stay_different(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_address_is_said_in_words(text: str) -> None:
    for spelled in (canonical, requested):
        with pytest.raises(ValueError, match="web address") as raised:
            spelled(text)
        assert str(raised.value) == NOT_AN_ADDRESS


def test_an_address_has_an_end() -> None:
    for text in (f"https://example.org/{'a' * LONGEST}", f"https://example.org/{'é' * (LONGEST // 4)}", "a." * 10**6):
        with pytest.raises(ValueError, match="too long") as raised:
            canonical(text)
        assert str(raised.value) == TOO_LONG


def test_what_is_asked_for_keeps_its_parameters() -> None:
    assert requested("http://u:p@youtu.be/a%7e?utm_source=x&b=%20+#c") == "http://youtu.be/a~?utm_source=x&b=%20+"


PIECES = st.sampled_from(
    [
        *"/?#&=%.:@\\ ;+[]éß❤𐍈１。\ud800\x00",
        *"// .. %2e %2F %25 %41 12 utm_source=x v=1 #! http:// https:// xn-- dQw4w9WgXcQ".split(),
        *"youtu.be m.youtube.com en.m.wikipedia.org dx.doi.org/10.1/A pubmed.ncbi.nlm.nih.gov example.org".split(),
        *"127.0.0.1 [::1]".split(),
    ]
)
ANYTHING = st.one_of(
    st.text(), st.lists(PIECES).map("".join), st.lists(PIECES).map(lambda some: "https://" + "".join(some))
)


@given(ANYTHING)
@example("https://example.org/%%34%31")
@example("https://example.org/a/..//../%2e")
def test_done_twice_is_done_once_and_anything_else_is_refused(text: str) -> None:
    try:
        once = canonical(text)
    except ValueError as error:
        refused = str(error)
    else:
        _is_well_made(once, text)
        return
    assert refused in (NOT_AN_ADDRESS, TOO_LONG)


def _is_well_made(once: str, text: str) -> None:
    assert canonical(once) == once
    assert once.isascii()
    assert once.isprintable()
    assert requested(once) == once.split("#")[0]
    assert canonical(requested(text)) in (once, once.split("#")[0])
    assert 0 < len(shown(once)) <= 60
    assert shown(once).isprintable()


WELL_SPELLED = "a A 1 - _ ~ %2F %3F %23 %25 %26 %2B %20 %C3%A9 %E9 %00 + : @ = ; , ! $ ' ( ) * /".split()


@given(
    st.sampled_from(["http://", "https://"]),
    st.sampled_from("example.org www.example.org example.org:8443 xn--bcher-kva.example 192.0.2.1 [2001:db8::1]".split()),
    st.lists(st.sampled_from(WELL_SPELLED)).map("".join),
    st.lists(st.sampled_from([*WELL_SPELLED, "&", "?"])).map(lambda some: "?" + "".join(some) if some else ""),
    st.sampled_from(["", "#!", "#!a=%2F", "#/a"]),
)  # fmt: skip
def test_what_is_spelled_well_stays_as_it_is(scheme: str, host: str, path: str, query: str, fragment: str) -> None:
    """So no two of them are ever merged."""
    address = f"{scheme}{host}/{path}{query}{fragment}"
    assert canonical(address) == address


@pytest.mark.parametrize(
    ("url", "short"),
    [
        ("https://www.example.org/", "example.org"),
        ("https://example.org/a/b/", "example.org/a/b"),
        ("https://example.org/a?id=3", "example.org/a?…"),
        ("https://example.org/app#!/a", "example.org/app#…"),
        ("https://example.org:8443/a", "example.org:8443/a"),
        ("http://[2001:db8::1]/a", "[2001:db8::1]/a"),
        ("https://de.wikipedia.org/wiki/Stürze", "de.wikipedia.org/wiki/Stürze"),
        ("https://example.org/%E2%80%AEcod.exe", "example.org/%E2%80%AEcod.exe"),  # turns the direction of writing
        ("https://example.org/%E9", "example.org/%E9"),
        ("https://bücher.example/", "bücher.example"),
        ("https://例え.jp/", "例え.jp"),
        ("https://пример.рф/", "пример.рф"),
        ("https://аррӏе.com/", "xn--80ak6aa92e.com"),  # all Cyrillic
        ("https://еxample.org/", "xn--xample-2of.org"),  # one Cyrillic letter
        ("https://paypaı.com/", "xn--paypa-r4a.com"),  # no dot on the i
        ("https://xn--a.example/", "xn--a.example"),
        (f"https://example.org/{'word-' * 30}", f"example.org/{'word-' * 30}"[:59] + "…"),
        (f"https://example.org.{'a' * 60}.example.net/x", f"…{'a' * 47}.example.net"),
    ],
)  # fmt: skip
def test_what_people_read_is_short_and_honest(url: str, short: str) -> None:
    assert shown(canonical(url)) == short


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See https://example.org/a, and https://example.org/b.", "https://example.org/a"),
        ("(HTTP://example.org/a?b=c#d)", "HTTP://example.org/a?b=c#d"),
        ("“Beds”: <https://example.org/X|our page>", "https://example.org/X"),
        ("https://example.org/a...", "https://example.org/a"),
        ("example.org and mailto:ada@example.org", ""),
        ("", ""),
    ],
)
def test_the_first_address_in_a_text_is_found_without_what_ends_its_sentence(text: str, found: str) -> None:
    assert first_in(text) == found


def test_an_address_may_be_as_long_as_the_longest() -> None:
    longest = "https://example.org/".ljust(LONGEST, "a")
    assert canonical(longest) == requested(longest) == longest
    for read in (canonical, requested):
        with pytest.raises(ValueError, match=TOO_LONG):
            read(longest + "a")


@pytest.mark.parametrize(
    ("label", "country"), [("한국", "com"), ("bücher", "рф"), ("にほん日本", "com"), ("москва", "рф")]
)
def test_a_host_that_cannot_pass_for_another_is_shown_in_its_own_letters(label: str, country: str) -> None:
    assert shown(canonical(f"https://{label}.{country}/")) == f"{label}.{country}"
