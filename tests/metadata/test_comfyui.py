import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promptkit.metadata.carried import Carried
from promptkit.metadata.readers.comfyui import read
from promptkit.metadata.readers.comfyui_workflow import as_prompt
from tests.metadata.graphs import flux, node, plain, told
from tests.peers import cases, needs_peers


@needs_peers
@pytest.mark.parametrize(
    "case", [case for case in cases("image_metadata_png") if "ComfyUI" in case["file"]], ids=lambda case: case["file"]
)
def test_graphs_of_others_are_walked(case):
    chunks = case.get("text_chunks") or {"prompt": json.dumps(case["in_prompt_chunk"]["prompt"])}
    found = read(Carried(texts=chunks))
    assert found.prompt
    samplers = case["expected"] if isinstance(case["expected"], list) else (case["expected"] or {}).get("samplers", [])
    for sampler in samplers[-1:]:
        parameters = sampler["parameters"]
        assert (found.settings["sampler"], found.seed) == (sampler["name"], parameters["seed"])
        assert found.settings["num_inference_steps"] == parameters["steps"]
        assert found.settings["guidance_scale"] == parameters["cfg_scale"]
        assert found.model["name"] == sampler["model"]["name"]
        assert found.prompt.split("\n") == [prompt["value"].strip() for prompt in sampler["prompts"]]
        assert found.negative.split("\n") == [prompt["value"].strip() for prompt in sampler["negative_prompts"]]
    for sampler in samplers[:-1]:
        passed = json.loads(found.other[f"pass of node {sampler['sampler_id']}"])
        assert {text.strip() for text in passed["positive"].split("\n")} == {
            prompt["value"].strip() for prompt in sampler["prompts"]
        }
        assert (passed["seed"], passed["model"]["name"]) == (sampler["parameters"]["seed"], sampler["model"]["name"])


def test_the_plain_graph():
    found = told(plain())
    assert (found.tool, found.dialect, found.prompt, found.negative) == (
        "ComfyUI",
        "comfyui",
        "a (red:1.2) fox",
        "blur",
    )
    assert (found.seed, found.model) == (9, {"name": "sd.safetensors"})
    assert found.settings == {
        "num_inference_steps": 20, "guidance_scale": 8.0, "sampler": "dpmpp_2m", "scheduler": "karras",
        "width": 512, "height": 768,
    }  # fmt: skip
    assert found.sampler == "dpmpp_2m karras"
    assert found.notes == ()


def test_flux_is_guided_by_what_it_is_told():
    found = told(flux())
    assert (found.prompt, found.negative, found.seed) == ("a fox", "", 77)
    assert found.model == {"name": "flux1-dev.safetensors"}
    assert found.settings == {
        "num_inference_steps": 28, "guidance_scale": 3.5, "sampler": "euler", "scheduler": "simple",
        "width": 1024, "height": 768,
    }  # fmt: skip


def test_a_cfg_guider_has_both_sides():
    guider = node("CFGGuider", model=["1", 0], positive=["3", 0], negative=["13", 0], cfg=4.5)
    found = told(flux(**{"5": guider, "13": node("CLIPTextEncode", text="dull", clip=["2", 0])}))
    assert (found.prompt, found.negative, found.settings["guidance_scale"]) == ("a fox", "dull", 4.5)


def test_loras_are_told_in_the_order_in_which_they_were_put_on():
    chain = {
        "10": node("LoraLoader", lora_name="one", strength_model=0.5, strength_clip=1, model=["4", 0], clip=["4", 1]),
        "11": node("Power Lora Loader", lora_1={"on": True, "lora": "two", "strength": 0.7},
                   lora_2={"on": False, "lora": "three", "strength": 1}, model=["10", 0]),
    }  # fmt: skip
    sampler = plain()["3"]
    sampler["inputs"]["model"] = ["11", 0]
    found = told(plain(**chain, **{"3": sampler}))
    assert found.model == {"name": "sd.safetensors"}
    assert found.resources == (
        {"kind": "lora", "name": "one", "weight": 0.5},
        {"kind": "lora", "name": "two", "weight": 0.7},
    )


