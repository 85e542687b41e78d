"""Every plugin of plugins/, installed together into one folder, does its work through the command line."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from promptkit.metadata import read_provenance
from promptkit.pictures import open_picture
from promptkit.plugins.checks import hook_names
from tests.plugins.installing import environment

ROOT = Path(__file__).parent.parent.parent
PLUGINS = sorted(path.parent for path in (ROOT / "plugins").glob("*/pyproject.toml"))
HEAVY = {"torch", "diffusers", "transformers", "open_clip", "PIL", "numpy", "pydantic"}
TEXT = "a red lighthouse, golden hour"
QUICK = ("--candidates", "2", "--steps", "4", "--seed", "7")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder with every first-party plugin installed."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    command = [*pip, "--target", str(folder), *map(str, PLUGINS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def run(site, tmp_path, warm_python):
    """Run promptkit in a folder of its own."""

    def run(*arguments, **more):
        command = [warm_python, "-m", "promptkit", *arguments]
        env = environment(site, **more)
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_all_are_well_and_quick_to_load(run, site):
    found = {plugin["name"]: plugin for plugin in json.loads(run("plugins", "list", "--json"))["plugins"]}
    code = [folder for folder in PLUGINS if '"promptkit.plugins"' in (folder / "pyproject.toml").read_text()]
    names = {folder.name.removeprefix("promptkit-") for folder in code}
    assert names <= found.keys()
    assert {found[name]["status"] for name in names} == {"ok"}
    assert all(found[name]["hooks"] for name in names)
    script = (
        "import sys; from promptkit.registry import KINDS, Registry; r = Registry(); [r.names(kind) for kind in KINDS]; "
        "r.vocabularies(), r.folders(); assert not r.problems, r.problems; print(*sys.modules)"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment(site))
    assert not HEAVY & set(done.stdout.split())


def test_one_prompt_through_a_sampler_rankers_a_chain_the_journal_and_again(run, tmp_path):
    chain = "look:silver,halation,grain:0.3,vignette"
    asked = ("--sampler", "DPM++ 2S a Karras", "--ranker", "image-stats", "--finish", chain, "--json")
    result = json.loads(run("generate", TEXT, *QUICK, *asked))
    assert result["recipe"]["settings"]["sampler"] == "dpmpp_2s_a_karras"
    assert result["recipe"]["ranker"]["name"] == "image-stats"
    assert [step["name"] for step in result["recipe"]["finish"]] == ["look", "halation", "grain", "vignette"]
    assert {step["plugin"] for step in result["recipe"]["finish"]} == {"film"}
    finished = open_picture(tmp_path / result["best"]["finished_path"])
    assert read_provenance(finished).recipe["finish"] == result["best"]["finish"]
    made = {candidate["seed"]: open_picture(tmp_path / candidate["path"]).image for candidate in result["candidates"]}
    assert made[result["best"]["seed"]].tobytes() != finished.image.tobytes()

    assert "journal" in run("--help")
    (line,) = run("journal", "lighthouse").splitlines()
    assert TEXT in line

    _save_head(tmp_path / "head.safetensors")
    paths = [candidate["path"] for candidate in result["candidates"]]
    asked = ("--ranker", "aesthetic:embedded+head.safetensors", "--json")
    ranked = json.loads(run("rank", TEXT, *paths, *asked))["candidates"]
    assert ranked[0]["scores"]["total"] > ranked[1]["scores"]["total"]

    (tmp_path / result["best"]["finished_path"]).unlink()
    asked = ("--model", "replay", "--ranker", "none", "--out", "again", "--json")
    again = json.loads(run("generate", TEXT, *QUICK[:2], "--seed", "7", *asked, PROMPTKIT_REPLAY="pictures"))
    shown = {candidate["seed"]: open_picture(tmp_path / candidate["path"]).image for candidate in again["candidates"]}
    assert {seed: image.tobytes() for seed, image in shown.items()} == {
        seed: image.tobytes() for seed, image in made.items()
    }


def _save_head(path):
    from promptkit.rankers.clip_model import ClipModel

    width = ClipModel("embedded", "cpu").model.visual.output_dim
    save_file({"weight": torch.linspace(-1, 1, width)[None]}, path)


def test_a_scheduler_that_a_plugin_wrote_is_pruned_and_previewed(run):
    asked = ("--candidates", "4", "--steps", "6", "--sampler", "Restart", "--search", "halving", "--json")
    result = json.loads(run("generate", TEXT, *asked))
    outcomes = [candidate["outcome"] for candidate in result["candidates"]]
    assert (outcomes.count("finished"), outcomes.count("pruned")) == (1, 3)


def test_words_of_the_stage_weather_and_a_pack(run):
    read = json.loads(run("parse", "a fox, par can, Lee 201, from the gods", "--json"))
    slots = {phrase["text"]: phrase["slot"] for phrase in read["phrases"]}
    assert slots == {"a fox": "subject", "par can": "lighting", "Lee 201": "lighting", "from the gods": "camera"}
    assert "footlights" in run("expand", "a fox", "--style", "theatre/gaslight")
    assert "sodium streetlight" in run("expand", "a fox", "--style", "night-city/sodium-vapour")
    harbours = json.loads(run("expand", "a harbour", "--expander", "weather", "--limit", "3", "--json"))["variants"]
    assert len({variant["resolved"] for variant in harbours}) == 3


def test_a_language_model_fills_open_slots(run, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "plugins" / "promptkit-magic-prompt" / "tests"))
    from tiny import save_model

    save_model(tmp_path / "gpt2")
    asked = ("--expander", "magic", "--limit", "1", "--json")
    (variant,) = json.loads(run("expand", "a bicycle", *asked, PROMPTKIT_MAGIC_MODEL="gpt2"))["variants"]
    assert {phrase["source"] for phrase in variant["phrases"]} == {"user", "magic-prompt"}
    assert variant["resolved"].startswith("a bicycle, ")


def test_every_hook_is_used_by_a_plugin_or_an_example():
    """In the code, as a function of that name that is marked."""
    used = set()
    for path in [*(ROOT / "plugins").rglob("*.py"), *(ROOT / "examples").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any("hookimpl" in ast.unparse(one) for one in node.decorator_list):
                used.add(node.name)
    assert used == hook_names()
