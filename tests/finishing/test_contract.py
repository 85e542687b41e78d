"""Every built-in post-processor keeps the contract, in every mode of a chain."""

import pytest

from promptkit.finishing.plugin import register_postprocessors
from promptkit.interfaces import MODES
from promptkit.testing import check_postprocessor

from .networks import compact

GIVEN = {
    "pad": [{"colour": "edge", "aspect": "16:9"}, {"colour": "blur", "aspect": "9:16"}, {"colour": "transparent"}],
    "crop": [{"aspect": "16:9"}, {"aspect": "golden"}],
}
"""Settings besides the ends of their ranges."""
SLOW = ("denoise", "face", "upscale")
"""Those whose calls take tens of milliseconds."""


@pytest.mark.parametrize("processor", register_postprocessors(), ids=lambda one: one.name)
def test_built_ins_keep_the_contract(processor):
    assert tuple(processor.modes) == MODES
    assert processor.summary
    report = check_postprocessor(
        processor, settings=GIVEN.get(processor.name, ()), examples=4 if processor.name in SLOW else 8
    )
    assert [made.name for made in report.checks if made.ok is not True] == []


def test_upscaling_keeps_it_with_a_network(tmp_path):
    path = compact(tmp_path / "small.safetensors")
    (upscale,) = (one for one in register_postprocessors() if one.name == "upscale")
    report = check_postprocessor(upscale, settings=[{"model": str(path), "scale": 3.0, "tile": 64}], examples=3)
    assert [made.name for made in report.checks if made.ok is not True] == []
