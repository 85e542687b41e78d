"""``plugins new``: a package of each kind is linted, typed, passes its own tests in an environment of its own, is listed
there, and keeps the contract."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from promptkit.cli.plugins_new import KINDS, LICENCES
from promptkit.errors import SettingsError
from promptkit.scaffold import KINDS as WRITTEN
from promptkit.scaffold import LICENCES as RENDERED
from promptkit.scaffold import plan_plugin
from tests.plugins.installing import called


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """One package of each kind, written by the command."""
    folder = tmp_path_factory.mktemp("new")
    for kind in KINDS:
        licence = RENDERED[KINDS.index(kind) % len(RENDERED)]
        command = ["plugins", "new", f"soft-{kind}", "--kind", kind, "--out", str(folder), "--license", licence]
        subprocess.run([sys.executable, "-m", "promptkit", *command], check=True, capture_output=True)
    return folder


def ran(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_command_offers_what_can_be_written():
    assert tuple(WRITTEN) == KINDS
    assert RENDERED == LICENCES


def typed_as_written(home, tmp_path):
    """Write the package's own settings of mypy with one more: what promptkit imports, and the package does not, is skipped."""
    unread = [f"{name}.*" for name in ("diffusers", "open_clip", "peft", "timm", "torchvision", "transformers")]
    more = f'\n[[tool.mypy.overrides]]\nmodule = {unread}\nfollow_imports = "skip"\n'
    path = tmp_path / "pyproject.toml"
    path.write_text((home / "pyproject.toml").read_text(encoding="utf-8") + more, encoding="utf-8")
    return path


@pytest.mark.slow
def test_what_is_written_is_linted_and_typed(packages, tmp_path):
    homes = [packages / f"promptkit-soft-{kind}" for kind in KINDS if kind != "pack"]
    for home in homes:
        ran(sys.executable, "-m", "ruff", "check", "--no-cache", ".", cwd=home)
        ran(sys.executable, "-m", "ruff", "format", "--no-cache", "--check", ".", cwd=home)
    modules = [home / home.name.replace("-", "_") for home in homes]
    ran(sys.executable, "-m", "mypy", "--config-file", typed_as_written(homes[0], tmp_path), *modules, cwd=packages)


def test_the_package_is_whole(packages):
    for kind in KINDS:
        home = packages / f"promptkit-soft-{kind}"
        files = {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}
        module = f"promptkit_soft_{kind}"
        wanted = {"pyproject.toml", "README.md", ".gitignore", ".github/workflows/test.yml", f"tests/test_{module}.py"}
        wanted |= {f"{module}/soft-pack.yaml"} if kind == "pack" else {f"{module}/__init__.py", f"{module}/py.typed"}
        licence = RENDERED[KINDS.index(kind) % len(RENDERED)]
        assert wanted <= files
        assert ("LICENSE" in files) == (licence != "none")
        workflow = (home / ".github/workflows/test.yml").read_text()
        assert "${{ matrix.python }}" in workflow
        assert "promptkit plugins check ." in workflow


@pytest.mark.slow
def test_it_passes_its_own_tests_is_listed_and_checked_where_it_is_installed(packages, tmp_path, warm_python):
    """One environment for all kinds: its .pth reaches the running one, and nothing but the packages is installed."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    site = next((tmp_path / "venv" / "lib").glob("python*")) / "site-packages"
    paths = [sysconfig.get_path("purelib"), str(Path(__file__).parent.parent.parent)]
    (site / "shared.pth").write_text("\n".join(paths) + "\n")
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    homes = [packages / f"promptkit-soft-{kind}" for kind in KINDS]
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    ran(python, *install, *homes, env=env, cwd=tmp_path)
    tests = [
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--import-mode=importlib",
        "-c",
        homes[0] / "pyproject.toml",
    ]
    there = {**env, "PYTHONPATH": os.pathsep.join([str(site), paths[1]])}
    told = ran(warm_python, *tests, *(home / "tests" for home in homes), env=there, cwd=tmp_path)
    assert "10 passed" in told
    listed = json.loads(ran(python, "-m", "promptkit", "plugins", "list", "--json", env=env, cwd=tmp_path))
    states = {plugin["name"]: plugin["status"] for plugin in listed["plugins"]}
    assert {states[f"soft-{kind}"] for kind in KINDS if kind != "pack"} == {"ok"}
    for kind in ("pack", "postprocessor"):
        name = f"promptkit-soft-{kind}"
        ran(python, "-m", "promptkit", "plugins", "check", name, env=env, cwd=tmp_path)


def test_nothing_is_overwritten(tmp_path, monkeypatch, capsys):
    command = ("plugins", "new", "promptkit-Fog_bank", "--kind", "expander", "--out", str(tmp_path), "--json")
    code, out, _ = called(monkeypatch, capsys, *command)
    document = json.loads(out)
    assert (code or 0, document["name"]) == (0, "fog-bank")
    assert (document["kind"], document["brings"]) == ("plugin-new", "expander")
    home = tmp_path / "promptkit-fog-bank"
    assert document["folder"] == str(home)
    assert "class FogBankExpander" in (home / "promptkit_fog_bank" / "__init__.py").read_text()
    (home / "README.md").write_text("mine")
    code, _, err = called(monkeypatch, capsys, *command[:-1])
    assert code == 1
    assert "is there already" in err
    assert (home / "README.md").read_text() == "mine"


@pytest.mark.parametrize(
    "name", ["", "-e", "a b", "../up", "fog;rm", "f\x1b[31m", "ö", "promptkit", "promptkit-", "fog-", "x" * 51, "a/b"]
)
def test_what_can_be_no_name_is_refused(name):
    with pytest.raises(SettingsError, match="cannot be a plugin's name"):
        plan_plugin(name, "expander")


@pytest.mark.parametrize(
    ("name", "kind"), [("template", "expander"), ("Euler", "sampler"), ("clip", "ranker"), ("cinematic", "pack")]
)
def test_a_name_that_is_taken_is_refused(name, kind):
    with pytest.raises(SettingsError, match="already"):
        plan_plugin(name, kind)


@pytest.mark.parametrize("author", ['A "quoted" one', "back\\slash", "new\nline", "", "right\u202eleft"])
def test_an_author_cannot_break_the_metadata(author):
    with pytest.raises(SettingsError, match="author") as caught:
        plan_plugin("fog", "expander", author=author)
    assert "line breaks and control characters" in caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["3d", "class", "none", "prompt", "a.b_c"])
def test_any_name_that_is_allowed_makes_a_module(name):
    plan = plan_plugin(name, "expander")
    assert plan.module.isidentifier()
    for place, text in plan.files():
        if place.endswith(".py"):
            compile(text, place, "exec")
