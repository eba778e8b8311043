"""python -m bench.semantic FOLDER…: how much better Rounds finds and whom it asks with the extra ``semantic``, and its cost.

Folders and test periods as for bench.relevance; in SQLite. Every question of the test period that somebody pointed onward from
is searched for with the model, without it, and by plain BM25; for every question that was answered those who may know are ranked
with the model and without it. Until then the program has learned by itself what is kept.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import fmean, median

from bench import scores
from bench.figures import p95, table
from bench.history import Asked, History, load
from bench.judging import LOOKED_AT as MATCHES
from bench.judging import Judge, Routed, busiest_share
from bench.relevance import some
from bot.core.meaning import Embedder, Meaning, text_of
from bot.core.people import Viewer
from storage import migrate
from storage.communities import Community
from storage.questions import KIND
from storage.search import finding
from storage.search.learning import LOOKED_AT, Learning

TEXTS = 300  # for the figures of time and memory
MEASURES = (("nDCG@10", scores.ndcg), ("MRR", scores.reciprocal), ("recall@10", scores.recall))


@dataclass(slots=True)
class Asking:
    """The model, and what it said of each text: a history says the same again and again."""

    embedder: Embedder
    known: dict[str, Meaning] = field(default_factory=dict)

    async def __call__(self, text: str) -> Meaning:
        if text not in self.known:
            self.known[text] = Meaning.of(self.embedder.model, self.embedder(text))
        return self.known[text]


class SemanticJudge(Judge):
    """Finds, and ranks people, with the model, while ``on``; for each question once without it, too."""

    def __init__(self, url: str, history: History, asking: Asking) -> None:
        super().__init__(url, history)
        self._asking, self._on = asking, True
        self._learning = Learning(self.database, asking.embedder.model, asking)
        self.by_words: list[list[int]] = []
        self.plain: list[list[int]] = []
        self.sure_by_words: list[tuple[float, float]] = []
        self.typed: dict[bool, list[list[int]]] = {True: [], False: []}
        self.ms: dict[bool, list[float]] = {True: [], False: []}
        self.routed_by_words: list[Routed] = []
        self._invitations: dict[bool, deque[tuple[datetime, list[int]]]] = {True: deque(), False: deque()}

    async def meaning(self, question: Asked) -> Meaning | None:
        return await self._asking(text_of(question.title, question.body)) if self._on else None

    async def _find(self, question: Asked) -> None:
        await self._learn_everything()
        for self._on in (False, True):
            await super()._find(question)
            self.ms[self._on].append(self.verdict.find_ms[-3])
            self.typed[self._on].append(await self._typed(question))
        by_words = self.verdict.found.pop(-2)
        self.by_words.append(by_words.ours)
        self.plain.append(by_words.plain)
        self.sure_by_words.append((by_words.sure, by_words.sure_without))

    async def _typed(self, question: Asked) -> list[int]:
        """What somebody finds who types the title alone."""
        meaning = await self._asking(question.title) if self._on else None
        viewer = Viewer(self.replay.community.id, member=1)
        async with self.database.read() as db:
            matches = await finding.find(
                db,
                question.title,
                viewer,
                question.at,
                kinds=(KIND,),
                limit=MATCHES,
                forgiving=True,
                meaning=meaning,
                in_other_words=True,
            )
        return [match.subject for match in matches if match.subject in self.replay.answered]

    async def _route(self, question: Asked) -> None:
        await self._learn_everything()
        for self._on in (False, True):
            self._invited = self._invitations[self._on]
            await super()._route(question)
        self.routed_by_words.append(self.verdict.routed.pop(-2))

    async def _learn_everything(self) -> None:
        for _ in range(2 + len(self.history.questions) // LOOKED_AT):  # it looks at one stretch after the other
            while await self._learning.some():
                pass


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.semantic", description=__doc__)
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument("--most", type=int, default=0, help="rank people for so many questions a folder at most (all)")
    given = parser.parse_args()
    histories = [load(folder) for folder in given.folders]
    embedder = _costs([question for history in histories for question in history.questions])
    for number, history in enumerate(histories):
        others = [other for other in histories if other is not history]
        strangers = [it for other in others[number % max(len(others), 1) :][:1] for it in some(other)]
        with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder:
            url = f"sqlite:///{folder}/rounds.db"
            migrate.upgrade(url)
            judge = SemanticJudge(url, history, Asking(embedder))
            asyncio.run(judge.judge(strangers, given.most))
        print(f"## {history.name}: {history.test_from:%Y-%m-%d} to {history.test_to:%Y-%m-%d}\n")
        if judge.verdict.found:
            _finding(judge)
        if judge.verdict.routed:
            _routing(judge, history.busiest)


def _costs(questions: Sequence[Asked]) -> Embedder:
    """Load the model, and say what it takes."""
    before, began = _memory(), time.perf_counter()
    from adapters.meaning.minilm import MiniLM  # here, so that its memory can be told from ours

    embedder = MiniLM()
    loaded, took = _memory(), time.perf_counter() - began
    texts = [text_of(it.title, it.body) for it in questions[:: max(1, len(questions) // TEXTS)]]
    figures = []
    for name, some_of in (
        ("an item or a question", texts),
        ("three words", [" ".join(it.split()[:3]) for it in texts]),
    ):
        times = [_cpu_ms(embedder, text) for text in some_of]
        figures.append(f"{median(times):.1f} ms of processor time for {name} (p95 {p95(times):.1f})")
    numbers = len(embedder(texts[0]))
    print(f"{embedder.model}: {'; '.join(figures)}.")
    print(
        f"{loaded - before:.0f} MB of memory when loaded, in {took:.1f} s; {_memory() - before:.0f} MB after {len(texts)} texts."
    )
    print(f"{numbers} numbers, so {2 * numbers} bytes an item in the database.\n")
    return embedder


def _cpu_ms(embedder: Embedder, text: str) -> float:
    began = time.process_time()
    embedder(text)
    return (time.process_time() - began) * 1000


def _memory() -> float:
    """MB that this process has in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def _finding(judge: SemanticJudge) -> None:
    found, rights = judge.verdict.found, [it.right for it in judge.verdict.found]
    print(f"{len(found)} questions to find by.\n")
    rows = []
    for name, measure in MEASURES:
        with_it = [measure(it.ours, it.right) for it in found]
        row = [name, f"{fmean(with_it):.3f}"]
        for orders in (judge.by_words, judge.plain):
            without = [measure(order, right) for order, right in zip(orders, rights, strict=True)]
            row += [f"{fmean(without):.3f}", scores.said(scores.gain(with_it, without))]
        rows.append(row)
    for name, measure in MEASURES:
        with_it, without = ([measure(*it) for it in zip(judge.typed[on], rights, strict=True)] for on in (True, False))
        gained = scores.said(scores.gain(with_it, without))
        rows.append([f"{name}, the title alone", f"{fmean(with_it):.3f}", f"{fmean(without):.3f}", gained, "", ""])
    table(("", "with the model", "by words alone", "gain, 95 of 100", "plain BM25", "gain, 95 of 100"), rows)
    enough = float(Community.__table__.c.alike_enough.default.arg)
    right = [bool(it.ours) and it.ours[0] in it.right for it in found]
    right_by_words = [bool(order) and order[0] in it for order, it in zip(judge.by_words, rights, strict=True)]
    strange = judge.verdict.strange
    elsewhere = f"{fmean(sure >= enough for sure in strange):.1%}" if strange else "–"
    shown = [
        ("with the model", *_shown([(it.sure, it.sure_without) for it in found], right, enough), elsewhere),
        ("by words alone", *_shown(judge.sure_by_words, right_by_words, enough), ""),
    ]
    table((f"look-alikes at {enough:.2f}", "shown", "precision@1", "after removal", "to another community"), shown)
    took = [f"{median(judge.ms[on]):.1f} ms {how}" for on, how in ((True, "with vectors"), (False, "by words"))]
    print(f"To find, without the model's own time: {', '.join(took)} (medians).\n")


