import pytest

from promptkit.packs.library import StyleLibrary
from promptkit.packs.search import search

PACK = """promptkit: 1
name: mixed
version: 1.0.0
title: Mixed
styles:
  tungsten-night:
    title: Tungsten night
    summary: A warm bulb in a dark room.
    lighting: [bare tungsten bulb]
  blue-hour:
    title: Blue hour
    summary: The town after sunset.
    lighting: [afterglow, "window light by {lamp}"]
    camera: [35mm lens]
    negative: [tungsten light]
    choices: {lamp: [candle, gas lamp]}
    notes: {sdxl: Wants low guidance.}
  gouache:
    title: Gouache
    subject: "{subject} in a meadow"
    style: [gouache painting]
"""


@pytest.fixture(scope="module")
def styles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packs")
    (folder / "mixed.yaml").write_text(PACK)
    return StyleLibrary([folder]).styles()


@pytest.mark.parametrize(
    ("words", "found", "where"),
    [
        ("tungsten", ["mixed/tungsten-night"], "name"),
        ("tungsten bulb", ["mixed/tungsten-night"], "lighting"),
        ("guache", ["mixed/gouache"], "name"),
        ("paintign", ["mixed/gouache"], "style"),
        ("meadow", ["mixed/gouache"], "subject"),
        ("35mm", ["mixed/blue-hour"], "camera"),
        ("CANDLE", ["mixed/blue-hour"], "choices"),
        ("guidance", ["mixed/blue-hour"], "notes"),
        ("town sunset", ["mixed/blue-hour"], "summary"),
        ("after", ["mixed/blue-hour"], "lighting"),
        ("gouache 35mm", ["mixed/gouache", "mixed/blue-hour"], "name"),
        ("tungsten bulb zzzzzz", ["mixed/tungsten-night"], "lighting"),
        ("zzzzzz", [], ""),
        ("  !? ", [], ""),
    ],
)
def test_words_are_found_where_they_stand_best_first(styles, words, found, where):
    hits = search(words, styles)
    assert [hit.style.id for hit in hits] == found
    if found:
        assert hits[0].where == where
        assert all(0 < hit.score <= 1 for hit in hits)


def test_a_hit_says_what_it_lacks_and_shows_a_summary_for_a_name(styles):
    (hit,) = search("tungsten zzzzzz", styles)
    assert (hit.text, hit.missing) == ("A warm bulb in a dark room.", ("zzzzzz",))
    assert search("tungsten bulb", styles)[0].missing == ()


def test_the_order_is_that_of_the_scores(styles):
    hits = search("light", styles)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
