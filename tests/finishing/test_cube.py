"""Files of colour tables: what the format knows, and every way to get it wrong."""

import hashlib

import numpy as np
import pytest

from promptkit import SettingsError
from promptkit.finishing import cube
from promptkit.finishing.cube import find_cube, parse_cube, read_cube

ROWS = "\n".join(f"{r} {g} {b}" for b in (0, 1) for g in (0, 1) for r in (0, 1))
SAME = "LUT_3D_SIZE 2\n" + ROWS
RAMP = "LUT_1D_SIZE 3\n0 0 0\n.5 .5 .5\n1 1 1\n"
COLOURS = np.random.default_rng(0).random((50, 3)).astype(np.float32)


@pytest.mark.parametrize(
    "text",
    [
        SAME,
        RAMP,
        "\ufeff" + SAME,
        SAME.replace("\n", "\r\n"),
        f'# made by hand\n\nTITLE "a # in it"\n{SAME}\n# the end\n',
        "DOMAIN_MIN 0 0 0\nDOMAIN_MAX 1.0 1.0 1.0\n" + SAME,
        "  LUT_3D_SIZE   2  \n" + ROWS.replace(" ", "\t"),
        "LUT_3D_SIZE 2\n" + ROWS.replace("1", "+1.0E+00"),
        "LUT_3D_INPUT_RANGE 0 1\n" + SAME,
        "LUT_1D_SIZE 2\nLUT_3D_SIZE 2\n0 0 0\n1 1 1\n" + ROWS,
    ],
)
def test_a_table_that_changes_nothing_however_it_is_written_changes_nothing(text):
    assert np.allclose(parse_cube(text).applied(COLOURS), COLOURS, atol=1e-6)


def test_red_runs_fastest():
    rows = "\n".join(f"{r} 0 0" for _ in range(4) for r in (0, 1))
    assert np.allclose(parse_cube("LUT_3D_SIZE 2\n" + rows).applied(COLOURS), COLOURS * [1, 0, 0], atol=1e-6)


@pytest.mark.parametrize("words", ["DOMAIN_MIN .5 .5 .5\nDOMAIN_MAX 1 1 1\n", "LUT_3D_INPUT_RANGE .5 1\n"])
def test_the_domain_says_where_the_table_begins_and_ends(words):
    found = parse_cube(words + SAME).applied(np.array([0.75, 0.2, 1.0], np.float32))
    assert np.allclose(found, [0.5, 0, 1])


def test_a_line_before_a_cube_shapes_what_the_cube_sees():
    text = "LUT_1D_SIZE 2\nLUT_3D_SIZE 2\n1 1 1\n0 0 0\n" + ROWS
    assert np.allclose(parse_cube(text).applied(COLOURS), 1 - COLOURS, atol=1e-6)


def test_values_beyond_black_and_white_are_kept_in_the_table():
    assert parse_cube("LUT_1D_SIZE 2\n-1 0 0\n3 1 1").applied(COLOURS[:, :1].repeat(3, 1))[:, 0].max() > 1


@pytest.mark.parametrize(("text", "said"), [
    ("", "says neither LUT_1D_SIZE nor LUT_3D_SIZE"),
    ("\0\x01\x02", "line 1' has"),
    (ROWS, "says neither"),
    ("LUT_3D_SIZE 1\n0 0 0", "line 1' says 'LUT_3D_SIZE 1', and LUT_3D_SIZE is 2 to 256"),
    ("LUT_3D_SIZE 257", "LUT_3D_SIZE is 2 to 256"),
    ("LUT_3D_SIZE 999999999999", "2 to 256"),
    ("LUT_3D_SIZE -2", "2 to 256"),
    ("LUT_3D_SIZE", "2 to 256"),
    ("LUT_1D_SIZE 65537", "2 to 65536"),
    ("LUT_3D_SIZE 2\n0 0 0", "has 1 colours, and 2³ = 8 belong there"),
    (SAME + "\n1 1 1", "has 9 colours"),
    ("LUT_1D_SIZE 2\n" + SAME, r"has 8 colours, and 2 \+ 2³ = 10"),
    (SAME.replace("1 1 1", "1 1"), "line 9' has '1 1' where three numbers belong"),
    (SAME.replace("1 1 1", "1 1 1 1"), "line 9'.*where three numbers belong"),
    (SAME.replace("1 1 1", "1 1 nan"), "line 9' has 'nan', which is no number"),
    (SAME.replace("1 1 1", "nan 1 1"), "line 9' has 'nan', which is no number"),
    (SAME.replace("1 1 1", "1 -inf 1"), "line 9' has '-inf', which is no number"),
    (SAME.replace("1 1 1", "1 1 1e30"), "line 9' has '1e30', which is too large"),
    (SAME.replace("1 1 1", "1 1 x"), "three numbers belong"),
    ("DOMAIN_MIN 1 1 1\n" + SAME, "line 1' has a domain that ends before it begins"),
    ("DOMAIN_MIN 0 0\n" + SAME, "three numbers belong"),
    ("LUT_3D_INPUT_RANGE 0\n" + SAME, "two numbers belong"),
    ("PHOTO 3\n" + SAME, "line 1' has the word 'PHOTO'"),
    ("LUT_3D_SIZE 2\n" + SAME, "line 2' says LUT_3D_SIZE twice"),
    (ROWS + "\nLUT_3D_SIZE 2", "line 9' says LUT_3D_SIZE behind the first colour"),
])  # fmt: skip
def test_what_is_no_table_says_where_and_why(text, said):
    with pytest.raises(SettingsError, match=said) as caught:
        parse_cube(text, "mine.cube")
    assert "mine.cube" in str(caught.value)
    assert caught.value.hint


def test_a_file_is_known_by_its_hash_and_read_again_when_it_changes(tmp_path):
    path = tmp_path / "mine.cube"
    path.write_text(SAME, encoding="utf-8")
    found = find_cube(str(path))
    assert (found.name, found.sha256) == ("mine.cube", hashlib.sha256(SAME.encode()).hexdigest())
    assert find_cube(str(path)) is found
    path.write_text(RAMP, encoding="utf-8")
    assert find_cube(str(path)).sha256 == hashlib.sha256(RAMP.encode()).hexdigest()


def test_what_cannot_be_read_is_said_with_its_place(tmp_path, monkeypatch):
    with pytest.raises(SettingsError, match=r"none\.cube' cannot be read: No such file"):
        find_cube(str(tmp_path / "none.cube"))
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        find_cube(str(tmp_path))
    path = tmp_path / "large.cube"
    path.write_text(SAME, encoding="utf-8")
    monkeypatch.setattr(cube, "MOST_BYTES", 10)
    with pytest.raises(SettingsError, match="larger than 32 MiB"):
        read_cube(path)
