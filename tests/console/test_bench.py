"""The bench: which session works, how the desk's prompt comes about, and what pictures are counted in."""

import pytest

from promptkit.errors import PromptkitError, SettingsError
from promptkit.prompt import SLOTS


def generate(bench, **options):
    bench.runs.append(bench.session.generate(bench.prompt, **options))
    bench.change("generate", shown=len(bench.runs) - 1)


def test_a_session_stays_until_the_model_or_the_ranker_is_another(bench):
    first = bench.session
    bench.change("seed", seed=3)
    assert bench.session is first
    bench.change("ranker", ranker="none")
    assert bench.session is not first
    assert bench.session.ranker_name == "none"
    bench.change("model", model="embedded")
    assert bench.session.model.name == "embedded"


def test_a_prompt_is_read_with_its_negative_and_dialect(bench):
    bench.change("text", text="(fox)1.5", negative="blur", dialect="compel")
    assert bench.prompt.phrases[0].weight == 1.5
    assert bench.prompt.negative_resolved == "blur"
    assert bench.read("(fox:1.2)", dialect="a1111").phrases[0].weight == 1.2


def test_the_text_seed_decides_what_a_style_chooses(bench):
    style = next(style for style in bench.session.styles.styles() if style.choices)
    bench.change("text", text="a fox", styles=(style.id,))
    drawn = set()
    for seed in range(20):
        bench.change("text-seed", text_seed=seed)
        drawn.add(bench.prompt.resolved)
        assert bench.prompt.resolved == bench.prompt.resolved
    assert len(drawn) > 1


def test_a_locked_slot_beats_an_override_and_a_style(bench):
    style = next(style for style in bench.session.styles.styles() if "lighting" in style.slots and not style.verbatim)
    bench.change("text", text="a fox, moonlight", styles=(style.id,), override=("lighting",), locked=("lighting",))
    assert [phrase.text for phrase in bench.prompt.slot("lighting")] == ["moonlight"]


def test_slots_are_the_four_also_where_a_prompt_cannot_be_read(bench):
    assert bench.slots == SLOTS
    bench.change("text", text="x" * 40_000)
    with pytest.raises(PromptkitError):
        _ = bench.typed
    assert bench.slots == SLOTS


def test_a_model_of_few_words_offers_those_and_others_the_styles_words(bench):
    assert "moonlight" in bench.words("lighting")
    assert not any("{" in words for words in bench.words("style"))
    bench.change("model", model="embedded")
    known = bench.session.model.vocabulary["lighting"]
    assert set(bench.words("lighting")) == {phrase for phrases in known.values() for phrase in phrases}


def test_pictures_are_counted_from_the_best_of_the_run_on_show(bench):
    with pytest.raises(SettingsError) as caught:
        bench.candidate("1")
    assert "generate" in caught.value.hint
    bench.change("text", text="a fox")
    generate(bench, candidates=3)
    assert bench.candidate(" 1 ") is bench.shown.ranked[0]
    for odd in ("0", "4", "", "x", "-1", "1.5", "²", "9" * 50):
        with pytest.raises(SettingsError, match="no picture") as caught:
            bench.candidate(odd)
        assert "1 to 3" in caught.value.hint
    generate(bench, candidates=1)
    assert len(bench.shown.candidates) == 1
    bench.history.undo()
    assert len(bench.shown.candidates) == 3
