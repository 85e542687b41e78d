"""Memory: a step takes no more than its picture, what it makes of it, and a tile, however large the picture is."""

import json
import subprocess
import sys

import pytest

WIDTH, HEIGHT = 6000, 4000
PILLOW = 4
"""Bytes that Pillow takes for a pixel of RGB."""
TILE = 60 << 20
"""Bytes for a tile at work and what a step imports; one more copy of the picture would take 72 million at least."""
CHAINS = ("crop:16:9,strip", "pad:1:1;colour=blur", "upscale:1.02", "sharpen", "grade:contrast=1.1")


@pytest.mark.slow
@pytest.mark.parametrize("chain", CHAINS)
def test_a_large_picture_goes_through_in_tiles(chain):
    """At 120 million pixels that comes to two pictures of 480 MB, a tile, and what Python takes: below 2 GB."""
    probe = [sys.executable, "-m", "tests.finishing.memory_probe", chain, str(WIDTH), str(HEIGHT)]
    done = subprocess.run(probe, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["failed"] == []
    assert found["steps"] == chain.count(",") + 1
    made = found["size"][0] * found["size"][1]
    assert found["peak"] - found["before"] < TILE + PILLOW * max(made, WIDTH * HEIGHT)
