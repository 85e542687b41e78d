"""The command line's share of a search: what is asked for, what is told on the way, and what is shown at the end."""

import json

import pytest

from promptkit.cli.progress import PlainProgress, RunProgress, run_progress
from promptkit.interfaces import StepEvent
from promptkit.records import FAILED, FINISHED, PRUNED, Candidate
from promptkit.run import Loading, Ready
from tests.cli.test_cli import clean, run

QUICK = ("--steps", "5", "--candidates", "4")


def test_halving_on_the_embedded_model_keeps_one_of_four(tmp_path):
    done = clean(run("generate", "a tree", *QUICK, "--search", "halving", "--keep", "1", "--out", str(tmp_path)))
    assert done.returncode == 0
    assert "Dropped half-way: after step 2: seeds " in done.stdout
    (path,) = tmp_path.glob("*.png")
    assert path.name in done.stdout
    assert done.stderr.splitlines() == [
        "loading model embedded",
        "loading ranker clip:embedded",
        "run 1; should it be cut off, promptkit resume goes on with it",
        "4 of 4 candidates: 3 pruned, 1 finished",
    ]


def test_json_says_who_was_dropped_and_variations_have_names_of_their_own(tmp_path):
    options = ("--search", "halving:50", "--variation-seed", "7", "--variation-strength", "0.3", "--json")
    done = clean(run("generate", "a tree", *QUICK, *options, "--out", str(tmp_path)))
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert [one["seed"] for one in document["candidates"]] == [0] * 4
    assert [one["variation_seed"] for one in document["candidates"]] == [7, 8, 9, 10]
    assert sorted(one["pruned_at"] or 0 for one in document["candidates"]) == [0, 0, 3, 3]
    assert {one["outcome"] for one in document["candidates"]} == {FINISHED, PRUNED}
    assert all("total" in one["scores"] for one in document["candidates"])
    assert document["recipe"]["search"] == {"name": "halving", "schedule": [50.0], "after_steps": [3]}
    assert document["recipe"]["variation"] == {"seed": 7, "strength": 0.3}
    left = [one["variation_seed"] for one in document["candidates"] if one["outcome"] == FINISHED]
    identity = document["best"]["path"].rsplit("/", 1)[1].partition("-")[0]
    assert {path.name for path in tmp_path.glob("*.png")} == {f"{identity}-0-v{seed}.png" for seed in left}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--search", "halvin"], "Did you mean 'halving'"),
        (["--search", "halving:60,40"], "halving:40,60"),
        (["--search", "halving", "--ranker", "none"], "--search best-of-n"),
        (["--keep", "0"], "--keep 1"),
        (["--variation-seed", "3"], "--variation-strength"),
        (["--variation-seed", "3", "--variation-strength", "nan"], "0.05 to 0.4"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_searched_is_refused_before_loading(arguments, said, tmp_path):
    done = clean(run("generate", "a tree", *arguments, "--out", str(tmp_path / "out")))
    assert done.returncode == 2
    assert said in done.stderr
    assert "loading" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_searches_are_listed():
    document = json.loads(clean(run("searches", "--json")).stdout)
    assert [one["name"] for one in document["searches"]] == ["best-of-n", "halving"]
    assert document["searches"][1]["needs"] == ["preview", "pruning", "a ranker"]
    assert "preview, pruning, a ranker" in clean(run("searches")).stdout


def test_progress_without_a_terminal_is_a_line_a_batch(capsys):
    with run_progress(7) as tell:
        assert isinstance(tell, PlainProgress)
        tell(Loading("model [/] \x1b[31m"))
        for index in range(7):
            tell(StepEvent(step=1, num_inference_steps=1, indices=(0,), previews=list))
            outcome = FAILED if index == 2 else FINISHED
            tell(
                Ready(Candidate(index=index, seed=index, image=None, outcome=outcome, batch_size=4 if index < 4 else 3))
            )
    said = capsys.readouterr()
    assert said.out == ""
    assert "\x1b" not in said.err
    assert said.err.splitlines()[1:] == [
        "4 of 7 candidates: 3 finished, 1 failed",
        "7 of 7 candidates: 6 finished, 1 failed",
    ]


def test_progress_on_a_terminal_is_a_bar(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    with run_progress(2) as tell:
        assert isinstance(tell, RunProgress)
        tell(Loading("model fake"))
        tell(StepEvent(step=1, num_inference_steps=2, indices=(0, 1), previews=list))
        tell(Ready(Candidate(index=0, seed=0, image=None)))
