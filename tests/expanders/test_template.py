import json

import pytest

from promptkit import Session, Template, Wildcards
from promptkit.errors import PromptError, SettingsError
from promptkit.expanders.styles import expand
from promptkit.expanders.template import TemplateExpander, resolve_template
from promptkit.metadata import read_provenance
from promptkit.pictures import open_picture
from promptkit.slots.parse import parse

LISTS = Wildcards(lists={"hour": ["dawn", "dusk"]})


def test_each_prompt_is_read_and_keeps_its_template():
    template = Template("a {red|blue} fox, __hour__ --no {fog|rain}", wildcards=LISTS)
    prompts = list(resolve_template(template, limit=None, negative="text"))
    assert len(prompts) == 8
    assert prompts[0].text == "a red fox, dawn"
    assert prompts[0].negative_text == "text, fog"
    assert {prompt.drawn_from for prompt in prompts} == {template.text}
    assert [phrase.text for phrase in prompts[0].negative] == ["text", "fog"]
    drawn = list(resolve_template(template, seed=3, limit=5))
    assert len({(prompt.text, prompt.negative_text) for prompt in drawn}) == 5
    assert {prompt.text for prompt in drawn} <= {prompt.text for prompt in prompts}


def test_a_typed_prompt_was_drawn_from_nothing():
    assert parse("a fox").drawn_from is None


def test_tidying_is_asked_for():
    template = Template("{|}, a fox ({|}:1.2)", wildcards=LISTS)
    assert next(resolve_template(template)).text == ", a fox (:1.2)"
    assert next(resolve_template(template, clean=True)).text == "a fox"


def test_a_limit_below_one_is_refused():
    with pytest.raises(SettingsError, match="leaves nothing"):
        next(resolve_template(Template("a", wildcards=LISTS), limit=0))


def test_templates_come_before_styles():
    typed = parse("a {red|blue} fox")
    found = list(expand(typed, expanders=[TemplateExpander(LISTS)], limit=2, seed=1))
    assert {prompt.text for prompt in found} == {"a red fox", "a blue fox"}
    template = Template("a {red|blue} fox", wildcards=LISTS)
    styled = next(expand(next(resolve_template(template)), styles=["embedded/any-hour"]))
    assert styled.drawn_from == template.text
    assert styled.styles == ("embedded/any-hour",)


def test_the_expander_is_registered(registry):
    assert isinstance(registry.get("expander", "template"), TemplateExpander)


def test_a_session_writes_the_template_into_every_picture(registry, tmp_path):
    with Session("fake", registry=registry) as session:
        session.wildcards = LISTS
        prompt = next(session.resolve("a {red|blue} fox, __hour__ --no fog", seed=4, negative="text"))
        result = session.generate(prompt, candidates=1, out=tmp_path)
        with pytest.raises(PromptError, match="nope"):
            next(session.resolve("__nope__"))
    assert result.recipe.drawn_from == "a {red|blue} fox, __hour__ --no fog"
    assert result.recipe.prompt == prompt.text
    assert result.recipe.negative == "text, fog"
    opened = open_picture(next(tmp_path.glob("*.png")))
    record = read_provenance(opened)
    assert record.recipe == json.loads(json.dumps(result.recipe.to_json()))
    assert 'Template: "a {red|blue} fox, __hour__ --no fog"' in opened.texts["parameters"]
