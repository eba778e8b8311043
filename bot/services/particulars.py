"""What in a text looks like the details of a patient or like a secret.

A guess, made to be put to the person who wrote the text: what is found can be fine (a helpline is a phone number), and what
is not found proves nothing. Names and addresses are not looked for. Nothing is kept, logged or sent anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

import phonenumbers
from stdnum.be import nn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.ch import ssn as ahv
from stdnum.cn import ric
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.es import dni, nie
from stdnum.exceptions import ValidationError
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.ie import pps
from stdnum.in_ import aadhaar
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.se import personnummer

SECRET = "a password or key"
RECORD = "a record number"
BIRTH = "a date of birth"
NHS = "an NHS number"
NATIONAL = "a national identity number"
PHONE = "a phone number"
KINDS = (SECRET, RECORD, BIRTH, NHS, NATIONAL, PHONE)

Span = tuple[int, int]

NEAR = 40  # characters before a number in which a word says what it is
SHOWN = 4  # characters of a finding that are repeated to the person
LISTED = 3  # findings that are repeated to the person
# Written alone: not part of a word, of a longer number or of a row of numbers.
ALONE = r"(?<![\w+.])(?<!\d[ .,/:()=-])(?<!\d\) )"
ENDS = r"(?!\w)(?![ .,/:=-]\d)"


@dataclass(frozen=True, slots=True)
class Particular:
    """Something found: its kind in words for people (one of KINDS), and what was found, as it stands in the folded text."""

    kind: str
    text: str


def particulars(text: str, *, region: str | None = None) -> tuple[Particular, ...]:
    """What looks like details of a patient or like a secret, in order of appearance; findings do not overlap.

    ``region``: the country (two letters, as in ISO 3166) whose phone numbers are known without their country code. Without it
    only those are found that begin with + or 00, that look like one in most countries, or that are called one.
    """
    rest = folded(text)
    whole, found = rest, list[tuple[Span, str]]()
    for kind, find in _FINDERS:
        # What one kind has found is hidden from the next, so nothing is found twice.
        spans = list(find(rest))
        found += [(span, kind) for span in spans]
        rest = _hidden(rest, spans if kind != SECRET else [*spans, *_addresses(rest, spans)])
    if region:
        found += [((match.start, match.end), PHONE) for match in phonenumbers.PhoneNumberMatcher(rest, region)]
    return tuple(Particular(kind, whole[start:end]) for (start, end), kind in sorted(found))


def looks_like(found: Sequence[Particular]) -> str:
    """What to tell the person, repeating no more than the beginning of anything; empty when nothing was found."""
    if not found:
        return ""
    said = list(dict.fromkeys(f"{one.kind} (“{one.text[:SHOWN].strip()}…”)" for one in found))
    if more := len(said) - LISTED:
        said = [*said[:LISTED], f"{more} more"] if more > 0 else said
    listed = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
    them, they_are = ("it", "it is") if len(said) == 1 else ("them", "they are")
    return f"This looks like {listed}. Remove {them}, or say why {they_are} fine."


def folded(text: str) -> str:
    """The text with the digits of every script as 0–9, every dash as -, every space as a space, full-width signs as narrow
    ones, and without invisible characters."""
    return text if text.isascii() else "".join(map(_plain, text))


def _plain(char: str) -> str:
    if char < "\x80":
        return char
    if "\uff01" <= char <= "\uff5e":
        char = chr(ord(char) - 0xFEE0)  # the full-width forms stand in the order of ASCII
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category == "Pd" or char == "\u2212":  # the minus sign is no dash to Unicode
        return "-"
    return {"Zs": " ", "Zl": "\n", "Zp": "\n", "Cf": ""}.get(category, char)


def _hidden(text: str, spans: Iterable[Span]) -> str:
    """The text, as long as before, with these parts made illegible."""
    parts, at = [], 0
    for start, end in sorted(spans):
        parts += [text[at:start], "\0" * (end - max(at, start))]
        at = max(at, end)
    return "".join([*parts, text[at:]])


# --- Passwords and keys -----------------------------------------------------------------------------------------------------
_KEYS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"xox[abeoprs]-[A-Za-z0-9-]{10,250}|xapp-\d-[A-Za-z0-9-]{10,250}"  # Slack
    r"|hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_-]{20,200}"
    r"|[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,45}"  # Discord
    r"|discord(?:app)?\.com/api/webhooks/\d{15,22}/[A-Za-z0-9_-]{40,100}"
    r"|gh[oprsu]_[A-Za-z0-9]{36,250}|github_pat_[A-Za-z0-9_]{22,250}|glpat-[A-Za-z0-9_-]{20,250}"  # GitHub, GitLab
    r"|A(?:KI|SI)A[A-Z0-9]{16}(?![A-Z0-9])"  # Amazon
    r"|AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{20,60}|ya29\.[A-Za-z0-9_-]{30,250}"  # Google
    r"|[rs]k_(?:live|test)_[A-Za-z0-9]{16,250}|whsec_[A-Za-z0-9]{16,250}"  # Stripe
    r"|sk-(?:(?:proj|ant|svcacct)-[A-Za-z0-9_-]{20,250}|[A-Za-z0-9]{32,250})"
    r"|npm_[A-Za-z0-9]{36}|pypi-AgE[A-Za-z0-9_-]{40,250}|hf_[A-Za-z0-9]{30,60}"
    r"|SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}|\d{8,10}:AA[A-Za-z0-9_-]{33}"  # SendGrid, Telegram
    r"|eyJ[A-Za-z0-9_-]{10,3000}\.eyJ[A-Za-z0-9_-]{10,3000}\.[A-Za-z0-9_-]{10,1000}"  # JSON web tokens
    r"|[A-Za-z][A-Za-z0-9+]{1,15}://[^\s:/@]{1,60}:[^\s:/@<>{}]{3,100}@(?=[\w.])"  # a password in an address
    r")"
    r"|-{2,5}BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-{2,5}[^-]{0,200}?[A-Za-z0-9+/=]{24}"
    r"[^-]{0,9000}(?:-{2,5}END [A-Z ]{0,40}-{2,5})?"
)
_CALLED_SECRET = re.compile(
    r"(?<![^\W_])(?:(pass(?:word|wort|wd|phrase|code)|pwd|kennwort|mot de passe|contraseña|clave|senha|parola d'ordine|wachtwoord"
    r"|lösenord|adgangskode|passord|salasana)"
    r"|(?:api|access|secret|auth|private|client)[ _-]?(?:access[ _-]?)?(?:key|token|secret)|token|bearer)"
    r"(?: (?:is|was|ist|est|es|é|è|är))?['\"]?(?:\s{0,3}[:=]>?\s{0,3}|\s{1,3})['\"`]?([^\s'\"`<>|,;]{4,200})",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(
    r"[(\[{$%]|://|\.\.\.|^[*xX.•]+$|^(?:\d+|[A-Z]{2,3}\d+)-?(?:bit|byte|char|digit|letter|day|h$)", re.IGNORECASE
)


def _secrets(text: str) -> Iterator[Span]:
    at = 0
    for match in _KEYS.finditer(text):
        yield from _called_secrets(text, at, match.start())
        yield match.span()
        at = match.end()
    yield from _called_secrets(text, at, len(text))


def _called_secrets(text: str, start: int, end: int) -> Iterator[Span]:
    """“password: …” and the like, with the word that says so: its beginning can then be shown without telling the password."""
    for match in _CALLED_SECRET.finditer(text, start, end):
        value = match[2].rstrip(".!?:)")
        mixed = bool(re.search(r"\d", value) and re.search(r"[^\W\d_]", value))
        if match[1]:  # a password: short, of digits alone, or with odd signs
            secret = len(value) >= 6 and (
                mixed or value.isdecimal() or bool(re.search(r"\w[!#@&*?^~+]|[!#@&*?^~+]\w", value))
            )
        else:
            secret = mixed and len(value) >= 16
        if secret and not _NO_SECRET.search(value):
            yield match.start(), match.start(2) + len(value)


# --- Numbers that belong to something else ----------------------------------------------------------------------------------
_ADDRESS = re.compile(
    r"(?:https?://|ftp://|www\.|(?<!\w)10\.\d{4,9}/|(?<!\w)doi:|(?<!\w)urn:)[^\s<>|]{1,2000}"
    r"|<(?:[@#!]|a?:\w{1,40}:)[^\s<>]{1,80}>"  # whom or what a message mentions
    r"|(?<!\w)(?:ISBN|ISSN|PMID|PMC|NCT|ISRCTN|ORCID|CAS)(?:-1[03])?(?: (?:no\.?|number))?\s{0,3}[:#]?\s{0,3}[\dX-]{4,30}",
    re.IGNORECASE,
)


def _addresses(text: str, secrets: Sequence[Span]) -> Iterator[Span]:
    """Where pages, publications and mentions stand: no number in them is one of a person."""
    for match in _ADDRESS.finditer(_hidden(text, secrets)):
        yield match.span()


# --- Record numbers ---------------------------------------------------------------------------------------------------------
_RECORD = re.compile(
    r"(?<!\w)(?:(?:MRN|U?HID|EMPI|URN|UR no)s?|(?:med(?:ical)?|clinic(?:al)?|hospital|hosp|patient|pt|chart|unit record"
    r"|case ?note)s?(?:'s)?[ _-]?(?:records?[ _-]?)?(?:numbers?|no|nos|num|id|identifier|nr|#)"
    r"|(?:patienten?|fall|kranken|akten)-?(?:nummer|nr|id)|num[ée]ro (?:de )?(?:patient|dossier)|IPP"
    r"|(?:n[úu]mero de )?historia cl[íi]nica|NHC|patientnummer|journalnummer|prontu[áa]rio|cartella clinica)"
    r"(?![^\W\d_])[\s:=.#()*-]{0,6}(?:(?:is|was|of|ist|est|es|no|nr|number|n[°º])[\s:.]{1,3})?"
    r"((?:[A-Za-z]{1,4}[ -]?)?\d[\d -]{3,13}\d(?:[/-]?[A-Za-z])?)(?!\w)(?![.,:]\d)",
    re.IGNORECASE,
)


def _records(text: str) -> Iterator[Span]:
    for match in _RECORD.finditer(text):
        if sum(map(str.isdecimal, match[1])) >= 5:
            yield match.span(1)


# --- Dates of birth ---------------------------------------------------------------------------------------------------------
_MONTH = r"[^\W\d_]{3,10}\.?"
_DATE = (
    r"(?:\d{1,2}\s?(?P<sign>[./-])\s?\d{1,2}\s?(?P=sign)\s?(?:\d{4}|\d{2})"  # 3/4/1951
    r"|\d{4}(?P<mark>[./-])\d{1,2}(?P=mark)\d{1,2}"
    r"|\d{8}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|º|°|\.)?[ -]?(?:of |de |d')?{_MONTH},?[ -](?:de |of )?'?(?:\d{{4}}|\d{{2}})"  # 12 March 1951
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})"
)
_BIRTH = re.compile(
    r"(?<!\w)(?:D\.? ?O\.? ?B\.?|date[ _-]of[ _-]birth|birth[ _-]?dates?|birth[ _-]?days?|born|bday|b\.|né(?:e|\(e\))? le"
    r"|date de naissance|DDN|geboren|geb\.|geburtsdatum|geb\.-datum|fecha de nacimiento|f\. ?nac\.?|nacid[oa]|data de nascimento"
    r"|nascid[oa]|data di nascita|nat[oa] il|geboortedatum|geboren op|född|født|fødselsdato|födelsedatum|syntymäaika"
    r"|data urodzenia|ur\.)(?![^\W_])"
    r"(?:[\s:=.,#()*_'\"|-]{0,6}(?:is|was|on|the|am|el|em|den|d\.|=)(?!\w)){0,2}[\s:=.,#()*_'\"|-]{0,6}"
    rf"({_DATE})(?!\w)(?![./-]\d)",
    re.IGNORECASE,
)
_A_DATE = re.compile(_DATE, re.IGNORECASE)
_OLDEST = 1890  # nobody born before is anybody's patient: Florence Nightingale is no finding
_MONTHS = "jan feb fév mar mär mrt apr avr abr may mai mag maj mei jun jui giu jul lug aug aoû ago sep set oct okt ott".split()
_MONTHS += "out nov dec déc dez dic des ene gen".split()


def _births(text: str) -> Iterator[Span]:
    for match in _BIRTH.finditer(text):
        if _is_date(match[1]):
            yield match.span(1)


def _is_date(text: str) -> bool:
    """Whether it could be the day on which somebody living was born, in whichever order it is written."""
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if month := re.search(r"[^\W\d_]{3,}", re.sub(r"(?<=\d)(?:st|nd|rd|th|er)", "", text.lower())):
        day, year = numbers
        return month[0][:3] in _MONTHS and 1 <= day <= 31 and (year < 100 or year >= _OLDEST)
    if len(numbers) == 1:
        first, second, last = text[:2], text[2:4], text[4:]
        orders = [(text[:4], text[4:6], text[6:]), (last, second, first), (last, first, second)]
    else:
        one, two, three = re.findall(r"\d+", text)
        orders = [(one, two, three)] if len(one) == 4 else [(three, two, one), (three, one, two)]
    return any(_day(*map(int, order)) for order in orders)


def _day(year: int, month: int, day: int) -> bool:
    with suppress(ValueError):
        return _OLDEST <= date(year + 1900 if year < 100 else year, month, day).year <= 2100
    return False


# --- Numbers with a check digit ---------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Numbered:
    """A number of a country: how it is written so that nothing else is, how else it is written when one of ``words`` stands
    before it, and whether its check digits are right."""

    right: Callable[[str], object]
    typical: str | None
    loose: str = ""
    words: str = ""


def _ssn(number: str) -> None:
    """No check digit; the library refuses numbers for taxpayers (9…), which are persons', too."""
    if not re.fullmatch(r"(?!000|666)\d{3}[ -]?(?!00)\d{2}[ -]?(?!0000)\d{4}", number):
        raise ValidationError


