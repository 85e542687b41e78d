"""How well the parser reads prompts labelled by hand: the part that it learnt from, and the part it never saw.

    python benchmarks/slot_accuracy.py LABELLED.jsonl [--misses N] [--worst N]

LABELLED.jsonl has one object a line: {"id", "prompt", "segments": [{"text", "slot"}, …]}. A third of the rows, chosen
by the hash of their ids, is sealed: nothing is learnt from it, no rule is written after looking at it, and its misses
are not shown. Intervals are 95 % bootstrap intervals over prompts.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import promptkit
from promptkit.prompt import SLOTS

SCORED = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
UNSCORED = frozenset(
    "a an the of and or with by in on at to from for into as is are its his her their it that this".split()
)
ROUNDS = 1000


@dataclass(frozen=True)
class Reading:
    """What one prompt's content words were read as: (word, labelled slot, read slot)."""

    id: str
    words: tuple[tuple[str, str, str], ...]

    @property
    def wrong(self) -> int:
        return sum(said != slot for _, slot, said in self.words)


def load(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def sealed(row: dict) -> bool:
    """Whether nothing may be learnt from a row."""
    return int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 3 == 0


def labels(row: dict) -> Iterator[tuple[int, str, str]]:
    """Yield offset, word and slot of every word that is scored."""
    at = 0
    for segment in row["segments"]:
        begin = row["prompt"].index(segment["text"], at)
        at = begin + len(segment["text"])
        for match in SCORED.finditer(segment["text"]):
            if match.group().lower() not in UNSCORED:
                yield begin + match.start(), match.group(), segment["slot"]


def read(row: dict) -> Reading:
    phrases = promptkit.parse(row["prompt"]).phrases
    said = lambda at: next((phrase.slot for phrase in phrases if phrase.start <= at < phrase.end), "none")  # noqa: E731
    return Reading(row["id"], tuple((word, slot, said(at)) for at, word, slot in labels(row)))


def scores(readings: Sequence[Reading]) -> dict[str, float]:
    """Return accuracy over words, F1 of each slot, their mean, and the share of prompts read wholly right."""
    pairs = [(slot, said) for reading in readings for _, slot, said in reading.words]
    right = Counter(slot for slot, said in pairs if slot == said)
    labelled, given = Counter(slot for slot, _ in pairs), Counter(said for _, said in pairs)
    f1 = {slot: 2 * right[slot] / max(1, labelled[slot] + given[slot]) for slot in SLOTS}
    return {
        "accuracy": sum(right.values()) / len(pairs),
        "macro-F1": sum(f1.values()) / len(f1),
        **f1,
        "whole": sum(not reading.wrong for reading in readings) / len(readings),
    }


def intervals(readings: Sequence[Reading]) -> dict[str, tuple[float, float]]:
    rng = random.Random(0)
    drawn = [scores(rng.choices(readings, k=len(readings))) for _ in range(ROUNDS)]
    found = {}
    for name in drawn[0]:
        values = sorted(draw[name] for draw in drawn)
        found[name] = (values[int(0.025 * ROUNDS)], values[int(0.975 * ROUNDS)])
    return found


def speed(rows: Sequence[dict]) -> float:
    """Return prompts a second, the best of three rounds."""
    best = 0.0
    for _ in range(3):
        begin = time.perf_counter()
        for row in rows:
            promptkit.parse(row["prompt"])
        best = max(best, len(rows) / (time.perf_counter() - begin))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("labelled", type=Path)
    parser.add_argument("--misses", type=int, default=0, help="show so many misses of the open part")
    parser.add_argument("--worst", type=int, default=0, help="name the prompts read worst")
    arguments = parser.parse_args()
    rows = load(arguments.labelled)
    parts = {"open": [row for row in rows if not sealed(row)], "sealed": [row for row in rows if sealed(row)]}
    readings = {name: [read(row) for row in part] for name, part in parts.items()}
    names = list(scores(readings["open"]))
    print("| part | prompts | words | " + " | ".join(names) + " |\n|" + "---|" * (len(names) + 3))
    for part, found in {**readings, "both": [*readings["open"], *readings["sealed"]]}.items():
        values, spread = scores(found), intervals(found)
        cells = [f"{values[name]:.4f} ({spread[name][0]:.3f}–{spread[name][1]:.3f})" for name in names]
        print(f"| {part} | {len(found)} | {sum(len(r.words) for r in found)} | " + " | ".join(cells) + " |")
    print(f"\n{speed(rows):.0f} prompts a second on one core")
    misses = [(r.id, *miss) for r in readings["open"] for miss in r.words if miss[1] != miss[2]]
    for identity, word, slot, said in misses[: arguments.misses]:
        print(f"{identity}  {word:24} labelled {slot:9} read {said}")
    every = [*readings["open"], *readings["sealed"]]
    for reading in sorted(every, key=lambda reading: -reading.wrong)[: arguments.worst]:
        print(f"{reading.id}  {reading.wrong} of {len(reading.words)} words wrong")


if __name__ == "__main__":
    main()
