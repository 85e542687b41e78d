"""Plugins that are broken in every way, installed for real: each is named with a cure, and everything else goes on."""

import json
import re

import pytest

from tests.plugins.installing import install, install_fakes, promptkit

GOOD = """
from promptkit import hookimpl, ModelSpec

@hookimpl
def register_models():
    return [ModelSpec(name="NAME-model", source="somewhere")]
"""
HOSTILE = {
    "option": "-e",
    "shell": "$(rm -rf x);rm -rf x",
    "escape": "\x1b[2J\x1b]0;owned\x07",
    "right to left": "safe\u202egnp.exe",
    "ten kilobytes": "a" * 10_000,
}
"""Names of entry points that do harm where they are obeyed."""


def good(name):
    return GOOD.replace("NAME", name)


def metadata(name, *lines):
    return "\n".join(["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.2.3", *lines, ""])


BROKEN = {
    "import-error": ({"code": "import nothing_of_that_name"}, "nothing_of_that_name"),
    "exits": ({"code": "import sys; sys.exit(3)"}, "SystemExit"),
    "syntax-error": ({"code": "def ("}, "SyntaxError"),
    "raises": ({"code": "raise RuntimeError('\x1b[31mno\u202e today')"}, "RuntimeError"),
    "raises-base": ({"code": "class Stop(BaseException): pass\nraise Stop('now')"}, "now"),
    "misspelt": ({"code": good("misspelt").replace("register_models", "register_modles")}, "register_models"),
    "signature": ({"code": good("signature").replace("models()", "models(nonsense)")}, "nonsense"),
    "coroutine": ({"code": good("coroutine").replace("def ", "async def ")}, "async"),
    "newer": ({"code": "raise SystemExit", "requires": ["promptkit>=9"]}, "it needs promptkit>=9"),
    "no-attribute": ({"code": good("x"), "entries": "[promptkit.plugins]\nno-attribute = no_attribute_module:gone\n"}, "gone"),
    "no-module": ({"code": good("x"), "entries": "[promptkit.plugins]\nno-module = ../../etc/passwd\n"}, "module:attribute"),
}  # fmt: skip
"""What is quarantined: (how it is installed, words of its reason or cure)."""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A folder with every broken plugin, good ones between them, and a model that needs no torch."""
    folder = tmp_path_factory.mktemp("house")
    install_fakes(folder)
    install(folder, "aaa-good", good("aaa"))
    install(folder, "zzz-good", good("zzz"))
    for name, (how, _) in BROKEN.items():
        install(folder, name, **how)
    for number, name in enumerate(HOSTILE.values()):
        install(
            folder, f"hostile-{number}", good("x"), entries=f"[promptkit.plugins]\n{name} = hostile_{number}_module\n"
        )
    install(folder, "prints", "print('clatter'); import os; os.write(1, b'clatter')" + good("prints"))
    install(
        folder,
        "bad-line",
        good("bad-line"),
        entries="[promptkit.plugins]\nbad-line = bad_line_module\nwhat is this\n=\n[[[\n",
    )
    install(folder, "no-metadata", good("no-metadata"), metadata="\x00\x01 no headers\n\n\n")
    install(
        folder,
        "odd-needs",
        good("odd-needs"),
        metadata=metadata("odd-needs", "Requires-Dist: promptkit>=>=1 ;;", "Requires-Dist: @@"),
    )
    install(folder, "wants-old", good("wants-old"), requires=["click<1"])
    install(folder, "wants-new", good("wants-new"), requires=["click>=8"])
    install(folder, "garbage", good("garbage"))
    (folder / "garbage-1.2.3.dist-info" / "entry_points.txt").write_bytes(
        b"[promptkit.plugins]\n\xff\xfe = \x00\n" * 50
    )
    evil = "ev\x1b[31mil\u202etxt"
    install(
        folder,
        "hostile-metadata",
        "print('\\x1b[2J')" + good("hostile-metadata"),
        entries=(
            "[promptkit.plugins]\nhostile-metadata = hostile_metadata_module\n"
            "[promptkit.commands]\nshown = gone:gone\n\x1b[31mred = gone:gone\nparse = gone:gone\n"
        ),
        metadata=metadata("hostile-metadata", f"Summary: {evil}", f"Author: {evil}", f"Home-page: {evil}"),
    )
    (folder / "empty-1.0.dist-info").mkdir()
    (folder / "other-1.0.dist-info").mkdir()
    (folder / "other-1.0.dist-info" / "entry_points.txt").write_text("[[console_scripts\n= = =\npromptkit.\n")
    return folder


@pytest.fixture(scope="module")
def said(house):
    """Return what a command says in the house of broken plugins; each command runs once."""
    done = {}

    def command(*arguments, **environment):
        key = (arguments, tuple(environment.items()))
        if key not in done:
            done[key] = promptkit(house, *arguments, **environment)
        return done[key]

    return command


@pytest.fixture(scope="module")
def plugins(said):
    return {plugin["name"]: plugin for plugin in json.loads(said("plugins", "list", "--json").stdout)["plugins"]}


def assert_calm(done, code=0):
    """No traceback, no escape or bidi character, and the exit code."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    for stream in (done.stdout, done.stderr):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", stream)


