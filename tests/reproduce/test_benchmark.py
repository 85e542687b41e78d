import runpy
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "reproduce.py"


def test_the_benchmark_makes_pictures_and_verifies_them(monkeypatch, capsys, warm_python):
    monkeypatch.setattr(sys, "executable", warm_python)
    monkeypatch.setattr(sys, "argv", [str(BENCHMARK), "--tiny"])
    runpy.run_path(str(BENCHMARK), run_name="__main__")
    rows = capsys.readouterr().out.splitlines()[1:]
    assert len(rows) == 2 * 3 + 2
    counts = [int(number) for number in rows[-2].split()[-3:]]
    assert counts == [3, 0, 0]
    assert sum(int(number) for number in rows[-1].split()[-3:]) == 3
