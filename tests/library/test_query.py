import re
import time
from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from promptkit.errors import PromptkitError, QueryError
from promptkit.library import Library
from promptkit.library.conditions import All, Between, Either, Missing, Named, Not, Words, wanted_words
from promptkit.library.query import ANYWHERE, FIELDS, LONGEST, NESTING, TERMS, read_query
from promptkit.library.search import count, excerpts, near_words, search
from tests.library.rows import stored

NOON = datetime(2026, 11, 26, 12).timestamp()


def word(text, **changed):
    return Words(**{"text": text, "columns": ANYWHERE, **changed})


def whole(what, number):
    return Between(what=what, least=number, most=number)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("fox", word("fox")),
        ("fo*", word("fo", prefix=True)),
        ('"red fo"*', word("red fo", prefix=True)),
        ('"red fo*"', word("red fo*")),
        ("16:9", word("16:9")),
        ("red AND fox", All(nodes=(word("red"), word("fox")))),
        ("-fox NOT owl", All(nodes=(Not(node=word("fox")), Not(node=word("owl"))))),
        ("a b OR c", Either(nodes=(All(nodes=(word("a"), word("b"))), word("c")))),
        ("a (b OR c)", All(nodes=(word("a"), Either(nodes=(word("b"), word("c")))))),
        ("ORANGE or NOTE", All(nodes=(word("ORANGE"), word("or"), word("NOTE")))),
        ('Lighting:"neon sign"', word("neon sign", columns=("lighting",), field="lighting")),
        ("style:noir", word("noir", columns=("style", "styles"), field="style")),
        ("tag:go*", Named(what="tag", text="go", prefix=True)),
        ('"lighting:neon"', word("lighting:neon")),
        ("seed:12", whole("seed", 12)),
        ("seed:18446744073709551615", whole("seed", 2**64 - 1)),
        ("seed:10..20", Between(what="seed", least=10, most=20)),
        ("seed:10..", Between(what="seed", least=10)),
        ("seed:..20", Between(what="seed", most=20)),
        ("rating:>=4", Between(what="rating", least=4)),
        ("rating:none", Missing(what="rating")),
        ("tag:none", Missing(what="tag")),
        ('lighting:"-golden"', word("-golden", columns=("lighting",), field="lighting")),
        ("width:<512", Between(what="width", most=512, below=True)),
        ("score:>0.8", Between(what="score.total", least=0.8, above=True)),
        ("score:0.5..0.8", Between(what="score.total", least=0.5, most=0.8)),
        ("lighting.score:<=0.5", Between(what="score.lighting", most=0.5)),
        ("size:512x768", All(nodes=(whole("width", 512), whole("height", 768)))),
    ],
)
def test_what_a_query_means(typed, read):
    assert read_query(typed) == read


@pytest.mark.parametrize(
    ("typed", "first", "after"),
    [
        ("2026", (2026, 1, 1), (2027, 1, 1)),
        ("2026-12", (2026, 12, 1), (2027, 1, 1)),
        ("2026-2-28", (2026, 2, 28), (2026, 3, 1)),
        ("today", (2026, 11, 26), (2026, 11, 27)),
        ("yesterday", (2026, 11, 25), (2026, 11, 26)),
        (">2026-10", (2026, 11, 1), None),
        (">=2026-10", (2026, 10, 1), None),
        ("<2026-10", None, (2026, 10, 1)),
        ("<=2026-10", None, (2026, 11, 1)),
        ("2026-10..2026-11-05", (2026, 10, 1), (2026, 11, 6)),
    ],
)
def test_dates_are_whole_days_months_and_years_of_this_zone(typed, first, after):
    ends = [None if end is None else datetime(*end).timestamp() for end in (first, after)]
    assert read_query(f"date:{typed}", now=NOON) == Between(what="date", least=ends[0], most=ends[1], below=bool(after))


def test_a_score_means_what_is_rounded_to_it():
    read = read_query("score:0.81")
    assert (read.least, read.most, read.below) == (pytest.approx(0.805), pytest.approx(0.815), True)


