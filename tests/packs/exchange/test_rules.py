"""How styles of other tools go together, and where their words go."""

import json

import pytest

from promptkit.errors import PackError
from promptkit.expanders.styles import expand
from promptkit.packs.exchange import into_pack
from promptkit.packs.exchange.extract import extract_styles, unframed
from promptkit.packs.exchange.fooocus import display_name
from promptkit.packs.exchange.foreign import ForeignStyle, Notes
from promptkit.packs.exchange.names import Slugs, slug
from promptkit.packs.exchange.wildcards import read_lists, styles_of
from tests.packs.exchange.tools import Imported

THREE = json.dumps(
    [
        {"name": "ink", "prompt": "ink of {prompt}, paper", "negative_prompt": "photo"},
        {"name": "loud", "prompt": "loud colours", "negative_prompt": "grey, {prompt}"},
        {"name": "twice", "prompt": "{prompt} and {prompt}", "negative_prompt": ""},
    ]
)
HEAD = "name,prompt,negative_prompt\n"


def csv_of(text):
    return HEAD + "".join(f'"{s["name"]}","{s["prompt"]}","{s["negative_prompt"]}"\n' for s in json.loads(text))


def test_a1111_styles_nest_in_their_order(tmp_path):
    found = Imported(tmp_path, csv_of(THREE), ending=".csv")
    both = found.applied("a fox", 0, 1, 2, negative="blur")
    assert both.resolved == "ink of a fox, paper, loud colours and ink of a fox, paper, loud colours"
    assert both.negative_resolved == "grey, blur, photo"
    assert found.applied("a fox", 1, 0).resolved == "ink of a fox, loud colours, paper"


def test_invokeai_styles_replace_the_first_place_alone(tmp_path):
    found = Imported(tmp_path, csv_of(THREE).replace("prompt,n", "positive_prompt,n"), ending=".csv")
    assert found.form == "invokeai-csv"
    assert found.applied("a fox", 2).resolved == "a fox and {prompt}"
    assert found.applied("a fox", 1).resolved == "a fox loud colours"


def test_fooocus_styles_are_lines_side_by_side(tmp_path):
    found = Imported(tmp_path, THREE)
    prompt = found.applied("a fox", 0, 1, 2, negative="blur")
    assert prompt.resolved == "ink of a fox, paper\nloud colours\na fox and a fox"
    assert prompt.negative_resolved == "photo\ngrey, {prompt}\nblur"
    assert found.applied("a fox", 1).resolved == "a fox\nloud colours"
    assert found.applied("a fox\nat night", 0).resolved == "ink of a fox, paper\nat night"


def test_the_styler_puts_its_negative_first_and_drops_no_prompt(tmp_path):
    found = Imported(tmp_path, THREE, form="sdxl-styler-json")
    assert found.applied("a fox", 0, negative="blur").negative_resolved == "photo, blur"
    assert found.applied("a fox", 1).resolved == "a fox, loud colours"


def test_what_a_plain_style_adds_stands_inside_the_template(tmp_path):
    found = Imported(tmp_path, csv_of(THREE), ending=".csv")
    (tmp_path / "packs" / "own.yaml").write_text(
        "promptkit: 1\nname: own\nversion: 1.0.0\ntitle: Own\nstyles: {dusk: {title: Dusk, lighting: dusk light, negative: noon}}\n"
    )
    library = type(found.library)(found.library.folders)
    prompt = next(expand("a fox", styles=["own/dusk", "imported/ink"], library=library))
    assert prompt.resolved == "ink of a fox, dusk light, paper"
    assert prompt.negative_resolved == "noon, photo"


def test_with_a_weight_a_style_is_applied_slot_by_slot(tmp_path):
    listed = [
        {"name": "a", "prompt": "oil painting of {prompt}, golden hour", "negative_prompt": "(photo:1.3), blurry"}
    ]
    found = Imported(tmp_path, json.dumps(listed))
    prompt = next(expand("a fox", styles=["imported/a:0.5"], library=found.library))
    assert prompt.resolved == "a fox, (oil painting:0.5), (golden hour:0.5)"
    assert prompt.negative_resolved == "photo, blurry"


def test_words_go_into_their_slots_and_round_the_subject(tmp_path):
    text = "oil painting of {prompt} in a meadow, (golden hour:1.2), 35mm lens, wild horses"
    found = Imported(tmp_path, json.dumps([{"name": "a", "prompt": text}]))
    style = found.styles[0]
    assert style.template == text
    assert style.subject == "{subject} in a meadow, wild horses"
    assert {slot: [(t.text, t.weight) for t in texts] for slot, texts in style.slots.items()} == {
        "style": [("oil painting", 1.0)],
        "lighting": [("golden hour", 1.2)],
        "camera": [("35mm lens", 1.0)],
    }
    prompt = found.applied("a fox, moonlight")
    assert [phrase.text for phrase in prompt.slot("lighting")] == ["moonlight", "golden hour"]
    assert prompt.resolved == text.replace("{prompt}", "a fox, moonlight")


