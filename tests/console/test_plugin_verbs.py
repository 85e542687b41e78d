"""The commands of plugins in the console: verbs without their doing anything for it, and no danger to the session."""

import subprocess
import sys

from promptkit.console import verbs
from promptkit.console.verbs.plugins import PluginVerbs
from promptkit.registry import Registry
from tests.cli.test_plugin_commands import HOOKED, clean, install_commands
from tests.plugins.installing import environment, install

MORE = """
import click, sys
from promptkit.errors import SettingsError

@click.command()
@click.argument("words", nargs=-1)
@click.option("--count", type=int, default=1)
def echo(words, count):
    "Say words."
    for _ in range(count):
        click.echo("|".join(words))

@click.command()
def broken():
    raise RuntimeError("no greeting \\x1b[31m today")

@click.command()
def refusing():
    raise SettingsError("Not so.", hint="Otherwise.")

@click.command()
def leaving():
    sys.exit(3)

@click.command()
def talking():
    sys.exit("gone \\x1b[31m wrong")
"""


def console(folder, lines: str, *words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "promptkit", "console", "--keep-going", *words]
    return clean(subprocess.run(command, input=lines, capture_output=True, text=True, env=environment(folder)))


def test_plugins_commands_are_verbs_and_those_that_fail_end_nothing(tmp_path):
    named = {name: name for name in ("echo", "broken", "refusing", "leaving", "talking")}
    install_commands(tmp_path, "sayer", MORE, **named, parse="echo", undo="echo")
    lines = """
        echo 'a b' c --count 2
        help echo
        help
        broken
        refusing
        leaving
        talking
        echo --count x
        echo 'open
        sayer/parse taken
        undo
        : echo of a fox
        echo the end
    """
    done = console(tmp_path, lines)
    assert done.returncode == 1
    assert done.stdout.startswith("a b|c\na b|c\n")
    assert "Usage: promptkit echo [OPTIONS] [WORDS]..." in done.stdout
    assert done.stdout.count("echo …") == 1
    assert "taken\n" in done.stdout
    assert "There is nothing to undo." in done.stdout
    assert "echo of a fox" in done.stdout
    assert done.stdout.endswith("the|end\n")
    for said in (
        "The command 'broken' of plugin 'sayer' failed: RuntimeError: no greeting", "Not so.\nOtherwise.",
        "leaving ended with 3", "talking: gone ␛[31m wrong", "'x' is not a valid integer", "No closing quotation",
    ):  # fmt: skip
        assert said in done.stderr, said


def test_a_command_from_a_hook_is_a_verb(tmp_path):
    install(tmp_path, "hooker", HOOKED)
    assert console(tmp_path, "hooked\n").stdout == "from a hook\n"


def test_nothing_of_a_command_is_imported_before_it_is_used(tmp_path):
    install_commands(tmp_path, "sayer", "raise SystemExit(3)", echo="echo")
    done = console(tmp_path, "echoes of a fox\nhelp\n")
    assert done.returncode == 0
    assert "echo …" in done.stdout


def test_without_plugins_there_are_promptkits_verbs_alone(registry: Registry):
    plugged = PluginVerbs(registry)
    assert list(plugged) == []
    assert verbs.names(plugged) == verbs.names()
