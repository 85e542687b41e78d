import importlib
import sys

import pytest

from promptkit.blame import Used, WatchedExpander, blaming
from promptkit.errors import GenerationError, ModelError, PluginError
from promptkit.hookspecs import hookimpl
from promptkit.plugins import PluginRecord
from promptkit.prompt import Prompt
from promptkit.records import SamplerSpec
from promptkit.registry import Registered

MODULE = """
class Thing:
    name = "{name}"

    def work(self, *inner):
        for call in inner:
            call()
        if not inner:
            raise RuntimeError("broken  here\\n: ")
"""


@pytest.fixture
def thing(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    made = []

    def make(name, *, builtin=False):
        (tmp_path / f"{name}_of_blame.py").write_text(MODULE.format(name=name))
        made.append(f"{name}_of_blame")
        value = importlib.import_module(made[-1]).Thing()
        return Used("backend", Registered(value, PluginRecord(name=f"{name}-plugin", version="1", builtin=builtin)))

    yield make
    for name in made:
        del sys.modules[name]


def test_the_last_plugin_in_the_traceback_is_to_blame(thing):
    outer, inner = thing("outer"), thing("inner")
    with pytest.raises(PluginError) as caught, blaming([outer, inner], strict=False):
        outer.found.value.work(inner.found.value.work)
    assert caught.value.message == "The backend 'inner' of plugin 'inner-plugin' failed: RuntimeError: broken here."
    assert "promptkit plugins disable inner-plugin" in caught.value.hint
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_where_the_traceback_names_none_the_first_third_party_is(thing):
    used = [thing("own", builtin=True), thing("second"), thing("third")]
    with pytest.raises(PluginError, match="'second-plugin'"), blaming(used, strict=False):
        iter(None)


def test_built_ins_and_strict_sessions_keep_their_tracebacks(thing):
    own, other = thing("own", builtin=True), thing("other")
    with pytest.raises(RuntimeError), blaming([own], strict=False):
        own.found.value.work()
    with pytest.raises(RuntimeError), blaming([other], strict=True):
        other.found.value.work()
    with pytest.raises(KeyboardInterrupt), blaming([other], strict=False):
        raise KeyboardInterrupt


def test_errors_that_say_enough_pass(thing):
    other = thing("other")
    for error in (ModelError("no file", hint="look"), PluginError("The ranker of plugin 'other-plugin' is odd.")):
        with pytest.raises(type(error)) as caught, blaming([other], strict=False):
            raise error
        assert caught.value is error
    with pytest.raises(PluginError, match="failed: kept none") as caught, blaming([other], strict=False):
        raise GenerationError("kept none.", hint="Keep one.")
    assert caught.value.hint.startswith("Keep one.")


def test_a_samplers_code_is_that_of_its_scheduler():
    record = PluginRecord(name="noise", version="1", entry="noise_plugin.hooks:plugin")
    spec = SamplerSpec(name="walk", scheduler="noise_walk.schedulers:Walk")
    assert Used("sampler", Registered(spec, record)).packages == {"noise_walk", "noise_plugin"}


class Endless:
    name = "endless"
    given = 0

    def expand(self, prompt, *, draw, limit):
        while True:
            self.given += 1
            yield prompt


class Plugin:
    def __init__(self, *expanders):
        self.expanders = list(expanders)

    @hookimpl
    def register_expanders(self):
        return self.expanders


def test_an_expander_is_asked_for_as_many_prompts_as_are_taken(registry):
    endless = Endless()
    registry.host.load(PluginRecord(name="e", version="1"), lambda: Plugin(endless))
    prompt = Prompt(text="a dog", phrases=())
    watched = WatchedExpander(registry, "endless")
    assert len(list(watched.expand(prompt, draw=None, limit=3))) == endless.given == 3
    unbounded = watched.expand(prompt, draw=None, limit=None)
    assert [next(unbounded) for _ in range(5)] == [prompt] * 5
    assert endless.given == 8
