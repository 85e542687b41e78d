import sys
from pathlib import Path

import pytest

from promptkit.errors import PluginError, SettingsError
from promptkit.installed.distributions import installed_versions
from promptkit.installing.environment import VENV, Environment
from promptkit.installing.plan import DOWNGRADED, NEW, REINSTALLED, UPGRADED, Change, check_specs, plan, runs_at_once


def change(before, after, name="fog"):
    return Change(name=name, before=before, after=after)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (None, "1", NEW),
        ("1.9", "1.10", UPGRADED),
        ("2", "2.0rc1", DOWNGRADED),
        ("1.0", "1", REINSTALLED),
        ("odd?", "1", UPGRADED),
    ],
)
def test_what_a_change_is_goes_by_the_order_of_versions(before, after, kind):
    assert change(before, after).kind == kind


def test_core_is_what_is_moved_not_what_is_new():
    assert change("1", "2", "open_clip_torch").core
    assert not change(None, "2", "torchvision").core
    assert not change("2", "2", "torch").core
    assert not change("1", "2").core


@pytest.mark.parametrize(
    ("spec", "at_once"),
    [("fog", False), ("fog==1", False), ("x/fog-1-py3-none-any.whl", False), ("git+https://x/fog", True), (".", True),
     ("https://x/fog.tar.gz", True), ("https://x/fog-1-py3-none-any.whl#sha256=1", False)],
)  # fmt: skip
def test_what_runs_code_by_being_looked_at_is_known_before(spec, at_once):
    assert runs_at_once(spec) == at_once


def fake(tmp_path, script):
    program = tmp_path / "program"
    program.write_text(f"#!{sys.executable}\n{script}\n")
    program.chmod(0o755)
    return str(program)


def test_what_uv_says_is_read(tmp_path):
    lines = (
        "Would install 2 packages\n - pluggy==0.1\n + pluggy==99.0\n + fog==1.0+local (from file:///x)\n ~ rich==1\n"
    )
    uv = fake(tmp_path, f"import sys; sys.stderr.write({lines!r})")
    found = plan(
        Environment(kind=VENV, prefix=tmp_path, python="p", pip=False, uv=uv), ["fog"], upgrade=False, source=False
    )
    assert [(each.name, each.before is None, each.after) for each in found] == [
        ("pluggy", False, "99.0"), ("fog", True, "1.0+local"), ("rich", False, "1"),
    ]  # fmt: skip
    assert found[0].before == installed_versions()["pluggy"]


@pytest.mark.parametrize("said", ["no json", "{}", '{"install": [{}]}', '{"install": [{"metadata": []}]}'])
def test_a_report_that_is_none_is_an_error_with_a_cure(tmp_path, said):
    python = fake(tmp_path, f"print({said!r})")
    with pytest.raises(PluginError) as caught:
        plan(Environment(kind=VENV, prefix=tmp_path, python=python, pip=True), ["fog"], upgrade=False, source=False)
    assert "--upgrade pip" in (caught.value.hint or "")


def test_an_installer_that_is_not_there_is_an_error():
    gone = Environment(kind=VENV, prefix=Path("x"), python="/nowhere/python", pip=True)
    with pytest.raises(PluginError, match="cannot be run"):
        plan(gone, ["fog"], upgrade=False, source=False)


@pytest.mark.parametrize("spec", ["-e", "--x", " -r y", "a\x1b", "a\n-e", "a\u202eb", "", "  ", "x" * 2000])
def test_specs_that_could_be_options_or_be_obeyed_are_refused(spec):
    with pytest.raises(SettingsError):
        check_specs(["fine", spec])
