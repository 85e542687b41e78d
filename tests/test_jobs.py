"""A job comes back from JSON as it was: prompts of any text, styles and conflicts, and paths that hold elsewhere."""

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

import promptkit
from promptkit.errors import LibraryError
from promptkit.frames import TOOLS, Frame
from promptkit.jobs import Job, lasting, lasting_load
from promptkit.prompt import SLOTS, Conflict, Phrase, Prompt, Slot
from promptkit.records import GenerationSettings, LoadOptions

TEXT = st.text(st.characters(codec=None), max_size=12)
NUMBER = st.floats(allow_nan=False)
VALUE = st.one_of(st.none(), st.booleans(), st.integers(), NUMBER, TEXT)
PHRASE = st.builds(
    Phrase,
    text=TEXT,
    slot=st.sampled_from([*SLOTS, *Slot, "mood"]),
    weight=NUMBER,
    start=st.none() | st.integers(0, 99),
    end=st.none() | st.integers(0, 99),
    source=TEXT,
    hints=st.dictionaries(TEXT, TEXT, max_size=2),
    confidence=NUMBER,
    reason=TEXT,
)
PHRASES = st.lists(PHRASE, max_size=3).map(tuple)
MAPPINGS = st.lists(st.dictionaries(TEXT, VALUE, max_size=3), max_size=2).map(tuple)
PROMPT = st.builds(
    Prompt,
    text=TEXT,
    phrases=PHRASES,
    negative=PHRASES,
    negative_text=TEXT,
    dialect=TEXT,
    replaced=PHRASES,
    frames=st.lists(
        st.builds(Frame, source=TEXT, text=TEXT, negative=TEXT, tool=st.sampled_from(TOOLS), dialect=st.none() | TEXT),
        max_size=2,
    ).map(tuple),
    styles=st.lists(TEXT, max_size=2).map(tuple),
    settings=st.dictionaries(TEXT, VALUE, max_size=3),
    finish=MAPPINGS,
    conflicts=st.lists(
        st.builds(Conflict, first=PHRASE, second=PHRASE, why=TEXT, both=st.booleans(), unwanted=TEXT), max_size=2
    ).map(tuple),
    drawn_from=st.none() | TEXT,
)


def read_again(job: Job) -> Job:
    return Job.from_json(json.loads(json.dumps(job.to_json())))


@given(PROMPT)
def test_any_prompt_comes_back_as_it_was(prompt):
    job = Job(prompt=prompt, model="fake", ranker="none", seed=0, candidates=1)
    assert read_again(job) == job


def test_the_property_draws_every_field_of_a_prompt():
    assert {one.name for one in fields(Prompt)} == set(PROMPT.wrapped_strategy.kwargs)


def test_a_full_job_comes_back_as_it_was():
    job = Job(
        prompt=promptkit.parse("a (dog:1.2), <lora:x:0.5>", negative="fog"),
        model="fake",
        ranker="clip:embedded",
        seed=2**40,
        candidates=3,
        text_seed=5,
        settings=GenerationSettings(width=64, guidance_scale=3.5, sampler="euler_a"),
        search="halving:40,60",
        variation_seed=7,
        variation_strength=0.1,
        keep=2,
        finish=({"name": "grade", "settings": {"look": "golden", "contrast": 0.1}},),
        finish_all=True,
        load=LoadOptions(device="cpu", loras=("a", "b"), compile=True),
        packs=("/a/pack.yaml",),
    )
    assert read_again(job) == job
    assert job.seeds == (2**40,) * 3
    assert job.variation.seeds == (7, 8, 9)


@pytest.mark.parametrize(
    "change",
    [{"version": 2}, {"prompt": None}, {"prompt": {"text": "a"}}, {"settings": {"wide": 1}}, {"load": 3}, {"more": 1}],
)
def test_what_is_no_job_is_refused(change):
    job = Job(prompt=promptkit.parse("a dog"), model="fake", ranker="none", seed=0, candidates=1)
    with pytest.raises(LibraryError) as caught:
        Job.from_json({**job.to_json(), **change})
    assert caught.value.hint


def test_paths_hold_in_another_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights").mkdir()
    assert lasting("weights") == str(tmp_path / "weights")
    assert lasting("owner/name") == "owner/name"
    options = LoadOptions(loras=("weights",), preview_vae="owner/tiny", config="weights")
    found = lasting_load(options)
    assert found.loras == (found.config,) == (str(tmp_path / "weights"),)
    assert found.preview_vae == "owner/tiny"
