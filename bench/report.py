"""Shows what run.py found: a table for the terminal, docs/performance.md and its plots."""
import math
import os
import textwrap
from xml.sax.saxutils import escape


def seconds(value):
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if value * factor >= 1 or unit == "µs":
            return f"{value * factor:.3g} {unit}"


def ratio(value):
    return "-" if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def peers_text(row):
    return ", ".join(f"{name} {ratio(value)}" for name, value in row.peers().items())


def verdict(row):
    return "not measured" if row.shown[1] is None else "met" if row.met else "not met"


def print_head():
    print(f"\n{'ratio':>7} {'goal':>7}  {'':<12} work")


def print_row(row):
    what, value, goal = row.shown
    scale = f" (here {row.scale})" if row.scale else ""
    print(f"{ratio(value):>7} {ratio(goal):>7}  {verdict(row):<12} {row.work}{scale}")
    indent = " " * 30
    base = row.medians.get(row.raw_name)
    told = [f"{row.raw}" + (f" = 1, {seconds(base)}" if base else " = 1")]
    if what:
        told.append(f"shown: {what}")
    if row.peers():
        told.append(peers_text(row))
    for text in ["; ".join(told)] + row.notes:
        print(textwrap.fill(text, 124, initial_indent=indent, subsequent_indent=indent))
    print(end="", flush=True)


def print_calls(calls, titles):
    if calls:
        print("\nSystem calls of one start (strace -c): of the parent's thread, with other threads and the child (-f), which:")
    for name, (counts, everything) in calls.items():
        text = f"{titles[name]:<14} {sum(counts.values()):5.0f} {everything:5.0f}  {calls_text(counts)}"
        print(textwrap.fill(text, 124, initial_indent="  ", subsequent_indent=" " * 30))


def calls_text(counts):
    return ", ".join(call if round(count) == 1 else f"{call} {count:.0f}"
                     for call, count in sorted(counts.items(), key=lambda item: -item[1]))


def print_costs(costs):
    print("\nThe other currency:")
    for name, value in costs:
        print(f"  {value:>10}  {name}")


def plot(row, titles):
    """A row as bars on a scale of powers of two: short is fast, the line is the raw one."""
    bars = [(titles[name], value, name) for name, value in row.ratios.items() if value]
    bars.sort(key=lambda bar: bar[1])
    low = math.floor(math.log2(min([bar[1] * 0.9 for bar in bars] + [0.5])))
    high = math.ceil(math.log2(max([bar[1] for bar in bars] + [2]))) + 0.5
    left, width, step, top = 120, 520, 26, 34
    height = top + step * len(bars) + 12
    place = lambda value: left + width * (math.log2(value) - low) / (high - low)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 20}" height="{height}" '
             f'viewBox="0 0 {left + width + 20} {height}" font-family="sans-serif" font-size="13" role="img">',
             f'<title>{escape(row.work)}</title>',
             f'<rect width="100%" height="100%" fill="#ffffff"/>',
             f'<text x="10" y="20" font-weight="bold" fill="#222222">{escape(row.work)}</text>']
    values = [] # above the lines
    for i, (title, value, name) in enumerate(bars):
        y = top + i * step
        colour = {"subproc": "#1b7f5a", row.raw_name: "#555555"}.get(name, "#9db4c8")
        text = f"{title} {ratio(value)}"
        lines.append(f'<text x="{left - 8}" y="{y + 15}" text-anchor="end" fill="#222222">{escape(title)}</text>')
        lines.append(f'<rect x="{left}" y="{y + 2}" width="{place(value) - left:.1f}" height="18" fill="{colour}">'
                     f'<title>{escape(text)}</title></rect>')
        inside = place(value) > left + width - 60
        values.append(f'<text x="{place(value) + (-6 if inside else 6):.1f}" y="{y + 15}" fill="#222222" stroke="#ffffff" '
                      f'stroke-width="3" paint-order="stroke" text-anchor="{"end" if inside else "start"}">'
                      f'{ratio(value)}</text>')
    lines.append(f'<line x1="{place(1):.1f}" y1="{top - 4}" x2="{place(1):.1f}" y2="{height - 8}" stroke="#222222"/>')
    goal = row.parts[0][2] if row.parts else None
    if goal:
        lines.append(f'<line x1="{place(goal):.1f}" y1="{top - 4}" x2="{place(goal):.1f}" y2="{height - 8}" '
                     f'stroke="#b3261e" stroke-dasharray="4 3"><title>goal {ratio(goal)}</title></line>')
    return "\n".join(lines + values + ["</svg>", ""])


def table(rows):
    lines = ["| work | raw line | subproc | goal | | peers |", "|---|---|---|---|---|---|"]
    for row in rows:
        what, value, goal = row.shown
        base = row.medians.get(row.raw_name)
        raw = row.raw + (f" = 1, {seconds(base)}" if base else " = 1")
        shown = ratio(value) + (f" ({what})" if what else "")
        lines.append(f"| {row.work} | {raw} | {shown} | {ratio(goal)} | {verdict(row)} | {peers_text(row)} |")
    return "\n".join(lines)


def figures(row, has_plot):
    """What stands under a row's own heading."""
    parts = []
    if has_plot:
        parts.append(f"![{row.work}](performance-{row.key}.svg)")
    told = [f"{what or 'ratio'} {ratio(value)}, goal {ratio(goal)}" for what, value, goal in row.parts]
    notes = "\n".join(f"- {text}" for text in told + row.notes)
    return "\n\n".join(parts + [notes] if notes else parts)


def calls_table(calls, titles):
    lines = ["| | parent's thread | with other threads and the child | the parent's |", "|---|---|---|---|"]
    lines += [f"| {titles[name]} | {sum(counts.values()):.0f} | {everything:.0f} | {calls_text(counts)} |"
              for name, (counts, everything) in calls.items()]
    return "\n".join(lines)


def write(folder, template, head, rows, calls, costs, titles):
    """Fills the template, which has the prose, and draws."""
    with open(template) as file:
        text = file.read()
    parts = {"HEAD": "\n".join(f"- {line}" for line in head), "TABLE": table(rows), "CALLS": calls_table(calls, titles),
             "COSTS": "\n".join(["| | |", "|---|---|"] + [f"| {name} | {value} |" for name, value in costs])}
    for row in rows:
        drawn = len(row.ratios) > 1 and row.key not in ("decoders", "wine")
        if drawn:
            with open(os.path.join(folder, f"performance-{row.key}.svg"), "w") as file:
                file.write(plot(row, titles))
        parts[f"ROW {row.key}"] = figures(row, drawn)
    for name, value in parts.items():
        text = text.replace(f"@{name}@", value)
    with open(os.path.join(folder, "performance.md"), "w") as file:
        file.write(text)
