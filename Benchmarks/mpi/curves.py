#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Predicted curves up to 10⁴ ranks, by `weft-mpi plan --json`: the table and the plot of the article "More than one machine".

    curves.py PROGRAM SVG [PAGE]

PROGRAM is weft-mpi, with or without MPI in it. The table goes to standard output, as Markdown, and into the article PAGE. All of it
is prediction.
"""

import json
import math
import subprocess
import sys

from machine import tell

program, picture = sys.argv[1:3]
CORES = 64
SIZE = 100_000
RANKS = [1, 4, 16, 64, 256, 1024, 4096, 10240]
# A fast network and a parallel file system, as they are sold: figures that nobody here has measured.
CLUSTER = ["--network-latency", "2us", "--network-bandwidth", "25GB", "--output-bandwidth", "100GB", "--memory-bandwidth", "200GB"]
COLOURS = {"generation": "#0072b2", "output": "#d55e00", "product": "#009e73", "solution": "#cc79a7"}


def plan(ranks, more):
    if ranks <= CORES:
        # One node reaches the file system over its own network.
        more = [word.replace("100GB", "25GB") for word in more]
    words = [program, "plan", "--size", str(SIZE), "--ranks", str(ranks), "--nodes", str(max(1, ranks // CORES)), "--cores",
             str(CORES), "--json"] + more
    text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    tasks = {task["task"]: task for task in json.loads(text)["tasks"]}
    seconds = tasks["compute"]["seconds"]
    launch = seconds["launch"]
    return {
        "generation": launch + sum(seconds.get(name, 0) for name in ("generation", "memory", "tables", "latency")),
        "output": launch + seconds["output"],
        "product": tasks["multiply"]["total"],
        "solution": tasks["solve"]["total"],
        "limits": {"product": tasks["multiply"]["limit"], "solution": tasks["solve"]["limit"]},
        "refused": any("32 bits" in sentence for sentence in tasks["multiply"]["advice"]),
    }


def figure(seconds):
    return f"{seconds:.2g} s" if seconds < 100 else f"{seconds:,.0f} s".replace(",", "")


def table(rows):
    lines = ["| ranks | nodes | generation | output | product | solution |", "|---|---|---|---|---|---|"]
    for ranks, row in rows.items():
        cells = [figure(row["generation"]), figure(row["output"])]
        for name in ("product", "solution"):
            cells.append("refused: 32 bits" if row["refused"] else f"{figure(row[name])}, {row['limits'][name]}")
        lines.append(f"| {ranks} | {max(1, ranks // CORES)} | {' | '.join(cells)} |")
    return lines


def svg(solid, dashed):
    width, height, left, top, right, bottom = 640, 360, 66, 40, 90, 44
    least, most = -1, 5

    def x(ranks):
        return left + (width - left - right) * math.log10(ranks) / math.log10(RANKS[-1])

    def y(seconds):
        return top + (height - top - bottom) * (most - math.log10(seconds)) / (most - least)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           f'<text x="{left}" y="16">Predicted, not measured: {SIZE}×{SIZE} on nodes of {CORES} cores</text>',
           f'<text x="{left}" y="31" fill="#555">solid: constants measured on 2 cores; dashed: network, files and memory as sold</text>']
    for power in range(least, most + 1):
        label = f"{10.0 ** power:g} s"
        out.append(f'<path d="M{left} {y(10.0 ** power):.1f}H{width - right}" stroke="#ddd"/>'
                   f'<text x="{left - 6}" y="{y(10.0 ** power) + 4:.1f}" text-anchor="end">{label}</text>')
    for power in range(5):
        out.append(f'<path d="M{x(10 ** power):.1f} {top}V{height - bottom}" stroke="#ddd"/>'
                   f'<text x="{x(10 ** power):.1f}" y="{height - bottom + 16}" text-anchor="middle">{10 ** power}</text>')
    out.append(f'<text x="{(left + width - right) / 2}" y="{height - 8}" text-anchor="middle">ranks</text>')
    labels = []
    for name, colour in COLOURS.items():
        for rows, dash in ((solid, ""), (dashed, ' stroke-dasharray="5 4"')):
            points = " ".join(f"{x(ranks):.1f},{y(row[name]):.1f}" for ranks, row in rows.items()
                              if not (row["refused"] and name in ("product", "solution")))
            out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        labels.append((y(solid[RANKS[-1]][name]), name, colour))
    # Names beside the ends of the solid curves, none over another.
    last = -math.inf
    for place, name, colour in sorted(labels):
        last = max(place, last + 14)
        out.append(f'<text x="{width - right + 6}" y="{last + 4:.1f}" fill="{colour}">{name}</text>')
    return "\n".join(out + ["</svg>", ""])


solid = {ranks: plan(ranks, []) for ranks in RANKS}
dashed = {ranks: plan(ranks, CLUSTER) for ranks in RANKS}
text = ["Solid, with the constants as measured:", "", *table(solid), "", f"Dashed, with `{' '.join(CLUSTER)}`:", "", *table(dashed)]
tell("curves", "\n".join(text), sys.argv[3] if len(sys.argv) > 3 else None)
with open(picture, "w") as file:
    file.write(svg(solid, dashed))
