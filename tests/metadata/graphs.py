"""Graphs of ComfyUI, made for the tests."""

import json

from promptkit.metadata.carried import Carried
from promptkit.metadata.readers.comfyui import read


def node(kind, **inputs):
    return {"class_type": kind, "inputs": inputs}


def plain(**changes):
    """The graph that ComfyUI opens with."""
    nodes = {
        "4": node("CheckpointLoaderSimple", ckpt_name="sd.safetensors"),
        "5": node("EmptyLatentImage", width=512, height=768, batch_size=1),
        "6": node("CLIPTextEncode", text="a (red:1.2) fox", clip=["4", 1]),
        "7": node("CLIPTextEncode", text="blur", clip=["4", 1]),
        "3": node(
            "KSampler", seed=9, steps=20, cfg=8.0, sampler_name="dpmpp_2m", scheduler="karras", denoise=1.0,
            model=["4", 0], positive=["6", 0], negative=["7", 0], latent_image=["5", 0],
        ),
        "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": node("SaveImage", images=["8", 0], filename_prefix="x"),
    }  # fmt: skip
    return nodes | changes


def flux(**changes):
    """A graph of FLUX: noise, guider, sampler and sigmas apart."""
    nodes = {
        "1": node("UNETLoader", unet_name="flux1-dev.safetensors", weight_dtype="default"),
        "2": node("DualCLIPLoader", clip_name1="t5", clip_name2="l"),
        "3": node("CLIPTextEncode", text="a fox", clip=["2", 0]),
        "4": node("FluxGuidance", guidance=3.5, conditioning=["3", 0]),
        "5": node("BasicGuider", model=["1", 0], conditioning=["4", 0]),
        "6": node("RandomNoise", noise_seed=77),
        "7": node("KSamplerSelect", sampler_name="euler"),
        "8": node("BasicScheduler", scheduler="simple", steps=28, denoise=1, model=["1", 0]),
        "9": node("EmptySD3LatentImage", width=1024, height=768, batch_size=1),
        "10": node(
            "SamplerCustomAdvanced", noise=["6", 0], guider=["5", 0], sampler=["7", 0], sigmas=["8", 0],
            latent_image=["9", 0],
        ),
        "11": node("VAEDecode", samples=["10", 0]),
        "12": node("SaveImage", images=["11", 0]),
    }  # fmt: skip
    return nodes | changes


def told(graph, size=None):
    return read(Carried(texts={"prompt": json.dumps(graph)}, size=size))
