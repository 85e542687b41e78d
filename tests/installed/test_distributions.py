import json

import pytest

from promptkit.errors import PluginError, UnknownNameError
from promptkit.installed.distributions import canonical, distributions, installed_versions
from promptkit.installed.finding import find
from promptkit.installed.switches import disabled_names, is_chosen, switch, switch_file


def lay(folder, name, entries, *, version="1.0", metadata=None):
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    usual = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: One\n  two\n\nBody: no\n".encode()
    (info / "METADATA").write_bytes(usual if metadata is None else metadata)
    (info / "entry_points.txt").write_bytes(entries)
    return info


def found(*folders):
    return {made.name: made for made in distributions(list(map(str, folders)))}


GOOD = b"[other]\nx = y\n[promptkit.plugins]\n# said\nfog = fog_module:plugin\n\n[promptkit.commands]\nfog=fog_module\n"


def test_names_versions_and_entries_are_read(tmp_path):
    lay(tmp_path, "fog", GOOD)
    lay(tmp_path, "unrelated", b"[console_scripts]\nx = y:z\n")
    (fog,) = found(tmp_path).values()
    assert (fog.name, fog.version, fog.problems) == ("fog", "1.0", ())
    assert [(entry.group, entry.name, entry.value) for entry in fog.entries] == [
        ("promptkit.plugins", "fog", "fog_module:plugin"), ("promptkit.commands", "fog", "fog_module"),
    ]  # fmt: skip
    assert fog.headers()["summary"] == ["One two"]
    assert "body" not in fog.headers()
    assert installed_versions([str(tmp_path)]) == {"fog": "1.0", "unrelated": "1.0"}


@pytest.mark.parametrize(
    "entries",
    [
        b"\xff\xfe\x00promptkit.plugins",
        b"[promptkit.plugins]\nno equals sign\n",
        b"[promptkit.plugins\n= x\n",
        b"promptkit.plugins\n" * 9,
    ],
)
@pytest.mark.parametrize("metadata", [None, b"", b"\xff\x00", b":\n : \n", b" Name: x\n"])
def test_malformed_metadata_of_one_package_costs_nobody_else(tmp_path, entries, metadata):
    lay(tmp_path, "broken", entries, metadata=metadata)
    lay(tmp_path, "fog", GOOD)
    (tmp_path / "file.dist-info").write_text("not a folder")
    (tmp_path / "empty.dist-info").mkdir()
    assert found(tmp_path)["fog"].of("promptkit.plugins")
    assert installed_versions([str(tmp_path)])["fog"] == "1.0"


def test_a_line_that_is_no_entry_is_told(tmp_path):
    lay(tmp_path, "fog", GOOD + b"[promptkit.plugins]\nno equals sign\n")
    assert "'no equals sign'" in found(tmp_path)["fog"].problems[0]


def test_of_two_versions_the_first_on_the_path_counts_and_the_other_is_told(tmp_path):
    lay(tmp_path / "a", "fog", GOOD, version="2.0")
    lay(tmp_path / "b", "Fog", GOOD, version="1.0")
    (fog,) = found(tmp_path / "a", tmp_path / "b").values()
    assert fog.version == "2.0"
    assert "version 1.0 lies on the path too" in fog.problems[0]


def test_an_entry_loads_a_module_or_what_is_in_it(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "fog_module.py").write_text("class plugin:\n    deep = 7\n")
    lay(
        tmp_path,
        "fog",
        b"[promptkit.plugins]\na = fog_module\nb = fog_module:plugin.deep [extra]\nc = /x\nd = fog_module:gone\n",
    )
    module, deep, path, gone = found(tmp_path)["fog"].entries
    assert module.load().__name__ == "fog_module"
    assert deep.load() == 7
    with pytest.raises(ImportError, match="module:attribute"):
        path.load()
    with pytest.raises(AttributeError, match="gone"):
        gone.load()


def test_names_are_compared_as_packaging_tools_do():
    assert canonical("My_Odd--plugin.x") == "my-odd-plugin-x"


def test_finding_by_the_plugins_name_or_the_packages(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    lay(tmp_path, "promptkit-fog", GOOD)
    assert find("fog").switches == ("fog",)
    assert find("Promptkit_Fog").switches == ("promptkit-fog",)
    with pytest.raises(UnknownNameError) as caught:
        find("fogg")
    assert "fog" in caught.value.suggestions


def test_switches_are_kept_in_one_file(tmp_path):
    environment = {"PROMPTKIT_HOME": str(tmp_path / "home")}
    assert disabled_names(environment) == frozenset()
    assert switch(["Fog_x"], on=False, environment=environment)
    assert not switch(["fog-x"], on=False, environment=environment)
    assert disabled_names(environment) == {"fog-x"}
    assert json.loads(switch_file(environment).read_text()) == {"promptkit": 1, "disabled": ["fog-x"]}
    assert switch(["fog.x"], on=True, environment=environment)
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["plugins.json"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"promptkit": 2, "disabled": []}', '{"promptkit": 1, "disabled": [1]}', "[" * 99_999]
)
def test_a_file_of_switches_that_cannot_be_read_is_told_and_never_written_over(tmp_path, text):
    environment = {"PROMPTKIT_HOME": str(tmp_path)}
    switch_file(environment).write_text(text)
    for act in (lambda: disabled_names(environment), lambda: switch(["x"], on=False, environment=environment)):
        with pytest.raises(PluginError) as caught:
            act()
        assert "Mend it or delete it" in (caught.value.hint or "")
    assert switch_file(environment).read_text() == text


def test_a_choice_of_plugins_is_a_list_of_names():
    assert is_chosen("fog", {})
    assert not is_chosen("fog", {"PROMPTKIT_LOAD_PLUGINS": ""})
    assert is_chosen("fog", {"PROMPTKIT_LOAD_PLUGINS": "rain, Fog"})
