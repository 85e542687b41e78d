"""What grading is measured by: colour-science, which warns on import of what it can only draw with, and puts a stand-in
for matplotlib where diffusers, in the same process, looks for the real one."""

import sys
import warnings

import numpy as np

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import colour

for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
    if getattr(sys.modules[name], "__spec__", None) is None:
        del sys.modules[name]

D65 = (0.3127, 0.3290)


def delta_e(one, other):
    """Return CIE ΔE2000 between sRGB values (…, 3), cut to 0 to 1."""
    first, second = (
        colour.XYZ_to_Lab(colour.sRGB_to_XYZ(np.clip(np.asarray(values, float), 0, 1)), D65) for values in (one, other)
    )
    return colour.delta_E(first, second, method="CIE 2000")


def usual(processor, **changed):
    """Return all settings of a post-processor, as a chain hands them over."""
    return {setting.name: setting.default for setting in processor.settings} | changed
