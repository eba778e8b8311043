"""python -m bench.scale: finding, look-alikes, routing, adding and editing among 10,000, 100,000 and 1,000,000 items.

Ours and the bare driver's times are taken in turns on the same database. Beside finding stands the one query that fetches its
candidates from the index; beside adding and editing the same statements. docs/performance.md says what the figures mean.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from bench.asking import bare_driver, timed
from bench.bare import Statement, recorded
from bench.community import NOW
from bench.corpus import Item, Language, fill
from bench.databases import Server, servers
from bench.figures import Pair, flat, machine, p95, ratio, table
from bot.core.people import Viewer
from bot.rituals.questions.likely import DETAILS_READ, past_answers
from bot.routing.rank import Candidate, rank
from storage.engine import Database
from storage.questions import KIND, Question
from storage.search import finding, index
from storage.search.analyser import terms

SIZES = (10_000, 100_000, 1_000_000)
DIFFERENT = 40  # searches, questions, items
VIEWER = Viewer(1, member=1)
_numbers = count(20_000_000)
Work = Callable[[], Awaitable[object]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=SIZES, help="(%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="of each different search (%(default)s)")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one of the databases; else both")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rounds-scale-") as folder, servers(Path(folder)) as both:
        print(machine(both[1].admin_address), end="\n\n")
        print(f"The analyser: {_analysed():.0f} items a second\n")
        rows = []
        for server in both:
            for items in given.items if given.only in (None, server.name.lower()) else ():
                began, url = time.perf_counter(), server.empty()
                fill(server, url, items)
                print(f"{server.name}, {items:,}: filled in {time.perf_counter() - began:.0f} s", file=sys.stderr)
                rows += asyncio.run(Measured(server, url, items).all(given.rounds))
        head = ("database", "items", "", "median ms", "p95", "driver: median ms", "p95", "ratio of medians")
        table(head, rows)
        print(
            f"At most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB of memory, with the filling."
        )


def _analysed() -> float:
    """How many items a second are cut into terms; their words are known after the first time, as in a running program."""
    items = list(_items(9, 2_000))
    for item in items:
        terms(f"{item.title} {item.body}")
    began = time.perf_counter()
    for item in items:
        terms(f"{item.title} {item.body}")
    return len(items) / (time.perf_counter() - began)


def _items(seed: int, most: int) -> Iterable[Item]:
    language = Language(seed)
    return (language.item() for _ in range(most))


@dataclass
class Measured:
    server: Server
    url: str
    items: int

    async def all(self, rounds: int) -> list[tuple[str, ...]]:
        self.database, self.driver = Database(self.url), await bare_driver(self.server, self.server.address(self.url))
        language = Language(5)
        asked = list(_items(6, DIFFERENT))
        rows = [
            self._row("find three words", await self._beside([self._find(" ".join(language.some(3))) for _ in asked], rounds)),
            self._row("find look-alikes", await self._beside([self._find(it.title, it.body) for it in asked], rounds)),
            self._row("whom to ask", await self._alone([self._route(it) for it in asked], rounds)),
            self._row("add", await self._written([self._put(it, None) for it in asked], rounds)),
            self._row("edit", await self._written([self._put(it, 1 + at * 7) for at, it in enumerate(asked, 1)], rounds)),
        ]  # fmt: skip
        await self.database.close()
        await self.driver.close()
        return rows

    def _row(self, what: str, pair: Pair) -> tuple[str, ...]:
        ours, bare = flat(pair.ours), flat(pair.bare)
        beside = (f"{median(bare):.1f}", f"{p95(bare):.1f}", ratio(pair.ratios())) if bare else ("", "", "")
        row = (self.server.name, f"{self.items:,}", what, f"{median(ours):.1f}", f"{p95(ours):.1f}", *beside)
        print(*row, sep=" | ", file=sys.stderr, flush=True)
        return row

    # Finding

    def _find(self, title: str, body: str = "") -> Work:
        kinds, limit = ((KIND,), 3) if body else ((), 6)

        async def find() -> None:
            async with self.database.read() as db:
                await finding.find(db, title, VIEWER, NOW, details=body[:DETAILS_READ], kinds=kinds, limit=limit)

        return find

    def _route(self, item: Item) -> Work:
        question = Question(
            community_id=1, space_id=1, asker_id=1, title=item.title, details=item.body, tags=[item.tag], anonymous=False
        )  # fmt: skip

        async def route() -> None:
            async with self.database.read() as db:
                past = await past_answers(db, question, NOW)
            rank(frozenset(), [Candidate(member, answers=tuple(answers)) for member, answers in past.items()])

        return route

    async def _beside(self, searches: list[Work], rounds: int) -> Pair:
        """Each search, and the query that fetches its candidates."""
        queries = []
        for search in searches:
            await search()
            with recorded() as recording:
                await search()
            queries.append([it for it in recording.statements if "search_doc" in it.sql and "LIMIT" in it.sql][:1])
        return await self._in_turns(
            [(search, self._sent(query)) for search, query in zip(searches, queries, strict=True)], rounds
        )

    def _sent(self, statements: list[Statement], *, writes: bool = False) -> Work:
        async def send() -> None:
            await self.driver.begin(writes=writes)
            for statement in statements:
                await self.driver.run(statement, statement.parameters)
            await self.driver.commit()

        return send

    async def _in_turns(self, pairs: list[tuple[Work, Work]], rounds: int) -> Pair:
        pair = Pair()
        for turn in range(rounds + 1):
            ours, bare = [], []
            gc.collect()
            for at, (mine, other) in enumerate(pairs, turn):
                # Who comes first reads what is asked for into the database's memory, for both.
                if at % 2:
                    ours.append(await timed(mine()))
                bare.append(await timed(other()))
                if not at % 2:
                    ours.append(await timed(mine()))
            if turn:  # the first round warms up
                pair.ours.append(ours)
                pair.bare.append(bare)
        return pair

    async def _alone(self, works: list[Work], rounds: int) -> Pair:
        pair = Pair()
        for turn in range(rounds + 1):
            times = [await timed(work()) for work in works]
            if turn:
                pair.ours.append(times)
        return pair

    # Writing

    def _put(self, item: Item, subject: int | None) -> Work:
        """Add an item, or write one anew: each time with other words."""
        language = Language(subject or 0)

        async def put() -> None:
            body = " ".join([*language.some(5), item.body])
            async with self.database.write() as db:
                await index.put(
                    db, community_id=1, space_id=1, kind=KIND, subject=subject or next(_numbers), title=item.title, body=body,
                    author_id=1, created_at=NOW, tags=[item.tag],
                )  # fmt: skip

        return put

    async def _written(self, works: list[Work], rounds: int) -> Pair:
        """Each, and the statements that it sent, once more by the driver: an addition with another number."""
        pairs = []
        for put in works:
            with recorded() as recording:
                await put()
            pairs.append((put, self._again(recording.statements)))
        return await self._in_turns(pairs, rounds)

    def _again(self, statements: list[Statement]) -> Work:
        async def send() -> None:
            new: dict[Any, Any] = {}
            await self.driver.begin()
            for statement in statements:
                rows = await self.driver.run(statement, _renumbered(statement.parameters, new))
                if statement.sql.startswith("INSERT INTO search_doc") and rows:
                    new[self._first_id(statements)] = rows[0][0]
            await self.driver.commit()

        return send

    def _first_id(self, statements: list[Statement]) -> Any:
        """The row's number when it was recorded, as the next statement names it."""
        parameters = statements[1].parameters
        return next(iter(parameters.values() if isinstance(parameters, dict) else parameters))


def _renumbered(parameters: Any, new: dict[Any, Any]) -> Any:
    if isinstance(parameters, list):
        return [_renumbered(one, new) for one in parameters]
    if isinstance(parameters, dict):
        return {name: _number(value, new) for name, value in parameters.items()}
    return tuple(_number(value, new) for value in parameters)


def _number(value: Any, new: dict[Any, Any]) -> Any:
    if isinstance(value, int) and 20_000_000 <= value < 30_000_000:  # a new item's
        return new.setdefault(value, next(_numbers))
    return new.get(value, value)


if __name__ == "__main__":
    main()
