"""What cannot be done as it was typed, phrase by phrase, in words for the user."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator
from typing import Any

from promptkit.backends.conditioning.chunks import word_start
from promptkit.backends.conditioning.prompts import swapped, words
from promptkit.backends.families import follows_negative
from promptkit.dialects.fragment import fragments
from promptkit.dialects.nodes import (
    Alternation,
    Blend,
    Break,
    Conjunction,
    Embedding,
    Network,
    Nodes,
    Schedule,
    Swap,
    everything,
    render,
)
from promptkit.dialects.schedule import at_step
from promptkit.records import LORA_KINDS

CLIP_LENGTH = 77
"""Tokens that a CLIP text encoder reads, with the two that mark beginning and end."""


def unmet(nodes: Nodes, pipeline: Any, networks: Collection[str] = ()) -> Iterator[str]:
    """Name what a pipeline is not given: networks and embeddings that were not loaded, swaps."""
    for node in everything(nodes):
        typed = render((node,))
        if isinstance(node, Network):
            yield from _unloaded(node, typed, pipeline, networks)
        elif isinstance(node, Swap):
            kept = words(swapped(node.parts[1]))
            yield f"'{typed}' was read as '{kept}': promptkit has no cross-attention control."
        elif isinstance(node, Embedding) and not _known(node.name, pipeline):
            yield f"'{typed}' was read as the words '{node.name}': the model has no embedding of that name."


def _unloaded(node: Network, typed: str, pipeline: Any, networks: Collection[str]) -> Iterator[str]:
    if node.kind not in LORA_KINDS:
        yield f"'{typed}' was left out: of extra networks, promptkit loads LoRAs alone."
    elif not hasattr(pipeline, "load_lora_weights"):
        yield f"'{typed}' was left out: {type(pipeline).__name__} takes no LoRAs."
    elif node.name not in networks:
        yield f"'{typed}' was left out: it was not loaded. LoRAs count in the prompt, not in the negative one."


def unmet_negative(nodes: Nodes) -> Iterator[str]:
    """Name the conjunctions of a negative prompt: there is one negative for all prompts."""
    for node in nodes:
        if isinstance(node, Conjunction) and not node.concatenated:
            yield f"'{render((node,))}' in the negative prompt was read as one text, its parts in chunks of their own."


def unread_negative(text: str, pipeline: Any) -> Iterator[str]:
    """Name a negative prompt that the pipeline has no argument for, or that its model cannot follow."""
    if not text.strip() or follows_negative(pipeline):
        return
    family = type(pipeline).__name__
    known = "negative_prompt" in inspect.signature(pipeline.__call__).parameters
    why = f"this {family} has its guidance built in" if known else f"{family} takes no negative prompt"
    yield f"'{text.strip()}' was left out: {why}."


def unread(text: str, pipeline: Any) -> Iterator[str]:
    """Name the words behind what any of the pipeline's tokenizers reads: other families cut them in silence."""
    tokenizers = [value for name, value in sorted(vars(pipeline).items()) if name.startswith("tokenizer")]
    ends = [_end(text, tokenizer, pipeline) for tokenizer in tokenizers if getattr(tokenizer, "is_fast", False)]
    end = max(ends, default=len(text))
    if text[end:].strip(" ,."):
        yield f"'{text[end:].strip(' ,.')}' was left out: {type(pipeline).__name__} reads no further."


def _end(text: str, tokenizer: Any, pipeline: Any) -> int:
    """Return how far a tokenizer reads; those that are no CLIP's go by the pipeline's ``max_sequence_length``."""
    given = inspect.signature(pipeline.__call__).parameters.get("max_sequence_length")
    limit = tokenizer.model_max_length
    if limit > CLIP_LENGTH and given is not None and isinstance(given.default, int):
        limit = min(limit, given.default)
    limit -= len(tokenizer("").input_ids)
    found = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False).offset_mapping
    return len(text) if len(found) <= limit else word_start(text, found[limit][0])


def plain_text(nodes: Nodes, num_inference_steps: int, family: str) -> tuple[str, list[str]]:
    """Return what a pipeline that takes one plain text is given, and what that leaves out.

    Of a schedule or an alternation it is what is said half-way.
    """
    half = (num_inference_steps + 1) // 2
    notes = []
    for node in everything(nodes):
        typed = render((node,)).strip()
        if isinstance(node, Schedule | Alternation):
            kept = words(at_step((node,), half, num_inference_steps)).strip()
            notes.append(f"'{typed}' does not change: {family} takes one text for all steps, here '{kept}'.")
        elif isinstance(node, Conjunction | Blend):
            notes.append(f"'{typed}' is not combined: {family} takes one text, its parts were joined by commas.")
        elif isinstance(node, Break):
            notes.append(f"'{typed}' begins no chunk: {family} takes one text.")
    still = at_step(nodes, half, num_inference_steps)
    for fragment in fragments(still):
        if fragment.weight != 1.0 and fragment.text.strip():
            said = fragment.text.strip()
            notes.append(f"'{said}' weighs {fragment.weight:g}: {family} takes plain text, it counts as 1.")
    return _text(still), notes


def _text(nodes: Nodes) -> str:
    """Return the words of a still prompt, with commas where parts met and blanks at breaks."""
    found = []
    for node in nodes:
        if isinstance(node, Conjunction | Blend):
            found.append(", ".join(_text(part).strip() for part in node.parts))
        elif isinstance(node, Break):
            found.append(" ")
        elif node.parts:
            found += [_text(part) for part in node.parts]
        else:
            found.append(words((node,)))
    return "".join(found)


def _known(name: str, pipeline: Any) -> bool:
    tokenizer = getattr(pipeline, "tokenizer", None)
    if tokenizer is None:
        return False
    converted = getattr(pipeline, "maybe_convert_prompt", lambda text, _: text)(name, tokenizer)
    return name in tokenizer.get_added_vocab() or converted != name