def test_values_are_followed_through_primitives_reroutes_and_joined_texts():
    more = {
        "20": node("PrimitiveNode", value=1234),
        "21": node("Reroute", **{"": ["20", 0]}),
        "22": node("StringConcatenate", string_a=["23", 0], string_b="in snow", delimiter=", "),
        "23": node("PrimitiveStringMultiline", value="a wolf"),
        "24": node("CLIPTextEncodeSDXL", text_g=["22", 0], text_l=["22", 0], clip=["4", 1], width=1024, height=1024),
    }
    sampler = plain()["3"]
    sampler["inputs"] |= {"seed": ["21", 0], "positive": ["24", 0]}
    found = told(plain(**more, **{"3": sampler}))
    assert (found.seed, found.prompt) == (1234, "a wolf, in snow")


def test_combined_conditioning_and_what_carries_both_sides():
    more = {
        "30": node("CLIPTextEncode", text="a moon", clip=["4", 1]),
        "31": node("ConditioningCombine", conditioning_1=["6", 0], conditioning_2=["30", 0]),
        "32": node("ControlNetApplyAdvanced", positive=["31", 0], negative=["7", 0], control_net=["33", 0]),
        "33": node("ControlNetLoader", control_net_name="depth.safetensors"),
        "34": node("ConditioningZeroOut", conditioning=["6", 0]),
    }
    sampler = plain()["3"]
    sampler["inputs"] |= {"positive": ["32", 0], "negative": ["32", 1]}
    found = told(plain(**more, **{"3": sampler}))
    assert (found.prompt, found.negative) == ("a (red:1.2) fox\na moon", "blur")
    assert found.resources == ({"kind": "controlnet", "name": "depth.safetensors"},)
    assert "2 texts" in found.notes[0]
    sampler["inputs"] |= {"positive": ["6", 0], "negative": ["34", 0]}
    assert told(plain(**more, **{"3": sampler})).negative == ""


def two_pictures():
    """A picture, and a larger one made of it by a second sampler."""
    second = {**plain()["3"]["inputs"], "seed": 10, "steps": 8, "denoise": 0.5, "latent_image": ["40", 0]}
    return plain(**{
        "40": node("LatentUpscale", samples=["3", 0], width=1024, height=1536),
        "41": node("KSampler", **second),
        "42": node("VAEDecode", samples=["41", 0]),
        "43": node("SaveImage", images=["42", 0]),
    })  # fmt: skip


def test_of_several_pictures_the_size_tells_which_it_is():
    assert told(two_pictures(), size=(512, 768)).seed == 9
    assert told(two_pictures(), size=(1024, 1536)).seed == 10
    found = told(two_pictures())
    assert (found.seed, found.settings["denoising_strength"]) == (10, 0.5)
    assert json.loads(found.other["pass of node 3"])["seed"] == 9
    assert any("2 pictures" in note for note in found.notes)


def test_a_refiner_and_a_detailer_are_passed_over():
    refiner = node(
        "KSamplerAdvanced", add_noise="disable", noise_seed=0, steps=25, cfg=7, sampler_name="euler",
        scheduler="normal", positive=["6", 0], negative=["7", 0], latent_image=["3", 0], model=["4", 0],
    )  # fmt: skip
    detailer = node(
        "FaceDetailer", image=["8", 0], seed=3, steps=5, cfg=4, sampler_name="euler", scheduler="normal",
        positive=["6", 0], negative=["7", 0], model=["4", 0],
    )  # fmt: skip
    graph = plain(**{
        "50": refiner, "51": detailer,
        "8": node("VAEDecode", samples=["50", 0]),
        "9": node("SaveImage", images=["51", 0]),
    })  # fmt: skip
    found = told(graph)
    assert (found.seed, found.settings["sampler"]) == (9, "dpmpp_2m")
    assert {"pass of node 50", "pass of node 51"} <= set(found.other)


CANVAS = {
    "nodes": [
        {"id": 4, "type": "CheckpointLoaderSimple", "widgets_values": ["sd.safetensors"]},
        {"id": 5, "type": "EmptyLatentImage", "widgets_values": [512, 768, 1]},
        {"id": 6, "type": "CLIPTextEncode", "inputs": [{"name": "clip", "link": 1}], "widgets_values": ["a fox"]},
        {"id": 7, "type": "CLIPTextEncode", "inputs": [{"name": "clip", "link": 1}], "widgets_values": ["blur"]},
        {"id": 3, "type": "KSampler", "widgets_values": [9, "randomize", 20, 8, "euler", "normal", 1],
         "inputs": [{"name": "model", "link": 2}, {"name": "positive", "link": 3}, {"name": "negative", "link": 4},
                    {"name": "latent_image", "link": 5}]},
        {"id": 8, "type": "VAEDecode", "inputs": [{"name": "samples", "link": 6}]},
        {"id": 9, "type": "SaveImage", "inputs": [{"name": "images", "link": 7}], "widgets_values": ["x"]},
        {"id": 10, "type": "Note", "mode": 2, "widgets_values": ["never run"]},
    ],
    "links": [[1, 4, 1, 6, 0, "CLIP"], [2, 4, 0, 3, 0, "MODEL"], [3, 6, 0, 3, 1, "C"], [4, 7, 0, 3, 2, "C"],
              [5, 5, 0, 3, 3, "L"], [6, 3, 0, 8, 0, "L"], [7, 8, 0, 9, 0, "I"]],
}  # fmt: skip