_NHS = [
    Numbered(nhs.validate, r"\d{3}([ -])\d{3}\1\d{4}", r"\d{10}|\d{3} {1,3}\d{3} {1,3}\d{4}", r"NHS|national health"),
]
_NATIONAL = [
    Numbered(_ssn, r"\d{3}-\d{2}-\d{4}", r"\d{9}|\d{3} \d{2} \d{4}", r"SSN|social security"),
    # Scotland and Northern Ireland have the same check digit.
    Numbered(nhs.validate, None, r"\d{10}|\d{3} \d{3} \d{4}|\d{6} \d{4}", r"CHI|H&C"),
    Numbered(bsn.validate, r"\d{4}\.\d{2}\.\d{3}", r"\d{9}|\d{3} \d{3} \d{3}", r"BSN|burgerservice\w*|sofi\w*"),
    Numbered(nir.validate, r"[1-478] ?\d\d ?(?:[02-9]\d|1[0-2]) ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}"),
    Numbered(dni.validate, r"\d{8}[ -]?[A-HJ-NP-TV-Z]", r"\d{8}-?[a-z]|\d{2}\.\d{3}\.\d{3}-?[A-Z]", r"DNI|NIF"),
    Numbered(nie.validate, r"[XYZ]-?\d{7}-?[A-HJ-NP-TV-Z]"),
    Numbered(codicefiscale.validate, r"(?i:[A-Z]{6} ?\d{2} ?[A-EHLMPR-T]\d{2} ?[A-Z]\d{3} ?[A-Z])"),
    Numbered(idnr.validate, r"\d{2} \d{3} \d{3} \d{3}", r"\d{11}", r"steuer\S*|IdNr|TIN"),
    Numbered(personnummer.validate, r"(?:19|20)?\d{6}[-+]\d{4}", r"(?:\d\d)?\d{6} ?\d{4}", r"person-?n\w*|pnr"),
    Numbered(fodselsnummer.validate, r"\d{6} ?\d{5}"),
    # Newer Danish ones have no check digit: only a day must stand in front.
    Numbered(cpr.validate, r"\d{6}-\d{4}", r"\d{6} ?\d{4}", r"CPR|cpr-\w+"),
    Numbered(hetu.validate, r"\d{6}[-+A]\d{3}[0-9A-Y]", r"\d{6}[a-fu-y-]\d{3}[0-9a-y]", r"hetu|henkilötunnus"),
    Numbered(cpf.validate, r"\d{3}\.\d{3}\.\d{3}-\d{2}", r"\d{9}-?\d{2}", r"CPF"),
    Numbered(aadhaar.validate, r"[2-9]\d{3}([ -])\d{4}\1\d{4}", r"[2-9]\d{11}", r"aadh?aar|UID"),
    Numbered(pps.validate, r"\d{7}[A-W][A-IW]", r"\d{7}[A-W][A-IW]?", r"PPSN?"),
    Numbered(sin.validate, None, r"\d{9}|\d{3}([ -])\d{3}\1\d{3}", r"SIN|social insurance"),
    Numbered(
        nn.validate, r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", r"\d{11}", r"rijksregister\w*|registre national|NISS|INSZ"
    ),
    Numbered(ahv.validate, r"756\.\d{4}\.\d{4}\.\d{2}", r"756\d{10}|756 \d{4} \d{4} \d{2}", r"AHV|AVS"),
    Numbered(ric.validate, r"[1-8]\d{5}(?:19|20)\d{9}[\dX]"),
]


