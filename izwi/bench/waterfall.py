"""A turn's waterfall as SVG: what happened when, from the user's last sound on."""

from __future__ import annotations

WIDTH, ROW, LEFT, RIGHT = 640, 26, 130, 70


def svg(marks: dict[str, float]) -> str:
    """One bar a stage, from the mark before to its own. ``marks`` are seconds since the user's last sound."""
    ordered = sorted(marks.items(), key=lambda mark: mark[1])
    first = min(0.0, ordered[0][1]) if ordered else 0.0
    span = max(0.05, (ordered[-1][1] if ordered else 0.0) - first)
    scale = (WIDTH - LEFT - RIGHT) / span
    rows, before = [], first
    for row, (name, at) in enumerate(ordered):
        y, x = 30 + row * ROW, LEFT + (before - first) * scale
        rows.append(
            f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{name}</text>'
            f'<rect x="{x:.1f}" y="{y}" width="{max(2.0, (at - before) * scale):.1f}" height="18" rx="3"/>'
            f'<text x="{LEFT + (at - first) * scale + 6:.1f}" y="{y + 14}">{1000 * at:.0f} ms</text>'
        )
        before = at
    height = 40 + len(ordered) * ROW
    view = f'viewBox="0 0 {WIDTH} {height}" font-family="system-ui" font-size="13"'
    title = f'<style>rect{{fill:#c2632f}}</style><text x="{LEFT}" y="18">since the last sound of the user</text>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {view}>{title}{"".join(rows)}</svg>'
