import json

import pytest

from tests.cli.test_cli import clean, run


def test_the_text_stands_alone_on_stdout_and_the_changes_on_stderr():
    done = clean(run("convert", "--from", "a1111", "--to", "comfyui", "a fox, ((a:1.2))"))
    assert done.returncode == 0
    assert done.stdout == "a fox, (a:1.32)\n"
    rows = [line.split(maxsplit=3) for line in done.stderr.splitlines()]
    assert ["1:8", "((a:1.2))", "rewritten", "written (a:1.32)"] in [[cell.strip() for cell in row] for row in rows]
    assert "weight 1.32 in a1111; as typed, 1.2 in comfyui" in done.stderr


def test_what_means_the_same_is_left_alone():
    done = clean(run("convert", "--to", "comfyui", "a fox, (golden hour:1.2)"))
    assert (done.stdout, done.stderr) == ("a fox, (golden hour:1.2)\n", "")


def test_json_is_one_document_with_both():
    document = json.loads(clean(run("convert", "--to", "compel", "[a:b:0.5]", "--json")).stdout)
    assert (document["promptkit"], document["kind"]) == (1, "conversion")
    assert (document["from"], document["to"], document["text"]) == ("a1111", "compel", "a")
    assert [change["kind"] for change in document["changes"]] == ["pasted", "lost"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x", "--to", "comfy"], "Did you mean 'comfyui'"),
        (["x", "--from", "a111", "--to", "compel"], "a1111"),
        (["x"], "--to"),
        (["", "--to", "compel"], "empty"),
        (["cat.swap(dog", "--from", "compel", "--to", "a1111"], "column 4"),
        (["(x:nan)", "--to", "compel"], "column"),
    ],
)
def test_bad_input_is_one_clear_message(arguments, said):
    done = clean(run("convert", *arguments))
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_hostile_text_is_data_in_a_file_and_shown_in_the_table():
    done = clean(run("convert", "[bold]\t(x:1.1)\u202e", "--to", "compel"))
    assert done.stdout == "(bold)0.909091\t(x)1.1\u202e\n"
    assert "\u202e" not in done.stderr