def _routing(judge: SemanticJudge, busiest: set[int]) -> None:
    both = list(zip(judge.verdict.routed, judge.routed_by_words, strict=True))
    rows = []
    for name, left_out in (("everyone", set[int]()), ("periphery", busiest)):
        judged = [(mine, other) for mine, other in both if mine.right - left_out]
        if not judged:  # none but the busiest answered
            continue
        with_it, without, active = (
            [_first(order(mine, other), mine.right, left_out) for mine, other in judged] for order in ORDERS
        )
        gained = scores.said(scores.gain(with_it, without))
        means = (f"{fmean(one):.3f}" for one in (with_it, without, active))
        rows.append((f"MRR, {name} ({len(judged)})", *means, gained))
    invited = []
    for routed in zip(*both, strict=True):
        hit = fmean(scores.hit(it.invited, it.right, 3) for it in routed)
        invited.append(f"{hit:.3f} at {busiest_share([it.invited for it in routed]):.2f}")
    rows.append(("of three invitations: Hit@3 at max load", *invited, "", ""))
    table(("whom to ask", "with the model", "by words alone", "recently active", "gain, 95 of 100"), rows)


ORDERS: tuple[Callable[[Routed, Routed], list[int]], ...] = (
    lambda mine, other: mine.ours,
    lambda mine, other: other.ours,
    lambda mine, other: mine.active,
)


def _first(order: list[int], right: set[int], left_out: set[int]) -> float:
    return scores.reciprocal([member for member in order if member not in left_out], right - left_out)


def _shown(sure: Sequence[tuple[float, float]], right: Sequence[bool], enough: float) -> tuple[str, str, str]:
    """How often the first is shown, how often it is then right, and how often one is when the right ones are gone."""
    shown = [good for (first, _), good in zip(sure, right, strict=True) if first >= enough]
    removed = fmean(without >= enough for _, without in sure)
    return f"{len(shown) / len(sure):.1%}", f"{fmean(shown) if shown else 0:.2f}", f"{removed:.1%}"


if __name__ == "__main__":
    main()
