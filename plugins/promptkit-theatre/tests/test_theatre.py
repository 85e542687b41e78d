"""The words through the session that a user has."""

import promptkit_theatre
import pytest

from promptkit import Session
from promptkit.plugins import PluginRecord, create_plugin_manager
from promptkit.registry import Registry
from promptkit.testing import check_pack

PACK = promptkit_theatre.register_style_packs()[0] / "theatre.yaml"


@pytest.fixture(scope="module")
def session():
    host = create_plugin_manager(entry_points=False)
    record = PluginRecord(name="theatre", version="1")
    host.register(promptkit_theatre, record)
    host.records["theatre"] = record
    return Session(registry=Registry(host))


@pytest.mark.parametrize(("words", "slot"), [
    *((words, "lighting") for words in promptkit_theatre.LANTERNS.split(", ")),
    *((words, "lighting") for words in promptkit_theatre.STATES.split(", ")),
    *((words, "camera") for words in promptkit_theatre.SEEN_FROM.split(", ")),
    *((words, "lighting") for words in ("Lee 201", "rosco #02", "L201", "R119", "full ctb", "half CTO")),
])  # fmt: skip
def test_every_word_lands_in_its_slot(session, words, slot):
    prompt = session.parse(f"a fox, {words}")
    assert [phrase.text for phrase in prompt.slot(slot)] == [words]
    assert [phrase.text for phrase in prompt.slot("subject")] == ["a fox"]


@pytest.mark.parametrize("words", ["Bruce Lee 2", "r2d2", "a glee of larks", "director"])
def test_what_only_looks_like_a_filter_is_left_to_others(words):
    assert promptkit_theatre.classify_phrase(words, promptkit_theatre.register_slot_vocabularies()[0]) is None


def test_the_styles_fill_every_slot(session):
    styles = [style.id for style in session.styles.styles() if style.id.startswith("theatre/")]
    assert len(styles) == 3
    for style in styles:
        (variant,) = session.expand("a fox", styles=[style], limit=1)
        assert variant.missing == ()
        assert variant.resolved.startswith("a fox")


def test_the_pack_keeps_the_contract():
    check_pack(PACK)
