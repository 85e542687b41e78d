import json
import os
import shutil
from pathlib import Path

import pytest

from tests.cli.test_cli import clean, run

TEXT = "a {red|blue} fox, {dawn|dusk} --no {fog|rain}"


@pytest.fixture
def home():
    folder = Path(os.environ["PROMPTKIT_HOME"])
    (folder / "wildcards" / "animals").mkdir(parents=True)
    (folder / "wildcards" / "animals" / "small.txt").write_text("mouse\nwren\n")
    yield folder
    shutil.rmtree(folder / "wildcards")


def test_all_prompts_come_in_order():
    document = json.loads(clean(run("expand", TEXT, "--template", "--all", "--json")).stdout)
    variants = document["variants"]
    assert len(variants) == 8
    assert (variants[0]["text"], variants[0]["negative"]) == ("a red fox, dawn", "fog")
    assert (variants[-1]["text"], variants[-1]["negative"]) == ("a blue fox, dusk", "rain")
    assert {variant["drawn_from"] for variant in variants} == {TEXT}


def test_a_text_seed_draws_the_same_on_every_day():
    drawn = [
        clean(run("expand", TEXT, "--template", "--limit", "3", "--text-seed", "5", "--json")).stdout for _ in range(2)
    ]
    assert drawn[0] == drawn[1]
    assert len({(v["text"], v["negative"]) for v in json.loads(drawn[0])["variants"]}) == 3


def test_counts_of_any_size_are_exact():
    assert clean(run("expand", "{a|b|c} {d|e}", "--template", "--count")).stdout == "6\n"
    many = "{1-$$" + "|".join("abcdefghij"[i % 10] for i in range(2500)) + "}"
    done = clean(run("expand", many, "--template", "--count", "--json"))
    assert len(json.loads(done.stdout)["count"]) > 7000


def test_wildcards_come_from_home_from_folders_and_from_packs(home, tmp_path):
    (tmp_path / "mine.txt").write_text("tall\n")
    done = clean(
        run(
            "expand",
            "a __mine__ __animals/*__, __embedded/any-hour/hour__",
            "--template",
            "--wildcards",
            str(tmp_path),
            "--all",
            "--json",
        )
    )
    assert len(json.loads(done.stdout)["variants"]) == 1 * 2 * 4
    listed = json.loads(clean(run("wildcards", "list", "--json")).stdout)["wildcards"]
    assert {"name": "animals/small", "entries": ["mouse", "wren"]} in listed
    assert clean(run("wildcards", "folder")).stdout.strip() == str(home / "wildcards")
    assert "mouse | wren" in clean(run("wildcards", "list")).stdout


def test_a_broken_list_is_reported_and_the_rest_works(home):
    (home / "wildcards" / "bad.yaml").write_text("- [")
    (home / "wildcards" / "bad2.txt").write_bytes(b"\xff")
    done = clean(run("wildcards", "list"))
    assert done.returncode == 0
    assert "bad.yaml" in done.stderr
    assert "bad2.txt" in done.stderr
    assert "animals/small" in done.stdout


def test_styles_are_applied_to_every_prompt():
    done = clean(run("expand", "a {red|blue} fox", "--template", "--all", "--style", "embedded/any-hour", "--json"))
    variants = json.loads(done.stdout)["variants"]
    assert [variant["text"] for variant in variants] == ["a red fox", "a blue fox"]
    assert all(variant["styles"] == ["embedded/any-hour"] for variant in variants)


def test_without_template_braces_are_plain_and_a_hint_says_so():
    done = clean(run("expand", "a {red|blue} fox", "--json"))
    assert json.loads(done.stdout)["variants"][0]["text"] == "a {red|blue} fox"
    assert "--template" in done.stderr
    assert "--template" not in clean(run("expand", "a (red:1.2) {prompt}")).stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["expand", "a {b", "--template"], 2, "column 3"),
        (["expand", "__nope__", "--template"], 2, "no wildcard named 'nope'"),
        (["expand", "{a|b}", "--all"], 2, "goes with --template"),
        (["expand", "{a|b}", "--tidy"], 2, "goes with --template"),
        (["expand", "{a|b}", "--template", "--limit", "0"], 2, "--limit 1"),
        (["expand", "{a|b}" * 20, "--template", "--all"], 2, "1048576"),
        (["expand", "{a|b}", "--template", "--wildcards", "/nowhere"], 2, "does not exist"),
        (["expand", "{|}", "--template"], 2, "empty"),
        (["expand", "x" * 40_000, "--template"], 2, "32,768"),
        (["generate", "a {b", "--template"], 2, "never closed"),
        (["generate", "a dog", "--tidy"], 2, "goes with --template"),
    ],
)  # fmt: skip
def test_bad_templates_are_one_clear_message(arguments, code, said):
    done = clean(run(*arguments))
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert len(done.stderr) < 900


def test_generate_draws_one_prompt_and_keeps_both(tmp_path):
    done = clean(
        run("generate", "a {red|blue} lighthouse, watercolour --no night", "--template", "--text-seed", "2", "--candidates", "1",
            "--steps", "2", "--ranker", "none", "--out", str(tmp_path), "--json")
    )  # fmt: skip
    document = json.loads(done.stdout)
    assert document["recipe"]["drawn_from"] == "a {red|blue} lighthouse, watercolour --no night"
    assert document["recipe"]["prompt"] in ("a red lighthouse, watercolour", "a blue lighthouse, watercolour")
    assert document["recipe"]["negative"] == "night"
