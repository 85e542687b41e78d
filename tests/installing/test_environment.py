import pytest

from promptkit.errors import PluginError
from promptkit.installing.environment import MANAGED, PIPX, SYSTEM, UV_TOOL, VENV, this_environment


def here(tmp_path, *, programs=(), pip=True, files=(), own=True):
    """An environment with those marks of who made it."""
    prefix = tmp_path / "promptkit"
    (tmp_path / "stdlib").mkdir()
    prefix.mkdir()
    for name, text in dict(files).items():
        (tmp_path / name).write_text(text)
    return this_environment(
        prefix=prefix,
        base_prefix=tmp_path if own else prefix,
        stdlib=tmp_path / "stdlib",
        which=lambda name: f"/bin/{name}" if name in programs else None,
        has_pip=pip,
    )


def test_a_venv_installs_by_its_own_pip(tmp_path):
    found = here(tmp_path, programs=["uv", "pipx"])
    assert found.kind == VENV
    command = found.install(["fog"], upgrade=False, source=False)
    assert command[:4] == [found.python, "-m", "pip", "install"]
    assert command[-3:] == ["--only-binary=:all:", "--", "fog"]
    assert "--only-binary=:all:" not in found.install(["fog"], upgrade=False, source=True)


def test_a_venv_of_uvs_has_no_pip_and_uses_uv(tmp_path):
    found = here(tmp_path, programs=["uv"], pip=False)
    command = found.install(["fog"], upgrade=True, source=False)
    assert command == [
        "/bin/uv",
        "pip",
        "install",
        "--python",
        found.python,
        "--upgrade",
        "--only-binary=:all:",
        "--",
        "fog",
    ]
    assert found.uninstall(["fog"]) == ["/bin/uv", "pip", "uninstall", "--python", found.python, "--", "fog"]


def test_without_pip_and_uv_it_says_how_to_get_one(tmp_path):
    with pytest.raises(PluginError) as caught:
        here(tmp_path, pip=False).install(["fog"], upgrade=False, source=False)
    assert "-m ensurepip" in (caught.value.hint or "")


def test_pipx_injects(tmp_path):
    found = here(tmp_path, programs=["pipx"], files={"promptkit/pipx_metadata.json": "{}"})
    assert found.kind == PIPX
    command = found.install(["fog"], upgrade=False, source=False)
    assert command == ["/bin/pipx", "inject", "--pip-args=--only-binary=:all:", "promptkit", "fog"]
    assert found.uninstall(["fog"]) == ["/bin/pipx", "uninject", "promptkit", "fog"]


RECEIPT = """
[tool]
requirements = [{ name = "promptkit" }, { name = "rain", specifier = ">=1" }]
"""


def test_a_tool_of_uvs_is_told_the_whole_command(tmp_path):
    found = here(tmp_path, programs=["uv"], pip=False, files={"promptkit/uv-receipt.toml": RECEIPT})
    assert found.kind == UV_TOOL
    with pytest.raises(PluginError) as caught:
        found.install(["fog"], upgrade=False, source=False)
    assert "uv tool install promptkit --with 'rain>=1' --with fog" in (caught.value.hint or "")
    with pytest.raises(PluginError) as caught:
        found.uninstall(["rain"])
    assert (caught.value.hint or "").endswith("uv tool install promptkit")


def test_a_python_of_the_systems_is_left_alone(tmp_path):
    found = here(tmp_path, files={"stdlib/EXTERNALLY-MANAGED": ""}, own=False)
    assert found.kind == MANAGED
    for act in (lambda: found.install(["fog"], upgrade=False, source=False), lambda: found.uninstall(["fog"])):
        with pytest.raises(PluginError) as caught:
            act()
        assert "virtual environment" in (caught.value.hint or "")


def test_a_venv_of_such_a_python_is_not_managed(tmp_path):
    assert here(tmp_path, files={"stdlib/EXTERNALLY-MANAGED": ""}).kind == VENV


def test_any_other_python_is_the_users(tmp_path):
    assert here(tmp_path, own=False).kind == SYSTEM
