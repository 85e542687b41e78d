"""How long the style packs take to load: validated anew, from the cache, and beside plain `yaml.safe_load`.

python benchmarks/packs.py

Each number is the median of ROUNDS processes, in turns, of what happens after the modules are imported (``import`` says
how long those take). Cold reads, validates and resolves every pack and writes the cache; cached reads the cache, asks
each file whether it has changed, and resolves every style. Plain is what anybody would write first: PyYAML's safe
loader on the same files, nothing checked and nothing resolved.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 9
OURS = """
import json, sys, time
begin = time.perf_counter()
from promptkit.packs.library import installed_library
if sys.argv[1] == "cold":
    import promptkit.packs.validate
loaded = time.perf_counter()
library = installed_library()
styles = library.styles()
words = sum(len(one.terms) for one in library.vocabularies())
done = time.perf_counter()
heavy = [name for name in ("torch", "numpy", "pydantic", "yaml") if name in sys.modules]
print(json.dumps([loaded - begin, done - loaded, len(library.packs), len(styles), words, ", ".join(heavy) or "none"]))
"""
PLAIN = """
import json, sys, time
begin = time.perf_counter()
import yaml
from promptkit.packs.library import builtin_folder
loaded = time.perf_counter()
loader = yaml.SafeLoader if sys.argv[1] == "python" else yaml.CSafeLoader
packs = [yaml.load(path.read_text(encoding="utf-8"), Loader=loader) for path in sorted(builtin_folder().glob("*.yaml"))]
done = time.perf_counter()
print(json.dumps([loaded - begin, done - loaded, len(packs), sum(len(pack["styles"]) for pack in packs), 0, "yaml"]))
"""


def run(script: str, argument: str, home: str) -> list[object]:
    env = {**os.environ, "PROMPTKIT_HOME": home}
    command = [sys.executable, "-c", script, argument]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    result: list[object] = json.loads(done.stdout)
    return result


def main() -> None:
    ways = {
        "promptkit, cold": (OURS, "cold"),
        "promptkit, cached": (OURS, "cached"),
        "yaml.safe_load": (PLAIN, "python"),
        "yaml.load with CSafeLoader": (PLAIN, "c"),
    }
    runs: dict[str, list[list[object]]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as warm:
        run(OURS, "cold", warm)
        for _ in range(ROUNDS):
            for name, (script, argument) in ways.items():
                with tempfile.TemporaryDirectory() as fresh:
                    runs[name].append(run(script, argument, warm if argument == "cached" else fresh))
    print("| way | packs | styles | import, ms | load, ms | heavy modules |\n|---|---|---|---|---|---|")
    for name, results in runs.items():
        importing, loading = (statistics.median(float(str(one[i])) * 1000 for one in results) for i in (0, 1))
        _, _, packs, styles, _, heavy = results[0]
        print(f"| {name} | {packs} | {styles} | {importing:.0f} | {loading:.1f} | {heavy} |")


if __name__ == "__main__":
    main()
