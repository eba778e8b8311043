"""Addresses of web pages: one spelling for each page, so that a community keeps a link once. Pure: nothing is fetched.

``requested`` only changes how an address is spelled (RFC 3986, 6.2.2; hosts as browsers map them, UTS #46). ``canonical`` also
drops what says how somebody came to the page, and knows a few addresses by another name. In doubt two addresses stay two: a link
that is kept twice is a nuisance, a link that leads to another page is a loss.
"""

from __future__ import annotations

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple
from urllib.parse import unquote, unquote_to_bytes, urlsplit

import idna

from bot.core.text import shortened

LONGEST = 2000  # characters; what browsers, servers and both platforms all take
NOT_AN_ADDRESS = "This should be a web address, like https://example.org/page."
TOO_LONG = f"This address is too long; {LONGEST} characters at most."
PORTS = {"http": 80, "https": 443}

# Parameters that tell of a click, a newsletter or a campaign: chosen from what Firefox (query parameter stripping) and Brave
# (query filter) remove, and from the vendors' manuals. Left out is every name that a site may use for more (ref, source, t).
TRACKING = frozenset(
    """
    fbclid igsh igshid mibextid gclid gclsrc gbraid wbraid dclid gad_source gad_campaignid srsltid _gl msclkid twclid ttclid
    li_fat_id yclid ysclid _openstat epik wickedid rb_clickid mc_cid mc_eid mkt_tok _hsenc _hsmi __hstc __hssc __hsfp
    hsctatracking vero_id vero_conv oly_anon_id oly_enc_id ml_subscriber ml_subscriber_hash
    """.split()
)
CAMPAIGN = "utm_"  # Google's urchin tracking, whatever follows
COORDINATES = frozenset("utm_x utm_y utm_e utm_n utm_zone utm_easting utm_northing".split())  # maps: the other UTM
# What one site alone adds when a link is shared there.
TRACKING_AT = {"www.youtube.com": frozenset({"si", "feature", "pp", "ab_channel"}), "x.com": frozenset({"s", "t"})}

# Hosts that show the same pages under the same paths, by redirects of their own.
SAME_HOST = {
    "youtube.com": "www.youtube.com",
    "m.youtube.com": "www.youtube.com",
    "www.github.com": "github.com",
    "www.x.com": "x.com",
    "mobile.x.com": "x.com",
    "twitter.com": "x.com",
    "www.twitter.com": "x.com",
    "mobile.twitter.com": "x.com",
    "facebook.com": "www.facebook.com",
    "m.facebook.com": "www.facebook.com",
    "www.arxiv.org": "arxiv.org",
    "wikipedia.org": "www.wikipedia.org",
}
WIKIS = r"(?:wikipedia|wiktionary|wikibooks|wikiquote|wikisource|wikiversity|wikivoyage|wikinews)\.org"
WIKI = re.compile(rf"(?:[a-z-]+\.)?{WIKIS}")
WIKI_ON_A_PHONE = re.compile(rf"([a-z-]+)\.m\.({WIKIS})")
# Hosts that answer http with a redirect to https, by their entry in the browsers' HSTS preload list or by their manual (doi.org).
# Everywhere else http and https may be two sites.
ONLY_HTTPS = frozenset("www.youtube.com github.com x.com www.facebook.com doi.org pubmed.ncbi.nlm.nih.gov".split())

# Where what follows the # is part of the page: it is its key or its name. Kept on every host is one that begins with ! or /: the
# path within a page that finds its way by itself.
FRAGMENT_COUNTS = frozenset("mega.nz excalidraw.com drive.google.com mail.google.com".split())

UNRESERVED = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
# One escape, or one character that may not stand as it is. Everything reserved is left: %2F is not /, and + is not %20.
TO_MEND = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]")
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
A_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# With no scheme it takes a dot, and no @, to be an address: mailto:ada@example.org is none.
WITHOUT_SCHEME = re.compile(r"[^/?#\\@]+\.[^/?#\\@]+(?<!:)(?=[/?#\\]|$)")
HOST_AND_PORT = re.compile(r"(\[[^\]]*:[^\]]*\]|[^\[\]:]+)(:[0-9]*)?")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
JAPANESE = {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}  # and Chinese
BACKSLASH = "\\"
PASTED_ALONG = "".join(map(chr, range(33))) + "\xa0\u200b\u2060\ufeff"
IN_TEXT = re.compile(r"https?://[^\s<>|]+", re.IGNORECASE)
VIDEO = re.compile(r"/([\w-]{11})", re.ASCII)
PAPER = re.compile(r"www\.ncbi\.nlm\.nih\.gov/(?:m/)?pubmed/(\d+)/?|pubmed\.ncbi\.nlm\.nih\.gov/(\d+)", re.ASCII)


