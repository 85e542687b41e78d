"""Plugins that are installed for real: a module and its metadata in a folder on the path, in a process of their own."""

import json
import subprocess
import sys
import textwrap

import pytest

from promptkit.errors import PluginError, UnknownNameError
from promptkit.hookspecs import hookimpl
from promptkit.plugins import PluginRecord, create_plugin_manager
from promptkit.records import ModelSpec
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
        "entry": "mine_module", "notes": [], "printed": "",
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


def test_strict_raises(tmp_path, monkeypatch):
    with pytest.raises(ModuleNotFoundError):
        create_plugin_manager(
            builtins=["nothing.plugin"], entry_points=False, environment={"PROMPTKIT_STRICT_PLUGINS": "1"}
        )


class Failing:
    @hookimpl
    def register_models(self):
        raise RuntimeError("no models today")


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


def test_a_name_taken_twice_names_both_plugins_and_the_first_stays():
    registry = Registry(host_with(first=Models("one"), second=Models("one", "two")))
    assert registry.all("model")["one"].plugin.name == "first"
    assert registry.names("model") == ["one", "two"]
    (problem,) = registry.problems
    assert isinstance(problem, PluginError)
    assert "'first'" in problem.message
    assert "'second'" in problem.message


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
