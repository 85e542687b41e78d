"""Plugins that are installed for real: a module and its metadata in a folder on the path, in a process of their own."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest

from promptkit.errors import PluginError, UnknownNameError
from promptkit.hookspecs import hookimpl
from promptkit.plugins import PluginRecord, create_plugin_manager
from promptkit.records import ModelSpec, SamplerSpec
from promptkit.registry import Registry

GOOD = """
from promptkit import hookimpl, ModelSpec

@hookimpl
def register_models():
    return [ModelSpec(name="mine", source="somewhere")]
"""

FAULTS = {
    "import error": ("import nothing_of_that_name", "ModuleNotFoundError"),
    "exit at import": ("import sys; sys.exit(3)", "SystemExit"),
    "syntax error": ("def (", "SyntaxError"),
    "misspelt hook": (GOOD.replace("register_models", "register_modles"), "Did you mean"),
    "wrong arguments": (GOOD.replace("register_models()", "register_models(nonsense)"), "nonsense"),
}


def install(folder, name, code, version="1.2.3"):
    (folder / f"{name}_module.py").write_text(textwrap.dedent(code))
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[promptkit.plugins]\n{name} = {name}_module\n")


def run(folder, *arguments, **environment):
    import os

    env = {**os.environ, "PYTHONPATH": f"{folder}:{':'.join(sys.path)}", **environment}
    return subprocess.run(
        [sys.executable, "-m", "promptkit", *arguments], capture_output=True, text=True, env=env, check=False
    )


def listed(folder, **environment):
    done = run(folder, "plugins", "list", "--json", **environment)
    assert done.returncode == 0, done.stderr
    return {plugin["name"]: plugin for plugin in json.loads(done.stdout)["plugins"]}


def test_an_installed_plugin_registers_and_shows(tmp_path):
    install(tmp_path, "mine", GOOD)
    assert listed(tmp_path)["mine"] | {"seconds": 0} == {
        "name": "mine", "version": "1.2.3", "status": "ok", "error": None, "trace": None, "seconds": 0,
        "hooks": ["register_models"], "builtin": False, "failures": 0, "cure": None, "distribution": "mine",
        "entry": "mine_module", "notes": [], "printed": "", "slow": False,
    }  # fmt: skip
    assert "mine" in run(tmp_path, "models").stdout


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_plugin_is_quarantined_and_everything_else_goes_on(tmp_path, name):
    code, reason = FAULTS[name]
    install(tmp_path, "broken", code)
    install(tmp_path, "mine", GOOD)
    plugins = listed(tmp_path)
    assert plugins["broken"]["status"] == "quarantined"
    assert reason in plugins["broken"]["error"] + plugins["broken"]["trace"] + str(plugins["broken"])
    assert plugins["mine"]["status"] == "ok"
    assert run(tmp_path, "parse", "a dog").returncode == 0
    assert run(tmp_path, "models").returncode == 0


def test_only_chosen_plugins_are_loaded(tmp_path):
    install(tmp_path, "mine", GOOD)
    assert listed(tmp_path, PROMPTKIT_LOAD_PLUGINS="")["mine"]["status"] == "not loaded"
    assert listed(tmp_path, PROMPTKIT_LOAD_PLUGINS="mine, other")["mine"]["status"] == "ok"
    left_out = run(tmp_path, "plugins", "list", PROMPTKIT_LOAD_PLUGINS="other")
    assert "PROMPTKIT_LOAD_PLUGINS leaves it out" in left_out.stdout
    assert "names 'other'" in left_out.stderr


def test_strict_raises(tmp_path, monkeypatch):
    with pytest.raises(ModuleNotFoundError):
        create_plugin_manager(
            builtins=["nothing.plugin"], entry_points=False, environment={"PROMPTKIT_STRICT_PLUGINS": "1"}
        )


class Failing:
    @hookimpl
    def register_models(self):
        raise RuntimeError("no models today")


class Samplers:
    def __init__(self, name):
        self.name = name

    @hookimpl
    def register_samplers(self):
        return [SamplerSpec(name=self.name, scheduler="x:Y", summary="mine")]


class Models:
    def __init__(self, *names):
        self.names = names

    @hookimpl
    def register_models(self):
        return [ModelSpec(name=name, source="x") for name in self.names]


def host_with(**plugins):
    host = create_plugin_manager(builtins=(), entry_points=False, environment={})
    for name, plugin in plugins.items():
        record = PluginRecord(name=name, version="1")
        host.register(plugin, record)
        host.records[name] = record
    return host


def test_a_hook_that_raises_stops_nobody_and_three_failures_disable_it():
    host = host_with(bad=Failing(), good=Models("one"))
    for _ in range(3):
        assert list(Registry(host).all("model")) == ["one"]
    assert host.records["bad"].status == "quarantined"
    assert "no models today" in (host.records["bad"].trace or "")


def told(host):
    return [f"{problem} {problem.hint}" for problem in host.problems]


def test_a_name_that_two_plugins_bring_is_an_error_that_says_how_to_choose():
    registry = Registry(host_with(first=Models("one"), second=Models("one", "two")))
    assert registry.names("model") == ["first/one", "second/one", "two"]
    with pytest.raises(PluginError) as caught:
        registry.get("model", "one")
    assert "Plugins 'first' and 'second' both bring a model named 'one'." in str(caught.value)
    assert "first/one or second/one" in (caught.value.hint or "")
    assert registry.find("model", "second/one").plugin.name == "second"
    assert registry.get("model", "second/two") is registry.get("model", "two")
    assert registry.has("model", "one")
    assert not registry.has("model", "second/three")
    assert len(told(registry.host)) == 1


@pytest.mark.parametrize("name", ["euler_a", "Euler A", "DPM++ 2M", "euler_ancestral"])
def test_nobody_takes_a_name_from_promptkit_nor_one_that_it_answers_to(name):
    host = create_plugin_manager(builtins=["promptkit.backends.plugin"], entry_points=False, environment={})
    host.load(PluginRecord(name="third", version="1"), lambda: Samplers(name))
    registry = Registry(host)
    builtin = create_plugin_manager(builtins=["promptkit.backends.plugin"], entry_points=False, environment={})
    assert registry.get("sampler", name) == Registry(builtin).get("sampler", name)
    assert registry.get("sampler", f"third/{name}").summary == "mine"
    assert "of promptkit has already" in told(host)[0]
    assert f"third/{name}" in told(host)[0]


def test_what_a_plugin_registered_goes_with_it_when_it_fails_too_often():
    class Half:
        @hookimpl
        def register_models(self):
            return [ModelSpec(name="half", source="x")]

        @hookimpl
        def run_finished(self, recipe):
            raise SystemExit("no")

    host = host_with(half=Half(), whole=Models("half"))
    registry = Registry(host)
    assert registry.names("model") == ["half/half", "whole/half"]
    for _ in range(3):
        host.notify("run_finished", recipe=None)
    assert registry.names("model") == ["half"]
    assert host.records["half"].hooks == ()
    assert "failed 3 times" in told(host)[-1]
    assert "plugins disable half" in told(host)[-1]


class Nameless:
    pass


class Expander:
    def __init__(self, name):
        self.name = name

    def expand(self, prompt, *, draw, limit):
        yield prompt


def infinite():
    while True:
        yield Expander("endless")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"a": 1}, "a dict, which is no list"),
        ("fog", "a str, which is no list"),
        (infinite(), "a generator, which is no list"),
        ([Nameless()], "no method 'expand'"),
        ([Expander], "the class Expander"),
        ([None], "a NoneType"),
        ([Expander("")], "named ''"),
        ([Expander(" x")], "named ' x'"),
        ([Expander("a\x1b[31m")], "named 'a"),
        ([Expander("a\u202eb")], "named 'a"),
        ([Expander("a/b")], "named 'a/b'"),
        ([Expander(7)], "without a name"),
        ([Expander("x" * 10_000)], "…'"),
    ],
)
def test_what_a_hook_should_not_return_is_left_out_and_named(answer, reason):
    class Wrong:
        @hookimpl
        def register_expanders(self):
            return answer

    class Good:
        @hookimpl
        def register_expanders(self):
            return [Expander("good")]

    host = host_with(wrong=Wrong(), good=Good())
    assert Registry(host).names("expander") == ["good"]
    (message,) = told(host)
    assert "Plugin 'wrong'" in message
    assert reason in message
    assert "register_expanders" in message
    assert len(message) < 500


@pytest.mark.parametrize(
    ("hook", "answer", "reason"),
    [
        ("register_models", [Expander("x")], "Return objects of ModelSpec"),
        ("register_samplers", [Expander("x")], "Return objects of SamplerSpec"),
        ("register_style_packs", ["/tmp"], "Return objects of Path"),
        ("register_style_packs", [Path("/nowhere")], "which is no folder"),
        ("register_slot_vocabularies", [1], "Return objects of Vocabulary"),
        ("register_rankers", [Expander("x")], "no method 'load'"),
    ],
)
def test_every_kind_is_looked_at_before_it_is_used(hook, answer, reason):
    def returns():
        return answer

    host = host_with(wrong=SimpleNamespace(**{hook: hookimpl(returns)}))
    registry = Registry(host)
    registry.folders(), registry.vocabularies()
    assert [registry.names(kind) for kind in ("model", "sampler", "ranker")] == [[], [], []]
    assert reason in told(host)[0]


def test_a_slot_that_is_no_name_is_left_to_the_next():
    class Wrong:
        @hookimpl
        def classify_phrase(self, phrase):
            return ["camera"]

    class Right:
        @hookimpl
        def classify_phrase(self, phrase):
            return "lighting"

    host = host_with(right=Right(), wrong=Wrong())
    assert Registry(host).classify("x", None) == "lighting"
    assert "Plugin 'wrong' gave list" in told(host)[0]


def test_ctrl_c_passes_through_a_plugin():
    def interrupted(*_):
        raise KeyboardInterrupt

    class Slow:
        @hookimpl
        def run_finished(self):
            raise KeyboardInterrupt

    host = host_with(slow=Slow())
    with pytest.raises(KeyboardInterrupt):
        host.load(PluginRecord(name="hangs", version="1"), interrupted)
    with pytest.raises(KeyboardInterrupt):
        host.notify("run_finished", recipe=None)
    assert host.records["slow"].failures == 0


@pytest.mark.parametrize(
    ("hook", "reason"),
    [
        (hookimpl(wrapper=True)(lambda: (yield)), "wraps the hook"),
        (hookimpl(hookwrapper=True)(lambda: (yield)), "wraps the hook"),
    ],
)
def test_hooks_that_would_never_be_called_are_refused(hook, reason):
    host = create_plugin_manager(builtins=(), entry_points=False, environment={})
    host.load(PluginRecord(name="odd", version="1"), lambda: SimpleNamespace(register_models=hook))
    assert reason in host.records["odd"].error
    assert not host.manager.has_plugin("odd")


def test_a_coroutine_is_refused_and_a_hook_may_have_another_name():
    @hookimpl
    async def later():
        return []

    @hookimpl(specname="register_models")
    def other_name():
        return [ModelSpec(name="named", source="x")]

    host = create_plugin_manager(builtins=(), entry_points=False, environment={})
    host.load(PluginRecord(name="async", version="1"), lambda: SimpleNamespace(register_models=later))
    host.load(PluginRecord(name="named", version="1"), lambda: SimpleNamespace(anything=other_name))
    assert "as a coroutine" in host.records["async"].error
    assert Registry(host).names("model") == ["named"]


def test_a_plugin_without_hooks_is_told():
    host = create_plugin_manager(builtins=(), entry_points=False, environment={})
    host.load(PluginRecord(name="empty", version="1"), lambda: SimpleNamespace(register_models=list))
    assert "lack @hookimpl" in host.records["empty"].notes[0]


def test_third_parties_are_asked_before_built_ins():
    class BuiltIn:
        @hookimpl(trylast=True)
        def classify_phrase(self, phrase):
            return "style"

    class Third:
        @hookimpl
        def classify_phrase(self, phrase, vocabulary):
            return "camera" if phrase == "x" else None

    host = host_with(builtin=BuiltIn(), third=Third())
    assert host.first("classify_phrase", phrase="x", vocabulary=None) == "camera"
    assert host.first("classify_phrase", phrase="y", vocabulary=None) == "style"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("DPM++ 2M Karras", "dpmpp_2m_karras"),
        ("Euler a", "euler_a"),
        ("euler_ancestral", "euler_a"),
        ("UniPC", "unipc"),
    ],
)
def test_samplers_answer_to_the_names_people_use(registry, written, name):
    assert registry.get("sampler", written).name == name


def test_unknown_names_suggest(registry):
    with pytest.raises(UnknownNameError) as caught:
        registry.get("sampler", "dpmpp_2m_karas")
    assert "dpmpp_2m_karras" in caught.value.suggestions
