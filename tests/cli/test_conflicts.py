"""Conflicts are told before anything is made, phrase against phrase, and in JSON."""

import json

from tests.cli.test_cli import clean, run

STYLES = ["--style", "portrait-photography/low-key", "--style", "portrait-photography/window-light"]


def test_expand_says_which_phrases_and_who_said_them():
    done = clean(run("expand", "a fox, golden hour", *STYLES))
    assert done.returncode == 0
    assert (
        'lighting: you typed "golden hour"; portrait-photography/low-key wants "low-key lighting" (the slot is yours)'
        in done.stderr
    )
    assert 'portrait-photography/low-key wants "f/4"; portrait-photography/window-light wants "f/2"' in done.stderr
    assert "--override lighting" in done.stderr
    assert "a fox, golden hour, " in done.stdout


def test_override_says_what_was_replaced_and_is_no_conflict():
    done = clean(run("expand", "a fox, golden hour", *STYLES[:2], "--override", "lighting"))
    assert done.stderr == ""
    assert 'replaced, as you said: "golden hour"' in done.stdout


def test_expand_json_has_conflicts_sources_and_what_was_replaced():
    arguments = ["expand", "a fox, golden hour", *STYLES, "--override", "camera", "--json"]
    (variant,) = json.loads(clean(run(*arguments)).stdout)["variants"]
    assert {conflict["slot"] for conflict in variant["conflicts"]} == {"lighting", "camera"}
    first = variant["conflicts"][0]
    assert first["first"] == {"text": "golden hour", "source": "user", "weight": 1.0}
    assert first["second"]["source"] == "portrait-photography/low-key"
    assert variant["replaced"] == []


def test_generate_tells_them_first_and_in_json(tmp_path):
    arguments = ["generate", "a red cat, golden hour", "--style", "embedded/tilted-night", "--candidates", "1"]
    done = clean(run(*arguments, "--steps", "1", "--out", str(tmp_path), "--json"))
    assert done.returncode == 0, done.stderr
    assert 'you typed "golden hour"; embedded/tilted-night wants "moonlight" (two times of day)' in done.stderr
    (conflict,) = json.loads(done.stdout)["prompt"]["conflicts"]
    assert conflict["outcome"] == "the first stays"


def test_hostile_words_reach_the_terminal_as_text():
    done = clean(run("expand", "a fox, golden hour\x1b[31m, [bold]night[/bold] light", *STYLES[:2]))
    assert "\x1b" not in done.stderr
