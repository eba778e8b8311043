"""Single dates that people write: "next Friday", "12 March 2027", "in two weeks", in the fixed words of words.py."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TypeVar

import dateparser

from bot.recurrence.saying import on_day, plain_date
from bot.recurrence.words import DAY_NAMES, DAYS, MONTH_NAMES, MONTHS, NotKnown

YEARS_AHEAD = 10  # a later date is a slip of the pen
DAY = f"(?:{'|'.join(DAYS)})"
MONTH = f"(?:{'|'.join(MONTHS)})"
NUMBER = r"\d{1,2}(?:st|nd|rd|th)?"
DAY_AND_MONTH = f"(?:{NUMBER} {MONTH}|{MONTH} {NUMBER})"
Meaning = TypeVar("Meaning")


class Undecided(Exception):
    """Something has several meanings, and none is picked yet."""

    def __init__(self, meanings: int) -> None:
        self.meanings = meanings


@dataclass(slots=True)
class Ask:
    """Takes the picked meaning at each place that has several, in order; raises Undecided at the first without a pick."""

    picks: tuple[int, ...]
    questions: list[str] = field(default_factory=list)

    def choose(self, question: str, meanings: Sequence[Meaning]) -> Meaning:
        if len(meanings) == 1:
            return meanings[0]
        place = len(self.questions)
        self.questions.append(question)
        if place == len(self.picks):
            raise Undecided(len(meanings))
        return meanings[self.picks[place]]


def read_date(phrase: str, today: date, ask: Ask, before_that: str = "in the past") -> date:
    """A day from ``today`` on, ten years ahead at most. NotKnown for anything else; one before it is ``before_that``."""
    day = _numeric(phrase, today, ask) or _weekday(phrase, today, ask) or _named(phrase, today)
    if day < today:
        raise NotKnown(f"{on_day(day)} is {before_that}.")
    if day.year > today.year + YEARS_AHEAD:
        raise NotKnown(f"{on_day(day)} is too far ahead.")
    return day


def read_day_and_month(phrase: str) -> tuple[int, int]:
    """Day and month of "29 feb" or "feb 29th". NotKnown where no year has that day."""
    day, month = int(re.findall(r"\d+", phrase)[0]), MONTHS.index(re.findall(MONTH, phrase)[0]) + 1
    if not 1 <= day <= monthrange(2028, month)[1]:  # a leap year
        raise NotKnown(f"There is no {day} {MONTH_NAMES[month - 1]}.")
    return day, month


def _numeric(phrase: str, today: date, ask: Ask) -> date | None:
    """3/4 or 03-04-2027, asked when either number may be the month; 2027-04-03, which is clear."""
    if re.fullmatch(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}", phrase):
        year, month, day = map(int, re.split("[-/]", phrase))
        return _valid(year, month, day)
    if not re.fullmatch(r"\d{1,2}[-/]\d{1,2}(?:[-/](?:\d{2}|\d{4}))?", phrase):
        return None
    first, second, *years = map(int, re.split("[-/]", phrase))
    orders = [(day, month) for day, month in dict.fromkeys([(first, second), (second, first)]) if 1 <= month <= 12]
    if not orders:
        raise NotKnown(f"\u201c{phrase}\u201d is not a date.")
    said = [f"{day} {MONTH_NAMES[month - 1]}" for day, month in orders]
    day, month = ask.choose(f"Is {phrase} {' or '.join(said)}?", orders)
    if years:
        return _valid(years[0] + 2000 if years[0] < 100 else years[0], month, day)
    read_day_and_month(f"{day} {MONTHS[month - 1]}")  # says so when there is no such day
    coming = (year for year in range(today.year, today.year + YEARS_AHEAD) if day <= monthrange(year, month)[1])
    return next(found for found in (date(year, month, day) for year in coming) if found >= today)


def _valid(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        name = MONTH_NAMES[month - 1] if 1 <= month <= 12 else f"month {month}"
        raise NotKnown(f"There is no {day} {name} {year}.") from None


def _weekday(phrase: str, today: date, ask: Ask) -> date | None:
    """ "fri" or "next fri". One on the same day of the week may be today, and "next" may leave out the one this week."""
    match = re.fullmatch(f"(next |this )?({DAY})", phrase)
    if not match:
        return None
    ahead = (DAYS.index(match[2]) - today.weekday()) % 7
    coming = today + timedelta(days=ahead)
    name = DAY_NAMES[coming.weekday()]
    if match[1] == "next " and ahead == 0:
        return coming + timedelta(days=7)
    if (match[1] == "next " and coming.isocalendar()[:2] == today.isocalendar()[:2]) or (
        match[1] is None and ahead == 0
    ):
        return ask.choose(f"Which {name}?", [coming, coming + timedelta(days=7)])
    return coming


def spelled_out(phrase: str) -> str:
    """The fixed words with days and months in full, to be quoted."""
    names = dict(zip(DAYS + MONTHS, DAY_NAMES + MONTH_NAMES, strict=True))
    return re.sub("[a-z]+", lambda word: names.get(word[0], word[0]), phrase)


def _named(phrase: str, today: date) -> date:
    weekday = re.match(rf"({DAY}) (?=\d|{MONTH})", phrase)
    plain = phrase[weekday.end() :] if weekday else phrase
    if re.fullmatch(rf"{DAY_AND_MONTH}(?: \d{{4}})?", plain):
        read_day_and_month(plain)  # says so when there is no such day
    elif not re.fullmatch(r"today|tomorrow|day after tomorrow|yesterday|in \d+ (?:day|week|month|year)", plain):
        raise NotKnown(f"I don\u2019t know which day \u201c{spelled_out(phrase)}\u201d is.")
    settings = {
        "RELATIVE_BASE": datetime.combine(today, time.min),
        "PREFER_DATES_FROM": "future",
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    # Without languages it tries hundreds of them, and takes a second for it.
    found = dateparser.parse(plain, languages=["en"], settings=settings)
    if found is None:
        raise NotKnown(f"There is no {spelled_out(plain)}.")
    if weekday and DAYS[found.weekday()] != weekday[1]:
        wanted = DAY_NAMES[DAYS.index(weekday[1])]
        raise NotKnown(f"{plain_date(found)} is a {DAY_NAMES[found.weekday()]}, not a {wanted}.")
    return found.date()
