"""How many pictures come out bit for bit: recipes of the embedded model that differ in all that decides bits, made in
one process and made once more in another, by ``promptkit reproduce --verify``.

python benchmarks/reproduce.py [--recipes 50] [--tiny]
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from promptkit.records import Candidate, GenerationSettings
from promptkit.session import Session

SUBJECTS = ("a red lighthouse", "a blue boat", "a green tree", "a yellow house", "two white birds", "(a castle:1.2)")
LOOKS = ("golden hour, watercolour", "moonlight, oil painting", "misty, pixel art", "[overcast:sunset:0.5]", "35mm")
SAMPLERS = (
    None, "euler", "euler_a", "dpmpp_2m_karras", "dpmpp_sde", "heun", "unipc", "dpmpp_3m_sde", "ddim", "lms", "deis",
    "dpm2_a", "lcm",
)  # fmt: skip
BATCHES = (1, 3, 4, 8, 16)
KINDS: dict[str, dict[str, Any]] = {
    "best of n": {},
    "halving": {"search": "halving"},
    "variation": {"variation_seed": 900, "variation_strength": 0.3},
    "halving and variation": {"search": "halving", "variation_seed": 77, "variation_strength": 0.1},
    "finished": {"finish": "upscale:2,grade:exposure=0.3"},
    "style and negative": {"styles": ["embedded/any-hour"], "negative": "fog, blurry"},
    "two prompts (AND)": {},
}
CANDIDATES = 6
TINY = 3
ALONE = "alone"


def recipes(count: int) -> Iterator[tuple[str, str, dict[str, Any], GenerationSettings]]:
    """Yield kind, prompt, arguments and settings of each recipe."""
    kinds = list(KINDS)
    for i in range(count):
        kind = kinds[i % len(kinds)]
        text = f"{SUBJECTS[i % len(SUBJECTS)]}, {LOOKS[i % len(LOOKS)]}"
        if kind.startswith("two prompts"):
            text = f"{text} AND {SUBJECTS[(i + 1) % len(SUBJECTS)]} :0.7"
        settings = GenerationSettings(
            num_inference_steps=4 + i % 9,
            guidance_scale=1.0 + i % 5,
            sampler=SAMPLERS[i % len(SAMPLERS)],
            batch_size=BATCHES[i % len(BATCHES)],
        )
        yield kind, text, {**KINDS[kind], "seed": 1000 * i}, settings


def make(folder: Path, count: int, candidates: int) -> dict[str, list[Path]]:
    """Make the recipes' pictures; return by kind every second candidate's file, and the finished ones."""
    found: dict[str, list[Path]] = {}
    with Session() as session:
        for kind, text, arguments, settings in recipes(count):
            made = session.generate(text, candidates=candidates, settings=settings, out=folder, **arguments)
            found.setdefault(kind, []).append(_chosen(made.ranked))
    return found


def _chosen(ranked: Sequence[Candidate]) -> Path:
    """Return the winner's finished picture, or else the last of those that came through."""
    return Path(ranked[0].finished_path or ranked[-1].path or "")


def verify(pictures: Sequence[Path], *options: str) -> list[dict[str, Any]]:
    """Make pictures once more in another process; return what each comparison said."""
    command = [sys.executable, "-m", "promptkit", "reproduce", "--verify", "--json", *options, *map(str, pictures)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [one.get("comparison") or {} for one in json.loads(done.stdout)["pictures"]]


def outcome(comparison: dict[str, Any]) -> str:
    if comparison.get("identical"):
        return "identical"
    return "one level" if comparison.get("close") else "other"


def measure(count: int, candidates: int) -> dict[str, dict[str, Counter[str]]]:
    """Return how many pictures of each kind came out how, in their batch and by themselves."""
    with tempfile.TemporaryDirectory() as folder:
        made = make(Path(folder), count, candidates)
        pictures = [path for paths in made.values() for path in paths]
        kinds = [kind for kind, paths in made.items() for _ in paths]
        found: dict[str, dict[str, Counter[str]]] = {kind: {} for kind in made}
        for way, options in (("in its batch", ()), (ALONE, ("--alone",))):
            for kind, comparison in zip(kinds, verify(pictures, *options), strict=True):
                found[kind].setdefault(way, Counter())[outcome(comparison)] += 1
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipes", type=int, default=50)
    parser.add_argument("--tiny", action="store_true", help="Three recipes of two candidates: a test of this file.")
    options = parser.parse_args()
    found = measure(TINY, 2) if options.tiny else measure(options.recipes, CANDIDATES)
    outcomes = ("identical", "one level", "other")
    total: dict[str, Counter[str]] = {}
    sys.stdout.write(f"{'kind':24}{'':14}" + "".join(f"{name:>11}" for name in outcomes) + "\n")
    for kind, ways in found.items():
        for way, counted in ways.items():
            total.setdefault(way, Counter()).update(counted)
            sys.stdout.write(f"{kind:24}{way:14}" + "".join(f"{counted[name]:11}" for name in outcomes) + "\n")
    for way, counted in total.items():
        sys.stdout.write(f"{'all':24}{way:14}" + "".join(f"{counted[name]:11}" for name in outcomes) + "\n")


if __name__ == "__main__":
    main()
