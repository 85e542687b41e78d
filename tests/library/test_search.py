import pytest

from promptkit.errors import SettingsError, UnknownNameError
from promptkit.library import Library
from promptkit.library.search import BEGIN, END, count, excerpts, near_words, search
from tests.library.rows import stored

DAY = 86400.0


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    with Library(tmp_path_factory.mktemp("library"), create=True) as library:
        stored(library, "a red fox, neon lighting, 35mm lens", seed=1, scores={"total": 0.9, "lighting": 0.2}, rating=5)
        stored(library, "a fox in a red barn, golden hour", seed=2, scores={"total": 0.5}, tags=("Good", "draft"))
        stored(library, "an owl, moonlight", seed=2**64 - 1, negative="fox", sampler="DPM++ 2M Karras", tool="comfyui")
        stored(
            library,
            "Zürich café at night, oil painting",
            styles=("film/noir",),
            width=1024,
            height=768,
            made=1e9 + 3 * DAY,
        )
        stored(library, "foxglove, close-up", kind="imported", format="JPEG", model="sdxl/turbo", rating=3, seed=20)
        yield library


def ids(library, query, **how):
    return [hit.picture.id for hit in search(library, query, **how)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {1, 2, 3, 4, 5}),
        ("fox", {1, 2}),
        ("FOX*", {1, 2, 5}),
        ('"red fox"', {1}),
        ("red-fox", {1}),
        ("red fox", {1, 2}),
        ("fox -barn", {1}),
        ("-fox", {3, 4, 5}),
        ("zurich CAFE", {4}),
        ("owl OR barn", {2, 3}),
        ("(owl OR fox) -tag:draft", {1, 3}),
        ("owl OR seed:1", {1, 3}),
        ("-(owl OR seed:1)", {2, 4, 5}),
        ("lighting:neon", {1}),
        ("subject:fox", {1, 2}),
        ("lighting:fox", set()),
        ("negative:fox", {3}),
        ("style:painting", {4}),
        ("style:noir", {4}),
        ("noir", {4}),
        ("camera:35mm", {1}),
        ("model:sdxl", {5}),
        ("seed:2", {2}),
        ("seed:1..2", {1, 2}),
        ("seed:18446744073709551615", {3}),
        ("-seed:1..2", {3, 4, 5}),
        ("rating:>3", {1}),
        ("-rating:>3", {2, 3, 4, 5}),
        ("rating:none", {2, 3, 4}),
        ("score:>0.5", {1}),
        ("score:0.9", {1}),
        ("score:none", {3, 4, 5}),
        ("lighting.score:<0.5", {1}),
        ("size:>512", {4}),
        ("size:1024x768", {4}),
        ("height:768", {4}),
        ("date:2001-09-07..2001-09-10", {1, 2, 3, 5}),
        ("date:>2001-09-10", {4}),
        ("tag:good", {2}),
        ("tag:DRA*", {2}),
        ("good", {2}),
        ("tag:goo", set()),
        ("sampler:dpmpp_2m_karras", {3}),
        ("sampler:dpm*", {3}),
        ("tool:ComfyUI", {3}),
        ("kind:imported format:jpeg", {5}),
        ("kind:imp* OR id:1", {1, 5}),
        ("fox score:>0.1 lighting:golden", {2}),
    ],
)
def test_what_is_found(library, query, found):
    assert set(ids(library, query)) == found
    assert count(library, query) == len(found)


@pytest.mark.parametrize(
    ("query", "sort", "order"),
    [
        ("", None, [4, 5, 3, 2, 1]),
        ("", "score", [1, 2, 5, 4, 3]),
        ("", "rating", [1, 5, 4, 3, 2]),
        ("", "relevance", [4, 5, 3, 2, 1]),
        ("fox", "date", [2, 1]),
        ("good OR fox", None, [2, 1]),
    ],
)
def test_orders_put_the_best_first_and_what_is_not_known_last(library, query, sort, order):
    assert ids(library, query, sort=sort) == order


def test_words_are_ranked_by_how_much_of_a_prompt_they_are(tmp_path):
    with Library(tmp_path, create=True) as library:
        long = stored(library, "a house, and far away, behind trees and hills and a road and a river, an old mill")
        short = stored(library, "an old mill")
        stored(library, "a house at night")
        assert ids(library, "mill") == [short, long]
        assert ids(library, "mill", sort="date") == [short, long]
        assert ids(library, "mill -night", sort="relevance") == [short, long]


def test_a_part_of_the_hits(library):
    assert ids(library, "", limit=2, offset=1) == [5, 3]
    assert ids(library, "", limit=None) == ids(library, "")
    assert ids(library, "fox", offset=5) == []
    for part in ({"limit": -1}, {"offset": -1}, {"limit": 2**63}):
        with pytest.raises(SettingsError):
            search(library, "fox", **part)
    with pytest.raises(UnknownNameError, match="There is no order named 'socre'"):
        search(library, "fox", sort="socre")


def test_excerpts_mark_the_words_and_only_those_that_must_be_there(library):
    marked = excerpts(library, "red lighting:neon OR -owl subject:fo* negative:fox", [1, 2, 3, 5])
    words = {number: [part.partition(END)[0] for part in text.split(BEGIN)[1:]] for number, text in marked.items()}
    assert words == {1: ["red", "fox", "neon"], 2: ["fox", "red"], 5: ["foxglove"]}
    assert excerpts(library, "-owl seed:1", [1]) == {}
    assert set(excerpts(library, "negative:fox OR owl", [1, 2, 3])) == {3}


def test_near_words_are_those_of_the_same_fields(library):
    assert near_words(library, "foxx moonlihgt fox") == {"foxx": ["fox"], "moonlihgt": ["moonlight"]}
    assert near_words(library, "lighting:moonlihgt camera:moonlight") == {"moonlihgt": ["moonlight"], "moonlight": []}
    assert near_words(library, "fo* -nothing café") == {}


def test_a_library_that_is_only_read_can_be_searched(library):
    with Library(library.folder, read_only=True) as reader:
        assert ids(reader, "fox") == ids(library, "fox")
        assert near_words(reader, "foxx") == {"foxx": ["fox"]}
