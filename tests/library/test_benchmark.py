import json
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "library_search.py"


def test_the_benchmark_of_searches_measures_every_way_of_them(tmp_path):
    out = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), "--tiny", "--json", str(out)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(out.read_text())
    (searches,) = figures["sizes"].values()
    assert len({said["what"] for said in searches}) == len(searches) == 15
    assert all(said["ms"] > 0 for said in searches)
    assert sum(said["hits"] > 0 for said in searches) >= 8
    assert sum("like_ms" in said for said in searches) == 3
    assert figures["file_ms"] > 0
