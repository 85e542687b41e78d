"""Processes that write to one library at once: nothing fails, nothing is lost."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "library.py"


def test_eight_processes_write_to_a_library_that_none_has_made_yet():
    command = [sys.executable, str(SCRIPT), "--tiny", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)
    assert (found["writes"], found["errors"], found["lost"], found["problems"]) == (200, 0, 0, 0)
