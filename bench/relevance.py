"""python -m bench.relevance FOLDER…: how well Rounds finds what was asked before, and whom it would ask, on real histories.

A folder has questions.jsonl, answers.jsonl and, to judge finding by, links.jsonl. Each history happens again in SQLite and in
PostgreSQL, and every question of its test period is judged with what was known when it was asked. FOLDER@2021-01-01 or
FOLDER@0.8 says where the test begins (without it: the last 40 % of the questions), FOLDER@2018,2021 where it ends, too.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import fmean, median

from bench import scores
from bench.databases import Server, servers
from bench.figures import machine, p95, table
from bench.history import Asked, History, load
from bench.judging import Found, Judge, Routed, Verdict, busiest_share
from storage import migrate
from storage.communities import Community

STRANGERS = 200
SHOWN_WITHOUT = 0.10  # how often a look-alike may be shown although the right one is gone


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.relevance", description=__doc__)
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument(
        "--most", type=int, default=0, help="judge whom it would ask for so many questions a folder at most"
    )
    given = parser.parse_args()
    histories = [load(folder) for folder in given.folders]
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder, servers(Path(folder)) as both:
        print(machine(both[1].admin_address), end="\n\n")
        for number, history in enumerate(histories):
            strangers = [other for other in histories if other is not history][number % max(len(histories) - 1, 1) :][
                :1
            ]
            verdicts = _judged(both, history, [it for other in strangers for it in some(other)], given.most)
            _report(history, verdicts, [other.name for other in strangers])


def judged(url: str, history: History, strangers: list[Asked], most: int) -> Verdict:
    """What one database makes of a history."""
    return asyncio.run(Judge(url, history).judge(strangers, most))


def _judged(both: Sequence[Server], history: History, strangers: list[Asked], most: int) -> dict[str, Verdict]:
    with ProcessPoolExecutor(len(both)) as pool:
        jobs = {server.name: pool.submit(judged, _empty(server), history, strangers, most) for server in both}
        return {name: job.result() for name, job in jobs.items()}


def _empty(server: Server) -> str:
    url = server.empty()
    migrate.upgrade(url)
    return url


def some(history: History) -> list[Asked]:
    """Questions of a community, spread over all its time."""
    every = math.ceil(len(history.questions) / STRANGERS)
    return history.questions[::every]


def _report(history: History, verdicts: dict[str, Verdict], strangers: list[str]) -> None:
    until = f"{history.test_from:%Y-%m-%d} to {history.test_to:%Y-%m-%d}"
    print(f"## {history.name}: {len(history.questions):,} questions, tested on those of {until}\n")
    (name, first), *others = verdicts.items()
    for other, verdict in others:
        pairs = zip([*first.found, *first.routed], [*verdict.found, *verdict.routed], strict=True)
        same = sum(mine == theirs for mine, theirs in pairs)
        print(f"{name} and {other} gave the same in the same order: {same} of {len(first.found) + len(first.routed)}.")
    for server, verdict in verdicts.items():
        times = [("to find", verdict.find_ms), ("to find evidence for routing", verdict.route_ms)]
        said = [f"{median(ms):.1f} ms {what} (p95 {p95(ms):.1f})" for what, ms in times if len(ms) > 1]
        print(f"{server}: {', '.join(said)}.")
    print()
    if first.found:
        _finding(first.found, first.strange, strangers)
    if first.routed:
        _routing(first.routed, history.busiest)


def _finding(found: list[Found], strange: list[float], strangers: list[str]) -> None:
    print(f"### Finding the thread that somebody pointed to ({len(found)} questions)\n")
    measures: list[tuple[str, Callable[[list[int], set[int]], float]]] = [
        ("nDCG@10", scores.ndcg),
        ("MRR", scores.reciprocal),
        ("recall@10", scores.recall),
        ("Hit@3", lambda order, right: scores.hit(order, right, 3)),
    ]
    rows = []
    for name, measure in measures:
        ours, plain = ([measure(order, it.right) for it, order in _orders(found, which)] for which in ("ours", "plain"))
        rows.append((name, f"{fmean(ours):.3f}", f"{fmean(plain):.3f}", scores.said(scores.gain(ours, plain))))
    table(("", "Rounds", "plain BM25", "gain, 95 of 100"), rows)
    shipped = float(Community.__table__.c.alike_enough.default.arg)
    tuned = sorted((it.sure_without for it in found), reverse=True)[int(len(found) * SHOWN_WITHOUT)]
    held = []
    for name, enough in (("as shipped", shipped), (f"at {SHOWN_WITHOUT:.0%} after removal", tuned + 1e-9)):
        shown = [it for it in found if it.sure >= enough]
        right = fmean(it.ours[0] in it.right for it in shown) if shown else 0.0
        among = fmean(bool(it.right & set(it.ours[:3])) for it in shown) if shown else 0.0
        without = fmean(it.sure_without >= enough for it in found)
        elsewhere = f"{fmean(sure >= enough for sure in strange):.1%}" if strange else "–"
        held.append(
            (
                name,
                f"{enough:.2f}",
                f"{len(shown) / len(found):.1%}",
                f"{right:.2f}",
                f"{among:.2f}",
                f"{without:.1%}",
                elsewhere,
            )
        )
    head = (
        "threshold",
        "",
        "shown",
        "precision@1",
        "among 3",
        "shown after removal",
        f"shown to {', '.join(strangers) or '–'}",
    )
    table(head, held)


def _orders(found: list[Found], which: str) -> list[tuple[Found, list[int]]]:
    return [(it, getattr(it, which)) for it in found]


def _routing(routed: list[Routed], busiest: set[int]) -> None:
    print(f"### Who answered ({len(routed)} questions)\n")
    rows = []
    for title, left_out in (("everyone", set[int]()), ("periphery", busiest)):
        judged = [it for it in routed if it.right - left_out]
        gained: dict[str, list[float]] = {}
        for name, which in (("Rounds", "ours"), ("recently active", "active"), ("likeness alone", "alike")):
            orders = [[m for m in getattr(it, which) if m not in left_out] for it in judged]
            rights = [it.right - left_out for it in judged]
            pairs = list(zip(orders, rights, strict=True))
            gained[name] = [scores.reciprocal(order, right) for order, right in pairs]
            hits = [fmean(scores.hit(order, right, at) for order, right in pairs) for at in (1, 3, 5)]
            ratio = fmean(gained["Rounds"]) / fmean(gained[name])
            against = (
                "" if name == "Rounds" else f"{ratio:.2f}×, {scores.said(scores.gain(gained['Rounds'], gained[name]))}"
            )
            rows.append(
                (
                    f"{title} ({len(judged)})",
                    name,
                    f"{fmean(gained[name]):.3f}",
                    *(f"{hit:.3f}" for hit in hits),
                    against,
                )
            )
    table(("", "order", "MRR", "P@1", "Hit@3", "Hit@5", "Rounds against it"), rows)
    rows = []
    for name, lists in (
        ("Rounds, load counts, near-peers", [it.invited for it in routed]),
        ("Rounds, always the first three", [it.ours[:3] for it in routed]),
        ("recently active", [it.active[:3] for it in routed]),
    ):
        hit = fmean(scores.hit(three, it.right, 3) for three, it in zip(lists, routed, strict=True))
        rows.append((name, f"{hit:.3f}", f"{busiest_share(lists):.2f}"))
    table(("three invitations a question", "Hit@3", "max load"), rows)


if __name__ == "__main__":
    main()
