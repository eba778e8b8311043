"""python -m bench.particulars FOLDER…: how often a community's real questions would be held up for what they hold.

A folder has questions.jsonl. Hardly any public question holds details of a person, so nearly everything flagged is a mistake
or somebody's own phone number; the excerpts, shortened, are printed to judge that. Then come precision and recall by kind
on the tests' table, whose cases were chosen to be hard.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path

from bench.figures import table
from bot.services.particulars import KINDS, Particular, folded, particulars
from tests.services.test_particulars import FALSE, TRUE, figures

SIDES = 30  # characters around a finding


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.particulars", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--show", type=int, default=5, help="excerpts a kind and folder (%(default)s)")
    given = parser.parse_args()
    rows, excerpts = [], list[str]()
    for folder in given.folders:
        questions = _questions(folder)
        began = time.perf_counter()
        found = [(text, particulars(text)) for text in questions]
        each = (time.perf_counter() - began) * 1000 / max(len(questions), 1)
        flagged = [(text, those) for text, those in found if those]
        per_kind = [sum(any(one.kind == kind for one in those) for _, those in flagged) for kind in KINDS]
        share = f"{len(flagged)} ({len(flagged) / max(len(questions), 1):.2%})"
        rows.append((folder.name, f"{len(questions):,}", share, *map(str, per_kind), f"{each:.2f}"))
        excerpts += _excerpts(folder.name, flagged, given.show)
    table(("folder", "questions", "flagged", *KINDS, "ms each"), rows)
    print("\n".join(excerpts), end="\n\n")
    judged = [
        (kind, *(f"{value:.3f}" for value in figures(kind)), f"{len(TRUE[kind])} / {len(FALSE[kind])}")
        for kind in KINDS
    ]
    table(("kind", "precision", "recall", "cases with / without"), judged)


def _questions(folder: Path) -> list[str]:
    with (folder / "questions.jsonl").open(encoding="utf-8") as lines:
        return [f"{it['title']}\n{it['body']}" for it in map(json.loads, lines)]


def _excerpts(name: str, flagged: list[tuple[str, tuple[Particular, ...]]], most: int) -> list[str]:
    """What was found among the words around it, so many of each kind."""
    shown = defaultdict[str, list[str]](list)
    for text, found in flagged:
        for one in found:
            before, _, after = folded(text).partition(one.text)
            excerpt = f"{before[-SIDES:]}[{one.text[:12]}…]{after[:SIDES]}"
            shown[one.kind].append(f"{name}, {one.kind}: {excerpt!r}")
    return [line for kind in KINDS for line in shown[kind][:most]]


if __name__ == "__main__":
    main()
