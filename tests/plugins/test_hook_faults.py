"""Plugins whose hooks fail, take names that are taken, or hang, installed for real."""

import inspect
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from promptkit import hookspecs
from promptkit.plugins.checks import hook_names
from tests.plugins.installing import called, environment, install, install_fakes, promptkit

ARGUMENTS = {name: ", ".join(inspect.signature(getattr(hookspecs, name)).parameters) for name in sorted(hook_names())}
REGISTERING = sorted(name for name in ARGUMENTS if name.startswith("register_"))

HOOK = """
from promptkit import hookimpl

@hookimpl
def {hook}({arguments}):
    {body}
"""


def dashed(hook):
    return hook.replace("_", "-")


def implementing(hook, body):
    return HOOK.format(hook=hook, arguments=ARGUMENTS[hook], body=body)


@pytest.fixture
def say(monkeypatch, capsys, tmp_path, caplog):
    """Run a command with the plugins that a test put into ``say.folder``; what it wrote is calm."""
    folder = tmp_path / "site"
    folder.mkdir()
    install_fakes(folder)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.chdir(tmp_path)
    known = set(sys.modules)

    def run(*arguments):
        caplog.clear()
        code, out, err = called(monkeypatch, capsys, *arguments)
        assert "Traceback" not in out + err + caplog.text
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", out + err + caplog.text)
        return code, out, err + caplog.text

    run.folder = folder
    yield run
    for name in [name for name in sys.modules if name not in known and name.endswith("_module")]:
        del sys.modules[name]


GENERATE = ("generate", "a dog", "--model", "fake", "--candidates", "2")
USING = (("parse", "glimmerwort, a dog"), GENERATE, ("samplers",), ("searches",), ("styles", "list"))
"""Commands that call hooks; nobody knows the first word of the prompt."""
ASKING = (
    ("expand", "a dog", "--expander", "nobody"),
    (*GENERATE, "--finish", "nobody"),
    (*GENERATE, "--finish", "face:detector=nobody"),
    ("nobody",),
)
"""Commands that ask every plugin for a thing that is not there."""


@pytest.mark.parametrize("body", ["raise RuntimeError('\\x1b[31mbroken here\\u202e')", "raise SystemExit(0)"])
def test_every_hook_may_raise(say, body):
    for hook in ARGUMENTS:
        install(say.folder, dashed(hook), implementing(hook, body))
    told = ""
    for command in USING:
        code, out, err = say(*command, "--json")
        assert (code, json.loads(out)["promptkit"]) == (0, 1), err
        told += err
    for command in ASKING:
        code, _, err = say(*command)
        assert (code, "There is no" in err) == (2, True)
        told += err
    for hook in ARGUMENTS:
        if hook != "encode_prompt":
            assert f"Plugin '{dashed(hook)}' failed in {hook}: " in told
            assert f"promptkit plugins disable {dashed(hook)}" in told


@pytest.mark.parametrize(
    "body", ["return None", "return 7", "return 'text'", "return [None, 7, object()]", "yield 1", "return {1: 2}"]
)
def test_every_hook_may_give_what_makes_no_sense(say, body):
    for hook in ARGUMENTS:
        install(say.folder, dashed(hook), implementing(hook, body))
    for command in (*USING, ("models",), ("rankers",)):
        code, out, err = say(*command, "--json")
        assert (code, json.loads(out)["promptkit"]) == (0, 1), err
    assert [say(*command)[0] for command in ASKING] == [2] * len(ASKING)


ODD = {
    "register_samplers": ("SamplerSpec(name='odd', scheduler='EulerDiscreteScheduler', aliases=None)", "aliases"),
    "register_models": ("ModelSpec(name='odd', source='x', ranker=None)", "ranker"),
    "register_slot_vocabularies": ("Vocabulary('odd', (Term('glimmer', None),))", "terms"),
    "register_rankers": ("Odd()", "summary"),
}
"""Hook → a thing that Python lets a plugin make, and the field that is wrong in it."""
MADE = """
from promptkit import ModelSpec
from promptkit.records import SamplerSpec
from promptkit.slots.vocabulary import Term, Vocabulary

class Odd:
    name, summary, load = "odd", 7, print
"""


@pytest.mark.parametrize("hook", ODD)
def test_a_thing_with_fields_that_make_no_sense_is_left_out(say, hook):
    made, field = ODD[hook]
    install(say.folder, "odd", MADE + implementing(hook, f"return [{made}]"))
    told = ""
    for command in (*USING, ("models",), ("rankers",)):
        code, out, err = say(*command, "--json")
        assert (code, json.loads(out)["promptkit"]) == (0, 1), err
        told += err
    assert re.search(f"Plugin 'odd' gave .* whose '{field}' holds .* in {hook}; that is left out", told)


