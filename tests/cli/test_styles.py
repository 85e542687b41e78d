"""The group ``styles``, by the real command."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from promptkit.packs.json_schema import schema_text
from promptkit.packs.library import builtin_folder, read_pack
from tests.cli.test_cli import clean, run
from tests.packs.hostile.cases import GOOD, HEAD

ROOT = Path(__file__).parent.parent.parent


def own_folder():
    folder = Path(os.environ["PROMPTKIT_HOME"]) / "styles"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_new_writes_a_pack_that_works_and_never_writes_over_one(tmp_path):
    done = clean(run("styles", "new", "my-look"))
    assert done.returncode == 0, done.stderr
    path = own_folder() / "my-look.yaml"
    assert done.stdout.splitlines()[0] == str(path)
    assert clean(run("styles", "check", str(path))).stdout == f"{path}: all is well, 2 styles, 1 grade.\n"
    assert "at a window on a" in run("expand", "a dog", "--style", "my-look/by-the-window").stdout
    for arguments in (["my-look"], ["my-look", "--folder", str(own_folder())]):
        again = clean(run("styles", "new", *arguments))
        assert again.returncode == 2
        assert "already" in again.stderr
    (tmp_path / "other.yaml").write_text("mine")
    assert run("styles", "new", "other", "--folder", str(tmp_path)).returncode == 1
    assert (tmp_path / "other.yaml").read_text() == "mine"


@pytest.mark.parametrize("name", ["../up", "Big", "", "-x", "a" * 65, "a/b", "embedded"])
def test_new_refuses_what_is_no_name_or_is_taken(name, tmp_path):
    done = clean(run("styles", "new", "--folder", str(tmp_path), "--", name))
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_new_shows_every_key_that_people_write():
    from promptkit.packs.schema import PackModel, StyleModel
    from promptkit.packs.starter import starter_text

    text = starter_text("x")
    written = {*PackModel.model_fields, *StyleModel.model_fields} - {"finish", *_of_imports()}
    assert [key for key in written if f"{key}:" not in text] == []


def _of_imports():
    return {"template", "negative_template", "dialect", "origin"}


def test_check_says_place_key_cause_and_cure_and_leaves_with_1(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(GOOD.replace("style:", "stile:").replace("1.0.0", "1"))
    done = clean(run("styles", "check", str(path)))
    assert done.returncode == 1
    assert done.stdout == (
        f"{path}:3:10: version: '1' cannot stand here\n    Versions are written 1.0.0.\n"
        f"{path}:8:5: styles.one.stile: unknown key\n    Did you mean 'style'?\n2 problems.\n"
    )
    document = json.loads(run("styles", "check", str(path), "--json").stdout)
    assert document["problems"][1] == {
        "file": str(path), "line": 8, "column": 5, "key": "styles.one.stile", "message": "unknown key",
        "hint": "Did you mean 'style'?",
    }  # fmt: skip


def test_every_built_in_pack_is_well():
    done = clean(run("styles", "check", str(builtin_folder())))
    assert done.returncode == 0, done.stdout


def save(path, text):
    """Save as an editor does: the file is the old one or the new one."""
    (path.parent / "new").write_text(text)
    (path.parent / "new").replace(path)


def test_watch_checks_again_until_ctrl_c(tmp_path):
    path = tmp_path / "pack.yaml"
    save(path, GOOD)
    command = [sys.executable, "-m", "promptkit", "styles", "check", "--watch", "--json", str(path)]
    restore = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **restore)
    assert json.loads(process.stdout.readline())["problems"] == []
    save(path, GOOD.replace("style:", "stile:"))
    assert json.loads(process.stdout.readline())["problems"][0]["key"] == "styles.one.stile"
    path.unlink()
    assert "cannot be read" in json.loads(process.stdout.readline())["problems"][0]["message"]
    save(path, GOOD)
    assert json.loads(process.stdout.readline())["problems"] == []
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in err


def test_search_shows_where_the_words_are():
    own_folder().joinpath("mine.yaml").write_text(GOOD.replace("ink", "verdigris"))
    assert "test-pack/one" in clean(run("styles", "search", "verdigis")).stdout
    (hit,) = json.loads(run("styles", "search", "verdigris", "--json").stdout)["hits"]
    assert (hit["style"], hit["where"], hit["text"]) == ("test-pack/one", "style", "verdigris drawing")
    assert 0 < hit["score"] <= 1
    nothing = clean(run("styles", "search", "zzzzzz"))
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert "No style says that" in nothing.stderr


def test_show_lists_the_styles_of_a_pack():
    shown = clean(run("styles", "show", "embedded"))
    assert shown.returncode == 0
    assert "embedded/any-hour" in shown.stdout
    document = json.loads(run("styles", "show", "embedded", "--json").stdout)
    assert {style["style"].partition("/")[0] for style in document["styles"]} == {"embedded"}


def test_the_published_schema_is_the_one_that_validates():
    assert (ROOT / "docs" / "style-pack.schema.json").read_text(encoding="utf-8") == schema_text(), (
        "promptkit styles schema > docs/style-pack.schema.json"
    )
    assert run("styles", "schema").stdout == schema_text()


def test_notes_are_shown(tmp_path):
    path = tmp_path / "noted.yaml"
    path.write_text(GOOD + "    notes: {sdxl: Keep weights low.}\n")
    shown = clean(run("styles", "show", "test-pack/one", "--pack", str(path))).stdout
    assert ["with", "sdxl", "Keep", "weights", "low."] in [line.split() for line in shown.splitlines()]


def test_a_pack_on_the_command_line_counts_before_all_others(tmp_path):
    path = tmp_path / "given.yaml"
    path.write_text(GOOD.replace("ink", "verdigris"))
    for arguments in (("expand", "a dog", "--style", "test-pack/one"), ("styles", "show", "test-pack/one")):
        assert "verdigris" in clean(run(*arguments, "--pack", str(path))).stdout
        assert "verdigris" in clean(run(*arguments, "--pack", str(tmp_path))).stdout
        assert run(*arguments).returncode == 2
    assert "test-pack/one" in run("styles", "list", "--pack", str(path)).stdout
    path.write_text(GOOD.replace("style:", "stile:"))
    done = clean(run("styles", "list", "--pack", str(path)))
    assert (done.returncode, done.stdout) == (2, "")
    assert "Did you mean 'style'?" in done.stderr
    assert run("styles", "list", "--pack", str(tmp_path / "gone.yaml")).returncode == 2


def test_your_own_pack_overrides_and_it_is_said_which_one_counts():
    mine = own_folder() / "mine.yaml"
    mine.write_text(GOOD.replace("test-pack", "embedded"))
    theirs = builtin_folder() / "embedded.yaml"
    line = f"'embedded' is the one in {mine}; the one in {theirs} does not count."
    listed = clean(run("styles", "list"))
    assert line in listed.stdout
    assert "embedded/gallery-oil" not in listed.stdout
    assert listed.stderr == ""
    assert line in run("styles", "show", "embedded/one").stdout
    packs = json.loads(run("styles", "list", "--json").stdout)["packs"]
    assert {pack["name"]: pack["overrides"] for pack in packs}["embedded"] == [str(theirs)]


def test_two_packs_of_one_name_in_one_folder_are_an_error_that_names_both():
    for name in ("a.yaml", "b.yaml"):
        (own_folder() / name).write_text(GOOD)
    done = clean(run("styles", "list"))
    assert f"{own_folder() / 'b.yaml'}: name: another pack is named 'test-pack' too: {own_folder() / 'a.yaml'}" in (
        done.stderr
    )
    assert "test-pack/one" in done.stdout


def test_generate_takes_packs_from_a_path_too(tmp_path):
    path = tmp_path / "given.yaml"
    path.write_text(GOOD.replace("ink drawing", "pixel art"))
    out = tmp_path / "out"
    arguments = ["--style", "test-pack/one", "--pack", str(path), "--candidates", "1", "--steps", "2", "--json"]
    done = clean(run("generate", "a red cat", *arguments, "--out", str(out)))
    assert json.loads(done.stdout)["prompt"]["resolved"] == "a red cat, pixel art"


def test_words_of_packs_are_known_to_parse_and_to_a_session():
    import promptkit

    text = "a fox in zodiacal shimmer"
    before = json.loads(run("parse", text, "--json").stdout)
    assert "lighting" in before["missing"]
    (own_folder() / "words.yaml").write_text(GOOD + "vocabulary: {lighting: [zodiacal shimmer]}\n")
    after = json.loads(run("parse", text, "--json").stdout)
    assert "lighting" not in after["missing"]
    expanded = json.loads(run("expand", text, "--json").stdout)["variants"][0]
    assert expanded["phrases"] == after["phrases"]
    assert promptkit.Session().parse(text).slot("lighting")


def test_a_broken_pack_is_said_by_parse_and_the_prompt_is_read():
    (own_folder() / "broken.yaml").write_text(GOOD.replace("style:", "stile:"))
    done = clean(run("parse", "a dog", "--json"))
    assert json.loads(done.stdout)["text"] == "a dog"
    assert "broken.yaml:8:5" in done.stderr


def test_the_starter_is_read_by_hand_too(tmp_path):
    from promptkit.packs.starter import write_starter

    assert len(read_pack(write_starter("mine", tmp_path)).styles) == 2


def test_grades_are_listed_and_shown_beside_styles(tmp_path):
    path = tmp_path / "looks.yaml"
    path.write_text(
        HEAD + "grades:\n  calm: {summary: A quiet look., exposure: 0.5, gain: [1, 1, 0.9]}\n", encoding="utf-8"
    )
    listed = json.loads(run("styles", "list", "--pack", str(path), "--json").stdout)["grades"]
    assert {
        "grade": "test-pack/calm",
        "summary": "A quiet look.",
        "settings": {"exposure": 0.5, "gain": "1/1/0.9"},
    } in listed
    shown = clean(run("styles", "show", "calm", "--pack", str(path)))
    assert shown.returncode == 0
    assert "1/1/0.9" in shown.stdout
    of_pack = clean(run("styles", "show", "test-pack", "--pack", str(path)))
    assert "test-pack/calm" in of_pack.stdout
    assert clean(run("styles", "check", str(path))).stdout == f"{path}: all is well, 1 grade.\n"
    for command in (("preview",), ("export", "--format", "a1111-csv")):
        done = clean(run("styles", *command, "test-pack", "--pack", str(path)))
        assert done.returncode == 2
        assert "grade:calm" in done.stderr


def test_steps_that_cannot_be_run_and_grades_that_are_hidden_are_warned_of(tmp_path):
    path = tmp_path / "dark.yaml"
    path.write_text(
        "promptkit: 1\nname: dark\nversion: 1.0.0\ntitle: Dark\ngrades:\n"
        "  golden: {summary: Mine., exposure: -1}\n  dim: {summary: Less light., exposure: -1}\n"
        "styles:\n  s:\n    title: S\n    style: [dark]\n    finish:\n"
        "      - {grade: dim}\n      - {sharpen: 99}\n      - {grian: 2}\n"
    )
    done = clean(run("styles", "check", str(path)))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"warning: {path}:6:3: grades.golden: 'golden' alone means the grade of promptkit that is called so.",
        "    Write dark/golden in chains, or give it another name.",
        f"warning: {path}:14:9: styles.s.finish.1: this step would be left out here: 'sharpen:amount=99' is out of range.",
        "    Choose 0 to 5.",
        f"warning: {path}:15:9: styles.s.finish.2: this step would be left out here: There is no post-processor named 'grian'.",
        "    There are: upscale, face, denoise, sharpen, grade, crop, pad, strip.",
        f"{path}: can be read, 1 style, 2 grades.",
    ]
    warned = json.loads(run("styles", "check", str(path), "--json").stdout)
    assert (warned["problems"], [one["line"] for one in warned["warnings"]]) == ([], [6, 14, 15])
