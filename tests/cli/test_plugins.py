"""``plugins list``, ``info``, ``enable`` and ``disable`` on installed plugins, good and bad, and what the lists and the
doctor say of them."""

import json
import os
import re
from pathlib import Path

import pytest

from tests.plugins.installing import install, install_fakes, promptkit

MINE = """
from promptkit import ModelSpec, hookimpl
from promptkit.records import SamplerSpec

@hookimpl
def register_models():
    return [ModelSpec(name="mine", source="somewhere")]

@hookimpl
def register_samplers():
    return [SamplerSpec(name="euler_a", scheduler="x:Y"), SamplerSpec(name="fog", scheduler="x:Y", summary="Foggy.")]
"""
NOISY = """
import os, sys
print("\\x1b[31mhello")
os.write(1, b"from below\\n")
from promptkit import hookimpl

@hookimpl
def register_models():
    print("from a hook")
    return []
"""


def clean(done):
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    return done


def document(folder, *arguments, **variables):
    done = promptkit(folder, *arguments, "--json", **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\x1b" not in done.stdout
    return json.loads(done.stdout)


def plugin(folder, name, **variables):
    return next(each for each in document(folder, "plugins", "list", **variables)["plugins"] if each["name"] == name)


def test_the_list_fits_into_eighty_columns_and_says_why(tmp_path):
    install(tmp_path, "mine", MINE)
    install(tmp_path, "broken", "raise RuntimeError('a long reason ' * 20)")
    install(tmp_path, "slow", "import time; time.sleep(0.3)\n" + MINE.replace("mine", "slow"))
    done = clean(promptkit(tmp_path, "plugins", "list", COLUMNS="80"))
    assert done.stderr == ""
    text = " ".join(done.stdout.split())
    assert "quarantined" in text
    assert "RuntimeError: a long reason" in text
    assert "slow: takes" in text
    assert plugin(tmp_path, "slow")["slow"]


def test_info_says_where_a_plugin_comes_from_and_what_it_brought(tmp_path):
    info = install(tmp_path, "mine", MINE)
    with (info / "METADATA").open("a") as file:
        file.write("Summary: My things\nAuthor: A. \x1b[31mPerson\nProject-URL: Home, https://example.org/mine\n")
    shown = clean(promptkit(tmp_path, "plugins", "info", "mine")).stdout
    for told in ("mine 1.2.3", "mine_module", "register_models", "model mine", "sampler fog", "sampler mine/euler_a"):
        assert told in shown
    for told in ("My things", "Person", "https://example.org/mine", str(tmp_path), "of promptkit has already"):
        assert told in shown
    found = document(tmp_path, "plugins", "info", "mine")
    assert found["kind"] == "plugin"
    assert ["model", "mine"] in found["objects"]


def test_a_traceback_is_shown_when_it_is_asked_for(tmp_path):
    install(tmp_path, "broken", "raise RuntimeError('why')")
    assert "RuntimeError: why" in clean(promptkit(tmp_path, "plugins", "info", "broken")).stdout
    assert "Traceback" in promptkit(tmp_path, "plugins", "info", "broken", "--trace").stdout
    near = clean(promptkit(tmp_path, "plugins", "info", "brokn"))
    assert (near.returncode, "'broken'" in near.stderr) == (2, True)


def test_a_broken_plugin_is_told_once_and_switched_off_without_being_imported(tmp_path):
    install(tmp_path, "broken", f"open({str(tmp_path / 'ran')!r}, 'a').write('x'); raise SystemExit(4)")
    told = clean(promptkit(tmp_path, "models"))
    assert (told.returncode, told.stderr.count("Plugin 'broken' 1.2.3 is left out: SystemExit: 4")) == (0, 1)
    assert "plugins disable broken" in told.stderr
    (tmp_path / "ran").unlink()
    assert document(tmp_path, "plugins", "disable", "broken")["changed"]
    assert not document(tmp_path, "plugins", "disable", "broken")["changed"]
    assert plugin(tmp_path, "broken")["status"] == "disabled"
    assert clean(promptkit(tmp_path, "models")).stderr == ""
    assert not (tmp_path / "ran").exists()
    assert document(tmp_path, "plugins", "enable", "broken")["changed"]
    assert plugin(tmp_path, "broken")["status"] == "quarantined"
    assert clean(promptkit(tmp_path, "plugins", "disable", "promptkit.rankers")).returncode == 2
    assert clean(promptkit(tmp_path, "plugins", "disable", "nothing")).returncode == 2


def test_a_plugin_of_a_newer_promptkit_is_not_loaded(tmp_path):
    install(tmp_path, "newer", "raise SystemExit", requires=['rich>=1; extra == "x"', "promptkit >= 9, != 9.1"])
    install(tmp_path, "fitting", MINE, requires=["promptkit>=0.1", "not a requirement ==="])
    found = plugin(tmp_path, "newer")
    assert found["status"] == "quarantined"
    assert "it needs promptkit!=9.1,>=9, and this is promptkit 0.1.0" in found["error"]
    assert "--upgrade promptkit newer" in found["cure"]
    assert plugin(tmp_path, "fitting")["status"] == "ok"


def test_what_a_plugin_prints_does_not_reach_the_data(tmp_path):
    install(tmp_path, "noisy", NOISY)
    done = promptkit(tmp_path, "models", "--json")
    assert json.loads(done.stdout)["kind"] == "models"
    assert "from below" in done.stderr
    assert "from a hook" in done.stderr
    assert plugin(tmp_path, "noisy")["printed"] == "\x1b[31mhello\n"
    assert "prints while it is loaded" in " ".join(clean(promptkit(tmp_path, "plugins", "list")).stdout.split())


def test_a_plugin_whose_name_cannot_be_typed_is_not_loaded(tmp_path):
    install(
        tmp_path,
        "odd",
        "raise SystemExit",
        entries="[promptkit.plugins]\n\x1b[31m;rm -rf = odd_module\n-e = odd_module\n",
    )
    done = clean(promptkit(tmp_path, "plugins", "list"))
    assert done.returncode == 0
    assert "its name has blanks" in " ".join(done.stdout.split())
    assert clean(promptkit(tmp_path, "plugins", "disable", "odd")).returncode == 0
    assert "its name has blanks" not in promptkit(tmp_path, "plugins", "list").stdout


def test_two_packages_with_plugins_of_one_name_both_load(tmp_path):
    install(tmp_path, "one", MINE, entries="[promptkit.plugins]\nsame = one_module\n")
    install(tmp_path, "two", MINE, entries="[promptkit.plugins]\nsame = two_module\n")
    assert plugin(tmp_path, "same")["distribution"] == "one"
    assert plugin(tmp_path, "two.same")["distribution"] == "two"
    done = clean(promptkit(tmp_path, "models"))
    assert "Plugins 'same' and 'two.same' both bring a model named 'mine'." in done.stderr
    assert clean(promptkit(tmp_path, "plugins", "disable", "two.same")).returncode == 0
    assert (plugin(tmp_path, "same")["status"], plugin(tmp_path, "two.same")["status"]) == ("ok", "disabled")
    assert clean(promptkit(tmp_path, "plugins", "enable", "two.same")).returncode == 0
    assert clean(promptkit(tmp_path, "plugins", "disable", "one")).returncode == 0
    assert (plugin(tmp_path, "same")["status"], plugin(tmp_path, "two.same")["status"]) == ("disabled", "ok")


def test_lists_say_which_plugin_brought_what_is_not_built_in(tmp_path):
    assert "plugin" not in clean(promptkit(tmp_path, "samplers")).stdout.splitlines()[0]
    install(tmp_path, "mine", MINE)
    install_fakes(tmp_path)
    for command, name, owner in (
        ("samplers", "fog", "mine"),
        ("samplers", "mine/euler_a", "mine"),
        ("models", "mine", "mine"),
        ("rankers", "redness", "fakes"),
    ):
        done = clean(promptkit(tmp_path, command, COLUMNS="200"))
        assert re.search(rf"^{re.escape(name)} .*\b{owner}\b", done.stdout, re.MULTILINE), done.stdout
        listed = document(tmp_path, command)[command]
        assert next(each for each in listed if each["name"] == name)["plugin"] == owner


def test_every_call_can_be_watched(tmp_path):
    install(tmp_path, "mine", MINE)
    install(
        tmp_path,
        "bad",
        "from promptkit import hookimpl\n@hookimpl\ndef register_models():\n    raise OSError('\\x1b')\n",
    )
    done = clean(promptkit(tmp_path, "models", "--json", PROMPTKIT_TRACE_PLUGINS="1"))
    json.loads(done.stdout)
    assert re.search(r"^plugins: mine load [\d.]+ ms ok$", done.stderr, re.MULTILINE)
    assert re.search(r"^plugins: mine register_models [\d.]+ ms gave 1$", done.stderr, re.MULTILINE)
    assert re.search(r"^plugins: bad register_models [\d.]+ ms raised OSError$", done.stderr, re.MULTILINE)
    assert "plugins:" not in promptkit(tmp_path, "models").stderr


def test_strictly_held_a_broken_plugin_stops_everything(tmp_path):
    install(tmp_path, "broken", "raise RuntimeError('why')")
    done = promptkit(tmp_path, "models", PROMPTKIT_STRICT_PLUGINS="1")
    assert (done.returncode, "RuntimeError: why" in done.stderr) == (1, True)


@pytest.mark.parametrize("text", ["", "not json", '{"promptkit": 1}'])
def test_switches_that_cannot_be_read_are_told_and_stop_nothing(tmp_path, text):
    install(tmp_path, "mine", MINE)
    (Path(os.environ["PROMPTKIT_HOME"]) / "plugins.json").write_text(text)
    done = clean(promptkit(tmp_path, "models"))
    assert (done.returncode, "no plugin counts as disabled" in done.stderr) == (0, True)
    assert clean(promptkit(tmp_path, "plugins", "disable", "mine")).returncode == 1


def test_strictly_a_traceback_is_shown_without_being_obeyed(tmp_path):
    install(tmp_path, "broken", "raise RuntimeError('\\x1b[31mred\\u202eright')")
    done = promptkit(tmp_path, "plugins", "list", PROMPTKIT_STRICT_PLUGINS="1")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "␛[31mred⟨U+202E⟩right" in done.stderr
    assert not {"\x1b", "\u202e"} & set(done.stderr)
    (tmp_path / "broken_module.py").write_text("raise SystemExit('\x1b[31mred')")
    done = promptkit(tmp_path, "plugins", "list", PROMPTKIT_STRICT_PLUGINS="1")
    assert (done.returncode, done.stderr) == (1, "␛[31mred\n")


def test_what_is_wrong_with_a_plugin_is_told_once_with_its_cure(tmp_path):
    install(tmp_path, "broken", "raise RuntimeError('no more')")
    done = clean(promptkit(tmp_path, "plugins", "info", "broken"))
    assert done.stdout.count("no more") == 1
    assert "plugins disable broken" in done.stdout
    assert "--trace" in done.stdout


def test_what_a_disabled_plugin_is_missed_for_says_that_it_is_off(tmp_path):
    install(tmp_path, "mist", MINE)
    assert promptkit(tmp_path, "plugins", "disable", "mist").returncode == 0
    done = clean(promptkit(tmp_path, "expand", "a dog", "--expander", "mist"))
    assert done.returncode == 2
    assert "switched off: promptkit plugins enable mist." in done.stderr
