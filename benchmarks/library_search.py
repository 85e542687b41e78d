"""How long a search of a library takes, at 10⁴ and 10⁵ pictures, beside ways that need no index, in one run.

python benchmarks/library_search.py [--tiny] [--json FILE]

The rows are synthetic, written straight into the tables: prompts of ``made_prompts.py``, embeddings of 512 numbers. A
figure is the median of rounds, with the library open; a search counts its hits and fetches the 20 best.

LIKE    the words as ``LIKE '%…%'`` over the pictures' prompts, counted, the 20 newest fetched
files   a loop that opens PNGs and reads their metadata, the way without a library, timed for 200 and scaled up
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from made_prompts import Maker
from PIL import Image

from promptkit.library import Library
from promptkit.library.records import SLOT_COLUMNS
from promptkit.library.search import count, near_words, search
from promptkit.library.similar import Like, search_like
from promptkit.metadata import read_provenance, write_picture
from promptkit.pictures import open_picture

SIZES = (10_000, 100_000)
TINY = (300,)
WIDTH = 512
MODEL = "clip:synthetic"
ROUNDS = 7
FILES = 200
SAMPLERS = ("euler", "euler_a", "dpmpp_2m_karras", "ddim", "unipc")
STYLES = ("portrait/window-light", "film/noir", "paint/gouache", "product/packshot", "")
TAGS = ("good", "draft", "client", "poster")
SECONDS = 1.7e9
DAY = 86_400.0
Row = tuple[Any, ...]

QUERIES = {
    "one word": "lighthouse",
    "two words": "red portrait",
    "a common word": "light",
    "a beginning": "light*",
    "words in a slot": "lighting:neon",
    "words next to each other": '"golden hour"',
    "a score": "score:>0.8",
    "a slot's score": "lighting.score:<0.1",
    "a seed": "seed:4242",
    "a month": "date:2023-12",
    "words, a slot, a score, a date": "portrait lighting:neon score:>0.5 date:>=2023-12",
    "words or a tag": "lighthouse OR tag:client",
}


def fill(library: Library, number: int) -> None:
    """Write so many pictures' rows."""
    rng, noise = random.Random(0), np.random.default_rng(0)
    maker = Maker(rng)
    with library.writing() as connection:
        for at in range(0, number, 5000):
            rows = [_rows(maker, rng, one) for one in range(at + 1, min(at + 5000, number) + 1)]
            pictures, words, scores, tags = zip(*rows, strict=True)
            connection.executemany(
                "INSERT INTO pictures (id, file, sha256, bytes, width, height, format, kind, seed, tool, model, "
                "sampler, prompt, negative, rating, added, made) VALUES (?, ?, '', 0, ?, ?, 'PNG', 'candidate', ?, "
                "'promptkit', 'embedded', ?, ?, 'blurry', ?, ?, ?)",
                pictures,
            )
            connection.executemany(
                "INSERT INTO words (rowid, prompt, negative, subject, style, lighting, camera, styles, model, tags) "
                "VALUES (?, ?, 'blurry', ?, ?, ?, ?, ?, 'embedded', ?)",
                words,
            )
            connection.executemany("INSERT INTO scores VALUES (?, ?, ?)", [row for some in scores for row in some])
            connection.executemany("INSERT INTO tags VALUES (?, ?)", [row for some in tags for row in some])
            vectors = noise.standard_normal((len(rows), WIDTH), dtype=np.float32)
            vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("<f2")
            connection.executemany(
                "INSERT INTO embeddings VALUES (?, ?, ?, ?)",
                [(at + 1 + i, MODEL, WIDTH, vector.tobytes()) for i, vector in enumerate(vectors)],
            )


def _rows(maker: Maker, rng: random.Random, number: int) -> tuple[Row, Row, list[Row], list[Row]]:
    parts = maker.prompt()
    text = "".join(part if isinstance(part, str) else part[0] for part in parts)
    slots = [
        ", ".join(part[0] for part in parts if not isinstance(part, str) and part[1] == slot) for slot in SLOT_COLUMNS
    ]
    tag = rng.choice(TAGS) if rng.random() < 0.05 else None
    made = SECONDS + rng.random() * 365 * DAY
    side = rng.choice((512, 768, 1024))
    rating = rng.choice((None, None, None, 1, 2, 3, 4, 5))
    picture = (number, f"{number}.png", side, side, number, rng.choice(SAMPLERS), text, rating, made, made)
    scores = [(number, name, rng.random()) for name in ("total", *SLOT_COLUMNS)]
    return (
        picture,
        (number, text, *slots, rng.choice(STYLES), tag or ""),
        scores,
        [] if tag is None else [(number, tag)],
    )


