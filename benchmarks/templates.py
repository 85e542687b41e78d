"""Templates beside dynamicprompts in one run: time to the first prompt, prompts a second, memory.

pip install dynamicprompts; python benchmarks/templates.py

Each number comes from a process of its own, the best of ROUNDS. The first prompt counts from the text, with nothing
read before but the modules. Prompts are taken one by one and let go; for memory they are all kept, as plain strings
(dynamicprompts' own ``generate`` gives them no other way). Three kinds of template hold 10, 1,000 and 1,000,000
prompts: choices written out, wildcard files of one word a line, and wildcard files of two words a line.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice, product
from pathlib import Path

ROUNDS = 3
SIZES = {"10": [5, 2], "1,000": [10] * 3, "1,000,000": [10] * 6}
KINDS = ("choices", "words", "phrases")
MODES = ("combinatorial", "random")
MOST = 100_000
SECONDS = 2.0
"""A measurement takes as many prompts as there are, at most ``MOST``, or what fits into this time."""


def template(kind: str, sizes: list[int], folder: Path) -> str:
    """Return a template with as many options a node, its lists written to ``folder``."""
    parts = []
    for node, size in enumerate(sizes):
        gap = " " if kind == "phrases" else ""
        options = [f"thing{gap}{node}x{number}" for number in range(size)]
        (folder / f"list{node}.txt").write_text("\n".join(options), encoding="utf-8")
        parts.append("{" + "|".join(options) + "}" if kind == "choices" else f"__list{node}__")
    return "a picture of " + ", ".join(parts)


def ours(text: str, folder: Path, mode: str) -> Iterator[str]:
    from promptkit.templates.template import Template
    from promptkit.templates.wildcards import Wildcards

    found = Template(text, wildcards=Wildcards([folder]))
    return (one.text for one in (found.enumerate() if mode == "combinatorial" else found.samples(1)))


def theirs(text: str, folder: Path, mode: str) -> Iterator[str]:
    from dynamicprompts.generators import CombinatorialPromptGenerator, RandomPromptGenerator
    from dynamicprompts.wildcards import WildcardManager

    manager = WildcardManager(folder)
    generator = (
        CombinatorialPromptGenerator(manager) if mode == "combinatorial" else RandomPromptGenerator(manager, seed=1)
    )
    return map(str, generator._context.sample_prompts(text))


TOOLS: dict[str, Callable[[str, Path, str], Iterator[str]]] = {"promptkit": ours, "dynamicprompts": theirs}


def measure(tool: str, kind: str, size: str, mode: str) -> dict[str, float]:
    """Measure in this process; ``first`` in ms, ``rate`` in prompts a second, ``memory`` in MiB while they stream and
    ``kept`` in MiB when ``MOST`` of them are kept, 0 where that would take too long."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = template(kind, SIZES[size], folder)
        deque(islice(TOOLS[tool]("a {b|c}", folder, mode), 2), 0)
        begin = time.perf_counter()
        next(TOOLS[tool](text, folder, mode))
        first = time.perf_counter() - begin
        before = peak()
        taken, begin = 0, time.perf_counter()
        while taken < MOST and time.perf_counter() - begin < SECONDS:
            for _ in islice(TOOLS[tool](text, folder, mode), MOST):
                taken += 1
                if not taken % 1000 and time.perf_counter() - begin > SECONDS:
                    break
        rate = taken / (time.perf_counter() - begin)
        memory = peak() - before
        before = peak()
        kept = list(islice(TOOLS[tool](text, folder, mode), min(MOST, int(rate * SECONDS))))
        held = peak() - before if len(kept) == MOST else 0.0
    return {"first": first * 1000, "rate": rate, "memory": memory, "kept": held}


def peak() -> float:
    """Return the largest size this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def best(tool: str, kind: str, size: str, mode: str) -> dict[str, float]:
    runs = []
    for _ in range(ROUNDS):
        done = subprocess.run(
            [sys.executable, __file__, tool, kind, size, mode], capture_output=True, text=True, check=True
        )
        runs.append(json.loads(done.stdout))
    return {key: (max if key == "rate" else min)(run[key] for run in runs) for key in runs[0]}


def main() -> None:
    print("promptkit / dynamicprompts\n")
    print("| template | prompts | mode | first prompt, ms | prompts a second | MiB streaming | MiB for 100,000 kept |")
    print("|---|---|---|---|---|---|---|")
    for kind, size, mode in product(KINDS, SIZES, MODES):
        mine, other = (best(tool, kind, size, mode) for tool in TOOLS)
        kept = " / ".join(f"{one['kept']:.0f}" if one["kept"] else "–" for one in (mine, other))
        print(
            f"| {kind} | {size} | {mode} | {mine['first']:.2f} / {other['first']:.2f} | "
            f"{mine['rate']:,.0f} / {other['rate']:,.0f} = {mine['rate'] / other['rate']:.0f}× | "
            f"{mine['memory']:.1f} / {other['memory']:.1f} | {kept} |",
            flush=True,
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(*sys.argv[1:])))
    else:
        main()
