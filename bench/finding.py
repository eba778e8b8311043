"""/find through the dispatcher, against the one query that fetches its candidates from the index."""

from __future__ import annotations

import gc
from itertools import count
from statistics import median

from bench.asking import Community, bare_driver, timed
from bench.bare import Driver, Statement, recorded
from bench.community import TOPICS, Writer, ref
from bench.databases import Server
from bench.figures import Pair
from bot.core.events import Command
from bot.core.replies import Said

SEARCHES = 20  # different ones, in turns
_numbers = count(1)


class Finder(Community):
    """A member who looks for a topic and two more words."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        writer = Writer(3)
        self._searches = [f"{TOPICS[n % len(TOPICS)]} {' '.join(writer.words(2))}" for n in range(SEARCHES)]

    async def find(self, which: int) -> None:
        event = Command(f"find-{next(_numbers)}", ref("1"), ref("questions"), f"find {self._searches[which]}")
        outcome = await self.dispatch(event, self.acknowledged)
        assert isinstance(outcome, Said), outcome
        assert outcome.card.title == "Found", outcome


async def compare(server: Server, url: str, rounds: int) -> tuple[float, Pair]:
    """How many statements one /find sends, and the times."""
    finder, driver, pair = Finder(url), await bare_driver(server, server.address(url)), Pair()
    queries, counts = [], []
    for which in range(SEARCHES):
        await finder.find(which)
        with recorded() as recording:
            await finder.find(which)
        counts.append(len(recording.statements))
        queries.append(next(it for it in recording.statements if "search_doc" in it.sql and "LIMIT" in it.sql))
    for turn in range(rounds + 1):
        ours, bare = [], []
        gc.collect()
        for which, query in enumerate(queries):
            ours.append(await timed(finder.find(which)))
            bare.append(await timed(_fetch(driver, query)))
        if turn:  # the first round warms up
            pair.ours.append(ours)
            pair.bare.append(bare)
    await finder.database.close()
    await driver.close()
    return median(counts), pair


async def _fetch(driver: Driver, query: Statement) -> None:
    await driver.begin(writes=False)
    await driver.run(query, query.parameters)
    await driver.commit()