def median(work: Callable[[], object], rounds: int) -> float:
    """Return the median of rounds in milliseconds, after one that warms up."""
    work()
    found = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return 1000 * statistics.median(found)


def peak(work: Callable[[], object]) -> float:
    """Return the most memory that Python and NumPy hold for a piece of work, in MB."""
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1e6


def by_like(library: Library, words: str) -> tuple[int, list[Any]]:
    """Return how many prompts contain each word, and the 20 newest of them, the way without FTS5."""
    parts = [f"%{word}%" for word in words.split()]
    where = " AND ".join("prompt LIKE ?" for _ in parts)
    ((hits,),) = library.rows(f"SELECT count(*) FROM pictures WHERE {where}", parts)
    sql = f"SELECT id FROM pictures WHERE {where} ORDER BY made DESC LIMIT 20"
    return hits, library.pictures([number for (number,) in library.rows(sql, parts)])


def by_query(library: Library, query: str) -> tuple[int, list[Any]]:
    """Return what ``promptkit library search`` shows: how many there are, and the best 20."""
    return count(library, query), search(library, query)


def by_files(folder: Path, number: int) -> float:
    """Return what reading the metadata of one PNG and looking for a word in it takes, in milliseconds."""
    folder.mkdir()
    rng = random.Random(0)
    maker = Maker(rng)
    for at in range(number):
        text = "".join(part if isinstance(part, str) else part[0] for part in maker.prompt())
        with (folder / f"{at}.png").open("wb") as handle:
            write_picture(
                handle, Image.new("RGB", (64, 64), (at % 256, 0, 0)), {"parameters": f"{text}\nSteps: 4, Seed: 1"}
            )
    found = []
    begin = time.perf_counter()
    for path in folder.iterdir():
        said = read_provenance(open_picture(path))
        if said is not None and "lighthouse" in said.prompt:
            found.append(path)
    return 1000 * (time.perf_counter() - begin) / number


def measured(number: int, folder: Path, rounds: int) -> Iterator[dict[str, Any]]:
    """Yield what each search of so many pictures takes, and how many it finds."""
    with Library(folder, create=True) as library:
        fill(library, number)
        for what, query in QUERIES.items():
            said: dict[str, Any] = {"what": what, "query": query, "hits": count(library, query)}
            said["ms"] = median(lambda query=query: by_query(library, query), rounds)
            if query.replace(" ", "").isalpha() and "OR" not in query:
                said["like_ms"] = median(lambda query=query: by_like(library, query), rounds)
            yield said
        like = Like(model=MODEL, vector=np.random.default_rng(1).standard_normal(WIDTH))
        for what, query in (("like a text", ""), ("like a text, of a query's", "score:>0.8")):
            ms = median(lambda query=query: search_like(library, like, query), rounds)
            yield {"what": what, "query": query, "hits": count(library, query), "ms": ms}
        print(f"like a text: {peak(lambda: search_like(library, like)):.1f} MB at most")
        ms = median(lambda: near_words(library, "lighthuose"), rounds)
        yield {"what": "near words of a slip", "query": "lighthuose", "hits": 0, "ms": ms}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="The same work on few pictures.")
    parser.add_argument("--json", type=Path, help="Write the figures here too.")
    options = parser.parse_args()
    rounds, figures = (1 if options.tiny else ROUNDS), {}
    with tempfile.TemporaryDirectory() as folder:
        one = by_files(Path(folder, "files"), 5 if options.tiny else FILES)
        print(f"a loop over PNGs: {one:.3f} ms each")
        for number in TINY if options.tiny else SIZES:
            figures[number] = []
            print(f"\n{number:,} pictures: median ms | hits | LIKE ms | files ms (scaled) | files / ours")
            for said in measured(number, Path(folder, str(number)), rounds):
                figures[number].append({**said, "files_ms": one * number})
                like = f"{said['like_ms']:9.1f}" if "like_ms" in said else " " * 9
                ratio = one * number / said["ms"]
                print(f"{said['what']:32}{said['ms']:9.1f}{said['hits']:9,}{like}{one * number:11.0f}{ratio:9,.0f}")
    if options.json:
        options.json.write_text(json.dumps({"file_ms": one, "sizes": figures}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
