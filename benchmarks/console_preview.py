"""Measure what previews in the console cost: runs of the embedded model with a live stage and with one that shows no
preview, in turn. Prints the share of a run's time that previews took, and how many there were.

    python benchmarks/console_preview.py [--candidates 8] [--steps 50] [--rounds 5]
"""

from __future__ import annotations

import argparse
import io
import time
from statistics import median

from rich.console import Console

from promptkit import Session
from promptkit.console.stage.watching import LiveStage
from promptkit.records import GenerationSettings


def run(session: Session, console: Console, args: argparse.Namespace) -> tuple[float, float, int]:
    """Return the seconds of one run, those of its previews, and their number."""
    settings = GenerationSettings(num_inference_steps=args.steps)
    begun = time.perf_counter()
    with LiveStage(args.candidates, console) as stage:
        session.generate("a red lighthouse, golden hour", candidates=args.candidates, settings=settings, on_event=stage)
    return time.perf_counter() - begun, stage.pace.spent, stage.pace.count


def screen(*, colours: bool) -> Console:
    return Console(
        file=io.StringIO(), width=100, height=40, force_terminal=True, color_system="truecolor", no_color=not colours
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=8)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    with Session("embedded") as session:
        run(session, screen(colours=True), args)
        pairs = [
            (run(session, screen(colours=True), args), run(session, screen(colours=False), args))
            for _ in range(args.rounds)
        ]
    shown, plain = ([pair[side] for pair in pairs] for side in (0, 1))
    share = median(spent / seconds for seconds, spent, _ in shown)
    print(f"with previews {median(s for s, _, _ in shown):.2f} s, without {median(s for s, _, _ in plain):.2f} s")
    print(f"previews took {share:.1%} of a run, {median(n for _, _, n in shown)} of them a run")
    print(f"one preview {median(spent / number for _, spent, number in shown) * 1000:.1f} ms")


if __name__ == "__main__":
    main()
