"""Tables between their nodes: exact by hand, and against colour-science."""

import numpy as np
import pytest

from promptkit.finishing.lut import Lut, Table
from tests.finishing.reference import colour, delta_e

DRAW = np.random.default_rng(7)
COLOURS = DRAW.random((20_000, 3)).astype(np.float32)


def warped(size):
    """Return the nodes of a strong look: curved, turned and toned."""
    steps = np.linspace(0, 1, size)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    found = np.stack([red**0.7 * 0.9 + 0.1 * blue, 0.8 * green + 0.2 * red * blue, blue**1.6], axis=-1)
    return found.astype(np.float32)


def test_in_every_tetrahedron_it_is_linear_and_nodes_are_exact():
    nodes = DRAW.random((3, 3, 3, 3)).astype(np.float32)
    table = Table(nodes=nodes)
    places = np.stack(np.meshgrid(*[[0, 0.5, 1]] * 3, indexing="ij"), axis=-1).astype(np.float32)
    assert np.allclose(table.applied(places), nodes.transpose(2, 1, 0, 3), atol=1e-6)
    place = np.array([0.35, 0.2, 0.05], np.float32)  # red first, then green, then blue: shares 0.7, 0.4, 0.1
    corners = [nodes[0, 0, 0], nodes[0, 0, 1], nodes[0, 1, 1], nodes[1, 1, 1]]
    expected = sum(w * c for w, c in zip([0.3, 0.3, 0.3, 0.1], corners, strict=True))
    assert np.allclose(table.applied(place), expected, atol=1e-6)


def test_greys_stay_grey_where_the_nodes_are():
    nodes = DRAW.random((4, 4, 4, 3)).astype(np.float32)
    for node in range(4):
        nodes[node, node, node] = (node / 3) ** 2
    greys = np.linspace(0, 1, 50, dtype=np.float32)[:, None].repeat(3, 1)
    assert np.ptp(Table(nodes=nodes).applied(greys), axis=-1).max() < 1e-6


@pytest.mark.parametrize("size", [2, 17, 33])
def test_cubes_are_those_of_colour_science(size):
    nodes = warped(size)
    reference = colour.LUT3D(nodes.transpose(2, 1, 0, 3).astype(float))
    expected = reference.apply(COLOURS, interpolator=colour.algebra.table_interpolation_tetrahedral)
    found = Table(nodes=nodes).applied(COLOURS)
    assert delta_e(found, expected).max() < 0.01


def test_a_domain_is_that_of_colour_science():
    low, high = (0.1, 0.0, 0.2), (0.9, 1.0, 0.8)
    reference = colour.LUT3D(
        warped(9).transpose(2, 1, 0, 3).astype(float), domain=np.array([low, high]),
    )  # fmt: skip
    inside = np.clip(COLOURS, low, high)
    expected = reference.apply(inside, interpolator=colour.algebra.table_interpolation_tetrahedral)
    found = Table(nodes=warped(9), low=low, high=high)
    assert delta_e(found.applied(inside), expected).max() < 0.01
    assert np.allclose(found.applied(COLOURS), found.applied(inside), atol=1e-5)


def test_lines_are_those_of_colour_science():
    nodes = np.stack([np.linspace(0, 1, 40) ** power for power in (0.6, 1.0, 2.2)], axis=-1).astype(np.float32)
    expected = colour.LUT3x1D(nodes.astype(float)).apply(COLOURS)
    assert delta_e(Table(nodes=nodes).applied(COLOURS), expected).max() < 0.01


def test_tables_follow_each_other():
    half = Table(nodes=np.array([[0, 0, 0], [0.5, 0.5, 0.5]], np.float32))
    turned = Table(nodes=np.array([[1, 1, 1], [0, 0, 0]], np.float32))
    assert np.allclose(Lut(tables=(half, turned)).applied(COLOURS), 1 - COLOURS / 2, atol=1e-6)
    assert np.allclose(Lut(tables=(turned, half)).applied(COLOURS), (1 - COLOURS) / 2, atol=1e-6)
