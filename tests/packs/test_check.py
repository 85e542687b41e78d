"""Everything that is wrong with files in one go, on their own and with each other."""

import pytest

from promptkit.packs.check import check_files
from promptkit.packs.library import StyleLibrary, builtin_folder
from tests.packs.hostile.cases import GOOD


def write(folder, text, name="a.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def said(checked):
    return [(p.line, p.column, p.key, p.message, p.hint) for one in checked for p in one.problems]


def test_every_problem_of_a_file_is_said_in_the_order_of_its_lines(tmp_path):
    path = write(
        tmp_path,
        "promptkit: 1\nnam: x\nname: bad\nversion: 1\ntitle: &a T\nstyles:\n  one:\n    title: One\n"
        "    stile: [x]\n    style: [{text: y, wieght: 2}, {text: z, weight: 99}]\n    lighting: [{subject}]\n"
        "    title: again\n",
    )
    assert said(check_files([path], StyleLibrary([]))) == [
        (2, 1, "nam", "unknown key", "Did you mean 'name'?"),
        (4, 10, "version", "'1' cannot stand here", "Versions are written 1.0.0."),
        (5, 8, None, "a YAML anchor is not allowed in a pack", "Write the value out where it is used."),
        (9, 5, "styles.one.stile", "unknown key", "Did you mean 'style'?"),
        (10, 23, "styles.one.style.0.wieght", "unknown key", "Did you mean 'weight'?"),
        (
            10,
            53,
            "styles.one.style.1.weight",
            "Input should be less than or equal to 10",
            "Choose a value in the range.",
        ),
        (
            11,
            16,
            "styles.one.lighting.0",
            "braces begin a mapping in YAML",
            'Quote the text: "{subject} on a table".',
        ),
        (12, 5, None, "the key 'title' stands here twice", "Keep one of them."),
    ]


def test_problems_across_files_are_said_in_each_of_them(tmp_path):
    first = write(tmp_path, GOOD.replace("test-pack", "a") + "    extends: b/one\n", "a.yaml")
    second = write(
        tmp_path, GOOD.replace("test-pack", "b") + "    extends: a/one\n  two: {title: T, extends: c/x}\n", "b.yaml"
    )
    third = write(tmp_path, GOOD.replace("test-pack", "a"), "c.yaml")
    checked = check_files([first, second, third], StyleLibrary([]))
    assert [[(p.line, p.message) for p in one.problems] for one in checked] == [
        [(9, "'a/one' extends itself: a/one → b/one → a/one")],
        [
            (9, "'b/one' extends itself: b/one → a/one → b/one"),
            (10, "extends 'c/x', whose pack is not installed"),
        ],
        [(2, f"another pack is named 'a' too: {first}")],
    ]


def test_installed_packs_may_be_extended_but_not_named_again(tmp_path):
    library = StyleLibrary([builtin_folder()])
    good = write(tmp_path, GOOD + "    extends: embedded/gallery-oil\n", "good.yaml")
    taken = write(tmp_path, GOOD.replace("test-pack", "embedded"), "taken.yaml")
    assert said(check_files([good], library)) == []
    assert [problem[2] for problem in said(check_files([taken], library))] == ["name"]
    builtin = check_files([builtin_folder() / "embedded.yaml"], library)
    assert [one.problems for one in builtin] == [[]]


def test_folders_and_files_that_are_not_there(tmp_path):
    write(tmp_path, GOOD, "a.yaml")
    write(tmp_path, GOOD.replace("test-pack", "b"), "b.yaml")
    assert [one.path.name for one in check_files([tmp_path], StyleLibrary([]))] == ["a.yaml", "b.yaml"]
    (gone,) = check_files([tmp_path / "gone.yaml"], StyleLibrary([]))
    assert [problem.hint for problem in gone.problems] == ["Check the path."]


@pytest.mark.parametrize(
    ("brace", "hint"), [("{lenz}", "Did you mean '{lens}'?"), ("{x}", "Here braces may name: lens.")]
)
def test_braces_are_checked_against_inherited_choices(tmp_path, brace, hint):
    text = GOOD + "    choices: {lens: [a]}\n  two: {title: T, extends: one, camera: '{lens}'}\n"
    fine = write(tmp_path, text)
    assert said(check_files([fine], StyleLibrary([]))) == []
    (problem,) = said(check_files([write(tmp_path, text.replace("'{lens}'", f"'{brace}'"))], StyleLibrary([])))
    assert problem[0] == 10
    assert problem[4] == hint
