from collections.abc import Mapping
from typing import Any

import pytest

from promptkit.plugins.fields import fits, wrong_field
from promptkit.records import GenerationSettings, ModelSpec, SamplerSpec
from promptkit.registry import Registry
from promptkit.slots.vocabulary import Term, Vocabulary


@pytest.mark.parametrize(
    ("value", "hint", "said"),
    [
        ("a", str, True), (1, str, False), (None, str | None, True), (1, str | None, False), (1, float, True),
        ("1", float, False), (("a", "b"), tuple[str, ...], True), (["a"], tuple[str, ...], True),
        ("ab", tuple[str, ...], False), ((1,), tuple[str, ...], False), ({"a": 1}, Mapping[str, Any], True),
        ({1: 1}, Mapping[str, Any], False), (object(), Any, True), ((Term("x", "style"),), tuple[Term, ...], True),
        ((Term(None, "style"),), tuple[Term, ...], False), (GenerationSettings(width="wide"), GenerationSettings, False),
    ],
)  # fmt: skip
def test_what_fits(value, hint, said):
    assert fits(value, hint) is said


def test_the_first_wrong_field_is_named():
    assert wrong_field(ModelSpec(name="x", source="y", settings=None), ModelSpec) == "settings"
    assert wrong_field(Vocabulary("x", None), Vocabulary) == "terms"


def test_everything_built_in_fits():
    registry = Registry()
    for kind, record in (("sampler", SamplerSpec), ("model", ModelSpec)):
        values = [registered.value for registered in registry.all(kind).values() if registered.plugin.builtin]
        assert values
        assert not [value.name for value in values if wrong_field(value, record)]
