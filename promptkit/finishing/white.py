"""Warmer, cooler, greener: how sRGB light looks when its white is another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

PRIMARIES = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
"""Red, green and blue of sRGB, xy (IEC 61966-2-1)."""
D65 = (0.3127, 0.3290)
MIREDS = 1e6 / 6504
"""Where D65 lies along the locus: its correlated colour temperature is 6504 K."""
BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
"""From XYZ to cone-like responses (Lam, 1985; as in ICC.1:2022, annex E)."""
STEP = 0.5
"""Mireds to each side, for the direction of the locus."""


def adaptation(temperature: float, tint: float) -> NDArray[Any]:
    """Return the matrix (3, 3) that takes linear sRGB, as columns, from white D65 to another white of equal brightness.

    ``temperature`` moves the white along the Planckian locus, in mireds, which are about evenly visible and need no
    guess of what the light was: above 0 to lower kelvins, so warmer. ``tint`` moves it off the locus, in thousandths
    of Duv: above 0 to magenta. The colours follow by von Kries's rule on Bradford's responses.
    """
    import numpy as np

    to_xyz, cones = rgb_to_xyz(), np.asarray(BRADFORD)
    before, after = (cones @ _xyz(xy) for xy in (D65, white(temperature, tint)))
    adapted = np.linalg.inv(cones) @ np.diag(after / before) @ cones
    return np.linalg.inv(to_xyz) @ adapted @ to_xyz


def white(temperature: float, tint: float) -> tuple[float, float]:
    """Return the chromaticity xy of a white ``temperature`` mireds and ``tint`` thousandths of Duv away from D65.

    It keeps D65's own distance from the locus, so (0, 0) is D65. Distances are Euclid's in CIE 1960 uv.
    """
    moved = MIREDS + temperature
    own = _uv(D65) - _planckian(MIREDS)
    across = own @ _green(MIREDS)
    rest = own - across * _green(MIREDS)
    return _xy(_planckian(moved) + rest + (across - tint / 1000) * _green(moved))


def rgb_to_xyz() -> NDArray[Any]:
    """Return the matrix (3, 3) from linear sRGB to CIE XYZ, whose white has Y = 1."""
    import numpy as np

    columns = np.stack([_xyz(xy) for xy in PRIMARIES], axis=1)
    return columns * np.linalg.solve(columns, _xyz(D65))


def _green(mireds: float) -> NDArray[Any]:
    """Return the direction in uv, of length 1, that leads off the locus to green."""
    import numpy as np

    u, v = _planckian(mireds + STEP) - _planckian(mireds - STEP)
    return np.array([-v, u]) / np.hypot(u, v)


def _planckian(mireds: float) -> NDArray[Any]:
    """Return uv of a black body (Kang, Moon, Hong, Lee, Cho and Kim, J. Korean Physical Society 41(6), 2002), for 40 to
    450 mireds, which are 25,000 to 2222 K."""
    t = mireds / 1000  # 1000 / T
    if mireds > 250:
        x = -0.2661239 * t**3 - 0.2343589 * t**2 + 0.8776956 * t + 0.179910
        y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        x = -3.0258469 * t**3 + 2.1070379 * t**2 + 0.2226347 * t + 0.24039
        y = 3.0817580 * x**3 - 5.8733867 * x**2 + 3.75112997 * x - 0.37001483
    return _uv((x, y))


def _xyz(xy: tuple[float, float]) -> NDArray[Any]:
    import numpy as np

    return np.array([xy[0] / xy[1], 1.0, (1 - xy[0] - xy[1]) / xy[1]])


def _uv(xy: tuple[float, float]) -> NDArray[Any]:
    import numpy as np

    x, y = xy
    return np.array([4 * x, 6 * y]) / (-2 * x + 12 * y + 3)


def _xy(uv: NDArray[Any]) -> tuple[float, float]:
    u, v = (float(value) for value in uv)
    below = 2 * u - 8 * v + 4
    return 3 * u / below, 2 * v / below