def test_later_styles_of_one_name_count(tmp_path):
    first = json.dumps([{"name": "a-b", "prompt": "1"}, {"name": "c", "prompt": "2"}])
    found = Imported(tmp_path, first, json.dumps([{"name": "A B", "prompt": "3"}]))
    assert [(style.title, style.template) for style in found.styles] == [("A B", "3"), ("C", "2")]
    assert "takes the place" in found.notes.lines[0]
    styled = Imported(tmp_path, first, first, form="sdxl-styler-json")
    assert [style.title for style in styled.styles] == ["a-b", "c", "a-b_1", "c_1"]


def test_weights_are_converted_only_when_asked(tmp_path):
    listed = json.dumps([{"name": "a", "positive_prompt": "(ink)++ of {prompt}", "negative_prompt": "photo+"}])
    kept, converted = Imported(tmp_path, listed), Imported(tmp_path, listed, to_dialect="a1111")
    assert (kept.styles[0].template, kept.styles[0].dialect) == ("(ink)++ of {prompt}", "compel")
    assert (converted.styles[0].template, converted.styles[0].dialect) == ("(ink:1.21) of {prompt}", "a1111")
    assert converted.styles[0].negative_template == "(photo:1.1)"


def test_display_names():
    assert [display_name(name) for name in ("sai-3d-model", "MRE (soft) x", "")] == ["SAI 3D Model", "MRE (Soft) X", ""]


def test_names_are_slugs_and_none_is_taken_twice():
    slugs = Slugs("style")
    assert [slugs.take(name) for name in ("Ünï Cödé!", "uni-code", "日本", "中国", "x" * 99, "x" * 98)] == [
        "uni-code", "uni-code-2", "style", "style-2", "x" * 64, "x" * 62 + "-2",
    ]  # fmt: skip
    assert slug("-a-", "b") == "a"


def test_styles_are_taken_out_again_the_outermost_first():
    styles = [
        ForeignStyle(name="ink", prompt="ink of {prompt}, paper", negative="photo"),
        ForeignStyle(name="loud", prompt="loud colours"),
        ForeignStyle(name="twice", prompt="{prompt} and {prompt}"),
        ForeignStyle(name="nothing"),
    ]
    found = extract_styles("ink of a fox, paper, loud colours", "blur, photo", styles)
    assert (found.prompt, found.negative, found.styles) == ("a fox", "blur", ("ink", "loud"))
    assert extract_styles("a fox and a fox", "", styles).styles == ("twice",)
    assert extract_styles("a cat", "", styles).styles == ()


@pytest.mark.parametrize(
    ("text", "frame", "inner"),
    [
        ("a  fox, ink", "ink", "a fox"),
        ("ink", "ink", ""),
        ("drink", "ink", None),
        ("a and b", "{prompt} and {prompt}", None),
        ("", "x{prompt}y", None),
        ("xy", "x{prompt}y", ""),
    ],
)
def test_what_stands_inside_a_frame(text, frame, inner):
    assert unframed(text, frame) == inner


def test_wildcards_become_choices(tmp_path):
    path = tmp_path / "nature.yaml"
    path.write_text("animals:\n  birds: [owl, wren]\n  big:\n    cats: [lion, 2::tiger, '{a|b}', __x__]\ncolour: red\n")
    notes = Notes()
    styles = styles_of(read_lists([path]), "nature", notes)
    assert {name: style["choices"] for name, style in styles.items()} == {
        "animals": {"birds": ["owl", "wren"]},
        "animals-big": {"cats": ["lion", "tiger", "__x__"]},
        "lists": {"colour": ["red"]},
    }
    said = "\n".join(notes.lines)
    for part in ("is __nature/animals-big/cats__ here", "1 entries with braces", "weights", "within entries"):
        assert part in said


def test_wildcards_from_several_files_and_bad_ones(tmp_path):
    (tmp_path / "a.yaml").write_text("- x\n- y\n")
    (tmp_path / "b.yaml").write_text("a: [z]\n")
    with pytest.raises(PackError, match="another file"):
        read_lists([tmp_path / "a.yaml", tmp_path / "b.yaml"])
    (tmp_path / "c.yaml").write_text("a: *b\n")
    with pytest.raises(PackError, match="anchors"):
        read_lists([tmp_path / "c.yaml"])
    with pytest.raises(PackError, match="only templates"):
        styles_of({"a": read_lists([tmp_path / "a.yaml"])["a"][:0]}, "p", Notes())


def test_a_style_whose_name_cannot_stand_in_a_pack_says_its_new_one():
    notes = Notes()
    found = [ForeignStyle(name=name, prompt="x, {prompt}", file="a.csv", line=2) for name in ("Лис", "Кот", "Élan")]
    styles = into_pack.styles_of(found, into_pack.Rules(tool="a1111", dialect="a1111"), notes)
    assert list(styles) == ["style", "style-2", "elan"]
    assert [style["title"] for style in styles.values()] == ["Лис", "Кот", "Élan"]
    assert [line.partition(": names")[0] for line in notes.lines] == [
        "a.csv:2: 'Лис': is named 'style'",
        "a.csv:2: 'Кот': is named 'style-2'",
    ]
