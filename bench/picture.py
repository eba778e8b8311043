"""Pictures of figures: bars and lines with axes and words, as SVG that reads well on light and on dark pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 760, 250  # of one chart
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 64, 40
COLOURS = (
    ("#2f6fb0", "#6cb0f2"),
    ("#b4561f", "#f0a06a"),
    ("#3f7d3a", "#86c97f"),
    ("#8a4f9e", "#cf9be0"),
)  # light, dark


@dataclass(frozen=True, slots=True)
class Curve:
    name: str
    values: Sequence[float]
    bars: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    across: str
    curves: Sequence[Curve]


def picture(charts: Sequence[Chart], description: str) -> str:
    """The charts below each other. ``description`` is for those who cannot see them."""
    parts = [_chart(chart, number * HEIGHT) for number, chart in enumerate(charts)]
    size = f'viewBox="0 0 {WIDTH} {HEIGHT * len(charts)}" width="{WIDTH}" height="{HEIGHT * len(charts)}"'
    light, dark = (_style(which) for which in (0, 1))
    style = f"text {{ font: 12px system-ui, sans-serif }} {light} @media (prefers-color-scheme: dark) {{ {dark} }}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">\n<title>{escape(description)}</title>'
    return "\n".join(
        [head, f"<style>{style}</style>", '<rect class="page" width="100%" height="100%"/>', *parts, "</svg>\n"]
    )


def _style(which: int) -> str:
    page, ink, grid = (("#ffffff", "#222222", "#d8d8d8"), ("#16191d", "#e6e6e6", "#3c4148"))[which]
    colours = " ".join(
        f".line{number} {{ fill: none; stroke: {pair[which]}; stroke-width: 2 }} .fill{number} {{ fill: {pair[which]} }}"
        for number, pair in enumerate(COLOURS)
    )
    return f".page {{ fill: {page} }} text {{ fill: {ink} }} .grid {{ stroke: {grid} }} {colours}"


def _chart(chart: Chart, down: int) -> str:
    most = max((value for curve in chart.curves for value in curve.values), default=0) or 1
    count = max(len(curve.values) for curve in chart.curves)
    step, width, height = _step(most), WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    top = step * ceil(most / step)
    parts = [
        f'<g transform="translate(0 {down})">',
        f'<text x="{LEFT}" y="22" font-weight="bold">{escape(chart.title)}</text>',
    ]
    for mark in range(round(top / step) + 1):
        y = TOP + height * (1 - mark * step / top)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{mark * step:g}</text>')
    beside = LEFT
    for number, curve in enumerate(chart.curves):
        parts.append(_drawn(curve, number, width / count, height, top))
        parts.append(f'<rect class="fill{number}" x="{beside}" y="36" width="10" height="10"/>')
        parts.append(f'<text x="{beside + 15}" y="45">{escape(curve.name)}</text>')
        beside += 40 + 7 * len(curve.name)
    for at in sorted({1, *range(_step(count), count + 1, _step(count))}):
        parts.append(
            f'<text x="{LEFT + (at - 0.5) * width / count:.1f}" y="{HEIGHT - 22}" text-anchor="middle">{at}</text>'
        )
    parts.append(f'<text x="{LEFT + width / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(chart.across)}</text>')
    return "\n".join([*parts, "</g>"])


def _drawn(curve: Curve, number: int, each: float, height: float, top: float) -> str:
    points = [(LEFT + at * each, height * value / top) for at, value in enumerate(curve.values)]
    if not curve.bars:
        path = " ".join(f"{x + each / 2:.1f},{TOP + height - y:.1f}" for x, y in points)
        return f'<polyline class="line{number}" points="{path}"/>'
    gap = each * 0.1
    return "".join(
        f'<rect class="fill{number}" x="{x + gap:.1f}" y="{TOP + height - y:.1f}" width="{each - 2 * gap:.1f}" height="{y:.1f}"/>'
        for x, y in points
        if y
    )


def _step(most: float) -> int:
    """A round distance between about five marks."""
    rough = max(1.0, most / 5)
    power = 10 ** floor(log10(rough))
    return int(next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough))