@pytest.mark.parametrize(
    ("typed", "column", "said"),
    [
        ("fox lightning:neon", 5, "no field 'lightning:'.*Did you mean 'lighting:'"),
        ("http://x", 1, "no field 'http:'.*in quotation marks"),
        ("lighting.scroe:1", 1, "Did you mean 'lighting.score:'"),
        ("fox seed:many", 10, "'many' is no whole number.*seed:12"),
        ("rating:>9223372036854775808", 8, "too large"),
        ("seed:99999999999999999999999", 6, "too large"),
        ("rating:7", 8, "'7' is no rating.*from 0 to 5"),
        ("lighting:-golden", 10, "before the field.*-lighting:golden"),
        ("tag:-good", 5, "before the field.*-tag:good"),
        ("\u2014cat", 1, "is no minus.*-cat"),
        ("seed:20..10", 6, "goes down"),
        ("seed:..", 6, "no whole number"),
        ("score:nan", 7, "no number"),
        ("date:2026-13", 6, "no date"),
        ("date:0000", 6, "no date"),
        ("date:2026..2025", 6, "goes down"),
        ("kind:finsh", 6, "Did you mean 'finished'"),
        ("a (b", 3, "never closed"),
        ("a) b", 2, "closes nothing"),
        ("a ()", 3, "nothing in these brackets"),
        ("a OR", 5, "Nothing follows this OR"),
        ("OR a", 1, "Nothing stands before this OR"),
        ("a AND OR b", 7, "AND stands between"),
        ("fox -", 6, "Nothing that could be left out"),
        ("a --b", 4, "Nothing that could be left out"),
        ('"fox', 1, "never closed"),
        ("!!", 1, "no letter or digit"),
        ("lighting: neon", 1, "Nothing follows 'lighting:'"),
        ("lighting:(neon)", 1, r"\(lighting:this OR lighting:that\)"),
        ("tag:*", 5, "names no tag"),
        ("(" * (NESTING + 1), NESTING + 1, "brackets are open"),
        ("a " * (TERMS + 1), 2 * TERMS + 1, "at most"),
    ],
)
def test_what_is_no_query_is_told_with_its_place_and_the_cure(typed, column, said):
    with pytest.raises(QueryError) as caught:
        read_query(typed)
    assert caught.value.column == column
    assert re.search(said, f"{caught.value.message} {caught.value.hint}")
    assert caught.value.hint


def test_a_long_query_is_refused_and_any_other_is_read_at_once():
    with pytest.raises(QueryError, match="2,000 characters"):
        read_query("a" * (LONGEST + 1))
    for text in ("(" * LONGEST, '"' * LONGEST, "a:" * (LONGEST // 2), "-" * LONGEST, " " * LONGEST, "." * LONGEST):
        begin = time.process_time()
        with suppress(QueryError):
            read_query(text)
        assert time.process_time() - begin < 0.1


def test_no_words_is_every_picture():
    assert read_query(" ") == All(nodes=())


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    with Library(tmp_path_factory.mktemp("library"), create=True) as library:
        stored(library, "a red fox, golden hour", tags=("good",), scores={"total": 0.5})
        yield library


SIGNS = st.sampled_from(
    [*(f"{field}:" for field in FIELDS), *'()"*-:.<>=\0', "..", " OR ", " AND ", " NOT ", "none", "1", "2026"]
)
TYPED = st.lists(st.one_of(SIGNS, st.text(max_size=6)), max_size=12).map("".join)


@given(TYPED)
@example('"\0" OR \ud800a')
@example('a"" b')
@example('tag:\'; lighting:"x""')
@example("seed:-9223372036854775808")
@example("size:999999999x999999999 -size:512")
@example("\u0345 a\u0345 ªº")
def test_whatever_is_typed_is_a_query_or_an_error_with_a_cure(library, typed):
    try:
        found = search(library, typed)
    except PromptkitError as error:
        assert isinstance(error, QueryError)
        assert error.position is not None
        assert error.hint
        return
    assert len(found) == count(library, typed) <= 1
    assert set(excerpts(library, typed, [1])) <= {1}
    near_words(library, typed)


def test_wanted_words_are_those_that_pictures_must_have():
    found = [words.text for words in wanted_words(read_query("a (b OR -c) -d lighting:e seed:1"))]
    assert found == ["a", "b", "e"]
