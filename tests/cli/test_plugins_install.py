"""``plugins install`` and ``uninstall`` in a virtual environment that reaches this one's packages, from a folder of
wheels, without a network."""

import json
import os
import pty
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
MODEL = """
from promptkit import ModelSpec, hookimpl

@hookimpl
def register_models():
    return [ModelSpec(name="{name}", source="x")]
"""
PACK = "promptkit: 1\nname: {name}\nversion: 1.0.0\nlicense: CC0-1.0\nsummary: A pack.\nstyles:\n  a:\n    summary: A style.\n    style: [ink]\n"


def wheel(folder, name, version="1.0", code=None, group="promptkit.plugins", requires=(), pack=False):
    """Write a wheel by hand."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    needed = "".join(f"Requires-Dist: {line}\n" for line in requires)
    files = {
        f"{module}/__init__.py": MODEL.format(name=name) if code is None else code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[{group}]\n{name} = {module}\n",
        **({f"{module}/one.yaml": PACK.format(name=name)} if pack else {}),
    }
    record = "".join(f"{path},,\n" for path in files) + f"{info}/RECORD,,\n"
    with zipfile.ZipFile(folder / f"{module}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """An environment of its own, with a folder of wheels beside it."""
    folder = tmp_path_factory.mktemp("place")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
    site = next((folder / "venv" / "lib").glob("python*")) / "site-packages"
    (site / "shared.pth").write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n")
    wheels = folder / "wheels"
    wheels.mkdir()
    wheel(wheels, "good", "1.0")
    wheel(wheels, "helper", "1.0", group="other", code="")
    wheel(wheels, "helper", "2.0", group="other", code="")
    wheel(wheels, "bad", code="raise RuntimeError('not today')", requires=["helper>=2"])
    wheel(wheels, "mover", requires=["transformers==0.0.1"])
    wheel(wheels, "transformers", "0.0.1", group="other")
    wheel(wheels, "stranger", group="something.else")
    wheel(wheels, "packs", group="promptkit.packs", pack=True)
    wheel(wheels, "needy", requires=["helper<2"])
    return folder


def environment(place, **more):
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return {**env, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(place / "wheels"), "COLUMNS": "80", **more}


def run(place, *arguments, **more):
    done = subprocess.run(
        [str(place / "venv" / "bin" / "python"), "-m", "promptkit", "plugins", *arguments],
        capture_output=True, text=True, env=environment(place, **more), cwd=place, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


def pip(place, *arguments):
    command = [str(place / "venv" / "bin" / "python"), "-m", "pip", *arguments, "--quiet"]
    subprocess.run(command, env=environment(place), check=True, capture_output=True)


def versions(place):
    site = next((place / "venv" / "lib").glob("python*")) / "site-packages"
    return {info.name.removesuffix(".dist-info") for info in site.glob("*.dist-info")}


@pytest.mark.slow
def test_a_plugin_is_shown_installed_tried_and_uninstalled(place):
    refused = run(place, "install", "good")
    assert refused.returncode == 2
    assert "-y" in refused.stderr
    assert "pip install" in refused.stderr
    assert "runs with all your rights" in refused.stderr
    assert "Usage" not in refused.stderr
    assert versions(place) == set()
    document = json.loads(run(place, "install", "good", "-y", "--json").stdout)
    assert (document["kind"], document["installed"]) == ("plugin-install", True)
    assert document["changes"] == [
        {"name": "good", "before": None, "after": "1.0", "requested": True, "kind": "new", "core": False}
    ]
    assert document["command"][-2:] == ["--", "good"]
    assert document["plugins"][0]["status"] == "ok"
    again = json.loads(run(place, "install", "good", "-y", "--json").stdout)
    assert (again["changes"], again["installed"]) == ([], False)
    assert run(place, "disable", "good").returncode == 0
    gone = run(place, "uninstall", "good", "-y")
    assert (gone.returncode, versions(place)) == (0, set())
    assert json.loads(Path(os.environ["PROMPTKIT_HOME"], "plugins.json").read_text())["disabled"] == []


@pytest.mark.slow
def test_what_does_not_load_is_taken_back_with_the_versions_that_were_there(place):
    pip(place, "install", "helper==1.0")
    done = run(place, "install", "bad", "-y")
    assert done.returncode == 1
    assert "not today" in done.stderr
    assert "upgraded" in done.stderr
    assert "Everything is as it was" in done.stderr
    assert versions(place) == {"helper-1.0"}
    pip(place, "uninstall", "-y", "helper")


def test_what_promptkit_stands_on_is_not_moved_unless_told(place):
    done = run(place, "install", "mover", "-y")
    assert done.returncode == 1
    assert "downgraded" in done.stderr
    assert "transformers" in done.stderr
    assert "--allow-core" in done.stderr
    assert versions(place) == set()


def test_a_package_that_is_no_plugin_is_told_and_taken_back(place):
    done = run(place, "install", "stranger", "-y")
    assert (done.returncode, versions(place)) == (1, set())
    assert " ".join(done.stderr.split()).count("no plugin of promptkit") == 1


@pytest.mark.slow
def test_packs_alone_are_installed_as_such(place):
    assert run(place, "install", "good", "-y", "--packs").returncode == 1
    assert versions(place) == set()
    document = json.loads(run(place, "install", "packs", "-y", "--packs", "--json").stdout)
    assert document["plugins"][0]["hooks"] == ["packs"]
    assert "--only-binary=:all:" in document["command"]
    assert run(place, "uninstall", "packs", "-y").returncode == 0


@pytest.mark.slow
def test_a_conflict_with_another_plugin_is_told_before_it_is_made(place):
    assert run(place, "install", "needy", "-y").returncode == 0
    done = run(place, "install", "bad")
    assert "'needy' needs helper<2" in " ".join(done.stderr.split())
    pip(place, "uninstall", "-y", "needy", "helper")


@pytest.mark.parametrize(
    "spec", ["-e", "--index-url=x", " -r", "a\x1b[31m", "a\nb", "", "x" * 2000, ";rm -rf x", "a; b", "[red]x"]
)
def test_hostile_specs_are_refused(place, spec):
    done = run(place, "install", "-y", "--", spec)
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    assert versions(place) == set()


def test_what_is_not_there_says_what_pip_said(place):
    done = run(place, "install", "no-such-plugin", "-y", "--json")
    assert done.returncode == 1
    assert "no-such-plugin" in json.loads(done.stdout)["message"]


def test_only_plugins_are_uninstalled(place):
    for name in ("pip", "promptkit", "torch", "-e"):
        assert run(place, "uninstall", "-y", "--", name).returncode == 2


@pytest.mark.parametrize(("answer", "installed"), [("n", False), ("y", True)])
def test_at_a_terminal_it_asks(place, answer, installed):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(place / "venv" / "bin" / "python"), "-m", "promptkit", "plugins", "install", "good"],
        stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(place), cwd=place, text=True,
    )  # fmt: skip
    os.write(ours, f"{answer}\n".encode())
    _, said = process.communicate(timeout=100)
    os.close(ours)
    os.close(theirs)
    assert "Install it?" in said
    assert process.returncode == (0 if installed else 1)
    assert ("good-1.0" in versions(place)) == installed
