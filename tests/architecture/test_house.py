"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot.rituals
from bot.core.registry import scan

HERE = Path(__file__).parents[2]
MODULES = sorted(
    path for package in ("bot", "adapters", "storage", "schedules") for path in (HERE / package).rglob("*.py")
)
RITUALS = sorted((HERE / "bot" / "rituals").rglob("*.py"))
LONGEST_MODULE = 400
OURS = ("architecture", "core", "routing", "storage")  # tests of the house itself, which name rituals in passing
CLOCKS = {"bot/core/clock.py", "storage/engine.py"}
READS_A_CLOCK = re.compile(r"\b(datetime|date)\.(now|utcnow|today)\(")
OUR_OWN_WORDS = re.compile(r"\b(rituals?|spaces?|repertoires?|occurrences?)\b", re.IGNORECASE)


def named(path: Path) -> str:
    return str(path.relative_to(HERE))


@pytest.mark.parametrize("path", [path for path in MODULES if path.parent.name != "versions"], ids=named)
def test_no_module_is_longer_than_one_can_keep_in_mind(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", [path for path in MODULES if named(path) not in CLOCKS], ids=named)
def test_time_is_asked_of_a_clock(path: Path) -> None:
    lines = [line.strip() for line in path.read_text().splitlines()]
    assert [line for line in lines if READS_A_CLOCK.search(line) and not line.startswith("#")] == []


def test_importing_the_package_does_nothing() -> None:
    assert (HERE / "bot" / "__init__.py").read_text() == ""


def test_every_ritual_is_tried_by_some_test() -> None:
    written = "\n".join(
        path.read_text() for path in (HERE / "tests").rglob("test_*.py") if path.parent.name not in OURS
    )
    untried = []
    for ritual in scan(bot.rituals).rituals:
        files = [path for path in RITUALS if ritual.name in (path.stem, path.parent.name)]
        buttons = [label for path in files for label in re.findall(r'\bButton\(\s*"([^"]+)"', path.read_text())]
        assert files, f"{ritual.name} is not named after its file"
        names = [f"/{name}" for name in ritual.commands] + [f'("{label}"' for label in buttons]
        if not list((HERE / "tests").rglob(f"test_{ritual.name}.py")) and not any(name in written for name in names):
            untried.append(ritual.name)
    assert untried == []


def said_to_people(source: str) -> Iterator[tuple[int, str]]:
    """The texts of a module that somebody may read: every string but docstrings and names."""
    tree = ast.parse(source)
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    names = {
        id(name)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        for name in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation | names:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", RITUALS, ids=named)
def test_people_never_read_our_own_words(path: Path) -> None:
    assert [(line, text) for line, text in said_to_people(path.read_text()) if OUR_OWN_WORDS.search(text)] == []


def test_a_planted_word_would_be_noticed() -> None:
    planted = '"""A ritual."""\ndef f(space=1):\n    """In a space."""\n    return say(f"This Space is {x}", space=3)\n'
    assert [text for _, text in said_to_people(planted) if OUR_OWN_WORDS.search(text)] == ["This Space is "]


def test_a_planted_clock_would_be_noticed() -> None:
    for line in ("x = datetime.now(UTC)", "datetime.utcnow()", "date.today()", "datetime.datetime.now()"):
        assert READS_A_CLOCK.search(line)
    for line in ("clock.now()", "time.monotonic()", "datetime.time(9)", "self._clock.now()"):
        assert not READS_A_CLOCK.search(line)
