"""The command ``suggest``: a table, a question in a terminal, one prompt to paste."""

import json
import os
import pty
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_cli import clean, run

COMMAND = [sys.executable, "-m", "promptkit", "suggest"]


def asked(answer, *arguments, columns=100):
    """Run in a terminal of its own, and type ``answer``."""
    leader, follower = pty.openpty()
    env = {**os.environ, "TERM": "dumb", "COLUMNS": str(columns), "LINES": "24"}
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


def test_the_listing_is_short_and_the_question_fits():
    code, said = asked("q\n", "a dog", columns=80)
    lines = said.splitlines()
    assert code == 0
    assert len(lines) <= 28
    assert all(len(line) <= 80 for line in lines)
    assert "made for pets" in said
    assert "nothing you typed" not in said
    assert "nothing you typed" in clean(run("suggest", "a dog", "--why")).stdout


def test_answers_that_leave_or_ask():
    code, said = asked("\x04", "a dog")
    assert code == 0
    assert said.endswith("\n")
    code, said = asked("?\nq\n", "a dog", "--slot", "lighting")
    assert code == 0
    assert "nothing you typed" in said
    assert asked("c1\nq\n", "a dog", "--slot", "lighting")[0] == 0
    refused = clean(run("suggest", "a dog", "--slot", "lighting", "--pick", "complete=1"))
    assert "not shown with --slot" in refused.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["a dog", "--slot", "lighting", "--slot", "camera", "--limit", "1", "--text-seed", "4"],
        ["(a dog:1.2), don't", "--negative", "bad hands, neon", "--dialect", "compel"],
        ["a cat", "--model", "embedded"],
        ["-a dog", "--text-seed", "7"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_the_printed_command_makes_the_prompt_that_was_shown(arguments):
    text, *options = arguments
    shown = clean(run("suggest", *options, "--", text)).stdout.splitlines()
    command = shlex.split(shown[-1])
    assert command[:2] == ["promptkit", "suggest"]
    assert all(option in command for option in options)
    done = clean(run(*command[1:]))
    assert done.stdout.strip() == shown[-2].removeprefix("first of each: ")
    if "--negative" in options:
        assert "not: bad hands, neon" in done.stderr


def test_the_printed_command_names_packs(tmp_path):
    pack = tmp_path / "my pack.yaml"
    pack.write_text(
        "promptkit: 1\nname: mine\nversion: 1.0.0\ntitle: Mine\nsummary: Pets.\nlicense: CC0-1.0\nstyles:\n"
        "  lamp: {title: Lamp, summary: A lamp for dogs., lighting: [lamp over the dog]}\n"
    )
    shown = clean(run("suggest", "a dog", "--pack", str(pack))).stdout.splitlines()
    assert f"--pack '{pack}'" in shown[-1]
    assert clean(run(*shlex.split(shown[-1])[1:])).stdout.strip() == shown[-2].removeprefix("first of each: ")


def test_a_pick_fills_its_slot_alone():
    document = json.loads(clean(run("suggest", "a dog", "--pick", "lighting=1", "--json")).stdout)
    assert document["missing"] == ["style", "camera"]


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
        (["suggest", "((("], "no words"),
        (["suggest", "a dog", "--pick", "complete=1", "style=2"], "exclude each other"),
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
