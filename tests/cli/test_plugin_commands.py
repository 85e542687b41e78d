"""Commands of installed plugins: named by metadata, imported when they are used, and no danger to any other."""

import json
import subprocess
import sys

import pytest

from tests.plugins.installing import environment, install, promptkit

HELLO = """
import click

@click.command()
@click.option("--json", "as_json", is_flag=True)
def hello(as_json):
    "Say hello."
    print("hello")

@click.command()
def broken():
    raise RuntimeError("no greeting \\x1b[31m today")

def no_command():
    pass
"""
HOOKED = """
import click
from promptkit import hookimpl

@hookimpl
def register_commands():
    return [click.Command("hooked", callback=lambda: print("from a hook"))]
"""


def install_commands(folder, name, code=HELLO, **commands):
    lines = "".join(f"{key} = {name}_module:{value}\n" for key, value in commands.items())
    info = install(folder, name, code, entries=f"[promptkit.commands]\n{lines}")
    with (info / "METADATA").open("a") as file:
        file.write("Summary: Greets \x1b[31mpeople\n")


def clean(done):
    assert "Traceback" not in done.stdout + done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    return done


def test_help_names_the_commands_of_plugins_and_imports_none(tmp_path):
    install_commands(tmp_path, "greeter", "raise SystemExit(3)", hello="hello", parse="hello")
    shown = clean(promptkit(tmp_path, "--help"))
    assert shown.returncode == 0
    assert "Commands of plugins" in shown.stdout
    assert "hello" in shown.stdout
    assert "(greeter)" in shown.stdout
    assert "greeter/parse" in shown.stdout
    assert "'parse' is taken" in " ".join(shown.stdout.split())


def test_fifty_plugins_are_not_imported_for_help_nor_for_another_command(tmp_path):
    for number in range(50):
        install_commands(tmp_path, f"p{number}", "raise RuntimeError", **{f"command-{number}": "hello"})
    probe = [sys.executable, "-X", "importtime", "-m", "promptkit"]
    for arguments in (["--help"], ["plugins", "--help"], ["samplers", "--help"]):
        done = subprocess.run(
            [*probe, *arguments], capture_output=True, text=True, env=environment(tmp_path), check=True
        )
        assert "_module" not in done.stderr
        assert "pluggy" not in done.stderr
        assert "importlib.metadata" not in done.stderr
    assert "command-49" in promptkit(tmp_path, "--help").stdout


def test_a_command_runs_and_one_that_breaks_is_one_clear_message(tmp_path):
    install_commands(tmp_path, "greeter", hello="hello", bad="broken", none="no_command", gone="nothing", parse="hello")
    assert clean(promptkit(tmp_path, "hello")).stdout == "hello\n"
    assert clean(promptkit(tmp_path, "greeter/parse")).stdout == "hello\n"
    assert "Say hello." in clean(promptkit(tmp_path, "hello", "--help")).stdout
    assert clean(promptkit(tmp_path, "hello", "--nonsense")).returncode == 2
    for name, reason in {"bad": "no greeting", "none": "is no command", "gone": "has no attribute 'nothing'"}.items():
        done = clean(promptkit(tmp_path, name))
        assert done.returncode == 1
        assert f"The command '{name}' of plugin 'greeter'" in done.stderr
        assert reason in done.stderr
        assert "promptkit plugins disable greeter" in done.stderr
    assert json.loads(promptkit(tmp_path, "bad", "--json").stdout)["kind"] == "error"
    assert "Traceback" in promptkit(tmp_path, "bad", PROMPTKIT_STRICT_PLUGINS="1").stderr
    assert clean(promptkit(tmp_path, "parse", "a dog", "--json")).returncode == 0


def test_a_command_of_two_plugins_is_an_error_that_says_how_to_choose(tmp_path):
    install_commands(tmp_path, "one", hello="hello")
    install_commands(tmp_path, "two", hello="hello")
    done = clean(promptkit(tmp_path, "hello"))
    assert done.returncode == 1
    assert "Plugins 'one' and 'two' both bring a command named 'hello'." in done.stderr
    assert "promptkit one/hello or promptkit two/hello" in done.stderr
    assert promptkit(tmp_path, "two/hello").stdout == "hello\n"


@pytest.mark.parametrize("variables", [{}, {"PROMPTKIT_LOAD_PLUGINS": ""}])
def test_a_command_goes_with_its_plugin(tmp_path, variables):
    install_commands(tmp_path, "greeter", hello="hello")
    if not variables:
        assert promptkit(tmp_path, "plugins", "disable", "greeter").returncode == 0
    assert "hello" not in promptkit(tmp_path, "--help", **variables).stdout
    done = clean(promptkit(tmp_path, "hello", **variables))
    assert (done.returncode, "There is no command 'hello'" in done.stderr) == (2, True)


def test_a_hook_can_bring_commands_too(tmp_path):
    install(tmp_path, "hooking", HOOKED)
    assert clean(promptkit(tmp_path, "hooked")).stdout == "from a hook\n"
    assert clean(promptkit(tmp_path, "hookd")).returncode == 2


def test_a_slip_is_told_the_nearest_command_of_a_plugin(tmp_path):
    install_commands(tmp_path, "greeter", hello="hello")
    assert "Did you mean 'hello'?" in promptkit(tmp_path, "helo").stderr
