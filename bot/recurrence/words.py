"""What people write, in few fixed words: "Thursdays at 4pm, please" becomes "thu", repeated, at 16:00.

Days are mon to sun, months jan to dec, ordinals 1st, 2nd and so on or last, times are taken out, and words that change
nothing are left out. A word that is not known here is never passed over.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import time
from functools import cache
from zoneinfo import available_timezones

DAYS = "mon tue wed thu fri sat sun".split()
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
DAY_NAMES = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTH_NAMES = "January February March April May June July August September October November December".split()
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()

_SAME = {
    **{name.lower(): short for name, short in zip(DAY_NAMES + MONTH_NAMES, DAYS + MONTHS, strict=True)},
    **{short: short for short in DAYS + MONTHS},
    **{"tues": "tue", "weds": "wed", "thur": "thu", "thurs": "thu", "sept": "sep"},
    **{word: str(number) for number, word in enumerate(NUMBERS, 1)},
    **{f"{unit}s": unit for unit in ("day", "week", "month", "year", "hour", "minute", "time")},
    **{unit: unit for unit in ("day", "week", "month", "year", "hour", "minute", "time")},
    "final": "last",
    "min": "minute",
    "mins": "minute",
    "each": "every",
    "during": "in",
}
_KEPT = set(
    "every other last and to from until through except only in for next this today tomorrow yesterday after end term".split()
)
_FILLERS = set("at on of the please @ a an it".split())
# Several words, or one that stands for several; in this order.
_PHRASES = [
    (r"\bin an? (?=day|week|month|year|hour|fortnight)", "in 1 "),
    (r"\b(?:a|per) (?=day\b|week\b|month\b|year\b)", "every "),
    (r"\bonce (?=every|each)", ""),
    (r"\bonce\b", "1 time"),
    (r"\beach and every\b", "every"),
    (r"\balternate\b", "every other"),
    (r"\bevery every\b", "every"),
    (r"\bdaily\b", "every day"),
    (r"\bweekly\b", "every week"),
    (r"\b(?:fortnightly|(?:every|each) fortnight)\b", "every 2 week"),
    (r"\b(?:1 )?fortnight\b", "2 weeks"),
    (r"\bmonthly\b", "every month"),
    (r"\b(?:quarterly|(?:every|each) quarter)\b", "every 3 month"),
    (r"\b(?:yearly|annually)\b", "every year"),
    (r"\b(?:week ?days?|(?:working|business|work) ?days?|workdays?)\b", "workday"),
    (r"\bweek-?ends?\b", "weekend"),
    (r"\b(?:except for|excluding|apart from|other than|but not|not including|skipping|without|not|but)\b", "except"),
    (r"\b(?:starting|beginning|commencing|as of|as from|starts|begins)(?: (?:on|from|in))?\b", "from"),
    (r"\b(?:until|till|til|to|through) the end of\b", "through"),
    (r"\b(?:until|till|til|ending|ends|up to)(?: on| in)?\b(?! the end)", "until"),
    (r"\bthrough to\b", "through"),
    (r"\b(?:term ?time|the term)\b", "term"),
    (r"\bcoming\b", "next"),
    (r"\b(?:meetings?|sessions|dates|occasions|occurrences)\b", "times"),
]
_HOUR = r"(?P<hour>\d{1,2})"
_HALF = r"(?P<half>[ap])\.?m\b\.?"
_TIMES = [
    rf"(?<![\d/.:-]){_HOUR}[:.](?P<minute>\d\d)(?![\d/.]\d)(?!\d) ?(?:{_HALF}|h\b)?",
    rf"(?<![\d/.:-]){_HOUR} ?{_HALF}",
    rf"(?<![\d/.:-]){_HOUR} ?h(?P<minute>\d\d)?\b",
    rf"(?:\bat |@ ?){_HOUR}(?: ?o'? ?clock\b)?(?![\w/.:-])",
    rf"\b{_HOUR} ?o'? ?clock\b",
    r"(?:\b12 )?\b(?P<noon>noon|midday)\b",
    r"(?:\b12 )?\b(?P<midnight>midnight)\b",
]


class NotKnown(ValueError):
    """What was written cannot be read; the message says why, as a sentence for whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Words:
    """``text`` in the fixed words; the times of day it may mean; the zone it names; whether it speaks of many dates."""

    text: str
    times: tuple[time, ...]
    zone: str
    repeats: bool


