"""The command ``suggest``: a table, a question in a terminal, one prompt to paste."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_cli import clean, run

COMMAND = [sys.executable, "-m", "promptkit", "suggest"]


def asked(answer, *arguments):
    """Run in a terminal of its own, and type ``answer``."""
    leader, follower = pty.openpty()
    env = {**os.environ, "TERM": "dumb", "COLUMNS": "100"}
    with subprocess.Popen(
        [*COMMAND, *arguments], stdin=follower, stdout=follower, stderr=subprocess.PIPE, env=env, close_fds=True
    ) as process:
        os.close(follower)
        os.write(leader, answer.encode())
        said = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:
                break
            if not part:
                break
            said += part
        process.wait(timeout=60)
    os.close(leader)
    return process.returncode, said.decode().replace("\r\n", "\n")


def test_the_table_has_three_fills_a_slot_and_says_what_to_type():
    done = clean(run("suggest", "a dog"))
    assert done.returncode == 0
    for slot in ("style", "lighting", "camera", "complete"):
        assert f"\n{slot}  " in f"\n{done.stdout}"
    assert "c3 " in done.stdout
    assert "promptkit suggest 'a dog' --pick style=1 lighting=1 camera=1" in done.stdout


def test_the_line_it_says_to_type_prints_the_prompt_alone():
    document = json.loads(clean(run("suggest", "a dog", "--json")).stdout)
    done = clean(run("suggest", "a dog", "--pick", "style=1", "lighting=1", "camera=1"))
    assert done.stdout.strip() == document["first_of_each"]["resolved"]
    assert document["first_of_each"]["missing"] == []
    assert done.stdout.startswith("a dog, ")


def test_enter_takes_the_first_of_each_and_numbers_take_others():
    document = json.loads(run("suggest", "a dog", "--json").stdout)
    code, said = asked("\n", "a dog")
    assert code == 0
    assert document["first_of_each"]["resolved"] in said.replace("\n", " ").replace("  ", " ")
    code, said = asked("1 2 1\n", "a dog")
    last = said.strip().splitlines()[-1]
    assert document["slots"]["lighting"][1]["text"] in last
    assert document["slots"]["style"][0]["text"] in last
    code, said = asked("c2\n", "a dog")
    assert said.strip().splitlines()[-1] == document["complete"][1]["prompt"]


def test_a_wrong_answer_is_asked_again():
    code, said = asked("9 x\n1\n", "a dog")
    assert code == 0
    assert said.strip().splitlines()[-1].startswith("a dog, ")


def test_json_says_reasons_prompts_sources_and_conflicts():
    document = json.loads(clean(run("suggest", "a fox, watercolour", "--json", "--limit", "2")).stdout)
    assert (document["promptkit"], document["kind"]) == (1, "suggestions")
    assert list(document["slots"]) == ["lighting", "camera"]
    for found in document["slots"].values():
        assert len(found) == 2
        for made in found:
            assert made["prompt"].startswith("a fox, watercolour, ")
            assert made["reason"]
            assert {phrase["source"] for phrase in made["phrases"]} == {made["style"]}
            assert made["conflicts"] == []


def test_try_ranks_suggestions_on_equal_seeds(tmp_path):
    arguments = ["suggest", "a red cat", "--try", "--candidates", "1", "--seed", "5", "--out", str(tmp_path), "--json"]
    document = json.loads(clean(run(*arguments)).stdout)
    assert {trial["seeds"][0] for trial in document["tried"]} == {5}
    assert {trial["style"].partition("/")[0] for trial in document["tried"]} == {"embedded"}
    for slot in ("style", "lighting", "camera"):
        totals = [trial["scores"]["total"] for trial in document["tried"] if trial["slot"] == slot]
        assert totals == sorted(totals, reverse=True)
        assert all(slot in trial["scores"] for trial in document["tried"] if trial["slot"] == slot)
        assert len(totals) == 3
    assert all(Path(trial["files"][0]).exists() for trial in document["tried"])


def test_what_the_model_does_not_know_is_said_before_trying():
    done = clean(run("suggest", "a dog", "--model", "embedded"))
    assert 'embedded does not know "dog"' in done.stderr
    assert "golden hour" in done.stdout or "embedded/" in done.stdout


def test_nothing_open_is_said():
    done = clean(run("suggest", "a fox, watercolour, golden hour, wide shot"))
    assert "Nothing is left to chance" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["suggest", ""], "empty"),
        (["suggest", "a dog", "--slot", "mood"], "style, lighting, camera"),
        (["suggest", "a dog", "--limit", "0"], "1 to 20"),
        (["suggest", "a dog", "--pick", "lighting=9"], "1 to 3"),
        (["suggest", "a dog", "--pick", "lighting"], "slot=number"),
        (["suggest", "a", "dog"], "quote the prompt"),
        (["suggest", "a dog", "--model", "embeded"], "Did you mean 'embedded'"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_bad_input_is_one_clear_message(arguments, said):
    done = clean(run(*arguments))
    assert done.returncode == 2
    assert said in done.stderr
