from promptkit.doctor import BAD, GOOD, examine
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
