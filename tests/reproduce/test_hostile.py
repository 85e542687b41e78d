"""Recipes of an unknown hand: any value in any place is planned, or refused in words."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from promptkit.errors import PromptkitError
from promptkit.pictures import open_picture
from promptkit.reproduce import Reproducer, Wanted
from promptkit.session import Session

ODD = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just("../../etc/passwd"),
        st.just(10**30), st.just("\ud800"), st.just("a/b"), st.just("\0"),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@pytest.fixture
def record(registry, tmp_path):
    """A record that has something in every place."""
    with Session("fake", registry=registry) as session:
        made = session.generate("a dog, golden hour", candidates=1, out=tmp_path)
    found = json.loads(open_picture(Path(made.best.path)).texts["promptkit"])
    found["recipe"] |= {
        "variation": {"seed": 1, "strength": 0.5},
        "finish": [{"name": "grade", "settings": {"exposure": 0.2, "lut": ""}, "plugin": "promptkit", "version": "1"}],
        "styles": ["pack/style"],
        "plugins": {"fakes": "1"},
    }
    found["candidate"] |= {"variation_seed": 1, "batch_size": 4, "shrunk": [[1, 2]]}
    return found


def places(value, way=()):
    yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*way, key))


def with_odd(record, way, odd):
    if not way:
        return odd
    copy = dict(record) if isinstance(record, dict) else list(record)
    copy[way[0]] = with_odd(record[way[0]], way[1:], odd)
    return copy


def picture_of(record, path):
    info = PngImagePlugin.PngInfo()
    info.add_itxt("promptkit", json.dumps(record))
    data = io.BytesIO()
    Image.new("RGB", (16, 16)).save(data, "PNG", pnginfo=info)
    path.write_bytes(data.getvalue())
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(data=st.data())
def test_an_odd_value_anywhere_is_planned_or_refused_in_words(data, record, registry, tmp_path):
    way = data.draw(st.sampled_from(list(places(record))))
    path = picture_of(with_odd(record, way, data.draw(ODD)), tmp_path / "odd.png")
    for wanted in (Wanted(), Wanted(changes={"lighting": "fog"}, alone=True)):
        try:
            plan = Reproducer(wanted, registry=registry).plan(path)
        except PromptkitError as error:
            assert error.message
        else:
            assert plan.command.startswith("promptkit generate ")