@pytest.mark.parametrize(
    "texts",
    [
        {"workflow": json.dumps(CANVAS)},
        {"Make": f"workflow:{json.dumps(CANVAS)}"},
        {"Model": f"prompt:{json.dumps(as_prompt(CANVAS))}"},
        {"UserComment": json.dumps({"workflow": CANVAS})},
        {"UserComment": json.dumps({"prompt": as_prompt(CANVAS)})},
        {"prompt": "a fox", "workflow": json.dumps(CANVAS)},
    ],
    ids=["canvas", "canvas in WebP", "graph in WebP", "canvas in a comment", "graph in a comment", "another's prompt"],
)
def test_the_graph_is_found_wherever_it_stands(texts):
    found = read(Carried(texts=texts))
    assert (found.prompt, found.negative, found.seed) == ("a fox", "blur", 9)
    assert found.settings == {
        "num_inference_steps": 20, "guidance_scale": 8, "sampler": "euler", "scheduler": "normal",
        "width": 512, "height": 768,
    }  # fmt: skip


def test_circles_and_missing_nodes_end():
    graph = plain(**{
        "6": node("CLIPTextEncode", text=["60", 0], clip=["6", 0]),
        "60": node("Reroute", value=["61", 0]),
        "61": node("StringConcatenate", string_a=["60", 0], string_b=["61", 0]),
        "4": node("LoraLoader", lora_name="x", model=["4", 0]),
        "5": node("LatentUpscale", samples=["3", 0], width=["99", 0], height=float("nan")),
    })  # fmt: skip
    found = told(graph)
    assert (found.prompt, found.negative, found.seed) == ("", "blur", 9)
    assert "width" not in found.settings


def test_a_graph_without_a_sampler_says_what_is_in_it():
    found = told({"1": node("LoadImage", image="a.png"), "2": node("SaveImage", images=["1", 0])})
    assert found.other == {"nodes": "LoadImage, SaveImage"}
    assert "No sampler" in found.notes[0]


def test_a_chain_of_ten_thousand_nodes_is_walked_at_once():
    chain = {str(i): node("Reroute", value=[str(i + 1), 0]) for i in range(100, 10_100)}
    sampler = plain()["3"]
    sampler["inputs"] |= {"positive": ["100", 0], "seed": ["100", 0]}
    chain["10100"] = node("CLIPTextEncode", text="a fox", clip=["4", 1])
    start = time.process_time()
    assert told(plain(**chain, **{"3": sampler})).prompt == "a fox"
    assert time.process_time() - start < 2


def test_a_tree_of_joined_texts_that_doubles_at_every_step_ends():
    tree = {
        str(i): node("StringConcatenate", string_a=[str(i + 1), 0], string_b=[str(i + 1), 0]) for i in range(100, 200)
    }
    start = time.process_time()
    told(plain(**tree, **{"6": node("CLIPTextEncode", text=["100", 0], clip=["4", 1])}))
    assert time.process_time() - start < 2


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from(["3", "4", "KSampler", "a", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["inputs", "class_type", "3", "6", "text", "seed", "nodes", "links"]), inner, max_size=3
    ),
    max_leaves=8,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from([*plain(), "nodes", "links"]), VALUES, max_size=4), VALUES)
def test_a_graph_of_any_shape_is_read_or_left(changes, value):
    graph = {**plain(), **changes}
    graph["3"] = {"class_type": "KSampler", "inputs": {**plain()["3"]["inputs"], "positive": value, "model": value}}
    for texts in ({"prompt": json.dumps(graph)}, {"workflow": json.dumps({**CANVAS, **changes})}):
        read(Carried(texts=texts))
