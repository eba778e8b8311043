"""Medians, percentiles and tables."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

import psycopg


@dataclass(frozen=True)
class Pair:
    """Milliseconds of ours and of the bare driver's, taken in turns: one list for each round."""

    ours: list[list[float]] = field(default_factory=list)
    bare: list[list[float]] = field(default_factory=list)

    def ratios(self) -> list[float]:
        """The ratio of the medians of each round."""
        return [median(mine) / median(other) for mine, other in zip(self.ours, self.bare, strict=True)]


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20)[-1]


def flat(rounds: list[list[float]]) -> list[float]:
    return [value for values in rounds for value in values]


def ratio(ratios: Sequence[float]) -> str:
    """The median of the rounds' ratios, and between which they lay."""
    return f"{median(ratios):.2f}× ({min(ratios):.2f} to {max(ratios):.2f})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, ["-" * width for width in widths], *rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
    print()


def machine(postgres: str) -> str:
    with psycopg.connect(postgres) as connection:
        version = connection.info.parameter_status("server_version")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB of memory, {platform.system()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, PostgreSQL {version}"
    )
