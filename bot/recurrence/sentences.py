"""What people write to ask for dates, "last Thursday of the month except August": understood, asked back, or refused.

Where a sentence has two meanings each is worked out, and the person is shown both with their dates. Whatever is not
understood is said: a word that is passed over could be the one that mattered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from bot.recurrence.dates import DAY, DAY_AND_MONTH, MONTH, Ask, Undecided, read_date, spelled_out
from bot.recurrence.patterns import read_pattern
from bot.recurrence.rule import Recurrence, instant, is_a_date_of, local_wall, rule_text, slots_after
from bot.recurrence.saying import CODES, in_words, listed, on_day, plain_date
from bot.recurrence.words import DAYS, MONTHS, NotKnown, read_words

EXAMPLES = (
    "every other Tuesday at 4pm",
    "last Thursday of the month 12:30, except August",
    "weekdays 9:00 until 30 June",
    "12 March 2027 14:00",
)
DATES_IN_A_LABEL = 3
BEFORE = "before the first date"
LONGEST = 300  # characters
MOST_MEANINGS = 8  # more would not be read: such a sentence is better written anew
_ORDER = "FREQ INTERVAL COUNT UNTIL BYMONTH BYMONTHDAY BYDAY BYSETPOS".split()
# "12th March" has a number with an ending, as "second Monday of March" has, and is a single date all the same.
_NUMBERED_DATE = rf"(?:{DAY} )?{DAY_AND_MONTH}(?: \d{{4}})?"
_CLAUSE = rf"\b(from|until|through|except|in(?= {MONTH})|for)\b"


@dataclass(frozen=True, slots=True)
class Understood:
    """One meaning. With ``time_missing`` no time was said, and the dates stand at midnight until somebody says one."""

    recurrence: Recurrence
    time_missing: bool


@dataclass(frozen=True, slots=True)
class Option:
    label: str
    meaning: Understood


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several meanings, each told by its words and next dates."""

    question: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    why: str
    examples: tuple[str, ...] = EXAMPLES


def understand(
    text: str, now: datetime, zone: str, default_time: time | None = None
) -> Understood | Ambiguous | NotUnderstood:
    """What a sentence asks for, from ``now`` (aware) on, in ``zone`` unless it names one; a first call loads English."""
    if len(text) > LONGEST:
        return NotUnderstood("This is too long for me. Please write the dates in one short sentence.")
    found: list[Understood] = []
    questions: dict[str, None] = {}
    refusals: list[str] = []
    open_picks: list[tuple[int, ...]] = [()]
    while open_picks:
        ask = Ask(open_picks.pop(0))
        try:
            found.append(_read(text, now, zone, default_time, ask))
        except Undecided as undecided:
            open_picks[:0] = [(*ask.picks, pick) for pick in range(undecided.meanings)]
        except NotKnown as refusal:
            refusals.append(str(refusal))
        questions.update(dict.fromkeys(ask.questions))
    meanings = [meaning for place, meaning in enumerate(found) if meaning not in found[:place]]
    if not meanings:
        return NotUnderstood(refusals[0])
    if len(meanings) == 1:
        return meanings[0]
    if len(meanings) > MOST_MEANINGS:
        return NotUnderstood("This can mean too many things. Please say the day and the time in full.")
    return Ambiguous(" ".join(questions), tuple(Option(_label(meaning, now), meaning) for meaning in meanings))


def _label(meaning: Understood, now: datetime) -> str:
    recurrence = meaning.recurrence
    said = in_words(recurrence, with_time=not meaning.time_missing)
    if not recurrence.rule:
        return said
    after = min(now, instant(recurrence.start, recurrence.zone) - timedelta(seconds=1))
    slots = slots_after(recurrence, after, DATES_IN_A_LABEL)
    return f"{said}: {listed([plain_date(slot.wall) for slot in slots])}"


@dataclass(slots=True)
class _Asked:
    """What the parts of a sentence ask for, before it is put together."""

    now: datetime
    zone: str
    time: time | None
    ask: Ask
    parts: dict[str, str] = field(default_factory=dict)
    begins: date | None = None
    ends: date | None = None
    lasts: timedelta | None = None  # from the first date on
    months: set[int] = field(default_factory=lambda: set(range(1, 13)))
    days_off: set[str] = field(default_factory=set)
    skipped: list[str] = field(default_factory=list)
    once: bool = False

    @property
    def today(self) -> date:
        return local_wall(self.now, self.zone).date()


