"""How long promptkit takes to start, beside what Python itself and `import torch` take in the same run.

python benchmarks/start_up.py            the commands, and the console up to its line
python benchmarks/start_up.py --plugins  ``promptkit --help`` with 0, 10 and 50 installed plugins of one command each
python benchmarks/start_up.py --plugins --beside /path/to/python   the same for ``llm --help`` in that environment
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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


CONSOLE = ["-m", "promptkit", "console"]
SIGN = b">"


def console_seconds(arguments: list[str], told: int = subprocess.DEVNULL) -> float:
    """Return how long it takes from the start of the process to the console's line, on a pseudo-terminal."""
    import pty

    ours, theirs = pty.openpty()
    with tempfile.TemporaryDirectory() as home:
        Path(home, "console").mkdir()
        Path(home, "console", "welcomed").touch()
        env = {**os.environ, "PROMPTKIT_HOME": home, "PROMPTKIT_LIBRARY": home, "TERM": "xterm"}
        begin = time.perf_counter()
        running = subprocess.Popen([sys.executable, *arguments], stdin=theirs, stdout=theirs, stderr=told, env=env)
        said = b""
        while SIGN not in said:
            said += os.read(ours, 4096)
        passed = time.perf_counter() - begin
        running.kill()
        running.wait()
    os.close(ours)
    os.close(theirs)
    return passed


def heavy_in_console() -> list[str]:
    """Return the heavy modules that are imported before the console's line is there."""
    with tempfile.TemporaryFile("w+") as told:
        console_seconds(["-X", "importtime", *CONSOLE], told.fileno())
        told.seek(0)
        loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in told}
    return [name for name in HEAVY if name in loaded]


PLUGIN_COUNTS = (0, 10, 50)
PLUGINS = {
    "promptkit": (
        "[promptkit.plugins]\n{name} = {name}\n[promptkit.commands]\n{name} = {name}:command\n",
        "import click\nfrom promptkit import hookimpl\n\n@click.command()\ndef command():\n    pass\n",
    ),
    "llm": (
        "[llm]\n{name} = {name}\n",
        "import llm\n\n@llm.hookimpl\ndef register_commands(cli):\n    cli.command(name=__name__)(lambda: None)\n",
    ),
}
"""Entry points and code of a plugin with one command, as each of the programs has them."""


def lay_plugins(folder: Path, program: str, count: int) -> None:
    """Put plugins into a folder that can be on the path."""
    entries, code = PLUGINS[program]
    for number in range(count):
        name = f"plugin_{number}"
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nSummary: One command.\n")
        (info / "entry_points.txt").write_text(entries.format(name=name))
        (folder / f"{name}.py").write_text(code)


def help_seconds(python: str, program: str, folder: Path) -> float:
    begin = time.perf_counter()
    env = {**os.environ, "PYTHONPATH": str(folder), "LLM_USER_PATH": str(folder), "PROMPTKIT_HOME": str(folder)}
    done = subprocess.run([python, "-m", program, "--help"], env=env, capture_output=True, text=True, check=True)
    passed = time.perf_counter() - begin
    shown = done.stdout.replace("_", "-").count("  plugin-")
    assert shown == len(list(folder.glob("plugin_*.py"))), "each command is named"
    return passed


def plugins(beside: str | None) -> None:
    """Print the median time of ``--help`` by the number of installed plugins, the programs in turns."""
    programs = {"promptkit": sys.executable} | ({"llm": beside} if beside else {})
    with tempfile.TemporaryDirectory() as root:
        times: dict[tuple[str, int], list[float]] = {}
        for round_number in range(ROUNDS + 1):
            for program, python in programs.items():
                for count in PLUGIN_COUNTS:
                    folder = Path(root) / f"{program}-{count}"
                    if round_number == 0:
                        folder.mkdir()
                        lay_plugins(folder, program, count)
                    passed = help_seconds(python, program, folder)
                    if round_number > 0:
                        times.setdefault((program, count), []).append(passed)
    print("| median ms of |" + "".join(f" {count} plugins |" for count in PLUGIN_COUNTS))
    print("|---|" + "---|" * len(PLUGIN_COUNTS))
    for program in programs:
        medians = [statistics.median(times[program, count]) * 1000 for count in PLUGIN_COUNTS]
        print(f"| {program} --help |" + "".join(f" {median:.0f} |" for median in medians))


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--plugins", action="store_true")
    arguments.add_argument("--beside", help="a Python that has llm")
    chosen = arguments.parse_args()
    if chosen.plugins:
        plugins(chosen.beside)
    else:
        commands()


def commands() -> None:
    """Print the median time of each command."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, arguments in COMMANDS.items():
            times[name].append(seconds(arguments))
        times.setdefault("promptkit console", []).append(console_seconds(CONSOLE))
    base = statistics.median(times["python -c pass"])
    print("| command | median ms | of a bare Python | heavy modules |\n|---|---|---|---|")
    for name, taken in times.items():
        median = statistics.median(taken)
        found = heavy(COMMANDS[name]) if name in COMMANDS else heavy_in_console()
        print(f"| {name} | {median * 1000:.0f} | {median / base:.1f}× | {', '.join(found) or 'none'} |")


if __name__ == "__main__":
    main()
