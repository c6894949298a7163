"""Draws bench/growth.svg: rate and latency of placing orders against what grows. Reads lines "what number rate p50 p99"."""

import math
import sys

TITLES = {
    "clients": "Clients at once",
    "processes": "Processes on one database",
    "products": "Products in the catalogue",
    "orders_there_already": "Orders there already",
}
WIDTH, HEIGHT, LEFT, TOP, PLOT_WIDTH, PLOT_HEIGHT = 920, 640, 64, 72, 340, 170
STYLE = """
  svg { background: #fff; font: 13px system-ui, sans-serif; }
  text { fill: #333; } .title { font-size: 15px; font-weight: 600; } .small { font-size: 11px; fill: #666; }
  .grid { stroke: #ddd; } .rate { stroke: #1261a0; fill: none; stroke-width: 2; } .ratedot { fill: #1261a0; }
  .p50 { stroke: #2a7f3f; fill: none; stroke-width: 1.5; } .p99 { stroke: #b3441e; fill: none; stroke-width: 1.5; }
  .p50t { fill: #2a7f3f; } .p99t { fill: #b3441e; } .ratet { fill: #1261a0; }
  @media (prefers-color-scheme: dark) {
    svg { background: #14171a; } text { fill: #ddd; } .small { fill: #aaa; } .grid { stroke: #333a40; }
    .rate { stroke: #6cb4ee; } .ratedot { fill: #6cb4ee; } .p50 { stroke: #77c98b; } .p99 { stroke: #f0946f; }
    .p50t { fill: #77c98b; } .p99t { fill: #f0946f; } .ratet { fill: #6cb4ee; }
  }
"""


def short(number):
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if number >= unit:
            return f"{number / unit:g}{name}"
    return f"{number:g}"


def ceiling(value):
    """The next of 1, 2 or 5 times a power of ten."""
    power = 10 ** math.floor(math.log10(max(value, 1e-9)))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)


def line(css, xs, ys):
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys))
    return f'<polyline class="{css}" points="{points}"/>'


def panel(x0, y0, title, rows):
    """One thing that grows: steps along x are even, since each is a multiple of the last."""
    out = [f'<g transform="translate({x0} {y0})"><text class="title" y="-16">{title}</text>']
    rate_max = ceiling(max(row[1] for row in rows))
    time_max = ceiling(max(row[3] for row in rows))
    step = PLOT_WIDTH / max(len(rows) - 1, 1)
    xs = [i * step if len(rows) > 1 else PLOT_WIDTH / 2 for i in range(len(rows))]
    for part in range(5):
        y = PLOT_HEIGHT * (1 - part / 4)
        out.append(f'<line class="grid" x1="0" x2="{PLOT_WIDTH}" y1="{y}" y2="{y}"/>')
        out.append(f'<text class="small ratet" x="-6" y="{y + 4}" text-anchor="end">{short(rate_max * part / 4)}</text>')
        out.append(f'<text class="small p99t" x="{PLOT_WIDTH + 6}" y="{y + 4}">{time_max * part / 4:g}</text>')
    for x, row in zip(xs, rows):
        out.append(f'<text class="small" x="{x:.1f}" y="{PLOT_HEIGHT + 16}" text-anchor="middle">{short(row[0])}</text>')
    out.append(line("p99", xs, [PLOT_HEIGHT * (1 - row[3] / time_max) for row in rows]))
    out.append(line("p50", xs, [PLOT_HEIGHT * (1 - row[2] / time_max) for row in rows]))
    rates = [PLOT_HEIGHT * (1 - row[1] / rate_max) for row in rows]
    out.append(line("rate", xs, rates))
    for x, y, row in zip(xs, rates, rows):
        label = f"{title}: {row[0]:,.0f}: {row[1]:,.0f} orders/s, p50 {row[2]} ms, p99 {row[3]} ms"
        out.append(f'<circle class="ratedot" cx="{x:.1f}" cy="{y:.1f}" r="3"><title>{label}</title></circle>')
    return "".join(out) + "</g>"


def main():
    rows = {}
    for text in sys.stdin:
        what, *numbers = text.split()
        rows.setdefault(what, []).append([float(number) for number in numbers])
    panels = []
    for place, (what, title) in enumerate((item for item in TITLES.items() if item[0] in rows)):
        x0 = LEFT + (place % 2) * (PLOT_WIDTH + 110)
        y0 = TOP + 40 + (place // 2) * (PLOT_HEIGHT + 90)
        panels.append(panel(x0, y0, title, rows[what]))
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t d">'
          f'<title id="t">Placing orders as things grow</title>'
          f'<desc id="d">Four panels: orders placed per second, and the median and 99th percentile of their latency.</desc>'
          f"<style>{STYLE}</style>"
          f'<text class="title" x="{LEFT}" y="32">Placing orders through the store API as things grow</text>'
          f'<text x="{LEFT}" y="54"><tspan class="ratet">orders per second (left)</tspan>'
          f'<tspan class="p50t" dx="18">p50, ms (right)</tspan><tspan class="p99t" dx="18">p99, ms (right)</tspan></text>'
          + "".join(panels) + "</svg>")


main()
