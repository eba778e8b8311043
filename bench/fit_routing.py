"""python -m bench.fit_routing FOLDER@FROM,TO…: the weights of bot/routing/rank.py that make those who answered likeliest.

Every folder's history happens again in SQLite; for each question of the given span (say one that ends before any test begins)
the members who answered anything among what routing looks at are the candidates, and once more those of them who are not the
five busiest before the span, so that these few do not decide everything. Fitted is a conditional logit, each folder counting as
much as the others, by plain gradient steps. Prints the weights; nobody writes them into the program but a person.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import tempfile
from itertools import count

from bench.history import History, load
from bench.replay import Replay
from bot.rituals.questions.likely import past_answers
from bot.routing.rank import WEIGHTS, features
from storage import migrate
from storage.engine import Database

NAMES = ("LIKEST", "ALIKE", "TAGGED", "ACTIVE", "SINCE", "ON_THIS", "ON_ITS_TAGS", "HELPED")
STEPS, STEP, SHRINK = 150, 0.2, 1e-3
# For one question: what each candidate's past answers tell, and the share of the answer that is theirs.
Example = tuple[list[tuple[float, ...]], list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.fit_routing", description=__doc__)
    parser.add_argument("folders", nargs="+", metavar="FOLDER@FROM,TO")
    parser.add_argument("--most", type=int, default=200, help="questions of each folder (%(default)s)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rounds-fit-") as folder:
        numbers = count(1)
        seen = [
            asyncio.run(examples(f"sqlite:///{folder}/{next(numbers)}.db", load(name), given.most))
            for name in given.folders
        ]
    print("Examples:", *map(len, seen))
    for name, shipped, fitted in zip(NAMES, WEIGHTS, fit(seen), strict=True):
        print(f"{name:11} {fitted:6.2f}  (shipped {shipped:.2f})")


async def examples(url: str, history: History, most: int) -> list[Example]:
    migrate.upgrade(url)
    replay, found = Replay(Database(url), history), []
    await replay.begin()
    span = [it for it in history.questions if history.is_test(it) and it.number in history.answerers]
    for question in span[:: max(1, -(-len(span) // most))]:
        await replay.until(question.at)
        async with replay.database.read() as db:
            past = await past_answers(db, replay.as_asked(question), question.at)
        past.pop(replay.member[question.asker], None)
        for left_out in (set[int](), history.busiest):
            told = {member: features(answers) for member, answers in past.items() if member not in left_out}
            right = {replay.member[name] for name in history.answerers[question.number]} & told.keys()
            if right:
                found.append((list(told.values()), [(member in right) / len(right) for member in told]))
    await replay.database.close()
    return found


def fit(folders: list[list[Example]]) -> list[float]:
    """The weights, by gradient steps that adapt to each weight's own slope (Adam)."""
    weights, mean, square = ([0.0] * len(NAMES) for _ in range(3))
    for step in range(1, STEPS + 1):
        slope = [SHRINK * weight for weight in weights]
        for folder in folders:
            for told, right in folder:
                scores = [sum(w * x for w, x in zip(weights, one, strict=True)) for one in told]
                highest = max(scores)
                chances = [math.exp(score - highest) for score in scores]
                whole = sum(chances)
                for one, chance, was in zip(told, chances, right, strict=True):
                    miss = (chance / whole - was) / len(folder) / len(folders)
                    slope = [s + miss * x for s, x in zip(slope, one, strict=True)]
        for i, s in enumerate(slope):
            mean[i], square[i] = 0.9 * mean[i] + 0.1 * s, 0.99 * square[i] + 0.01 * s * s
            weights[i] -= STEP * (mean[i] / (1 - 0.9**step)) / (math.sqrt(square[i] / (1 - 0.99**step)) + 1e-9)
    return weights


if __name__ == "__main__":
    main()
