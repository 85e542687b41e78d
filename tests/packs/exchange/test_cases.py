"""What other tools make of their styles, held against what promptkit makes of them."""

import csv
import io
import json

import pytest

from promptkit.errors import PackError
from promptkit.expanders.styles import expand
from promptkit.frames import Frame, framed
from promptkit.packs.exchange.extract import unframed
from tests.packs.exchange.tools import Imported
from tests.peers import cases, needs_peers

FOOOCUS = cases("fooocus_styles")
A1111 = cases("a1111_styles_csv")
INVOKEAI = [case for case in cases("invokeai_presets_and_prompts") if case["kind"] != "missing_wildcards_in_variant"]
STYLER = cases("sdxl_prompt_styler_slots")
JOINED = [case for case in STYLER if case.get("kind") == "deduplicate_merge"]
SLOTTED = [case for case in STYLER if "slot" in case]

pytestmark = needs_peers


def three(style):
    return style["name"], style.get("prompt", ""), style.get("negative_prompt", "")


def rows_of(text):
    return [tuple(row) for row in list(csv.reader(io.StringIO(text, newline="")))[1:]]


@pytest.mark.parametrize("case", FOOOCUS, ids=[case["in"]["name"] for case in FOOOCUS])
def test_fooocus(case, tmp_path):
    found = Imported(tmp_path, json.dumps([case["in"]]))
    out = case["out"]
    own = [] if out["has_placeholder"] else [case["applied_to"]]
    prompt = found.applied(case["applied_to"])
    assert found.form == "fooocus-json"
    assert found.styles[0].title == case["display_name"]
    assert prompt.resolved.split("\n") == [*own, *out["positive_lines"]]
    assert prompt.negative_resolved.split("\n") == out["negative_lines"]
    assert [three(style) for style in json.loads(found.exported("fooocus-json"))] == [three(case["in"])]
    assert rows_of(found.exported("a1111-csv")) == [three(case["in"])]


def test_fooocus_all_in_one_pack(tmp_path):
    found = Imported(tmp_path, json.dumps([case["in"] for case in FOOOCUS]))
    assert [style.title for style in found.styles] == [case["display_name"] for case in FOOOCUS]
    assert [three(style) for style in json.loads(found.exported("fooocus-json"))] == [three(c["in"]) for c in FOOOCUS]
    filled = [style for style in found.styles if style.slots or style.subject]
    assert len(filled) >= len(found.styles) - 1


@pytest.mark.parametrize("case", A1111, ids=[f"{case['fn']}-{i}" for i, case in enumerate(A1111)])
def test_a1111(case, tmp_path):
    if case["fn"] == "merge":
        style, prompt = case["in"]
        assert framed(prompt, [Frame(source="p/s", text=style)]) == case["out"]
    elif case["fn"] == "extract":
        style, prompt = case["in"]
        assert [True, unframed(prompt, style)] == case["out"]
    else:
        found = Imported(tmp_path, case["in"], ending=".csv")
        assert found.form == "a1111-csv"
        assert rows_of(found.exported("a1111-csv")) == [tuple(row) for row in case["out"]]


@pytest.mark.parametrize("case", INVOKEAI, ids=[f"{case['kind']}-{i}" for i, case in enumerate(INVOKEAI)])
def test_invokeai(case, tmp_path):
    if case["kind"] == "default_preset":
        found = Imported(tmp_path, json.dumps([case["in"]]))
        prompt = found.applied("a red fox")
        data = case["in"]["preset_data"]
        assert found.form == "invokeai-json"
        assert (prompt.resolved, prompt.negative_resolved) == (case["out"]["positive"], case["out"]["negative"])
        row = (case["in"]["name"], data["positive_prompt"], data["negative_prompt"])
        assert rows_of(found.exported("a1111-csv")) == [row]
        return
    form = case["kind"].removeprefix("import_")
    if "error" in case:
        with pytest.raises(PackError, match="extra"):
            Imported(tmp_path, case["in"], form="invokeai-json")
        return
    found = Imported(tmp_path, case["in"], form=f"invokeai-{form}", ending=f".{form}")
    assert rows_of(found.exported("a1111-csv")) == [tuple(preset.values()) for preset in case["out"]]


@pytest.mark.parametrize("case", SLOTTED, ids=[case["in"]["name"] for case in SLOTTED])
def test_the_sdxl_styler(case, tmp_path):
    found = Imported(tmp_path, json.dumps([case["in"]]), form="sdxl-styler-json")
    prompt = found.applied("portrait of a fox", negative="blurry")
    assert {"positive": prompt.resolved, "negative": prompt.negative_resolved} == case["out"]
    assert [three(style) for style in json.loads(found.exported("fooocus-json"))] == [three(case["in"])]


@pytest.mark.parametrize("case", JOINED, ids=[" + ".join(case["in"]) for case in JOINED])
def test_slot_by_slot_words_are_said_once_as_the_styler_merges_them(case, tmp_path):
    listed = [{"name": f"s{i}", "prompt": "{prompt}", "negative_prompt": text} for i, text in enumerate(case["in"])]
    found = Imported(tmp_path, json.dumps(listed), form="sdxl-styler-json")
    names = [f"{style.id}:0.9" for style in found.styles]
    assert next(expand("wolves", styles=names, library=found.library)).negative_resolved == case["out"]