def test_a_hook_that_fails_three_times_is_left_out_for_the_session(say):
    install(say.folder, "tired", implementing("classify_phrase", "raise RuntimeError('broken here')"))
    code, _, err = say("parse", "glimmerwort, snorkwood, blatherskite, quuxberry, plughfern")
    assert code == 0
    assert "Plugin 'tired' failed 3 times and is left out" in err


ENCODERS = {"nonsense": "return {'nonsense': 1}", "texts": "return {'prompt_embeds': 'a dog'}", "wrong shape": "import torch; return {'prompt_embeds': torch.zeros(1, 2, 3)}"}  # fmt: skip


@pytest.mark.parametrize("name", ENCODERS)
def test_embeddings_that_no_pipeline_takes_are_told(say, name):
    install(say.folder, "encoder", implementing("encode_prompt", ENCODERS[name]))
    code, _, err = say("generate", "a dog", "--candidates", "1", "--steps", "1", "--ranker", "none", "--quiet")
    assert code == 1
    assert "'encoder'" in err


def test_an_encoder_that_raises_leaves_the_prompt_to_promptkit(say):
    install(say.folder, "encoder", implementing("encode_prompt", "raise RuntimeError('broken here')"))
    code, _, err = say("generate", "a dog", "--candidates", "1", "--steps", "1", "--ranker", "none", "--quiet")
    assert code == 0
    assert "Plugin 'encoder' failed in encode_prompt: RuntimeError: broken here" in err


MODEL = """
from promptkit import hookimpl, ModelSpec

@hookimpl
def register_models():
    return [ModelSpec(name={name!r}, source={source!r}, backend="fake", ranker="none")]
"""


def test_a_name_of_two_plugins_names_both_and_how_to_choose(say):
    for plugin in ("first", "second"):
        install(say.folder, plugin, MODEL.format(name="sketch", source=plugin))
    code, _, err = say("generate", "a dog", "--model", "sketch", "--candidates", "1")
    assert code == 1
    assert "'first' and 'second'" in err
    assert "first/sketch" in err
    assert "second/sketch" in err
    assert say("generate", "a dog", "--model", "second/sketch", "--candidates", "1", "--quiet")[0] == 0
    assert say(*USING[0])[0] == 0


def test_nobody_takes_a_name_of_promptkit(say):
    install(say.folder, "taker", MODEL.format(name="embedded", source="taken"))
    code, out, err = say("models", "--json")
    models = {model["name"]: model for model in json.loads(out)["models"]}
    assert code == 0
    assert models["embedded"]["source"] != "taken"
    assert "Plugin 'taker' brings a model named 'embedded'" in err
    assert "taker/embedded" in err


def test_a_plugin_that_hangs_is_named_when_it_is_stopped(tmp_path):
    mark = tmp_path / "hangs"
    install(tmp_path, "sleeper", f"import pathlib, time; pathlib.Path({str(mark)!r}).touch(); time.sleep(60)")
    running = subprocess.Popen(
        [sys.executable, "-m", "promptkit", "models"], env=environment(tmp_path), stderr=subprocess.PIPE, text=True
    )
    for _ in range(1200):
        if mark.exists() or running.poll() is not None:
            break
        time.sleep(0.05)
    os.kill(running.pid, signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "'sleeper'" in err
    assert "promptkit plugins disable sleeper" in err
    assert "Traceback" not in err
    assert promptkit(tmp_path, "plugins", "disable", "sleeper").returncode == 0
    assert promptkit(tmp_path, "models").returncode == 0


STATES = {
    "os.chdir": "os.chdir('/')", "os.environ": "os.environ['HOME'] = '/nowhere'", "warnings": "warnings.simplefilter('ignore')",
    "random": "random.seed(1)", "sys.path": "sys.path.insert(0, '/nowhere')", "hook": "sys.excepthook = None",
}  # fmt: skip


def test_what_plugins_do_to_global_states_changes_no_prompt(tmp_path):
    prompt = ("expand", "{a|b|c|d} dog", "--template", "--style", "embedded/watercolour-dusk", "--json")
    before = promptkit(tmp_path, *prompt).stdout
    install(tmp_path, "meddler", "import os, random, sys, warnings\n" + "\n".join(STATES.values()))
    after = promptkit(tmp_path, *prompt)
    assert after.returncode == 0
    assert after.stdout == before
