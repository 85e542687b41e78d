"""A plugin that encodes prompts itself."""

import pytest
import torch

import promptkit
from promptkit import hookimpl
from promptkit.errors import GenerationError
from promptkit.plugins import PluginRecord, create_plugin_manager
from promptkit.records import GenerationSettings
from promptkit.registry import Registry
from promptkit.session import Session

QUICK = GenerationSettings(num_inference_steps=2)


class Encoder:
    """Answers for one prompt with what it was given, and remembers what it was asked."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    @hookimpl
    def encode_prompt(self, prompt, negative, pipeline):
        self.asked.append((prompt, negative, type(pipeline).__name__))
        return self.answer(pipeline) if prompt.startswith("a (dog:1.2)") else None


def session(folder, *plugins):
    host = create_plugin_manager(entry_points=False)
    for number, plugin in enumerate(plugins):
        record = host.records[f"plugin-{number}"] = PluginRecord(name=f"plugin-{number}", version="1")
        host.register(plugin, record)
    return Session(str(folder), ranker="none", registry=Registry(host))


def made(opened, text, **more):
    return opened.generate(text, candidates=1, settings=QUICK, **more).best.image.tobytes()


def ones(pipeline):
    return {"prompt_embeds": torch.ones(1, 77, 16), "negative_prompt_embeds": torch.zeros(1, 77, 16)}


def test_its_embeddings_reach_the_pipeline_and_the_user_is_told(tiny_sd):
    plugin = Encoder(ones)
    with session(tiny_sd, plugin) as opened, session(tiny_sd) as without:
        first = made(opened, "a (dog:1.2) in snow")
        assert opened.notes() == ["Plugin 'plugin-0' encoded the prompt."]
        assert first == made(opened, "a (dog:1.2) in sand")
        assert first != made(without, "a (dog:1.2) in snow")
        assert made(opened, "a cat", negative="blur") == made(without, "a cat", negative="blur")
        assert opened.notes() == []
    assert plugin.asked[0] == ("a (dog:1.2) in snow", "", "StableDiffusionPipeline")
    assert plugin.asked[-1] == ("a cat", "blur", "StableDiffusionPipeline")


def test_an_answer_that_is_none_and_one_that_raises_leave_it_to_the_next(tiny_sd):
    def broken(pipeline):
        raise OSError("no weights")

    with (
        session(tiny_sd, Encoder(ones), Encoder(lambda _: [1, 2]), Encoder(broken)) as opened,
        session(tiny_sd, Encoder(ones)) as one,
    ):
        assert made(opened, "a (dog:1.2)") == made(one, "a (dog:1.2)")
        told = [problem.message for problem in opened.registry.problems]
        assert "Plugin 'plugin-1' encoded a prompt as list, which was left out." in told
        assert "Plugin 'plugin-2' failed in encode_prompt: OSError: no weights." in told
        assert opened.registry.host.records["plugin-2"].error == "encode_prompt: OSError: no weights"


def test_embeddings_that_do_not_suit_are_blamed_on_the_plugin(tiny_sd):
    wide = lambda _: {"prompt_embeds": torch.ones(1, 77, 99), "negative_prompt_embeds": torch.ones(1, 77, 99)}
    with session(tiny_sd, Encoder(wide)) as opened, pytest.raises(GenerationError, match="plugin-0"):
        made(opened, "a (dog:1.2)")


def test_without_such_a_plugin_nothing_is_asked(tiny_sd):
    with session(tiny_sd) as opened:
        assert opened.registry.encoder() is None
        assert made(opened, "a dog") == made(opened, promptkit.parse("(a dog:1.0)"))


def test_whose_arithmetic_weights_follow_is_settled_and_recorded(tiny_sd, tmp_path):
    from promptkit.metadata import read_provenance
    from promptkit.pictures import open_picture

    with session(tiny_sd) as opened:
        pictures = {}
        for name in (None, "a1111", "comfyui", "compel"):
            wanted = GenerationSettings(num_inference_steps=2, weighting=name)
            result = opened.generate("a (red:0.5) dog", candidates=1, settings=wanted, out=tmp_path)
            record = read_provenance(open_picture(result.best.path))
            assert record.recipe["settings"]["weighting"] == (name or "a1111")
            pictures[name] = result.best.image.tobytes()
        assert pictures[None] == pictures["a1111"]
        assert len(set(pictures.values())) == 3
        with pytest.raises(promptkit.SettingsError, match="sd-webui") as caught:
            opened.generate("a dog", settings=GenerationSettings(weighting="sd-webui"))
        assert "a1111, comfyui, compel" in (caught.value.hint or "")
