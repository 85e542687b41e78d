"""Colours by tables: one-dimensional by lines, three-dimensional by tetrahedra between nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of colours over a domain; what lies outside of the domain is taken to its end."""

    nodes: NDArray[Any]
    """float32 (size, 3), or (size, size, size, 3) by blue, green and red, as files run."""
    low: tuple[float, float, float] = (0.0, 0.0, 0.0)
    high: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """The colours of the first and the last node."""

    def applied(self, found: NDArray[Any]) -> NDArray[Any]:
        """Return the table's colours, float32, for values (…, 3)."""
        import numpy as np

        low, high = np.asarray(self.low, np.float32), np.asarray(self.high, np.float32)
        place = np.clip((found - low) / (high - low), 0, 1) * np.float32(len(self.nodes) - 1)
        flat = place.reshape(-1, 3)
        made = self._along_lines(flat) if self.nodes.ndim == 2 else self._in_tetrahedra(flat)
        return made.reshape(found.shape)

    def _along_lines(self, place: NDArray[Any]) -> NDArray[Any]:
        import numpy as np

        at = np.arange(len(self.nodes))
        lines = [np.interp(place[:, channel], at, self.nodes[:, channel]) for channel in range(3)]
        return np.stack(lines, axis=-1).astype(np.float32)

    def _in_tetrahedra(self, place: NDArray[Any]) -> NDArray[Any]:
        """Interpolate between the nodes round places (n, 3).

        A cell is cut into six tetrahedra along its grey diagonal, so greys stay grey where the nodes are (Kasson, Nin,
        Plouffe and Hafner, J. Electronic Imaging 4(3), 1995). The way through a cell goes first along the axis on which
        a place lies farthest, last along the one on which it lies least far; the differences are the weights.
        """
        import numpy as np

        size = len(self.nodes)
        node = np.minimum(place.astype(np.int32), size - 2)
        share = place - node.astype(np.float32)
        strides = np.array([1, size, size * size], np.int32)
        corner = node @ strides
        far, near = share.argmax(-1), share.argmin(-1)
        highest, lowest = share.max(-1), share.min(-1)
        middle = share.sum(-1) - highest - lowest
        whole = int(strides.sum())
        colours = self.nodes.reshape(-1, 3)
        result = (1 - highest)[:, None] * colours[corner]
        result += (highest - middle)[:, None] * colours[corner + strides[far]]
        result += (middle - lowest)[:, None] * colours[corner + whole - strides[near]]
        result += lowest[:, None] * colours[corner + whole]
        return result


@dataclass(frozen=True, kw_only=True)
class Lut:
    """The tables of a file, in the order in which a colour goes through them."""

    tables: tuple[Table, ...]
    name: str = ""
    """The file's."""
    sha256: str = ""

    def applied(self, found: NDArray[Any]) -> NDArray[Any]:
        """Return the colours for values (…, 3)."""
        for table in self.tables:
            found = table.applied(found)
        return found
