"""The cases of dynamicprompts 0.31, apart from its recorded defects."""

import re
from itertools import islice

import pytest

from promptkit.errors import PromptError
from promptkit.templates.nodes import DEFAULT_SYNTAX, Syntax
from promptkit.templates.parser import parse_template
from promptkit.templates.template import Template
from promptkit.templates.wildcards import Wildcards
from tests.templates.peers import needs, projected, read

PARSE, EXPAND = "dynamicprompts_parse.json", "dynamicprompts_expand.json"
BLANKS_BEFORE_COMMENTS = 1
"""Cases in which upstream leaves two blanks where a comment was at the end of a line, and we leave none."""
IMMEDIATE = ("${season?=!{winter|summer}} ${temp?=!{hot|cold}}", "${car=!{porsche|john_deere}}")
"""Upstream takes the first value of a variable that is drawn once and never the others; its own docs say all appear."""
MISSING = "A __missing__ wildcard"
"""Upstream leaves it in the text or never returns; here it is an error with its place."""
NUMBERS = {"artists/1234", "artists/flurp"}
"""Upstream leaves out keys and values that are numbers; here they are the text that was typed."""


@needs(PARSE)
def test_every_template_is_read_as_its_users_know_it():
    cases = read(PARSE)["cases"]
    loose = 0
    for case in cases:
        config = case.get("config")
        syntax = (
            Syntax(*(config[key] for key in ("variant_start", "variant_end", "wildcard_wrap")))
            if config
            else DEFAULT_SYNTAX
        )
        found = projected(parse_template(case["in"], syntax=syntax).root)
        if found != case["out"]:
            loose += 1
            assert without_trailing_blanks(found) == without_trailing_blanks(case["out"]), case["in"]
    assert len(cases) == 89
    assert loose == BLANKS_BEFORE_COMMENTS


def without_trailing_blanks(tree):
    if isinstance(tree, dict):
        return {key: without_trailing_blanks(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [without_trailing_blanks(value) for value in tree]
    return re.sub(r"[ ]+\n", "\n", tree) if isinstance(tree, str) else tree


@pytest.fixture
def lists(tmp_path):
    for name, text in read(EXPAND)["wildcard_files"].items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Wildcards([tmp_path])


@needs(EXPAND)
def test_wildcard_files_hold_what_they_hold_elsewhere(lists):
    expected = read(EXPAND)["wildcard_values"]
    found = {name: [line.text for entries in lists.get(name) for line in entries.lines] for name in lists.names()}
    assert {name: found[name] for name in expected} == expected
    assert set(found) - set(expected) == NUMBERS
    assert [problem.file.rpartition("/")[2] for problem in lists.problems] == ["invalid.yaml"]


@needs(EXPAND)
def test_every_template_comes_to_what_its_users_know(lists):
    cases = read(EXPAND)["cases"]
    checked = 0
    for case in cases:
        if case["in"] == MISSING:
            with pytest.raises(PromptError, match="no wildcard named 'missing'"):
                Template(case["in"], wildcards=lists)
            continue
        template = Template(case["in"], wildcards=lists)
        everything = [found.text for found in template.enumerate()]
        assert template.count() == len(everything), case["in"]
        drawn = {found.text for found in islice(template.samples(1), 200)}
        if "~" not in case["in"] and "@" not in case["in"]:
            assert drawn <= set(everything)
        if case["in"].startswith(IMMEDIATE):
            assert set(case["combinatorial_first60"]) < set(everything)
            continue
        checked += 1
        if case.get("combinatorial_first60") is not None:
            assert everything[:60] == case["combinatorial_first60"], case["in"]
        if case.get("cyclical_first6"):
            assert [found.text for found in islice(template.cycle(), 6)] == case["cyclical_first6"], case["in"]
    assert (len(cases), checked) == (50, 47)


@needs(EXPAND)
@pytest.mark.parametrize("text", ["A {~red|green} ball", "A {red|{~green|blue}} {~ball|car}", "test __~colors-cold__"])
def test_nodes_with_a_random_sampler_stay_inside_what_could_be(lists, text):
    possible = {found.text for found in Template(text.replace("~", ""), wildcards=lists).enumerate()}
    template = Template(text, wildcards=lists)
    seen = {found.text for seed in range(40) for found in template.enumerate(seed)}
    assert seen | {found.text for found in islice(template.samples(2), 400)} == possible