def _read(text: str, now: datetime, zone: str, default_time: time | None, ask: Ask) -> Understood:
    words = read_words(text)
    at = ask.choose("In the morning or in the afternoon?", words.times) if words.times else default_time
    asked = _Asked(now, words.zone or zone, at, ask)
    said = re.sub(rf"(?:\bfrom )?\b({DAY}) (?:to|until|through) ({DAY})\b", _all_days, words.text)
    repeats = words.repeats or said != words.text
    said, in_term = re.subn(r"\b(?:in )?term\b", "", _plainer(said))
    head, *clauses = re.split(_CLAUSE, _take_count(said, asked))
    head = head.strip()
    told = [(keyword, phrase.strip()) for keyword, phrase in zip(clauses[::2], clauses[1::2], strict=True)]
    if words.times and ("from", "") in told:
        told.remove(("from", ""))  # "from 12:30"
    numbered = re.search(r"\d(?:st|nd|rd|th) |last ", head + " ") and not re.fullmatch(_NUMBERED_DATE, head)
    if not repeats and not told and not asked.parts and not numbered:
        return _single(head, asked)
    _read_begin(told, bool(in_term) or any(keyword == "except" for keyword, _ in told), asked)
    if in_term and len(asked.months) == 12:
        raise NotKnown(
            "I don\u2019t know when term is. Please say the months, like \u201cfrom September to June\u201d."
        )
    pattern = read_pattern(head, asked.begins, asked.today, repeats, ask)
    if pattern is None:
        raise NotKnown(f"I don\u2019t know which dates \u201c{' '.join(text.split())}\u201d asks for.")
    asked.parts.update(pattern)
    for keyword, phrase in told:
        _read_clause(keyword, phrase, asked)
    if not repeats and len(asked.months) == 1 and "BYDAY" in asked.parts:
        asked.once = ask.choose("Once, or every year?", [True, False])
    return _put_together(asked)


def _plainer(said: str) -> str:
    said = said.replace("except in ", "except ").replace("only in ", "in ").replace("in month", "month")
    # "First Monday of March" and "in March" are one; "Monday, March 12" is a date.
    return re.sub(rf"\b({DAY}) (?={MONTH}\b(?! \d))", r"\1 in ", said)


def _all_days(match: re.Match[str]) -> str:
    first, last = DAYS.index(match[1]), DAYS.index(match[2])
    return " and ".join(DAYS[(first + ahead) % 7] for ahead in range((last - first) % 7 + 1))


def _take_count(said: str, asked: _Asked) -> str:
    """ "6 times", taken out."""
    match = re.search(r"(?:\bfor )?\b(\d+) time\b", said)
    if not match:
        return said
    if not 1 <= int(match[1]) <= 999:
        raise NotKnown("Please ask for 1 to 999 times.")
    asked.parts["COUNT"] = match[1]
    return " ".join((said[: match.start()] + said[match.end() :]).split())


def _single(phrase: str, asked: _Asked) -> Understood:
    if not phrase:
        raise NotKnown("I see no date in this.")
    if soon := re.fullmatch(r"in (\d+) (hour|minute)", phrase):
        length = timedelta(minutes=int(soon[1]) * (60 if soon[2] == "hour" else 1))
        wall = local_wall(asked.now + length, asked.zone).replace(second=0, microsecond=0)
        return Understood(Recurrence(wall, asked.zone), time_missing=False)
    if re.fullmatch(r"(?:next|this) (?:week|month|year)", phrase):
        raise NotKnown(f"Which day of \u201c{phrase}\u201d?")
    day = read_date(phrase, asked.today, asked.ask)
    wall = datetime.combine(day, asked.time or time.min)
    if asked.time and instant(wall, asked.zone) <= asked.now:
        raise NotKnown(f"{plain_date(day)} at {asked.time:%H:%M} is in the past.")
    return Understood(Recurrence(wall, asked.zone), asked.time is None)


def _read_begin(told: list[tuple[str, str]], every_year: bool, asked: _Asked) -> None:
    """The clause with "from", and "from September to June", which may be the months of every year; both taken out."""
    place = next((place for place, (keyword, _) in enumerate(told) if keyword == "from"), None)
    if place is None:
        return
    first, to, last = told.pop(place)[1].partition(" to ")
    if to:
        told.insert(place, ("until", last))
    following = told[place] if place < len(told) and told[place][0] in ("until", "through") else None
    if following and first in MONTHS and following[1] in MONTHS:
        question = spelled_out(f"Every year from {first} to {following[1]}, or only the next time?")
        if every_year or asked.ask.choose(question, [True, False]):
            asked.months = _month_range(first, following[1])
            del told[place]
            return
        told[place] = ("through", following[1])
    asked.begins = _month_or_day(first, asked.today, asked.ask, first_day=True)


def _month_range(first: str, last: str) -> set[int]:
    begins, ends = MONTHS.index(first), MONTHS.index(last)
    return {(begins + ahead) % 12 + 1 for ahead in range((ends - begins) % 12 + 1)}


