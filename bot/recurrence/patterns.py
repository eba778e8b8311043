"""The part of a sentence that says which dates, in the fixed words of words.py: "every other thu", "last workday month"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from bot.recurrence.dates import DAY, DAY_AND_MONTH, Ask, read_day_and_month
from bot.recurrence.saying import CODES, WORKDAYS
from bot.recurrence.words import DAY_NAMES, DAYS, NotKnown, ordinal_ending

Parts = dict[str, str]
_ORDINAL = r"(?:\d{1,2}(?:st|nd|rd|th)|last)"
_ORDINALS = f"{_ORDINAL}(?: and {_ORDINAL})*"
_DAYS = f"(?:{DAY}(?: and (?:every )?{DAY})*|workday|weekend)"
_NUMBERED = f"{_ORDINALS} {DAY}(?: and {_ORDINALS} {DAY})*"
_STEP = r"(?P<step>other |\d{1,3}(?:st|nd|rd|th)? )?"
_OF_MONTHS = rf"(?: (?:every {_STEP})?month)"
_LAST_PLACE = 5  # no month has a sixth Thursday


@dataclass(frozen=True, slots=True)
class _Given:
    """What a pattern may need beside its words."""

    begins: date | None
    today: date
    repeats: bool
    ask: Ask


def read_pattern(head: str, begins: date | None, today: date, repeats: bool, ask: Ask) -> Parts | None:
    """The parts of a rule that say which dates; None for words that make no known pattern."""
    given = _Given(begins, today, repeats, ask)
    for pattern, read in _PATTERNS:
        if match := re.fullmatch(pattern, head):
            return read(match, given)
    return None


def _parts(frequency: str, step: str | None, **more: str) -> Parts:
    digits = re.sub(r"\D", "", step or "")
    interval = 2 if step and step.strip() == "other" else int(digits or 1)
    if interval == 0:
        raise NotKnown("Every 0 of something never comes.")
    return {"FREQ": frequency, **({"INTERVAL": str(interval)} if interval > 1 else {}), **more}


def _codes(days: str) -> str:
    named = {"workday": DAYS[:5], "weekend": DAYS[5:]}.get(days) or re.findall(DAY, days)
    return ",".join(code for day, code in zip(DAYS, CODES, strict=True) if day in named)


def _places(ordinals: str, most: int) -> list[int]:
    places = [-1 if place == "last" else int(re.sub(r"\D", "", place)) for place in ordinals.split(" and ")]
    if any(place == 0 or place > most for place in places):
        raise NotKnown(f"I can count to the {most}{ordinal_ending(most)} of these in a month.")
    return sorted(set(places), key=lambda place: (place < 0, place))


def _weekly(match: re.Match[str], given: _Given) -> Parts | None:
    step, days = match["step"], match["days"]
    if not given.repeats and not step:
        return None  # "Friday" alone is one day
    if days:
        codes = _codes(days)
    elif given.begins:
        codes = CODES[given.begins.weekday()]
    else:
        codes = given.ask.choose("On which day of the week?", CODES)
    return _parts("WEEKLY", step, BYDAY=codes)


def _second_thursday(match: re.Match[str], given: _Given) -> Parts:
    """ "Every second Thursday": of the month, or every other one? The first can only be of the month."""
    place = int(match["place"])
    of_month = _parts("MONTHLY", None, BYDAY=f"{place}{_codes(match['day'])}")
    by_weeks = _parts("WEEKLY", str(place), BYDAY=_codes(match["day"]))
    name = DAY_NAMES[DAYS.index(match["day"])]
    if place == 1:
        return of_month
    if place > _LAST_PLACE:
        return by_weeks
    numbered = f"{place}{ordinal_ending(place)}"
    weeks = "other week" if place == 2 else f"{place} weeks"
    return given.ask.choose(f"The {numbered} {name} of the month, or a {name} every {weeks}?", [of_month, by_weeks])


def _numbered_days(match: re.Match[str], given: _Given) -> Parts:
    codes: list[str] = []
    for ordinals, day in re.findall(f"({_ORDINALS}) ({DAY})", match["which"]):
        codes += [f"{place}{_codes(day)}" for place in _places(ordinals, _LAST_PLACE)]
    return _parts("MONTHLY", match["step"], BYDAY=",".join(codes))


def _numbered_workday(match: re.Match[str], given: _Given) -> Parts:
    places = ",".join(str(place) for place in _places(match["which"], 20))
    return _parts("MONTHLY", match["step"], BYDAY=",".join(WORKDAYS), BYSETPOS=places)


def _month_days(match: re.Match[str], given: _Given) -> Parts:
    which = match["which"].replace(" day", "")
    return _parts("MONTHLY", match["step"], BYMONTHDAY=",".join(str(place) for place in _places(which, 31)))


def _daily(match: re.Match[str], given: _Given) -> Parts:
    return _parts("DAILY", match["step"])


def _yearly(match: re.Match[str], given: _Given) -> Parts:
    day, month = read_day_and_month(match["date"])
    return _parts("YEARLY", match["step"], BYMONTH=str(month), BYMONTHDAY=str(day))


def _every_few_months(match: re.Match[str], given: _Given) -> Parts:
    """Without a day: that of the beginning, or asked: the day of the month that is today, or the day of the week."""
    if given.begins:
        return _parts("MONTHLY", match["step"], BYMONTHDAY=str(given.begins.day))
    today = given.today
    place = (today.day - 1) // 7 + 1
    numbered = f"{place if place < _LAST_PLACE else -1}{CODES[today.weekday()]}"
    meanings: list[Parts] = [{"BYMONTHDAY": str(today.day)}, {"BYDAY": numbered}]
    return _parts("MONTHLY", match["step"], **given.ask.choose("On which day of the month?", meanings))


def _every_few_years(match: re.Match[str], given: _Given) -> Parts:
    if not given.begins:
        raise NotKnown("On which day of the year? Please write it like \u201cevery 12 March\u201d.")
    return _parts("YEARLY", match["step"], BYMONTH=str(given.begins.month), BYMONTHDAY=str(given.begins.day))


_PATTERNS: list[tuple[str, Callable[[re.Match[str], _Given], Parts | None]]] = [
    (rf"every (?P<place>\d{{1,2}})(?:st|nd|rd|th) (?P<day>{DAY})", _second_thursday),
    (rf"(?:every )?{_STEP}(?:week )(?:every )?(?P<days>{_DAYS})?", _weekly),
    (rf"every {_STEP}week(?P<days>)", _weekly),
    (rf"(?:every (?P<step>other |\d{{1,3}} )?)?(?P<days>{_DAYS})(?: every week)?", _weekly),
    (rf"(?:every )?(?P<days>{_DAYS}) every {_STEP}week", _weekly),
    (rf"(?:every )?(?P<which>{_NUMBERED}){_OF_MONTHS}?", _numbered_days),
    (rf"every {_STEP}month (?P<which>{_NUMBERED})", _numbered_days),
    (rf"(?:every )?(?P<which>{_ORDINALS}) workday{_OF_MONTHS}?", _numbered_workday),
    (rf"every {_STEP}month (?P<which>{_ORDINALS}) workday", _numbered_workday),
    (rf"(?:every )?(?P<which>{_ORDINAL}(?: day)?(?: and {_ORDINAL}(?: day)?)*){_OF_MONTHS}", _month_days),
    (rf"every {_STEP}month (?:day )?(?P<which>{_ORDINAL}(?: day)?(?: and {_ORDINAL}(?: day)?)*)", _month_days),
    (rf"every {_STEP}day", _daily),
    (rf"every (?:{_STEP}year )?(?P<date>{DAY_AND_MONTH})", _yearly),
    (rf"(?P<date>{DAY_AND_MONTH}) every {_STEP}year", _yearly),
    (rf"every {_STEP}month", _every_few_months),
    (rf"every {_STEP}year", _every_few_years),
]