class Address(NamedTuple):
    """The parts of an address, each in its one spelling. ``host`` has its port, where that is not the usual one."""

    scheme: str
    host: str
    path: str
    query: str = ""
    fragment: str = ""

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{self.host}{self.path}{query}" + (f"#{self.fragment}" if self.fragment else "")


def canonical(url: str) -> str:
    """The one spelling of a page's address. Raises ValueError, with a sentence for people, where it is none."""
    at = _aliased(_parsed(url))
    at = at._replace(query=_without_tracking(at), scheme="https" if _only_https(at.host) else at.scheme)
    if at.host not in FRAGMENT_COUNTS and not unquote(at.fragment).startswith(("!", "/")):
        at = at._replace(fragment="")
    return _in_bounds(str(at))


def first_in(text: str) -> str:
    """The first web address that stands in a text, or nothing."""
    found = IN_TEXT.search(text)
    return found.group().rstrip(".,;:!?'\")]}…") if found else ""


def requested(url: str) -> str:
    """The address to ask a server for: spelled properly, without fragment and credentials. Raises ValueError as above."""
    return _in_bounds(str(_parsed(url)._replace(fragment="")))


def _in_bounds(address: str) -> str:
    if len(address) > LONGEST:
        raise ValueError(TOO_LONG)
    return address


# Spelling


def _parsed(url: str) -> Address:
    if len(url) > 4 * LONGEST:
        raise ValueError(TOO_LONG)
    url = re.sub(r"[\t\r\n]", "", url.strip(PASTED_ALONG))
    try:
        scheme, rest = _scheme(url)
        before = re.split(r"[?#]", rest, maxsplit=1)[0]
        parts = urlsplit(f"{scheme}://{before.replace(BACKSLASH, '/')}{rest[len(before) :]}")  # as browsers do
        if CONTROL.search(url) or not HOST_AND_PORT.fullmatch(parts.netloc.rpartition("@")[2]):
            raise ValueError("control characters, or something beside the host")
        host, port = _host(parts.hostname or ""), parts.port
        at = f"{host}:{port}" if port is not None and port != PORTS[scheme] else host
        path, query, fragment = (_mended(part) for part in (parts.path, parts.query, parts.fragment))
    except ValueError:  # Unicode's and idna's errors are such, too
        raise ValueError(NOT_AN_ADDRESS) from None
    return Address(scheme, at, _without_dots(path), query, fragment)


def _scheme(url: str) -> tuple[str, str]:
    """The scheme, https where none was typed, and what follows the slashes. Raises ValueError."""
    given = re.match(r"(https?):[/\\]*", url, re.IGNORECASE)
    if given:
        return given[1].lower(), url[given.end() :]
    rest = url.removeprefix("//")
    if not WITHOUT_SCHEME.match(rest):
        raise ValueError("no host")
    return "https", rest


def _host(host: str) -> str:
    """The host as it goes over the wire. Raises ValueError for what no browser would take, and for odd notations of numbers."""
    if ":" in host:
        if "%" in host:
            raise ValueError("a zone")
        return f"[{IPv6Address(host)}]"
    host = idna.uts46_remap(unquote(host, errors="strict"), std3_rules=False).removesuffix(".")
    labels = [label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in host.split(".")]
    if not all(LABEL.fullmatch(label) for label in labels) or sum(map(len, labels)) + len(labels) > 254:
        raise ValueError("not a name")
    if A_NUMBER.fullmatch(labels[-1]):
        return str(IPv4Address(".".join(labels)))
    return ".".join(labels)


def _mended(part: str) -> str:
    return TO_MEND.sub(_mend, part)


