"""The expander on a tiny GPT-2 that was trained on prompts."""

import random

import pytest
import torch
from promptkit_magic_prompt import MagicPrompt
from promptkit_magic_prompt.expander import MOST, SOURCE
from promptkit_magic_prompt.language import VARIABLE, LanguageModel, _only_the_drawn
from tiny import save_model

import promptkit
from promptkit.seeds import text_draw
from promptkit.testing import check_expander


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("gpt2"))


@pytest.fixture
def magic(model_folder, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(model_folder))
    return MagicPrompt()


def variants(magic, text, seed=0, limit=3):
    return list(magic.expand(promptkit.parse(text), draw=text_draw(seed), limit=limit))


def test_open_slots_are_filled_and_each_word_lands_in_its_slot(magic):
    found = variants(magic, "a lighthouse")
    assert len(found) == 3
    for variant in found:
        assert variant.resolved.startswith("a lighthouse, ")
        added = [phrase for phrase in variant.phrases if phrase.source == SOURCE]
        assert added
        read = {phrase.text: phrase.slot for phrase in promptkit.parse(variant.resolved).phrases}
        assert {phrase.text: phrase.slot for phrase in added}.items() <= read.items()
        assert len({phrase.slot for phrase in added}) == len(added)
        assert "masterpiece" not in variant.resolved
    assert any(not variant.missing for variant in found)


def test_what_was_typed_is_not_filled_again(magic):
    for variant in variants(magic, "a lighthouse, moonlight, macro shot"):
        assert {phrase.slot for phrase in variant.phrases if phrase.source == SOURCE} == {"style"}
    whole = "a lighthouse, moonlight, macro shot, etching"
    assert [variant.resolved for variant in variants(magic, whole)] == [whole]


def test_the_text_seed_decides(magic):
    def texts(seed):
        return [variant.resolved for variant in variants(magic, "a bicycle", seed)]

    state = torch.get_rng_state()
    assert texts(4) == texts(4)
    assert len({tuple(texts(seed)) for seed in range(5)}) > 1
    assert torch.equal(torch.get_rng_state(), state)


def test_there_is_an_end_without_a_limit(magic):
    found = variants(magic, "a bicycle", limit=None)
    assert 1 < len(found) <= MOST
    assert len({variant.resolved for variant in found}) == len(found)


def test_the_contract_of_an_expander_is_kept(magic):
    check_expander(magic, examples=2, seconds=60)


def test_the_model_goes_on_with_the_text_alone(model_folder):
    model = LanguageModel(str(model_folder))
    written = model.go_on("a lighthouse,", random.Random(1), tokens=20)
    assert written
    assert not written.startswith("a lighthouse")
    assert model.go_on("", random.Random(1), tokens=5) is not None


def test_likelier_tokens_are_drawn_more_often():
    logits, rng = torch.tensor([[0.0, 3.0, -50.0]]), random.Random(0)
    drawn = [int(_only_the_drawn(rng, None, logits).argmax()) for _ in range(300)]
    assert drawn.count(1) > 5 * drawn.count(0) > 0
    assert 2 not in drawn


def test_without_a_model_it_says_how_to_name_one(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(promptkit.SettingsError, match="has no language model") as caught:
        variants(MagicPrompt(), "a bicycle")
    assert VARIABLE in caught.value.hint


def test_pickled_weights_are_refused(model_folder, tmp_path, monkeypatch):
    for file in model_folder.iterdir():
        if file.suffix != ".safetensors":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    torch.save({}, tmp_path / "pytorch_model.bin")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(promptkit.ModelError, match="cannot be loaded") as caught:
        variants(MagicPrompt(), "a bicycle")
    assert "safetensors" in caught.value.hint