COMMANDS = {
    "parse": ("parse", "a dog in fog"),
    "styles": ("styles", "list"),
    "plugins": ("plugins", "list"),
    "models": ("models",),
    "expand": ("expand", "a dog", "--style", "embedded/watercolour-dusk"),
    "generate": ("generate", "a dog", "--model", "fake", "--candidates", "2", "--out", "pictures"),
}
"""Commands that load plugins and have nothing to do with the broken ones."""


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_set_aside_and_told_why(name, plugins):
    plugin = plugins[name]
    assert plugin["status"] == "quarantined"
    assert BROKEN[name][1] in f"{plugin['error']} {plugin['cure']}"


@pytest.mark.parametrize("name", BROKEN)
def test_the_message_names_plugin_and_cure(name, said):
    (line,) = [line for line in said("parse", "a dog in fog").stderr.splitlines() if f"'{name}'" in line]
    assert f"plugins disable {name}" in line


@pytest.mark.parametrize(
    "name", ["aaa-good", "zzz-good", "fakes", "prints", "bad-line", "odd-needs", "wants-old", "wants-new"]
)
def test_plugins_that_can_be_used_are_used(name, plugins):
    assert plugins[name]["status"] == "ok"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_and_not_obeyed(name, plugins, said):
    assert plugins[HOSTILE[name]]["status"] == "quarantined"
    assert "name" in plugins[HOSTILE[name]]["error"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_other_command_works(command, said):
    assert_calm(said(*COMMANDS[command]))
    document = said(*COMMANDS[command], "--json")
    assert_calm(document)
    assert json.loads(document.stdout)["promptkit"] == 1


def test_what_is_printed_at_import_stays_out_of_the_data(said, plugins):
    assert "clatter" not in said(*COMMANDS["parse"]).stdout
    assert plugins["prints"]["printed"] == "clatter\n"


def test_what_was_asked_for_is_there_among_the_broken(said):
    models = [model["name"] for model in json.loads(said("models", "--json").stdout)["models"]]
    assert {"aaa-model", "zzz-model", "bad-line-model", "fake", "embedded"} <= set(models)
    assert len(json.loads(said(*COMMANDS["generate"], "--json").stdout)["candidates"]) == 2


def test_help_imports_no_plugin(said):
    done = said("--help")
    assert_calm(done)
    assert done.stderr == ""
    assert "shown" in done.stdout


@pytest.mark.parametrize("name", ["hostile-metadata", "raises", "escape", "right to left", "ten kilobytes"])
def test_everything_that_is_said_of_a_plugin_is_shown_and_not_obeyed(name, said):
    assert_calm(said("plugins", "info", HOSTILE.get(name, name)))


def test_a_command_that_cannot_be_loaded_is_named(said):
    done = said("shown")
    assert_calm(done, code=1)
    assert "command 'shown' of plugin 'hostile-metadata' cannot be loaded" in done.stderr
    assert "promptkit plugins disable hostile-metadata" in done.stderr


def test_none_is_loaded_where_none_is_wanted(said):
    done = said("parse", "a dog", PROMPTKIT_LOAD_PLUGINS="")
    assert_calm(done)
    assert done.stderr == ""


def test_metadata_that_stops_torch_is_named(tmp_path):
    file = tmp_path / "other-1.0.dist-info" / "entry_points.txt"
    file.parent.mkdir()
    file.write_text("[console_scripts]\nwhat is this\n")
    done = promptkit(tmp_path, "generate", "a dog", "--candidates", "1")
    assert_calm(done, code=1)
    assert str(file) in " ".join(done.stderr.splitlines())
    assert "--force-reinstall --no-deps other" in done.stderr
    assert_calm(promptkit(tmp_path, "parse", "a dog"))
