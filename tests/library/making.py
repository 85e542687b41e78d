"""Pictures with recipes, made without a model: what a run writes, at a few hundred bytes each."""

from pathlib import Path

from PIL import Image

from promptkit.library import Library
from promptkit.metadata import write_png
from promptkit.output import write_file
from promptkit.prompt import Prompt
from promptkit.records import Candidate, Recipe
from promptkit.slots.parse import parse

TEXT = "a red lighthouse, golden hour, 35mm"


def read(text: str = TEXT) -> Prompt:
    return parse(text)


def recipe(prompt: Prompt, *, candidates: int = 4, **changed) -> Recipe:
    facts = {
        "prompt": prompt.text,
        "resolved": prompt.resolved,
        "negative": "blurry",
        "phrases": tuple(phrase.to_json() for phrase in prompt.phrases),
        "styles": ("portrait/window-light",),
        "seed": 0,
        "candidates": candidates,
        "text_seed": 0,
        "model": {"name": "embedded", "hash": "ab" * 32},
        "settings": {"width": 8, "height": 8, "num_inference_steps": 4, "sampler": "euler", "guidance_scale": 3.0},
        "environment": {"promptkit": "0"},
        "ranker": None,
    }
    return Recipe(**{**facts, **changed})


def written(folder: Path, made: Recipe, index: int, *, ending: str = "", **changed) -> Candidate:
    """Write a candidate's picture as a run does; return the candidate with its path."""
    scores = {"total": 0.1 * index + 1 / 3, "subject": 0.5}
    candidate = Candidate(
        **{"index": index, "seed": index, "image": None, "batch_size": 2, "scores": scores, **changed}
    )
    image = Image.new("RGB", (8, 8), (index * 40 % 256, 10, 20))
    path = write_file(
        folder / f"{made.id}-{candidate.seed}{ending}.png", lambda handle: write_png(handle, image, made, candidate)
    )
    return Candidate(**{**vars(candidate), "path": str(path)})


def filled(folder: Path, count: int = 3, text: str = TEXT) -> Library:
    """Return a library with a finished run of so many candidates."""
    library = Library(folder, create=True)
    prompt = read(text)
    made = recipe(prompt)
    run = library.begin_run(made, {"model": "embedded"})
    for index in range(count):
        library.add_candidate(run, written(folder, made, index), recipe=made, prompt=prompt)
    library.end_run(run, "finished", seconds=1.5)
    return library
