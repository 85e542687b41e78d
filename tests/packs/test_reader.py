"""Where a problem stands, and what reading goes on to after one; ``hostile/`` has what is refused."""

import pytest

from promptkit.errors import PackError
from promptkit.packs.library import read_pack
from promptkit.packs.yaml_reader import MAX_PROBLEMS, read_document
from tests.packs.hostile.cases import GOOD


def write(tmp_path, text):
    path = tmp_path / "pack.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("[ink drawing]", "[ink, {text: x, weight: heavy}]", (8, 36, "styles.one.style.1.weight")),
        ("    style:", "    stile:", (8, 5, "styles.one.stile")),
        ("  one:", "  One:", (6, 3, "styles.One")),
        ("1.0.0", "1", (3, 10, "version")),
        ("title: A test\n", "", (1, 1, "title")),
        ("title: One", "title: &a One", (7, 12, None)),
        ("title: One", "title: One\n    title: Two", (8, 5, None)),
    ],
)
def test_the_place_is_that_of_what_is_wrong(tmp_path, old, new, place):
    with pytest.raises(PackError) as caught:
        read_pack(write(tmp_path, GOOD.replace(old, new)))
    assert (caught.value.line, caught.value.column, caught.value.key) == place


def test_the_first_problem_counts_the_others(tmp_path):
    with pytest.raises(PackError, match=r"\(and 1 more\)"):
        read_pack(write(tmp_path, GOOD.replace("1.0.0", "1").replace("style:", "stile:")))


def test_collecting_goes_on_behind_what_can_be_skipped(tmp_path):
    text = "a: &x 1\nb: *x\nb: 2\n<<: {c: 1}\n[d]: 3\ne: !!str 4\nf: 5\n"
    document = read_document(write(tmp_path, text), collect=True)
    assert [problem.line for problem in document.problems] == [1, 2, 3, 4, 5, 6]
    assert document.value == {"a": "1", "b": "", "e": "4", "f": "5"}


def test_collecting_ends_where_nothing_can_be_read_any_more(tmp_path):
    document = read_document(write(tmp_path, "a: &x 1\nb: [1, 2\nc: 3\n"), collect=True)
    assert [problem.line for problem in document.problems] == [1, 3]
    assert document.value == {"a": "1", "b": ["1", "2 c"]}


def test_no_more_problems_are_collected_than_anybody_reads(tmp_path):
    document = read_document(write(tmp_path, "a: 1\n" * 1000), collect=True)
    assert len(document.problems) == MAX_PROBLEMS + 1