def read_words(text: str) -> Words:
    """NotKnown names the first word that is not known, or the times when there are several."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").replace("'til", "til")
    plain = " ".join(re.sub(r"[;!?()\"]|(?<=\w)\.(?=\s|$)", " ", plain).split())
    plain, zone = _take_zone(plain)
    plain = re.sub(r"(?<=[a-z])/(?=[a-z])", ",", plain)
    plain = re.sub(r"(\d{4}-\d\d-\d\d)t(?=\d)", r"\1 ", plain)
    plain = re.sub(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b", _dotted, plain)
    plain, times = _take_time(plain)
    for pattern, instead in _PHRASES:
        plain = re.sub(pattern, instead, plain)
    plain = re.sub(r"(?<=[a-z]) ?[-\u2013\u2014] ?(?=[a-z])", " to ", plain)
    plain = re.sub(r" ?[,&+] ?", " , ", plain)
    known: list[str] = []
    repeats = False
    for word in plain.split():
        fixed = _fixed(word)
        # "Thursdays" speaks of many, and so does "weekdays"; "Thursday" may be one.
        repeats = repeats or fixed in ("workday", "weekend", "every") or (fixed in DAYS and word.endswith("days"))
        known += [fixed] if fixed else []
    return Words(" ".join(_join_lists(known)), times, zone, repeats)


def _fixed(word: str) -> str:
    """The fixed word for one; empty for one that changes nothing."""
    singular = word[:-1] if word.endswith("days") else word
    if word in _FILLERS:
        return ""
    if word in _KEPT or word in ("workday", "weekend", ",") or re.fullmatch(r"\d{1,4}|\d+([/-]\d+){1,2}", word):
        return word
    if singular in _SAME:
        return _SAME[singular]
    if word in ORDINALS:
        return _ordinal(ORDINALS.index(word) + 1)
    if numbered := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)", word):
        return _ordinal(int(numbered[1]))
    raise NotKnown(f"I don\u2019t know what \u201c{word}\u201d means in a date.")


def _ordinal(number: int) -> str:
    return f"{number}{ordinal_ending(number)}"


def ordinal_ending(number: int) -> str:
    return {1: "st", 2: "nd", 3: "rd"}.get(0 if 10 < number % 100 < 20 else number % 10, "th")


def _join_lists(words: list[str]) -> list[str]:
    """A comma between two days, months or numbered ones is an "and"; elsewhere it says nothing."""
    joined: list[str] = []
    for place, word in enumerate(words):
        rest = [later for later in words[place + 1 :] if later not in (",", "and")]
        if word != ",":
            joined.append(word)
        elif joined and rest and _kind(joined[-1]) == _kind(rest[0]) != "" and words[place + 1] != "and":
            joined.append("and")
    return joined


def _kind(word: str) -> str:
    kinds = {"day": word in DAYS, "month": word in MONTHS, "ordinal": bool(re.fullmatch(r"\d+[a-z]+|last", word))}
    return next((kind for kind, fits in kinds.items() if fits), "")


CONTINENTS = frozenset("Africa America Antarctica Asia Atlantic Australia Europe Indian Pacific".split())


@cache
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


@cache
def _cities() -> dict[str, str]:
    """What a zone is called after → its full name."""
    found: dict[str, str] = {}
    for name in sorted(available_timezones()):
        continent, _, city = name.partition("/")
        if continent in CONTINENTS:
            found.setdefault(city.rpartition("/")[2].replace("_", " ").casefold(), name)
    return found


def _take_zone(plain: str) -> tuple[str, str]:
    """A time zone taken out of the text: its full name, UTC, or as in "New York time"."""
    for word in re.findall(r"[a-z_]+(?:/[a-z_+-]+)+|\butc\b", plain):
        if word in _zones():
            return plain.replace(word, " ", 1), _zones()[word]
    for before in re.findall(r"((?:[a-z]+ ){1,3})time\b", plain):
        words = before.split()
        for city in (" ".join(words[at:]) for at in range(len(words))):
            if city in _cities():
                return plain.replace(f"{city} time", " ", 1), _cities()[city]
    return plain, ""


def _dotted(match: re.Match[str]) -> str:
    day, month, year = match.groups()  # with dots, the day is always first
    return f"{year}-{int(month):02}-{int(day):02}"


def _take_time(plain: str) -> tuple[str, tuple[time, ...]]:
    """The time of day taken out of the text; two of them where it may be in the morning or in the afternoon."""
    found: list[tuple[time, ...]] = []
    for pattern in _TIMES:
        for match in re.finditer(pattern, plain):
            found.append(_meant(match))
        plain = re.sub(pattern, " ", plain)
    if len(found) > 1:
        raise NotKnown("I see more than one time of day. Please give the time it begins; make two schedules for two.")
    return " ".join(plain.split()), found[0] if found else ()


def _meant(match: re.Match[str]) -> tuple[time, ...]:
    given = match.groupdict()
    if given.get("noon") or given.get("midnight"):
        return (time(12 if given.get("noon") else 0),)
    hour, minute, half = int(given["hour"]), int(given.get("minute") or 0), given.get("half")
    if half and not 1 <= hour <= 12:
        raise NotKnown(f"\u201c{match[0].strip()}\u201d is not a time of day.")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59:
        raise NotKnown(f"\u201c{match[0].strip()}\u201d is not a time of day.")
    # "At 4" is as likely in the afternoon; nobody says "4:00" or "16" for both.
    either = not half and not given.get("minute") and 1 <= hour <= 6 and "h" not in match[0].replace("o'clock", "")
    return (time(hour, minute), time(hour + 12, minute)) if either else (time(hour, minute),)
