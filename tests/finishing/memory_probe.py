"""Run one step on a large picture and print how far memory rose: ``python -m tests.finishing.memory_probe``."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from PIL import Image

from promptkit.finish import plan_chain, run_chain
from promptkit.plugins import create_plugin_manager
from promptkit.registry import Registry


def peak() -> int:
    """Return the most memory that this process had, in bytes; on Linux by /proc, since ``ru_maxrss`` begins with that of
    the process it came from."""
    status = Path("/proc/self/status")
    if status.exists():
        return 1024 * int(status.read_text().partition("VmHWM:")[2].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def measured(chain: str, width: int, height: int) -> dict[str, object]:
    """Run a chain on a picture of (width, height) as ``promptkit finish`` does."""
    Image.MAX_IMAGE_PIXELS = None
    steps = plan_chain(chain, Registry(create_plugin_manager(entry_points=False)))
    image = Image.radial_gradient("L").resize((width, height), Image.Resampling.NEAREST).convert("RGB")
    before, started = peak(), time.perf_counter()
    done = run_chain(image, steps, seed=0)
    return {
        "size": done.image.size, "steps": len(done.steps), "failed": done.failed, "before": before, "peak": peak(),
        "seconds": round(time.perf_counter() - started, 1),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
