import random
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptkit.embedded.scenes.captions import caption
from promptkit.embedded.scenes.render import render
from promptkit.embedded.scenes.scene import HELD_OUT_SHARE, Scene, draw_scene, every_scene
from promptkit.embedded.words import FACETS

SEEDS = st.integers(0, 2**32)


def test_the_world_is_as_large_as_it_is_said_to_be():
    assert {facet: len(values) for facet, values in FACETS.items()} == {
        "subject": 16, "colour": 8, "style": 6, "lighting": 6, "camera": 6,
    }  # fmt: skip


def test_no_phrase_means_two_things():
    phrases = [text for table in FACETS.values() for texts in table.values() for text in texts]
    assert len(phrases) == len(set(phrases))


def test_one_combination_in_ten_is_held_out():
    share = np.mean([scene.held_out for scene in every_scene()])
    assert abs(share - HELD_OUT_SHARE) < 0.01


@given(SEEDS, st.booleans())
def test_training_and_evaluation_never_share_a_combination(seed, held_out):
    assert draw_scene(random.Random(seed), held_out=held_out).held_out == held_out


@given(SEEDS)
def test_captions_say_every_facet_as_it_is(seed):
    rng = random.Random(seed)
    scene = draw_scene(rng)
    text = caption(scene, rng, drop={})
    for facet, table in FACETS.items():
        assert any(phrase in text for phrase in table[getattr(scene, facet)])


def _odd(text):
    rest = text
    for phrase in sorted((p for t in FACETS.values() for ps in t.values() for p in ps), key=len, reverse=True):
        rest = rest.replace(phrase, "")
    return set(re.findall(r"\w+", rest)) - {"a", "an", "of", "in", "picture", "image"}


@given(SEEDS)
def test_captions_use_no_word_outside_the_table(seed):
    rng = random.Random(seed)
    text = caption(draw_scene(rng), rng)
    assert text
    assert not _odd(text)


@pytest.mark.parametrize("facet", FACETS)
def test_every_value_can_be_drawn_and_looks_unlike_the_others(facet):
    base = {name: next(iter(values)) for name, values in FACETS.items()}
    pictures = [np.asarray(render(Scene(**base | {facet: value}), random.Random(1)), float) for value in FACETS[facet]]
    assert {picture.shape for picture in pictures} == {(64, 64, 3)}
    for i, picture in enumerate(pictures):
        assert all(np.abs(picture - other).mean() > 2 for other in pictures[:i])


def test_a_picture_depends_on_its_scene_and_its_random_numbers_alone():
    scene = draw_scene(random.Random(0))
    first, second = (render(scene, random.Random(5)) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert render(scene, random.Random(6)).tobytes() != first.tobytes()


@pytest.mark.parametrize("style", ["flat-vector", "pixel-art", "ink-line", "oil-painting"])
def test_a_larger_picture_is_the_same_picture_with_more_pixels(style):
    """Blocks, pen lines and strokes grow with the picture; halved, it comes near the small one."""
    scene = Scene("owl", "blue", style, "moonlight", "wide-shot")
    small, large = (render(scene, random.Random(4), size) for size in (64, 128))
    halved = np.asarray(large.reduce(2), float)
    assert np.abs(halved - np.asarray(small, float)).mean() < 5.5
