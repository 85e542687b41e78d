"""How long promptkit takes to start, beside what Python itself and `import torch` take in the same run.

python benchmarks/start_up.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 7
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import promptkit": ["-c", "import promptkit"],
    "promptkit --help": ["-m", "promptkit", "--help"],
    "promptkit parse": ["-m", "promptkit", "parse", "a red lighthouse, golden hour"],
    "promptkit expand": ["-m", "promptkit", "expand", "a dog", "--style", "embedded/any-hour"],
    "import torch": ["-c", "import torch"],
}
HEAVY = ("torch", "diffusers", "transformers", "open_clip", "PIL", "numpy", "pydantic")


def seconds(arguments: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def heavy(arguments: list[str]) -> list[str]:
    """Return the heavy modules that a command imports."""
    done = subprocess.run([sys.executable, "-X", "importtime", *arguments], capture_output=True, text=True, check=True)
    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    return [name for name in HEAVY if name in loaded]


def main() -> None:
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, arguments in COMMANDS.items():
            times[name].append(seconds(arguments))
    base = statistics.median(times["python -c pass"])
    print("| command | median ms | of a bare Python | heavy modules |\n|---|---|---|---|")
    for name, arguments in COMMANDS.items():
        median = statistics.median(times[name])
        print(f"| {name} | {median * 1000:.0f} | {median / base:.1f}× | {', '.join(heavy(arguments)) or 'none'} |")


if __name__ == "__main__":
    main()
