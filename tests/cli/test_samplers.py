"""``promptkit samplers``: what fits on a terminal, what programs get, and what suits a model."""

import json
import subprocess
import sys

from click.testing import CliRunner

from promptkit.cli.app import app
from promptkit.errors import SettingsError
from tests.cli.test_cli import clean, run


def listed(*arguments):
    done = CliRunner().invoke(app, ["samplers", "--json", *arguments])
    return {spec["name"]: spec for spec in json.loads(done.stdout)["samplers"]}


def test_the_list_is_short_and_says_what_each_one_is():
    lines = clean(run("samplers")).stdout.splitlines()
    assert max(len(line) for line in lines) <= 140
    first = [line.split()[0] for line in lines[2:] if line and not line.startswith(" ")]
    assert {"dpmpp_2m", "euler_a", "pndm"} <= set(first)
    assert not {"dpmpp_2m_karras", "flow_euler"} & set(first)
    assert any(line.startswith("sampler") and "source" in line for line in lines)


def test_all_names_come_with_all_and_in_json():
    assert "dpmpp_2m_karras" in clean(run("samplers", "--all")).stdout
    spec = listed()["dpmpp_2m_sde_karras"]
    assert spec["config"] == {"algorithm_type": "sde-dpmsolver++", "use_karras_sigmas": True}
    assert (spec["order"], spec["noise"], spec["suits"]) == (2, True, ["diffusion", "flow"])


def test_only_what_suits_a_model_is_listed(tmp_path):
    for name in ("embedded", str(tmp_path / "flow")):
        (tmp_path / "flow" / "scheduler").mkdir(parents=True, exist_ok=True)
        (tmp_path / "flow" / "model_index.json").write_text('{"scheduler": ["diffusers", "x"]}')
        (tmp_path / "flow" / "scheduler" / "scheduler_config.json").write_text(
            '{"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0}'
        )
        found = listed("--model", name)
        assert ("ddim" in found, "flow_euler" in found) == ((True, False) if name == "embedded" else (False, True))
        assert "euler" in found


def test_what_cannot_be_told_says_so():
    done = CliRunner().invoke(app, ["samplers", "--model", "owner/name"])
    assert isinstance(done.exception, SettingsError)
    assert "embedded" in (done.exception.hint or "")


def test_listing_needs_no_torch():
    script = (
        "import sys; from promptkit.cli.app import app; app.main(['samplers', '--model', 'embedded'], standalone_mode=False);"
        "print(sorted({'torch', 'diffusers', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
