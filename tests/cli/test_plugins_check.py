"""``plugins check`` on folders and on installed plugins, good and bad: what it says, and how it ends."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from promptkit.plugins import create_plugin_manager
from promptkit.registry import Registry
from promptkit.testing.whole import once_a_solver
from tests.plugins.installing import called, install, promptkit

ROOT = Path(__file__).parent.parent.parent

MANY = '''
import random
from dataclasses import replace

import click
from promptkit import ModelSpec, Phrase, hookimpl
from promptkit.slots.vocabulary import Term, Vocabulary
from promptkit.testing import FakeLoader, RednessRanker

print("hello")


class Dice:
    """Adds a number that nobody can have again."""

    name = "dice"

    def expand(self, prompt, *, draw, limit):
        yield replace(prompt, phrases=(*prompt.phrases, Phrase(text=str(random.random()), slot="style", source="dice")))


@click.command()
def roll():
    """Roll the dice."""


@hookimpl
def register_expanders():
    return [Dice()]


@hookimpl
def register_commands():
    return [roll]


@hookimpl
def register_rankers():
    return [RednessRanker()]


@hookimpl
def register_backends():
    return [FakeLoader()]


@hookimpl
def register_models():
    return [ModelSpec(name="fake-model", source="fake", backend="fake", licence="MIT")]


@hookimpl
def register_slot_vocabularies():
    return [Vocabulary("dice", (Term("loaded dice", "style"),))]


@hookimpl
def classify_phrase(phrase):
    return 6


@hookimpl
def run_finished(recipe):
    raise AssertionError("a check runs nothing")
'''


def checked(folder, target, *options, **environment):
    """Return the exit code and the JSON document."""
    done = promptkit(folder, "plugins", "check", str(target), "--json", *options, **environment)
    return done.returncode, json.loads(done.stdout), done.stderr


def state(document, subject):
    """Return the state of each contract of a subject."""
    (report,) = [report for report in document["reports"] if report["subject"].startswith(subject)]
    return {made["name"]: made["ok"] for made in report["checks"]}


def test_everything_that_an_installed_plugin_brings_is_checked(tmp_path):
    install(tmp_path, "many", MANY)
    code, document, _ = checked(tmp_path, "many")
    assert (code, document["ok"], document["name"], document["version"]) == (1, False, "many", "1.2.3")
    subjects = [report["subject"] for report in document["reports"]]
    assert subjects == [
        "plugin 'many'", "command 'roll'", "expander 'dice'", "ranker 'redness'", "model 'fake-model'",
        "backend FakeBackend", "vocabulary 'dice'", "hook classify_phrase", "hook run_finished",
    ]  # fmt: skip
    assert state(document, "plugin")["prints nothing while it is loaded"] is False
    assert state(document, "expander")["yields the same for the same seed"] is False
    assert state(document, "hook classify_phrase")["says a slot or nothing"] is False
    assert state(document, "hook run_finished")["does what it should"] is None
    for sound in ("command", "model", "ranker", "backend", "vocabulary"):
        assert all(ok is not False for ok in state(document, sound).values())


WANTING = """
from promptkit import ModelSpec, hookimpl
from promptkit.errors import ModelError, SettingsError


class Wanting:
    '''Wants a model that is not there.'''

    name = "wanting"

    def expand(self, prompt, *, draw, limit):
        raise SettingsError("There is no language model.", hint="Name one.")

    def load(self, *given, **more):
        raise ModelError("There are no weights.", hint="Download them.")


@hookimpl
def register_expanders():
    return [Wanting()]


@hookimpl
def register_rankers():
    return [Wanting()]


@hookimpl
def register_models():
    return [ModelSpec(name="wanting", source="somewhere", backend="nowhere")]
"""


def test_what_wants_settings_or_weights_is_not_tried_and_says_why(tmp_path, monkeypatch, capsys):
    code, out, _ = called(monkeypatch, capsys, "plugins", "check", str(project(tmp_path, code=WANTING)))
    assert code == 1
    assert "There is no language model. Name one." in out
    assert "There are no weights. Download them." in out
    assert "there is no backend 'nowhere'" in out
    assert out.rstrip().endswith("1 thing does not hold.")


def test_a_folder_is_checked_as_it_lies_with_a_table_of_what_holds(tmp_path):
    done = promptkit(tmp_path, "plugins", "check", str(ROOT / "plugins" / "promptkit-weather"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "expander 'weather'" in done.stdout
    assert "keeps to the limit" in done.stdout
    assert done.stdout.rstrip().endswith("Everything that was tried holds.")
    assert "its code is run" in done.stderr
    assert "checking plugin 'weather'\nchecking expander 'weather'" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_distribution_of_packs_is_checked_without_importing_it(tmp_path, monkeypatch, capsys):
    code, out, _ = called(monkeypatch, capsys, "plugins", "check", str(ROOT / "plugins" / "promptkit-night-city"))
    assert code == 0
    assert "pack 'night-city'" in out


def project(folder, *, entries='[project.entry-points."promptkit.plugins"]\nfog = "fog_module"\n', code="", source="."):
    home = folder / "fog"
    (home / source).mkdir(parents=True)
    (home / "pyproject.toml").write_text(f'[project]\nname = "promptkit-fog"\nversion = "2"\n{entries}')
    (home / source / "fog_module.py").write_text(code)
    return home


TWINS = """
from promptkit import hookimpl

