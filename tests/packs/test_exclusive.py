"""The table of what one picture cannot be at once."""

import itertools

import pytest

from promptkit.expanders.styles import default_library
from promptkit.packs.exclusive import exclusion, exclusive_groups


@pytest.mark.parametrize(
    ("slot", "first", "second", "title"),
    [
        ("camera", "85mm lens", "35 mm", "two focal lengths"),
        ("camera", "f/2", "f / 8", "two apertures"),
        ("camera", "14mm lens", "telephoto compression", "wide and long lenses"),
        ("camera", "ultra wide angle", "135mm lens", "wide and long lenses"),
        ("camera", "overhead shot", "low angle", "views from above and below"),
        ("lighting", "Low-key lighting", "high-key", "bright and dark keys"),
        ("lighting", "golden hour", "moonlight through trees", "two times of day"),
        ("lighting", "bright noon sun", "night, a few stars", "two times of day"),
        ("style", "black-and-white photograph", "vivid colours", "colour and black and white"),
        ("style", "watercolour", "3d render", "two media"),
    ],
)
def test_what_excludes_what(slot, first, second, title):
    for pair in ((first, second), (second, first)):
        found = exclusion(slot, *pair)
        assert found is not None
        assert found.title == title


@pytest.mark.parametrize(
    ("slot", "first", "second"),
    [
        ("camera", "85mm lens", "85 mm, f/2"),
        ("camera", "35mm film", "85mm lens"),
        ("camera", "85mm lens", "f/8"),
        ("lighting", "no direct sun", "fog"),
        ("lighting", "golden hour", "rim light"),
        ("style", "moonlight", "noon"),
        ("subject", "moonlight", "noon"),
    ],
)
def test_what_goes_together(slot, first, second):
    assert exclusion(slot, first, second) is None


def test_every_side_of_a_line_has_words_of_its_own():
    for group in exclusive_groups():
        for side, words in group.sides.items():
            others = {word for other, said in group.sides.items() if other != side for word in said}
            assert set(words) - others, (group.title, side)
        assert group.pattern is not None or len(group.sides) > 1


def test_no_built_in_style_names_two_lenses_or_two_hours():
    """A sheet may show a front view and a side view; one lens has one length."""
    one_only = {"two focal lengths", "two apertures", "two times of day", "bright and dark keys"}
    for style in default_library().styles():
        for slot, texts in style.slots.items():
            for first, second in itertools.combinations(texts, 2):
                found = exclusion(slot, first.text, second.text)
                assert found is None or found.title not in one_only, (style.id, first.text, second.text)
