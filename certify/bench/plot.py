"""Seconds against size as an SVG drawing, both axes logarithmic: a slope of 2 is quadratic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor, log10
from xml.sax.saxutils import escape

from . import Row

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 400, 70, 40, 130, 50
COLOURS = ("#1b6ca8", "#c0392b", "#27824a", "#8e5ea2", "#b8860b")


def plot(title: str, rows: Sequence[Row]) -> str:
    """One line for each tool, over the rows that have a size and an answer."""
    series: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        if row.get("size") and row.get("seconds"):
            point = (log10(row["size"]), log10(row["seconds"]))
            series.setdefault(row["tool"], []).append(point)
    every = [point for points in series.values() for point in points]
    if not every:
        return _document(title, [])
    x0, x1 = _span(x for x, _ in every)
    y0, y1 = _span(y for _, y in every)

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT)
        up = (y - y0) / (y1 - y0) * (HEIGHT - TOP - BOTTOM)
        return LEFT + across, HEIGHT - BOTTOM - up

    parts = []
    for decade in range(x0, x1 + 1):
        x, y = place(decade, y0)
        parts.append(f'<path d="M{x:.1f} {y:.1f}V{TOP}" stroke="#ddd"/>')
        parts.append(_text(x, y + 18, f"{10**decade:,}", "middle"))
    for decade in range(y0, y1 + 1):
        x, y = place(x0, decade)
        parts.append(f'<path d="M{x:.1f} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(_text(x - 8, y + 4, f"{10.0**decade:g} s", "end"))
    for colour, (tool, points) in zip(COLOURS * len(series), series.items(), strict=False):
        spots = [place(x, y) for x, y in sorted(points)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in spots]
        parts.append(_text(spots[-1][0] + 8, spots[-1][1] + 4, tool, "start", colour))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "size", "middle"))
    return _document(title, parts)


def _span(values: Iterable[float]) -> tuple[int, int]:
    """Whole decades that hold the values, at least one."""
    found = list(values)
    low = floor(min(found))
    return low, max(ceil(max(found)), low + 1)


def _text(x: float, y: float, words: str, anchor: str, colour: str = "#333") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(words)}</text>"
    )


def _document(title: str, parts: list[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="sans-serif" font-size="12">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    )
    return "\n".join([head, _text(LEFT, 22, title, "start"), *parts, "</svg>\n"])