def _mend(found: re.Match[str]) -> str:
    """Letters and digits without their escapes, all other escapes in capitals; what has to be escaped, escaped."""
    it = found[0]
    if len(it) == 3:
        byte = int(it[1:], 16)
        return chr(byte) if byte in UNRESERVED else it.upper()
    return "".join(f"%{byte:02X}" for byte in it.encode())


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4; slashes that follow each other stay, since they may mean something."""
    kept: list[str] = []
    *before, last = path.split("/")[1:] or [""]
    for segment in (*before, last):
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    if last in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


# The same page by another name


def _aliased(at: Address) -> Address:
    on_a_phone = WIKI_ON_A_PHONE.fullmatch(at.host)
    host = f"{on_a_phone[1]}.{on_a_phone[2]}" if on_a_phone else SAME_HOST.get(at.host, at.host)
    at = at._replace(host=host)
    match at.host:
        case "youtu.be" if video := VIDEO.fullmatch(at.path):
            query = f"v={video[1]}" + (f"&{at.query}" if at.query else "")
            return Address("https", "www.youtube.com", "/watch", query, at.fragment)
        case "doi.org" | "dx.doi.org" | "www.doi.org" if at.path.startswith("/10."):
            # A DOI is the same in capitals (DOI Handbook, 2.4); the escapes stay as they were.
            return at._replace(host="doi.org", path=_mended(at.path.lower()))
    if paper := PAPER.fullmatch(at.host + at.path):
        return at._replace(host="pubmed.ncbi.nlm.nih.gov", path=f"/{paper[1] or paper[2]}/")
    return at


def _only_https(host: str) -> bool:
    return host in ONLY_HTTPS or WIKI.fullmatch(host) is not None


def _without_tracking(at: Address) -> str:
    here = TRACKING_AT.get(at.host, frozenset())
    kept, dropped = [], False
    for parameter in at.query.split("&"):
        name = parameter.partition("=")[0].lower()
        if name in TRACKING or name in here or (name.startswith(CAMPAIGN) and name not in COORDINATES):
            dropped = True
        else:
            kept.append(parameter)
    return "&".join(kept) if dropped else at.query


# For people


def shown(url: str, longest: int = 60) -> str:
    """A canonical address in short: the host and as much of the path as fits. Never a link's target.

    A host whose letters could pass for another's is shown as it goes over the wire (xn--…). Of a long one the end is shown: it
    says whose it is.
    """
    parts = urlsplit(url)
    labels = parts.netloc.split(".")
    country = _letters(labels[-1])
    host = ".".join(_told(label, country) for label in labels).removeprefix("www.")
    if len(host) > longest:
        return "…" + host[1 - longest :]
    path = _readable(parts.path.rstrip("/")) + ("?…" if parts.query else "") + ("#…" if parts.fragment else "")
    return shortened(host + path, longest)


def _letters(label: str) -> str:
    """What a label of a host stands for; itself where it stands for nothing."""
    try:
        return label.removeprefix("xn--").encode().decode("punycode") if label.startswith("xn--") else label
    except ValueError:
        return label


def _told(label: str, country: str) -> str:
    letters = _letters(label)
    if not letters.isprintable() or letters != unicodedata.normalize("NFKC", letters).lower():
        return label
    scripts = {_script(letter) for letter in letters if not letter.isascii() or letter.isalpha()}
    if scripts <= {"LATIN"} or scripts <= JAPANESE or scripts == {"HANGUL"}:
        return letters
    # Other scripts have letters like Latin ones: only below a country of the same script.
    return letters if len(scripts) == 1 and scripts == {_script(letter) for letter in country} else label


def _script(letter: str) -> str:
    """The first word of its name; Latin only for a to z, with or without marks, and a few letters like no other."""
    if unicodedata.normalize("NFD", letter)[0] in "abcdefghijklmnopqrstuvwxyzßæœøþð":
        return "LATIN"
    name = unicodedata.name(letter, "").split(" ")[0]
    return "OTHER LATIN" if name == "LATIN" else name


def _readable(path: str) -> str:
    """A path with its escapes read, where that gives letters one can see."""
    try:
        read = unquote_to_bytes(path).decode()
    except ValueError:
        return path
    return read if read.isprintable() else path
