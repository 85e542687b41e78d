"""The commands ``library search`` and ``library embed``, in this process."""

import json
import sys

import pytest
from rich.text import Text

from promptkit.cli import main
from promptkit.library import Library
from promptkit.library.search import BEGIN, END
from promptkit.library.similar import embedding_models
from promptkit.views_search import MARK, excerpt_view
from tests.library.making import filled
from tests.library.rows import stored


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    with Library(folder, create=True) as library:
        stored(
            library, "a red fox, neon lighting", seed=1, scores={"total": 0.9}, rating=5, embedding=("clip:x", [1, 0])
        )
        stored(library, "an owl by the [bold]sea[/bold]\x1b[31m, moonlight", seed=2, embedding=("clip:x", [0.8, 0.6]))
        stored(library, "an old mill", seed=3, tags=("good",))
    return folder


@pytest.fixture
def typed(folder, monkeypatch, capsys):
    """Type a command; return exit code, stdout and stderr."""

    def run(*arguments, library=folder):
        monkeypatch.setattr(sys, "argv", ["promptkit", "library", *arguments, "--library", str(library)])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code, *capsys.readouterr()

    return run


def found(said):
    return [picture["id"] for picture in json.loads(said)["pictures"]]


def test_hits_are_a_table_with_the_library_s_columns(typed):
    code, out, err = typed("search", "fox", "OR", "owl")
    assert (code, err) == (0, "")
    assert out.split("\n")[0].split() == ["id", "file", "prompt", "seed", "total", "rating", "tags"]
    assert "red fox" in out
    assert "\x1b" not in out


def test_json_is_one_document(typed):
    code, out, _ = typed("search", "score:>0.5", "--json")
    document = json.loads(out)
    assert (code, document["kind"], document["count"], document["query"]) == (0, "pictures", 1, "score:>0.5")
    assert (found(out), document["near"]) == ([1], {})


def test_a_minus_is_not_an_option_but_two_are(typed):
    assert found(typed("search", "-fox", "--json")[1]) == [3, 2]
    code, _, err = typed("search", "fox", "--limt", "3")
    assert (code, "No such option '--limt'" in err) == (2, True)


def test_order_limit_and_offset(typed):
    assert found(typed("search", "--sort", "rating", "--limit", "1", "--json")[1]) == [1]
    assert found(typed("search", "--offset", "1", "--limit", "1", "--json")[1]) == [2]
    assert "1 to 2 of 3 pictures" in typed("search", "--limit", "2")[2]
    assert "only 3 pictures" in typed("search", "--offset", "9")[2]


def test_nothing_found_names_near_words(typed):
    assert typed("search", "zzzzzz")[2].endswith("by 'zzzzzz'. No near word.\n")
    assert found(typed("search", "tag:none", "--json")[1]) == [2, 1]
    assert found(typed("search", "sampler:none", "--json")[1]) == [3, 2, 1]
    code, out, err = typed("search", "foxx", "lighting:moonlihgt")
    assert (code, out) == (0, "")
    assert "'foxx': fox; 'moonlihgt': moonlight" in err
    assert json.loads(typed("search", "foxx", "--json")[1])["near"] == {"foxx": ["fox"]}


def test_what_is_no_query_is_told_with_a_caret(typed):
    code, _, err = typed("search", "fox lightning:neon")
    assert code == 2
    assert "fox lightning:neon\n    ^\n" in err
    assert "Did you mean 'lighting:'" in err
    document = json.loads(typed("search", "fox lightning:neon", "--json")[1])
    assert (document["kind"], document["column"]) == ("error", 5)


def test_pictures_like_one_of_the_library_need_no_model(typed):
    code, out, err = typed("search", "--like-image", "1", "--json")
    assert (code, found(out)) == (0, [1, 2])
    assert [picture["similarity"] for picture in json.loads(out)["pictures"]] == pytest.approx([1, 0.8], abs=1e-3)
    code, out, err = typed("search", "--like-image", "1", "owl")
    assert "like" in out.split("\n")[0]
    assert "1 picture has no embedding" in err
    assert "None of the 1 pictures has an embedding" in typed("search", "--like-image", "1", "mill")[2]


@pytest.mark.parametrize(
    "options", [("--like", "a", "--like-image", "1"), ("--sort", "similarity"), ("--ranker", "clip:embedded")]
)
def test_options_that_do_not_go_together_are_refused(typed, options):
    code, _, err = typed("search", "nothing", *options)
    assert code == 2
    assert "--like" in err


def test_embedding_by_the_embedded_clip_and_searching_by_a_text(typed, tmp_path):
    with filled(tmp_path, 3) as library:
        library.pictures([2])[0].path.write_bytes(b"no picture")
    code, out, err = typed("search", "--like", "red", library=tmp_path)
    assert (code, "promptkit library embed" in err) == (1, True)
    code, out, _ = typed("embed", "--ranker", "clip:embedded", "--json", library=tmp_path)
    document = json.loads(out)
    assert (code, document["count"], len(document["refused"])) == (3, 2, 1)
    with Library(tmp_path) as library:
        assert embedding_models(library) == {document["model"]: 2}
    code, out, _ = typed("search", "--like", "a red lighthouse", "lighthouse", "--json", library=tmp_path)
    assert (code, sorted(found(out))) == (0, [1, 3])
    assert typed("embed", library=tmp_path)[0] == 1


def test_an_excerpt_shows_its_first_word_whatever_the_width():
    text = f"one two three four {BEGIN}five{END}\n six [red]seven \x1b[31m"
    for width in (14, 20, 28):
        shown = excerpt_view(text, width)
        assert len(shown) == width
        assert [shown.plain[span.start : span.end] for span in shown.spans if span.style == MARK] == ["five"]
    whole = excerpt_view(text, 80)
    assert (whole.plain, isinstance(whole, Text)) == ("one two three four five six [red]seven ␛[31m", True)