def _month_or_day(phrase: str, today: date, ask: Ask, first_day: bool) -> date:
    """A date, or for a month alone its first or its last day."""
    match = re.fullmatch(rf"(?:end )?({MONTH})(?: (\d{{4}}))?", phrase)
    if not match:
        return read_date(phrase, today, ask, "in the past" if first_day else BEFORE)
    month = MONTHS.index(match[1]) + 1
    year = int(match[2]) if match[2] else today.year + (month < today.month)
    if not today.year <= year <= today.year + 10 or (year, month) < (today.year, today.month):
        raise NotKnown(f"\u201c{phrase.title()}\u201d is not within the ten years from now.")
    first = date(year, month, 1)
    return max(first, today) if first_day else (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _read_clause(keyword: str, phrase: str, asked: _Asked) -> None:
    begins = asked.begins or asked.today
    if not phrase:
        raise NotKnown(f"I see nothing after \u201c{keyword}\u201d that I could read.")
    if keyword in ("for", "until", "through") and (asked.ends or asked.lasts or "COUNT" in asked.parts):
        raise NotKnown("Please say one end: a last day, or how many times.")
    if keyword == "in":
        asked.months &= set(_months(phrase))
    elif keyword == "except":
        for item in re.split(" and ", re.sub(r"\s+", " ", phrase)):
            _leave_out(item, asked)
    elif keyword == "for":
        match = re.fullmatch(r"([1-9]\d{0,2}) (day|week)", phrase)
        if not match:
            raise NotKnown(f"I don\u2019t know how long \u201cfor {phrase}\u201d is. Please say days or weeks.")
        asked.lasts = timedelta(days=int(match[1]) * (7 if match[2] == "week" else 1))
    elif keyword in ("until", "through"):
        last = _month_or_day(phrase, begins, asked.ask, first_day=False)
        if keyword == "until" and re.fullmatch(rf"{MONTH}(?: \d{{4}})?", phrase):
            before = last.replace(day=1) - timedelta(days=1)
            last = asked.ask.choose(f"Until {plain_date(before)}, or until {plain_date(last)}?", [before, last])
        asked.ends = last
    else:
        raise NotKnown("I see two beginnings. Please say one.")


def _months(phrase: str) -> Iterable[int]:
    for item in phrase.split(" and "):
        first, to, last = item.partition(" to ")
        if first not in MONTHS or (to and last not in MONTHS):
            raise NotKnown(f"I expected months, and don\u2019t understand \u201c{item}\u201d.")
        yield from _month_range(first, last or first)


def _leave_out(item: str, asked: _Asked) -> None:
    item = item.removeprefix("in ").removeprefix("every ")
    days = {"weekend": CODES[5:], "workday": CODES[:5]}.get(item, [])
    if item in DAYS:
        days = [CODES[DAYS.index(item)]]
    if days:
        asked.days_off |= set(days)
    elif item.partition(" to ")[0] in MONTHS:
        asked.months -= set(_months(item))
    else:
        asked.skipped.append(item)


def _put_together(asked: _Asked) -> Understood:
    parts = asked.parts
    if asked.days_off:
        _without_days(parts, asked.days_off)
    months = (
        asked.months & {int(month) for month in parts["BYMONTH"].split(",")} if "BYMONTH" in parts else asked.months
    )
    if not months:
        raise NotKnown("This leaves out every month.")
    if len(months) < 12:
        parts["BYMONTH"] = ",".join(str(month) for month in sorted(months))
    if asked.ends:
        parts["UNTIL"] = f"{asked.ends:%Y%m%d}"
    begins = max(asked.begins or asked.today, asked.today)
    first = _first_day(parts, begins, asked)
    if asked.lasts:
        parts["UNTIL"] = f"{first + asked.lasts - timedelta(days=1):%Y%m%d}"
    start = datetime.combine(first, asked.time or time.min)
    rule = "" if asked.once else rule_text({name: parts[name] for name in _ORDER if name in parts})
    recurrence = Recurrence(start, asked.zone, rule)
    skipped = [read_date(item, first, asked.ask, BEFORE) for item in asked.skipped]
    for day in skipped:
        if not is_a_date_of(recurrence, day):
            raise NotKnown(f"{on_day(day)} is not one of the dates, so it cannot be left out.")
    return Understood(replace(recurrence, skipped=frozenset(skipped)), asked.time is None)


def _without_days(parts: dict[str, str], days_off: set[str]) -> None:
    days = parts["BYDAY"].split(",") if "BYDAY" in parts else CODES
    weekly = parts["FREQ"] == "WEEKLY" or (parts["FREQ"] == "DAILY" and "INTERVAL" not in parts)
    left = [day for day in days if day not in days_off]
    if not weekly or not left:
        raise NotKnown("I can leave out days of the week only where others of them are left.")
    parts.update(FREQ="WEEKLY", BYDAY=",".join(left))


def _first_day(parts: dict[str, str], begins: date, asked: _Asked) -> date:
    """The first date from a day on, whatever week or month of several it is in: with it they begin to count."""
    start = datetime.combine(begins, asked.time or time.min)
    every = {name: value for name, value in parts.items() if name not in ("INTERVAL", "COUNT")}
    after = asked.now if asked.time else instant(start, asked.zone) - timedelta(seconds=1)
    slots = slots_after(Recurrence(start, asked.zone, rule_text(every)), after, 1)
    if not slots:
        raise NotKnown("There is no such date to come.")
    return date.fromisoformat(slots[0].key)
