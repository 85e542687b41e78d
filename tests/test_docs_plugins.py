"""What docs/plugins/ says of hooks, commands and variables is so, and its examples are plugins that work."""

import inspect
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from promptkit import hookspecs
from promptkit.cli.app import app
from promptkit.errors import PluginError
from promptkit.plugins import PluginRecord, create_plugin_manager
from promptkit.plugins.checks import hook_names
from promptkit.plugins.results import checked
from tests.forked import PYTEST
from tests.plugins.installing import promptkit

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "plugins"
SECTION = re.compile(r"^### (\w+)\(([^)]*)\)\n(.*?)^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def hook_sections():
    """Return (hook, its arguments, what is said of it, its example) for each section of hooks.md."""
    return SECTION.findall((PAGES / "hooks.md").read_text(encoding="utf-8"))


def hook_examples():
    return [(name, arguments, code) for name, arguments, _, code in hook_sections()]


def users(hook):
    """Return the first-party plugins that implement a hook, then promptkit's own."""
    places = [folder for folder in sorted((ROOT / "plugins").iterdir()) if folder.is_dir()]
    places += sorted((ROOT / "promptkit").glob("*/plugin.py"))
    files = {place: [place] if place.is_file() else sorted(place.rglob("*.py")) for place in places}
    code = {place: "".join(file.read_text(encoding="utf-8") for file in found) for place, found in files.items()}
    return [place for place in places if f"def {hook}(" in code[place]]


def page(name):
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def test_every_hook_is_documented_with_its_arguments_and_an_example():
    specs = {name: ", ".join(inspect.signature(getattr(hookspecs, name)).parameters) for name in hook_names()}
    assert {name: arguments for name, arguments, _ in hook_examples()} == specs


@pytest.mark.parametrize(("name", "said"), [(name, said) for name, _, said, _ in hook_sections()])
def test_every_hook_says_when_it_is_called_what_a_failure_does_and_who_uses_it(name, said):
    assert "- **Called** " in said
    assert "- **Fails:** " in said
    used = [(PAGES / place).resolve() for place in re.findall(r"- \*\*Used by\*\* .*?\]\(([^)]+)\)", said)]
    assert used == [place for place in users(name) if place in used]
    assert used or not users(name)


@pytest.mark.parametrize(("name", "code"), [(name, code) for name, _, code in hook_examples()])
def test_every_hook_example_is_a_plugin_that_answers(name, code, tmp_path, monkeypatch):
    (tmp_path / "styles").mkdir()
    (tmp_path / f"{name}_example.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    host = create_plugin_manager(builtins=(), entry_points=False, environment={"PROMPTKIT_STRICT_PLUGINS": "1"})
    record = PluginRecord(name="example", version="1")
    host.load(record, lambda: __import__(f"{name}_example"))
    assert record.hooks == (name,)
    wanted = inspect.signature(getattr(hookspecs, name)).parameters
    answers = [answer for _, answer in host.each(name, **{key: SAMPLE[key] for key in wanted})]
    if name.startswith("register_"):
        assert not [value for value in checked(record, name, answers[0]) if isinstance(value, PluginError)]
        assert answers[0]


class Recipe:
    id = "0123456789"


SAMPLE = {
    "phrase": "glimmercore",
    "vocabulary": None,
    "prompt": "a dog",
    "negative": "",
    "pipeline": None,
    "recipe": Recipe,
}


def commands():
    for path in sorted(PAGES.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        fenced = re.findall(r"^```(?:text|sh)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        inline = re.findall(r"`(promptkit [^`]+)`", text)
        for line in dict.fromkeys([*"".join(fenced).splitlines(), *inline]):
            if match := re.fullmatch(r"(?:PROMPTKIT_\w+=\S* )?promptkit (.+)", line):
                yield pytest.param(match[1].split(), id=f"{path.stem}: {match[1]}")


@pytest.mark.parametrize("words", list(commands()))
def test_every_command_that_is_shown_exists_with_its_options(words):
    command = app
    context = click.Context(app)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        _, command, words = command.resolve_command(context, words)
    known = {option for parameter in command.get_params(context) for option in parameter.opts} | {"--help"}
    assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.md")), ids=lambda path: path.stem)
def test_every_variable_that_is_named_is_read_somewhere(path):
    code = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "promptkit").rglob("*.py"))
    assert not [
        name for name in re.findall(r"PROMPTKIT_\w+", path.read_text(encoding="utf-8")) if f'"{name}"' not in code
    ]


def test_every_check_and_stand_in_is_in_the_page_about_testing():
    from promptkit import testing

    assert not [name for name in testing.__all__ if name not in page("testing")]


def test_every_first_party_plugin_is_in_the_index():
    named = re.findall(r"^\| \[(promptkit-[\w-]+)\]", page("index"), re.MULTILINE)
    assert sorted(named) == sorted(folder.parent.name for folder in (ROOT / "plugins").glob("*/pyproject.toml"))


def test_the_fifteen_lines_are_a_package_that_installs_and_works(tmp_path):
    text = page("index")
    code = re.search(r"<!-- fifteen lines -->\n```python\n(.*?)```", text, re.DOTALL)[1]
    toml = re.search(r"<!-- its pyproject -->\n```toml\n(.*?)```", text, re.DOTALL)[1]
    assert len([line for line in code.splitlines() if line.strip()]) <= 15
    source, site = tmp_path / "source", tmp_path / "site"
    source.mkdir()
    (source / "promptkit_hours.py").write_text(code, encoding="utf-8")
    (source / "pyproject.toml").write_text(toml, encoding="utf-8")
    name = tomllib.loads(toml)["project"]["name"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(site), str(source)], check=True, capture_output=True)
    assert name in "".join(os.listdir(site)).replace("_", "-")
    done = promptkit(site, "expand", "a harbour", "--expander", "hours")
    assert done.returncode == 0, done.stderr
    assert re.search("at (dawn|noon|dusk)", done.stdout)


def test_the_plugin_of_the_tutorial_passes_its_tests(warm_python):
    folder = ROOT / "plugins" / "promptkit-weather"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    done = subprocess.run(
        [warm_python, "-m", "pytest", *PYTEST, "-q", "-p", "no:cacheprovider", str(folder / "tests")],
        env=env, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
