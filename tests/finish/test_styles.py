"""Chains and grades of style packs: applied unless the user says otherwise."""

import pytest
from PIL import Image

from promptkit.errors import SettingsError
from promptkit.session import Session
from tests.finish.test_chain import add
from tests.finishers import FinishPlugin

PACK = """\
promptkit: 1
name: darkroom
version: 1.0.0
title: Darkroom
grades:
  dim: {summary: Less light., exposure: -1}
styles:
  turned:
    title: Turned
    style: [turned]
    finish: [invert, {speck: 7}, {grade: dim}]
  other:
    title: Other
    style: [other]
    finish: [double, gone]
"""


@pytest.fixture
def session(registry, tmp_path):
    add(registry.host, FinishPlugin())
    (tmp_path / "darkroom.yaml").write_text(PACK)
    with Session("fake", registry=registry, packs=[tmp_path / "darkroom.yaml"]) as opened:
        yield opened


def names(result):
    return [step["name"] for step in result.best.finish]


def test_a_styles_chain_finishes_the_winner(session):
    result = session.generate("a dog", candidates=2, styles=["darkroom/turned"])
    assert names(result) == ["invert", "speck", "grade"]
    assert result.best.finish[1]["settings"]["grey"] == 7
    assert result.best.finish[2]["settings"]["exposure"] == -1


@pytest.mark.parametrize(("asked", "expected"), [((), []), ("double", ["double"])])
def test_what_the_user_says_of_the_chain_counts(session, asked, expected):
    assert names(session.generate("a dog", candidates=1, styles=["darkroom/turned"], finish=asked)) == expected


def test_of_two_styles_the_louder_is_heard_and_a_step_that_is_not_there_is_told(session):
    result = session.generate("a dog", candidates=1, styles=["darkroom/turned", "darkroom/other:1.3"])
    assert names(result) == ["double"]
    assert any("asks to finish with 'gone', which was left out" in note for note in session.notes())


def test_grades_of_packs_are_found_by_name(session):
    grey = Image.new("RGB", (4, 4), (128, 128, 128))
    assert session.finish(grey, "grade:dim").image.getpixel((0, 0))[0] < 110
    assert session.finish(grey, "grade:golden").image.getpixel((0, 0))[0] != 128
    with pytest.raises(SettingsError) as caught:
        session.finish(grey, "grade:goldne")
    assert "golden" in caught.value.hint


def test_each_grade_is_offered_once(session):
    with pytest.raises(SettingsError) as caught:
        session.plan_finish("grade:zzzzzzzzzz")
    assert "golden" in caught.value.hint
    assert "/" not in caught.value.hint