def _numbered(kinds: Sequence[Numbered]) -> Callable[[str], Iterator[Span]]:
    """A finder of these numbers; the first kind that fits has a place."""
    ready = list[tuple[re.Pattern[str], re.Pattern[str] | None, Callable[[str], object]]]()
    for kind in kinds:
        if kind.typical:
            ready.append((re.compile(f"{ALONE}(?:{kind.typical}){ENDS}"), None, kind.right))
        if kind.loose:
            words = re.compile(rf"(?<![^\W_])(?:{kind.words})(?![^\W_])", re.IGNORECASE)
            ready.append((re.compile(rf"(?<!\w)(?:{kind.loose})(?!\w)(?![.,:]\d)"), words, kind.right))

    def find(text: str) -> Iterator[Span]:
        for pattern, words, right in ready:
            spans = []
            for match in pattern.finditer(text):
                if words is None or words.search(text, max(0, match.start() - NEAR), match.start()):
                    with suppress(ValidationError):
                        right(match[0])
                        spans.append(match.span())
            yield from spans
            text = _hidden(text, spans)

    return find


# --- Phone numbers ----------------------------------------------------------------------------------------------------------
_GROUPS = r"\(?\d{1,15}\)?(?:[ ./()-]{1,3}\d{1,8}){0,6}"
_CALLED_PHONE = re.compile(
    r"(?<!\w)(?:(?:tele?phone|tel|telefon[oe]?|téléphone|phone|ph|mobile?|mob|móvil|handy|cell(?:ular| ?phone)?|fax|whats ?app"
    r"|pager|portable|celular|hotline|helpline|landline|extension)(?:[ -]?(?:phone|number|no|nr|nummer))?"
    r"|(?:call|ring|phone|text|sms|dial|reach|contact)(?:ed|ing)? (?:me|her|him|them|us|mum|dad|the \w{3,10})(?: back)?)"
    r"(?![^\W_])[\s:=.#()*-]{0,5}(?:(?:is|on|at|to|was|ist|est|es)[\s:]{1,3})?"
    rf"(\+?{_GROUPS})(?!\w)(?![.,:%]\d)",
    re.IGNORECASE,
)
_AMERICAN = re.compile(rf"{ALONE}(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[.-])[2-9]\d\d[ .-]\d{{4}}{ENDS}")
_WITH_NOUGHT = re.compile(
    rf"{ALONE}(?!\d\d[./-]\d\d[./-](?:19|20)\d\d)\(?0[1-9]\d{{0,9}}\)?(?:[ ./-]{{1,2}}\d{{2,8}}){{0,4}}{ENDS}"
)
_DOUBLE_NOUGHT = re.compile(rf"{ALONE}00(?=[1-9])\d{{1,14}}(?:[ ./()-]{{1,3}}\d{{1,12}}){{0,6}}{ENDS}")
_PLAIN_IN = ("GB", "FR", "AU", "NL", "IE", "BE")  # where ten or eleven digits are often written in one


