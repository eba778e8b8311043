"""What came of something, as a number for ranking. Pure."""

from __future__ import annotations


def outcome_of(*, helped: int, worked: int, partly: int, did_not: int) -> float:
    """Between -1 (it failed for those who tried it) and 1 (it helped, and worked for several)."""
    good = helped + worked + 0.5 * partly
    return (good - did_not) / (good + did_not + 1)