class Plain:
    '''Yields the prompt as it is.'''
    def __init__(self, name):
        self.name = name
    def expand(self, prompt, *, draw, limit):
        yield prompt

@hookimpl
def register_expanders():
    return [Plain('fog'), Plain('Fog')]
"""


@pytest.mark.parametrize(
    ("code", "detail", "cure"),
    [
        ("import nothing_of_that_name", "No module named 'nothing_of_that_name'", "Mend"),
        ("raise SystemExit(3)", "SystemExit", "Mend"),
        ("from promptkit import hookimpl\n@hookimpl\ndef register_expnders(): return []", "no hook", "register_expanders"),
        ("import numpy\nfrom promptkit import hookimpl\n@hookimpl\ndef register_expanders(): return []",
         "imports numpy", "inside the functions"),
        ("x = 1", "implements no hook", "@hookimpl"),
        (TWINS, "the expander 'fog' is not what that name stands for", "more than case"),
        (TWINS.replace("'fog'", "'template'"), "which 'promptkit.expanders'", "stays promptkit's"),
        ("from promptkit import hookimpl\n@hookimpl\ndef register_expanders(): return 5", "no list", "Return a list"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_loading_is_told_in_a_line_with_its_cure(tmp_path, code, detail, cure):
    status, document, _ = checked(tmp_path, project(tmp_path, code=code, source="src"))
    assert status == 1
    broken = [made for report in document["reports"] for made in report["checks"] if made["ok"] is False]
    assert len(broken) == 1
    assert detail in broken[0]["detail"]
    assert "\n" not in broken[0]["detail"]
    assert cure in broken[0]["cure"]


def test_a_plugin_that_ends_the_process_or_hangs_is_told(tmp_path):
    ending = "import os\nfrom promptkit import hookimpl\n@hookimpl\ndef register_expanders(): os._exit(7)"
    done = promptkit(tmp_path, "plugins", "check", str(project(tmp_path, code=ending)))
    assert (done.returncode, done.stdout) == (1, "")
    assert "ended with 7 before it was done" in done.stderr
    assert "Traceback" not in done.stderr
    other = tmp_path / "other"
    other.mkdir()
    done = promptkit(
        tmp_path, "plugins", "check", str(project(other, code="import time\ntime.sleep(60)")), "--timeout", "3"
    )
    assert done.returncode == 1
    assert "stopped after 3 seconds while checking plugin 'fog'" in done.stderr
    assert "--timeout 6" in done.stderr


def test_a_check_that_is_killed_takes_its_process_with_it(tmp_path):
    code = f"import os, pathlib, time\npathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\ntime.sleep(60)"
    command = [sys.executable, "-m", "promptkit", "plugins", "check", str(project(tmp_path, code=code))]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as parent:
        assert soon(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
        parent.terminate()
        parent.communicate()
    child = Path("/proc", (tmp_path / "pid").read_text(), "status")
    assert soon(lambda: not child.exists() or "State:\tZ" in child.read_text())


def soon(holds):
    """Wait at most 20 seconds for something; say whether it came."""
    return any(holds() or time.sleep(0.1) for _ in range(200))


def test_of_built_in_samplers_each_solver_once():
    registry = Registry(create_plugin_manager(entry_points=False))
    samplers = [one for one in registry.all("sampler").values() if one.plugin.builtin]
    kept = once_a_solver(samplers)
    assert len(kept) < len(samplers) / 4
    assert {one.value.scheduler for one in kept} == {one.value.scheduler for one in samplers}


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("", "names no entry points"),
        ('[project.entry-points."promptkit.plugins"]\nfog = "rain_module"\n', "holds no module 'rain_module'"),
        ('[project.entry-points."promptkit.packs"]\nfog = "fog_module"\n', "holds no *.yaml"),
        ("[project\n", "cannot be read as a project"),
    ],
)
def test_a_folder_that_is_no_plugin_is_told(tmp_path, monkeypatch, capsys, entries, said):
    code, _, err = called(monkeypatch, capsys, "plugins", "check", str(project(tmp_path, entries=entries)))
    assert code == 1
    assert said in err


def test_a_folder_without_a_project_is_a_wrong_request(tmp_path, monkeypatch, capsys):
    code, _, err = called(monkeypatch, capsys, "plugins", "check", str(tmp_path))
    assert code == 2
    assert f"There is no pyproject.toml in '{tmp_path}'." in err
    (tmp_path / "promptkit").mkdir()
    monkeypatch.chdir(tmp_path)
    code, _, err = called(monkeypatch, capsys, "plugins", "check", "promptkit")
    assert code == 2
    assert "./promptkit" in err
    assert "Did you mean" not in err


def test_a_name_that_is_not_installed_is_a_wrong_request(monkeypatch, capsys):
    code, _, err = called(monkeypatch, capsys, "plugins", "check", "nothing-of-that-name")
    assert code == 2
    assert "nothing-of-that-name" in err