def _sure_phones(text: str) -> Iterator[Span]:
    """Those with a country code, and those that are called phone numbers."""
    possible = phonenumbers.Leniency.POSSIBLE  # numbers for films and handbooks are possible, and never valid
    spans = [(it.start, it.end) for it in phonenumbers.PhoneNumberMatcher(text, None, possible)]
    yield from spans
    text = _hidden(text, spans)
    for match in _CALLED_PHONE.finditer(text):
        if 7 <= sum(map(str.isdecimal, match[1])) <= 15 and not _A_DATE.fullmatch(match[1]):
            yield match.span(1)


def _likely_phones(text: str) -> Iterator[Span]:
    """Those written as in their country, without its code."""
    for pattern in (_DOUBLE_NOUGHT, _AMERICAN, _WITH_NOUGHT):
        spans = [match.span() for match in pattern.finditer(text) if _is_phone(match[0])]
        yield from spans
        text = _hidden(text, spans)


def _is_phone(written: str) -> bool:
    digits = re.sub(r"\D", "", written)
    if digits.startswith("00"):
        return _valid(f"+{digits[2:]}", None)
    if not digits.startswith("0"):
        return _valid(digits, "US")
    if "." in written and not re.fullmatch(r"0\d(?:\.\d\d){4}", written):  # a decimal fraction, a time
        return False
    if digits == written:
        return bool(re.fullmatch(r"07\d{9}", digits)) or any(_valid(digits, region) for region in _PLAIN_IN)
    return 10 <= len(digits) <= 11 or (len(digits) in (9, 12) and _valid(digits, "SE" if len(digits) == 9 else "DE"))


def _valid(number: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False


_FINDERS: tuple[tuple[str, Callable[[str], Iterable[Span]]], ...] = (
    (SECRET, _secrets),
    (RECORD, _records),
    (BIRTH, _births),
    (PHONE, _sure_phones),
    (NHS, _numbered(_NHS)),
    (NATIONAL, _numbered(_NATIONAL)),
    (PHONE, _likely_phones),
)
