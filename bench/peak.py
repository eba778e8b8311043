"""python -m bench.peak: a Friday on Discord, second by second: how long a question waits while everybody's digest is sent.

A simulation, since digests come in waves, zone by zone, and arithmetic on a week's average says nothing of them. One bot may
send 50 requests a second; ours takes 49. Each community has 200 members, of whom 40 get a digest, four in five of them on
Friday at 15:00 in their zone, and asks ten questions a week in working hours. A digest is two requests (its conversation has to
be opened); a question sixteen, in the order in which they are wanted: its message and thread, four invitations of two, an
answer, four redraws, a word to the asker.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.discord.http import PER_SECOND
from bench.figures import table

HOUR, DAY = 3600, 24 * 3600
# Hours before or after UTC → how many of a hundred communities live there.
ZONES = {-8: 12, -7: 4, -6: 10, -5: 16, -3: 5, 0: 12, 1: 20, 2: 4, 5: 4, 8: 5, 9: 4, 10: 4}
QUESTIONS, QUESTION, DIGESTS, DIGEST = 10 / 5, 16, 40 * 0.8, 2  # a community's on this day, and requests of each
OPENS, CLOSES, DIGESTS_AT = 9, 17, 15  # local hours
SPREAD = 60  # seconds over which what is due in one minute is put together


@dataclass(frozen=True, slots=True)
class Outcome:
    """Seconds. ``questions``: how long each waited until its first request could leave; ``digests``: when the last had left after
    its hour."""

    questions: list[float]
    digests: float


def live(communities: int, digests_last: bool, seed: int) -> Outcome:
    """Two days in UTC, so that Friday is over everywhere."""
    dice = random.Random(seed)
    urgent = patient = 0.0  # requests that wait
    waits: list[float] = []
    last = 0
    for second in range(-12 * HOUR, DAY + 12 * HOUR):
        asked, wanted = _arrivals(second, communities, dice)
        ahead = urgent if digests_last else urgent + patient
        waits += [(ahead + QUESTION * number) / PER_SECOND for number in range(asked)]
        urgent, patient = urgent + asked * QUESTION, patient + wanted * DIGEST
        if digests_last:
            urgent, left = max(0.0, urgent - PER_SECOND), max(0.0, PER_SECOND - urgent)
            patient = max(0.0, patient - left)
        else:  # whoever came first, so both in proportion
            share = min(1.0, PER_SECOND / (urgent + patient)) if urgent + patient else 0.0
            urgent, patient = urgent * (1 - share), patient * (1 - share)
        if patient >= 1:
            last = second
    latest = max((DIGESTS_AT - zone) * HOUR for zone in ZONES)
    return Outcome(sorted(waits), max(0, last - latest))


def _arrivals(second: int, communities: int, dice: random.Random) -> tuple[int, float]:
    """Questions asked in this second, and digests that are put together."""
    asking = wanted = 0.0
    for zone, of_a_hundred in ZONES.items():
        there, local = communities * of_a_hundred / 100, second + zone * HOUR
        if OPENS * HOUR <= local < CLOSES * HOUR:
            asking += there * QUESTIONS / ((CLOSES - OPENS) * HOUR)
        if DIGESTS_AT * HOUR <= local < DIGESTS_AT * HOUR + SPREAD:
            wanted += there * DIGESTS / SPREAD
    return sum(1 for _ in _events(asking, dice)), wanted


def _events(rate: float, dice: random.Random) -> Iterator[None]:
    """As many as happen in a second at this rate."""
    left = 1.0 - dice.expovariate(rate) if rate else -1.0
    while left > 0:
        yield
        left -= dice.expovariate(rate)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.peak", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rows = []
    for communities in (100, 1_000, 3_000, 10_000, 30_000):
        for last in (False, True):
            found = live(communities, last, given.seed)
            waits = found.questions
            p95, most = waits[int(len(waits) * 0.95)], waits[-1]
            how = "digests last" if last else "in turn"
            rows.append(
                (
                    f"{communities:,}",
                    how,
                    f"{len(waits):,}",
                    f"{p95:,.1f}",
                    f"{most:,.1f}",
                    f"{found.digests / 60:,.0f}",
                )
            )
    head = (
        "communities",
        "served",
        "questions",
        "a question waits: p95 s",
        "most s",
        "the last digest is late by: minutes",
    )
    table(head, rows)


if __name__ == "__main__":
    main()
