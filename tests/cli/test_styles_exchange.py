"""The commands that bring styles in and take them out."""

import csv
import json

import pytest
from click.testing import CliRunner

from promptkit.cli.app import app
from promptkit.errors import OutputError, PackError, UnknownNameError

FOOOCUS = [
    {"name": "sai-ink", "prompt": "ink drawing of {prompt} . golden hour", "negative_prompt": "photo"},
    {"name": "mre-\x1b[31m", "prompt": "(oil:1.2) {prompt}", "negative_prompt": "(blur, noise:1.3)"},
]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PROMPTKIT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.json").write_text(json.dumps(FOOOCUS))
    return tmp_path / "home"


def run(*arguments):
    done = CliRunner().invoke(app, ["styles", *arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def expanded(*arguments):
    done = CliRunner().invoke(app, ["expand", "a red fox", "--json", *arguments])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)["variants"][0]


def test_import_then_expand_then_extract(home):
    done = run("import", "in.json", "--name", "My Styles")
    assert "2 styles of fooocus-json. The first is my-styles/sai-ink." in done.stdout
    assert "\x1b" not in done.output
    assert "U+001B" in done.stderr
    variant = expanded("--style", "my-styles/sai-ink", "--negative", "blur")
    assert variant["resolved"] == "ink drawing of a red fox . golden hour"
    assert variant["negative"] == "photo\nblur"
    shown = run("extract", variant["resolved"], "--negative", "photo")
    assert shown.stdout == "a red fox\n--style my-styles/sai-ink\n"
    told = json.loads(run("extract", "a cat", "--negative", "b", "--json").stdout)
    assert (told["prompt"], told["negative"], told["styles"]) == ("a cat", "b", [])
    assert "--negative b" in run("extract", "a cat", "--negative", "b").stdout


def test_a_session_says_the_template_too():
    from promptkit.session import Session

    run("import", "in.json")
    prompt = next(Session("embedded").expand("a red fox", styles=["in/sai-ink", "embedded/watercolour-dusk"]))
    assert prompt.resolved == "ink drawing of a red fox, watercolour painting, wide shot . golden hour"
    assert prompt.negative_resolved.startswith("photo")


def test_a_file_that_is_there_stays(home, tmp_path):
    run("import", "in.json", "--out", "x.yaml")
    before = (tmp_path / "x.yaml").read_bytes()
    with pytest.raises(OutputError, match="there already"):
        run("import", "in.json", "--out", "x.yaml")
    run("import", "in.json", "--out", "x.yaml", "--only", "*ink", "--force")
    assert (tmp_path / "x.yaml").read_bytes() != before


def test_import_says_all_in_json():
    told = json.loads(run("import", "in.json", "--json").stdout)
    assert told["kind"] == "import"
    assert [style["style"] for style in told["styles"]] == ["in/sai-ink", "in/mre-31m"]
    assert told["format"] == "fooocus-json"
    assert len(told["notes"]) == 1


def test_only_and_format_suggest():
    with pytest.raises(UnknownNameError) as caught:
        run("import", "in.json", "--only", "sai-inc")
    assert caught.value.suggestions == ("sai-ink",)
    with pytest.raises(UnknownNameError) as caught:
        run("import", "in.json", "--format", "fooocus")
    assert "fooocus-json" in caught.value.suggestions
    with pytest.raises(UnknownNameError):
        run("import", "in.json", "--to-dialect", "a11")
    with pytest.raises(PackError, match="not there"):
        run("import", "no.csv")


def test_a_pack_that_hides_another_says_so():
    assert "counts before the pack" in run("import", "in.json", "--name", "embedded").stderr
    assert "counts before" not in run("import", "in.json", "--name", "embedded", "--force").stderr


def test_many_notes_are_counted(tmp_path):
    (tmp_path / "many.json").write_text(json.dumps([{"name": f"s{i}", "prompt": "x", "extra": 1} for i in range(30)]))
    assert "10 more" in run("import", "many.json").stderr


def test_wildcards_are_used_in_templates(tmp_path):
    (tmp_path / "zoo.yaml").write_text("animals:\n  birds: [wren]\n")
    assert "zoo/animals" in run("import", "zoo.yaml").stdout
    done = CliRunner().invoke(app, ["expand", "a __animals/birds__", "--template", "--json"])
    assert json.loads(done.stdout)["variants"][0]["text"] == "a wren"
    assert run("import", "zoo.yaml", "--only", "x").exit_code == 2


def test_export_to_a_file_and_to_a_pipe(tmp_path):
    run("import", "in.json")
    assert json.loads(run("export", "in/sai-ink", "--format", "fooocus-json").stdout) == FOOOCUS[:1]
    assert "2 styles." in run("export", "in", "--format", "a1111-csv", "--out", "styles.csv").stdout
    with (tmp_path / "styles.csv").open(encoding="utf-8-sig", newline="") as handle:
        assert next(csv.DictReader(handle)) == FOOOCUS[0]
    with pytest.raises(OutputError, match="there already"):
        run("export", "in", "--format", "a1111-csv", "--out", "styles.csv")
    with pytest.raises(UnknownNameError):
        run("export", "inn", "--format", "a1111-csv")


def test_export_says_what_cannot_be_had_there(home, tmp_path):
    (tmp_path / "p.json").write_text(json.dumps([{"name": "# a", "positive_prompt": "(ink)++ {prompt}"}] * 2))
    run("import", "p.json")
    done = run("export", "p", "--format", "a1111-csv")
    for part in ("weights are written as compel does", "takes a name that begins with #", "was there before"):
        assert part in done.stderr
    converted = run("export", "p", "--format", "fooocus-json", "--to-dialect", "a1111")
    assert json.loads(converted.stdout)[0]["prompt"] == "(ink:1.21) {prompt}"
    (home / "styles" / "own.yaml").write_text(
        "promptkit: 1\nname: own\nversion: 1.0.0\ntitle: Own\nstyles:\n  a:\n    title: A\n    subject: '{subject} in a {c} box'\n"
        "    style: [{text: ink, weight: 1.2}]\n    choices: {c: [red]}\n    negative: [blur, '{c} noise']\n"
    )
    done = run("export", "own", "--format", "fooocus-json", "--to-dialect", "a1111")
    assert json.loads(done.stdout) == [
        {"name": "A", "prompt": "{prompt}, in a red box, (ink:1.2)", "negative_prompt": "blur, red noise"}
    ]
    assert "c is red" in done.stderr
    assert expanded("--style", "own/a")["resolved"] == "a red fox, in a red box, (ink:1.2)"


def test_a_text_that_no_dialect_reads_is_exported_as_it_is(tmp_path):
    (tmp_path / "bad.json").write_text(json.dumps([{"name": "a", "prompt": "(a {prompt}:1e9)"}]))
    assert "word for word" in run("import", "bad.json", "--to-dialect", "compel").stderr
    done = run("export", "bad", "--format", "fooocus-json")
    assert json.loads(done.stdout)[0]["prompt"] == "(a {prompt}:1e9)"
    assert "stays as it is" in done.stderr


def test_weights_that_would_be_read_otherwise_are_named(tmp_path):
    texts = {"a": "(ink)++ {prompt}", "b": "ink {prompt}"}
    (tmp_path / "p.json").write_text(json.dumps([{"name": n, "positive_prompt": text} for n, text in texts.items()]))
    run("import", "p.json")
    said = {}
    for name in texts:
        done = CliRunner().invoke(app, ["expand", "a red fox", "--style", f"p/{name}"])
        said[name] = "'p/" + name + "' writes weights as compel does" in done.stderr
    assert said == {"a": True, "b": False}
    done = CliRunner().invoke(app, ["expand", "a red fox", "--style", "p/a", "--dialect", "compel"])
    assert "weights" not in done.stderr
    (tmp_path / "bad.json").write_text(json.dumps([{"name": "a", "prompt": "(a {prompt}:1e9)"}]))
    run("import", "bad.json")
    done = CliRunner().invoke(app, ["expand", "a red fox", "--style", "bad/a", "--dialect", "compel"])
    assert "weights" not in done.stderr
