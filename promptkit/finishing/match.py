"""Give one picture the colours of another: the mean and the spread of both, in a space where they are seen as such."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit.errors import SettingsError
from promptkit.finishing.arrays import to_light, values
from promptkit.finishing.white import rgb_to_xyz
from promptkit.rgb import as_rgb

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

TOE, SLOPE = 216 / 24389, 841 / 108
"""Of CIELAB's curve: a cube root above, a straight line below, so that what wavers in black stays small."""
SIDE = 256
"""Pixels that the longer side is brought down to before colours are counted."""
NOISE = 0.005
"""A spread that every picture is taken to have at least, so that a flat one is moved and not torn apart."""
MOST = 3.0
"""By how much a spread grows at most."""
MOST_BYTES = 256 * 1024 * 1024
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF")


@dataclass(frozen=True, kw_only=True)
class Colours:
    """What a picture's colours are on the whole, in CIELAB; of a grey picture, its lightness alone."""

    mean: NDArray[Any]
    """(n,)"""
    covariance: NDArray[Any]
    """(n, n)"""

    @property
    def lightness(self) -> Colours:
        """Those of the picture in grey."""
        return Colours(mean=self.mean[:1], covariance=self.covariance[:1, :1])


@dataclass(frozen=True, kw_only=True)
class Match:
    """The linear map that gives one picture's colours the mean and covariance of another's."""

    matrix: NDArray[Any]
    before: NDArray[Any]
    after: NDArray[Any]

    def applied(self, light: NDArray[Any]) -> NDArray[Any]:
        """Return linear light (…, 1 or 3) with the other picture's colours."""
        lab = to_lab(light)
        return from_lab((lab - self.before) @ self.matrix.T + self.after)


def match(own: Colours, other: Colours) -> Match:
    """Return the map that is closest to leaving colours alone: Monge and Kantorovitch's for two normal distributions.

    T = A^-½ (A^½ B A^½)^½ A^-½ with the covariances A and B (Pitié and Kokaram, "The linear Monge-Kantorovitch linear
    colour mapping for example-based colour transfer", CVMP 2007, eq. 7).
    """
    import numpy as np

    noise = NOISE**2 * np.eye(len(own.mean))
    root = _power(own.covariance + noise, 0.5)
    back = np.linalg.inv(root)
    matrix = back @ _power(root @ (other.covariance + noise) @ root, 0.5) @ back
    size, way = np.linalg.eigh((matrix + matrix.T) / 2)
    bounded = (way * np.minimum(size, MOST)) @ way.T
    return Match(
        matrix=bounded.astype(np.float32), before=own.mean.astype(np.float32), after=other.mean.astype(np.float32)
    )


def colours_of(image: Image) -> Colours:
    """Return the colours of a picture of any of ``interfaces.MODES``, counted on a small copy."""
    import numpy as np
    from PIL import Image as Pillow

    share = min(1.0, SIDE / max(image.size))
    size = max(1, round(image.width * share)), max(1, round(image.height * share))
    small = image if share == 1 else image.resize(size, Pillow.Resampling.BOX)
    lab = to_lab(to_light(values(small)))
    flat = lab.reshape(-1, lab.shape[-1]).astype(np.float64)
    return Colours(mean=flat.mean(0), covariance=np.atleast_2d(np.cov(flat, rowvar=False, bias=True)))


def to_lab(light: NDArray[Any]) -> NDArray[Any]:
    """Return CIELAB / 100 (CIE 015:2018) of linear sRGB (…, 3); of grey light (…, 1), its lightness."""
    import numpy as np

    if light.shape[-1] == 1:
        return 1.16 * _bent(light) - 0.16
    x, y, z = np.moveaxis(_bent(light @ _relative_xyz().T), -1, 0)
    return np.stack([1.16 * y - 0.16, 5 * (x - y), 2 * (y - z)], axis=-1)


def from_lab(lab: NDArray[Any]) -> NDArray[Any]:
    """Return linear sRGB of CIELAB / 100, and grey light of lightness alone."""
    import numpy as np

    y = (lab[..., 0] + 0.16) / 1.16
    if lab.shape[-1] == 1:
        return _straight(y)[..., None]
    xyz = _straight(np.stack([y + lab[..., 1] / 5, y, y - lab[..., 2] / 2], axis=-1))
    return xyz @ np.linalg.inv(_relative_xyz()).T


def _relative_xyz() -> NDArray[Any]:
    """Return the matrix from linear sRGB to XYZ as shares of white's."""
    import numpy as np

    found = rgb_to_xyz()
    return (found / found.sum(1, keepdims=True)).astype(np.float32)


def _bent(share: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    return np.where(share > TOE, np.cbrt(share), SLOPE * share + np.float32(4 / 29))


def _straight(bent: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    return np.where(bent > 6 / 29, bent**3, (bent - np.float32(4 / 29)) / SLOPE)


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A picture to match."""

    colours: Colours
    sha256: str


def find_reference(name: str) -> Reference:
    """Read a picture by its path, once for each time that it changed. Raises SettingsError for none."""
    path = Path(name).expanduser()
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if found.st_size > MOST_BYTES:
        raise SettingsError(f"The reference '{path}' is larger than 256 MiB.", hint="A small copy matches as well.")
    return _found(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=4)
def _found(path: Path, changed: int, size: int) -> Reference:  # noqa: ARG001
    from PIL import Image as Pillow

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            with path.open("rb") as handle:
                sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
            with Pillow.open(path, formats=FORMATS) as opened:
                opened.draft("RGB", (SIDE, SIDE))
                return Reference(colours=colours_of(as_rgb(opened)), sha256=sha256)
    except (OSError, ValueError, SyntaxError, Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> SettingsError:
    why = (error.strerror if isinstance(error, OSError) else None) or error
    return SettingsError(
        f"The reference '{path}' cannot be read: {why}.", hint="Name a picture: PNG, JPEG, WebP or TIFF."
    )


def _power(matrix: NDArray[Any], exponent: float) -> NDArray[Any]:
    """Return a power of a symmetric positive matrix."""
    import numpy as np

    size, way = np.linalg.eigh((matrix + matrix.T) / 2)
    return (way * np.maximum(size, 0) ** exponent) @ way.T
