"""Whether processes that write to one library at once get in each other's way: errors, lost writes, and what a write
costs.

python benchmarks/library.py --processes 8 --writes 500
python benchmarks/library.py --rows 100000

Every process opens the library (which nobody has made yet), begins a run of its own, and writes pictures as a run does:
the file through a temporary one to disk, then its row. A write is lost that has no file, no row, or not the words that
it was given. The last line is one process that writes as many alone. With ``--rows`` it is what a large library costs:
so many rows of made-up pictures, and an empty file for each; medians of ROUNDS.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from promptkit.errors import PromptkitError
from promptkit.library import Library
from promptkit.library.adopt import SETTLED
from promptkit.library.files import FileFacts
from promptkit.library.upkeep import problems
from promptkit.library.writing import NewPicture, put_picture
from promptkit.metadata import write_png
from promptkit.output import write_file
from promptkit.prompt import Prompt
from promptkit.records import Candidate, Recipe
from promptkit.slots.parse import parse

SIDE = 64
ROUNDS = 5
TEXT = "a red lighthouse, golden hour, 35mm"


def recipe_of(prompt: Prompt, seed: int, candidates: int) -> Recipe:
    return Recipe(
        prompt=prompt.text,
        resolved=prompt.resolved,
        negative="",
        phrases=tuple(phrase.to_json() for phrase in prompt.phrases),
        styles=(),
        seed=seed,
        candidates=candidates,
        text_seed=0,
        model={"name": "embedded"},
        settings={"sampler": "euler", "num_inference_steps": 4},
        environment={},
        ranker=None,
    )


def write(folder: Path, process: int, writes: int, start: Any, told: Any) -> None:
    """Write pictures, and tell the seconds of each row, and each error."""
    prompt = parse(TEXT)
    recipe = recipe_of(prompt, process * writes, writes)
    image = Image.effect_noise((SIDE, SIDE), 60).convert("RGB")
    rows: list[float] = []
    errors: list[str] = []
    start.wait()
    try:
        with Library(folder, create=True) as library:
            run = library.begin_run(recipe, {})
            for index in range(writes):
                plain = Candidate(index=index, seed=recipe.seed + index, image=None, scores={"total": index / writes})
                file = folder / f"{recipe.id}-{plain.seed}.png"
                path = write_file(file, lambda handle, one=plain: write_png(handle, image, recipe, one))
                before = time.perf_counter()
                candidate = Candidate(**{**vars(plain), "path": str(path)})
                library.add_candidate(run, candidate, recipe=recipe, prompt=prompt)
                rows.append(time.perf_counter() - before)
            library.end_run(run, "finished")
    except PromptkitError as error:
        errors.append(str(error))
    told.put((rows, errors))


def measure(processes: int, writes: int) -> dict[str, Any]:
    """Return what came of so many processes with so many writes each."""
    context = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "pictures"
        folder.mkdir()
        start, told = context.Barrier(processes), context.Queue()
        work = [context.Process(target=write, args=(folder, i, writes, start, told)) for i in range(processes)]
        begin = time.perf_counter()
        for process in work:
            process.start()
        found = [told.get() for _ in work]
        for process in work:
            process.join()
        seconds = time.perf_counter() - begin
        rows = sorted(second for times, _ in found for second in times) or [0.0]
        return {
            "processes": processes,
            "writes": processes * writes,
            "errors": sum(len(errors) for _, errors in found) + sum(process.exitcode != 0 for process in work),
            **_kept(folder, processes, writes),
            "writes_a_second": processes * writes / seconds,
            "row_ms": {share: 1000 * rows[round(share * (len(rows) - 1))] for share in (0.5, 0.99, 1.0)},
        }


def _kept(folder: Path, processes: int, writes: int) -> dict[str, int]:
    """Return how many writes were lost, and how many problems ``verify`` finds."""
    with Library(folder) as library:
        ((rows,),) = library.rows("SELECT count(*) FROM candidates AS c JOIN pictures AS p ON p.id = c.picture")
        ((words,),) = library.rows("SELECT count(*) FROM words WHERE words MATCH 'lighting:golden'")
        kept = min(rows, words, len(list(folder.glob("*.png"))))
        return {"lost": processes * writes - kept, "problems": len(list(problems(library)))}


def fill(folder: Path, rows: int) -> None:
    """Make a library of so many pictures, all in one transaction, and an empty file for each."""
    folder.mkdir()
    with Library(folder, create=True, adopt=False) as library, library.writing() as connection:
        for i in range(rows):
            facts = FileFacts(sha256=f"{i * 7919:064x}", bytes=0, width=SIDE, height=SIDE, format="PNG")
            scores, slots = {"total": i / rows}, {"subject": "a red lighthouse"}
            picture = NewPicture(file=f"{i:010x}-{i}.png", facts=facts, seed=i, prompt=TEXT, scores=scores, slots=slots)
            put_picture(connection, picture)
            (folder / picture.file).touch()


def large(rows: int) -> dict[str, float]:
    """Return the milliseconds of what people do, with a library of so many rows."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "pictures"
        fill(folder, rows)
        found = {"open, after something came": _median(lambda: Library(folder).close())}
        time.sleep(1.1 * SETTLED)
        Library(folder).close()
        found["open"] = _median(lambda: Library(folder).close())
        with Library(folder) as library:
            name = f"{rows // 2:010x}-{rows // 2}.png"
            found["list 20"] = _median(lambda: library.pictures(limit=20))
            found["a picture by its id"] = _median(lambda: library.picture(str(rows // 2)))
            found["by its file"] = _median(lambda: library.picture(name))
            found["by its hash"] = _median(lambda: library.picture(f"{rows // 2 * 7919:064x}"))
            found["tag it"] = _median(lambda: library.tag(rows // 2, ["good"]))
            found["verify the database"] = _median(lambda: library.rows("PRAGMA integrity_check"))
        return found


def _median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return 1000 * statistics.median(times)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Processes that write to one library at once.")
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--writes", type=int, default=500, help="Of each process.")
    parser.add_argument("--tiny", action="store_true", help="8 processes with 25 writes, and nothing to compare with.")
    parser.add_argument("--rows", type=int, help="Instead: what a library of so many pictures costs.")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if options.rows:
        costs = large(options.rows)
        print(
            json.dumps(costs) if options.json else "".join(f"| {name} | {ms:.1f} ms |\n" for name, ms in costs.items())
        )
        return
    if options.tiny:
        found = [measure(8, 25)]
    else:
        found = [measure(options.processes, options.writes), measure(1, options.writes)]
    if options.json:
        print(json.dumps(found))
        return
    print("| processes | writes | errors | lost | verify's problems | writes/s | a row, median | 99 % | longest |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for one in found:
        times = " | ".join(f"{one['row_ms'][share]:.1f} ms" for share in (0.5, 0.99, 1.0))
        facts = " | ".join(str(one[name]) for name in ("processes", "writes", "errors", "lost", "problems"))
        print(f"| {facts} | {one['writes_a_second']:.0f} | {times} |")


if __name__ == "__main__":
    main()
