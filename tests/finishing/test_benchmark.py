"""The benchmark of finishing, on small pictures: it runs, and what it says of them is so."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "finishing.py"


@pytest.mark.slow
def test_finishing_is_measured_beside_its_references(tmp_path):
    target = tmp_path / "figures.json"
    command = [sys.executable, str(SCRIPT), "--tiny", "--json", str(target), "tiles", "denoise", "lut", "memory"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(target.read_text())
    assert found == json.loads(done.stdout)
    assert max(found["tiles"]["levels apart"].values()) <= 1
    assert found["lut"]["delta E 2000"]["max"] < 0.5
    psnr = found["denoise"]["sigma 15"]["psnr"]
    for method in ("nlm", "bilateral", "wavelet"):
        assert psnr[f"promptkit {method}"] > psnr["noisy"] + 2
    assert 50 < found["memory"]["upscale:4"]["peak MiB"] < found["memory"]["upscale:4;model=embedded"]["peak MiB"]
