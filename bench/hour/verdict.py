"""What stands in the end, beside what was sent: nothing lost, nothing twice, answers in time, nothing that grows."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import func, select

from bench.figures import p95
from bench.hour.ground import Act, Ground
from bench.hour.load import Book
from bench.hour.mischief import Trouble
from bench.hour.watching import Watch
from storage.answers import Answer, Replier
from storage.items import Item
from storage.ledger.deliveries import DEAD, UNKNOWN, WITHHELD, Delivery
from storage.ledger.rhythms import HAPPENED, Occurrence
from storage.members import Account
from storage.questions import Question
from tests.fakes.slack.limits import ACKNOWLEDGE

WORD = re.compile(r"\b([qat]p\d\dn\d+[sd])\b|\b(prompt-r\d+)\b")
REFERENCE = re.compile(r"\bR-[a-z0-9]{6,}")
FAILED_FORM = re.compile(r"event_kind=submit\b.*\breference=(R-[a-z0-9]{6,})")
# What the last sixth of the time may hold beside the second sixth: so much more memory; so many files more, since connections are
# opened and closed as they are needed; and no more connections than both processes may have, with those that look at them.
MEMORY, FILES, CONNECTIONS = 1.2, 10, 2 * 10 + 2


@dataclass(frozen=True, slots=True)
class Verdict:
    lines: list[str]
    wrong: list[str]


async def judge(
    ground: Ground, book: Book, trouble: Trouble, watch: Watch, rhythms: int, begin: float, end: float
) -> Verdict:
    lines = [f"trouble: {dict(trouble.counted)}"]
    wrong: list[str] = []
    standing = await ground.everything()
    told = await _told_of_failures(ground)
    lost = _count_words(book, standing, told, rhythms, lines, wrong)
    wrong += [f"lost: {word}, {await _where_is(ground, word)}" for word in lost]
    _count_twice(standing, lines, wrong)
    await _count_replies(ground, book, lines, wrong)
    lines.append(f"{book.not_found} times somebody did not find what they wanted to press, or got no answer")
    await _look_at_the_ledger(ground, rhythms, lines, wrong)
    _time_answers(await ground.acts(), trouble, lines, wrong)
    _look_for_growth(watch, begin, end, lines, wrong)
    violations = (await ground.slack.violations()) + (await ground.discord.inspect())["violations"]
    lines.append(f"{len(violations)} violations of what the platforms take")
    wrong += [str(one)[:300] for one in violations[:5]]
    return Verdict(lines, wrong)


async def _told_of_failures(ground: Ground) -> Counter[str]:
    """Who was told how often, with a reference, that a form of theirs failed."""
    told: Counter[str] = Counter()
    failed = {found for bot in ground.bots for found in FAILED_FORM.findall(bot.log.read_text())}
    for platform, people in ground.people.items():
        for person in people:
            seen = [one.text for one in await person.everything()]
            told[f"{platform}:{person.id}"] = len(
                failed & {found for text in seen for found in REFERENCE.findall(text)}
            )
    return told


def _count_words(
    book: Book, standing: list[dict[str, Any]], told: Counter[str], rhythms: int, lines: list[str], wrong: list[str]
) -> list[str]:
    """A question, tip or prompt stands in its place itself, an answer in a thread; each once, whatever else quotes it.

    Returns what was taken and does not stand without its author's knowing.
    """
    found: Counter[str] = Counter()
    for one in standing:
        words = {word for pair in WORD.findall(one["text"]) for word in pair if word}
        within_thread = one["root"] is not None
        found.update(word for word in words if word.startswith("a") == within_thread and not _is_direct(one))
    taken = [word for word, (_, was_taken) in book.sent.items() if was_taken]
    missing = [word for word in taken if not found[word]]
    unexplained = Counter(book.sent[word][0] for word in missing) - told
    prompts = [f"prompt-r{number}" for number in range(rhythms)]
    missing_prompts = [word for word in prompts if not found[word]]
    more = [word for word in (*book.sent, *prompts) if found[word] > 1]
    lines.append(
        f"{len(taken)} forms were taken, {len(taken) - len(missing)} stand once, {len(missing)} do not: "
        f"{len(missing) - unexplained.total()} of them whose author was told so, with a reference; "
        f"of {rhythms} prompts {rhythms - len(missing_prompts)} stand"
    )
    untaken = [word for word, (_, was_taken) in book.sent.items() if not was_taken]
    lines.append(
        f"{len(untaken)} more were sent without an answer in time; {sum(found[word] > 0 for word in untaken)} of them stand"
    )
    wrong += [f"twice: {word} stands {found[word]} times" for word in more]
    return [word for word in missing if unexplained[book.sent[word][0]]] + missing_prompts


async def _where_is(ground: Ground, word: str) -> str:
    async with ground.database.read() as db:
        for where in (Question.title, Answer.text, Item.title, Item.text):
            if await db.scalar(select(func.count()).where(where.contains(word))):
                return "but it is in the database"
    return "it is not in the database either"


async def _count_replies(ground: Ground, book: Book, lines: list[str], wrong: list[str]) -> None:
    """Whoever replied in the thread of a question is written down with it, whatever was wrong at that moment."""
    ids = {f"slack:{person.id}": f"U{person.id.upper()}" for person in ground.people["slack"]}
    directory = await ground.discord.directory()
    ids |= {f"discord:{one['id']}": str(one["snowflake"]) for one in directory["people"]}
    of_member = Account.member_id == Replier.member_id
    query = (
        select(Question.title, Account.remote_id)
        .join(Replier, Replier.question_id == Question.id)
        .join(Account, of_member)
    )
    async with ground.database.read() as db:
        kept = {(word, id) for title, id in await db.execute(query) for word in re.findall(r"\bq\w+", title)}
    unheard = {(word, who) for word, who in book.replies if (word, ids[who]) not in kept}
    lines.append(
        f"{len(book.replies)} replies were typed in threads, {len(book.replies) - len(unheard)} of them are known"
    )
    wrong += [f"not heard: a reply of {who} below {word}" for word, who in sorted(unheard)]


def _is_direct(message: dict[str, Any]) -> bool:
    return bool(message["place"].startswith("dm-"))


def _count_twice(standing: list[dict[str, Any]], lines: list[str], wrong: list[str]) -> None:
    uids = Counter(one["uid"] for one in standing if one["uid"])
    twice = [uid for uid, times in uids.items() if times > 1]
    lines.append(f"{len(standing)} messages stand, {len(uids)} of them from the ledger, {len(twice)} twice")
    wrong += [f"sent twice: {uid}" for uid in twice]


async def _look_at_the_ledger(ground: Ground, rhythms: int, lines: list[str], wrong: list[str]) -> None:
    async with ground.database.read() as db:
        states = {
            state: count
            for state, count in await db.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
        }
        reasons = list(
            await db.execute(
                select(Delivery.state, Delivery.card, Delivery.reason, func.count())
                .where(Delivery.state.in_((DEAD, UNKNOWN, WITHHELD)))
                .group_by(Delivery.state, Delivery.card, Delivery.reason)
            )
        )
        happened = await db.scalar(select(func.count()).where(Occurrence.state == HAPPENED).select_from(Occurrence))
    lines.append(f"ledger: {states}; {happened} of {rhythms} dates happened")
    lines += [f"  {state}: {card}, {reason} ({count})" for state, card, reason, count in reasons if state == WITHHELD]
    wrong += [f"{state}: {card}, {reason} ({count})" for state, card, reason, count in reasons if state != WITHHELD]
    if happened != rhythms:
        wrong.append(f"{happened} dates happened, not {rhythms}")


def _time_answers(acts: list[Act], trouble: Trouble, lines: list[str], wrong: list[str]) -> None:
    def troubled(act: Act) -> bool:
        return any(begin <= act.at + act.seconds and act.at <= end for begin, end, _ in trouble.windows)

    for name, those in (
        ("while nothing else was wrong", [act for act in acts if not troubled(act)]),
        ("in trouble", [act for act in acts if troubled(act)]),
    ):
        late = [act for act in those if not act.answered or act.seconds > ACKNOWLEDGE]
        times = sorted(act.seconds for act in those if act.answered) or [0.0]
        p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
        lines.append(
            f"{len(those)} commands, presses and forms {name}: {len(late)} not answered within {ACKNOWLEDGE:g} s; "
            f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms"
        )
        if name.startswith("while"):
            lines += _by_kind(those)
            wrong += [f"late: {_named(act)} {act.seconds:.1f} s, {_since(trouble, act)}" for act in late]


def _by_kind(acts: list[Act]) -> list[str]:
    kinds: dict[str, list[float]] = {}
    for act in acts:
        kinds.setdefault(_named(act), []).append(act.seconds * 1000)
    return [
        f"  {kind}: {len(times)}, p50 {median(times):.0f} ms, p95 {p95(times):.0f} ms, the slowest {max(times):.0f} ms"
        for kind, times in sorted(kinds.items())
    ]


def _named(act: Act) -> str:
    return f"{act.platform} {act.what}{'' if act.answered else ' (no answer)'}"


def _since(trouble: Trouble, act: Act) -> str:
    ended = max(((end, kind) for _, end, kind in trouble.windows if end <= act.at), default=None)
    return f"{act.at - ended[0]:.0f} s after the end of: {ended[1]}" if ended else "before any trouble"


def _look_for_growth(watch: Watch, begin: float, end: float, lines: list[str], wrong: list[str]) -> None:
    sixth = (end - begin) / 6
    early, late = watch.around(begin + sixth, begin + 2 * sixth), watch.around(end - sixth, end)
    names = ("MB of memory", "open files", "connections to the database")
    allowed = (early[0] * MEMORY, early[1] + FILES, CONNECTIONS)
    for name, before, after, most in zip(names, early, late, allowed, strict=True):
        lines.append(f"{name}: {before:.0f} in the second sixth, {after:.0f} in the last")
        if after > most:
            wrong.append(f"{name} grow: {before:.0f}, then {after:.0f}")
