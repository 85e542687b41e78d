from promptkit.doctor import BAD, GOOD, NOTE, examine
from promptkit.installed.switches import switch, switch_file
from promptkit.plugins import PluginRecord, create_plugin_manager

CLASH = "RuntimeError: operator torchvision::nms does not exist"


def findings(answers):
    def run(arguments):
        script = arguments[-1]
        return next((answer for part, answer in answers.items() if part in script), (0, "1.0"))

    host = create_plugin_manager(entry_points=False)
    host.records["bad"] = PluginRecord(name="bad", version="1", status="quarantined", error="ImportError: x")
    return {finding.what: finding for finding in examine(host, run)}


def test_the_clash_of_a_cpu_torch_with_the_registrys_torchvision_is_found_with_its_cure():
    found = findings({"import torch, torchvision": (1, CLASH), "import open_clip": (1, CLASH)})
    assert found["torch with torchvision"].state == BAD
    assert "fresh virtual environment" in found["torch with torchvision"].cure
    assert found["import open_clip"].state == BAD


def test_what_works_is_said_to_work():
    assert findings({})["torch with torchvision"].state == GOOD


def test_a_quarantined_plugin_is_named_with_its_cure():
    bad = findings({})["plugin bad"]
    assert bad.state == BAD
    assert "PROMPTKIT_LOAD_PLUGINS" in bad.cure


def told(host):
    return {finding.what: finding for finding in examine(host, lambda arguments: (0, "1.0"))}


def test_what_is_odd_about_a_plugin_is_a_note():
    host = create_plugin_manager(builtins=(), entry_points=False)
    host.records["slow"] = PluginRecord(name="slow", version="1", seconds=0.5, printed="x")
    host.records["off"] = PluginRecord(name="off", version="1", status="disabled")
    found = told(host)
    assert (found["plugin slow"].state, found["plugin off"].state) == (NOTE, NOTE)
    assert "slow: takes 500 ms to load; prints" in found["plugin slow"].message
    assert found["plugin off"].message == "disabled"


def test_the_switches_and_where_they_are_kept_are_told():
    host = create_plugin_manager(builtins=(), entry_points=False)
    assert "none is off" in told(host)["switches of plugins"].message
    switch(["fog"], on=False)
    assert told(host)["switches of plugins"].message == f"off: fog ({switch_file()})"
    switch_file().write_text("{")
    assert told(host)["switches of plugins"].state == BAD


def test_a_requirement_that_is_not_met_is_told_with_what_is_there(tmp_path, monkeypatch):
    info = tmp_path / "fog-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: fog\nVersion: 1.0\nRequires-Dist: pluggy<0.1\nRequires-Dist: rich\n")
    (info / "entry_points.txt").write_text("[promptkit.packs]\nfog = fog\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = told(create_plugin_manager(builtins=(), entry_points=False))["package fog"]
    assert (found.state, "needs pluggy<0.1, and 1." in found.message) == (NOTE, True)


def test_metadata_that_python_cannot_read_is_named(tmp_path, monkeypatch):
    file = tmp_path / "other-1.0.dist-info" / "entry_points.txt"
    file.parent.mkdir()
    file.write_text("[console_scripts]\nwhat is this\n")
    monkeypatch.syspath_prepend(tmp_path)
    other = findings({})["package other"]
    assert other.state == BAD
    assert str(file) in other.message
    assert "--force-reinstall" in other.cure


def test_what_takes_seconds_is_told_before_it_is_looked_at():
    host = create_plugin_manager(builtins=(), entry_points=False)
    heard = []
    for finding in examine(host, lambda arguments: (0, "1.0"), heard.append):
        if finding.what in ("torch with torchvision", "import open_clip", "import diffusers", "device"):
            assert heard[-1] == finding.what
    assert heard == ["torch with torchvision", "import open_clip", "import diffusers", "device"]
