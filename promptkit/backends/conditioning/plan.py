"""What a pipeline is given for a prompt, at the first step and at those where it changes.

A text of weight 1 that fits is left to the pipeline, so that it is encoded bit for bit as without promptkit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from promptkit.backends.conditioning.composable import pack
from promptkit.backends.conditioning.encoding import Encoded, Encoder
from promptkit.backends.conditioning.notes import plain_text, unmet, unmet_negative, unread, unread_negative
from promptkit.backends.conditioning.prompts import encode_nodes, is_plain, swapped, words
from promptkit.dialects import parse
from promptkit.dialects.nodes import Conjunction, Nodes
from promptkit.dialects.schedule import at_step, by_step
from promptkit.dialects.weights import weighting_of
from promptkit.records import Encode

if TYPE_CHECKING:
    from torch import Tensor

SUPPORTED = ("StableDiffusionPipeline", "StableDiffusionXLPipeline")
"""Pipelines whose embeddings are made here; any other is given plain text."""


@dataclass(frozen=True, kw_only=True)
class Conditioning:
    """What a pipeline is given."""

    arguments: Mapping[str, Any]
    """The text arguments of its call: ``prompt``, or the embeddings of the first step."""
    changes: tuple[tuple[int, Mapping[str, Tensor]], ...] = ()
    """Embeddings that take over, each with the first step, from 2, at which they do; in order."""
    weights: tuple[float, ...] = ()
    """The weights of prompts that are followed at once; the embeddings are packed, see ``composable``."""
    notes: tuple[str, ...] = ()
    """What could not be done as it was typed."""
    encoded_by: str | None = None
    """The plugin whose embeddings these are."""

    def at(self, step: int) -> Mapping[str, Tensor]:
        """Return the embeddings of a step, from 1."""
        return [self.arguments, *(values for first, values in self.changes if first <= step)][-1]


def condition(
    pipeline: Any,
    positive: str,
    negative: str = "",
    *,
    dialect: str = "a1111",
    num_inference_steps: int = 1,
    weighting: str | None = None,
    encode: Encode | None = None,
    networks: Collection[str] = (),
) -> Conditioning:
    """Return what ``pipeline`` is given for two prompts. ``weighting`` is by default that of the dialect.

    ``prompt_embeds`` are (1, tokens, width), and for SDXL ``pooled_prompt_embeds`` (1, width). ``encode`` is asked
    first; what it gives stands for the whole run. ``networks`` are names of LoRAs that were loaded. Raises
    PromptError.
    """
    given = None if encode is None else encode(positive, negative, pipeline)
    if given is not None:
        plugin, arguments = given
        return Conditioning(
            arguments=dict(arguments), notes=(f"Plugin '{plugin}' encoded the prompt.",), encoded_by=plugin
        )
    typed = parse(positive, dialect), parse(negative, dialect)
    notes = [*unmet(typed[0], pipeline, networks), *unmet(typed[1], pipeline)]
    if type(pipeline).__name__ not in SUPPORTED:
        return _spoken(pipeline, typed, num_inference_steps, notes)
    notes += unmet_negative(typed[1])
    moments = list(_moments(swapped(typed[0]), swapped(typed[1]), num_inference_steps))
    encoder = Encoder(pipeline, weighting or weighting_of(dialect))
    _, *still = moments[0]
    if len(moments) == 1 and all(_left_to_pipeline(nodes, encoder) for nodes in still):
        return Conditioning(arguments=_texts(*map(words, still)), notes=tuple(notes))
    zeros = bool(pipeline.config.get("force_zeros_for_empty_prompt")) and not negative.strip()
    (_, arguments), *changes = [
        (first, _arguments(_prompts(said)[0], unsaid, encoder, zeros=zeros)) for first, said, unsaid in moments
    ]
    weights = _prompts(still[0])[1]
    return Conditioning(arguments=arguments, changes=tuple(changes), weights=weights, notes=tuple(notes))


def _spoken(pipeline: Any, typed: Sequence[Nodes], steps: int, notes: Sequence[str]) -> Conditioning:
    """Give a pipeline of another family plain text, and the user a note for each phrase that loses by it."""
    family = type(pipeline).__name__
    (positive, lost), (negative, lost_negative) = (plain_text(swapped(nodes), steps, family) for nodes in typed)
    told = (*notes, *lost, *lost_negative, *unread(positive, pipeline), *unread_negative(negative, pipeline))
    return Conditioning(arguments=_texts(positive, negative), notes=told)


def _moments(positive: Nodes, negative: Nodes, steps: int) -> Iterator[tuple[int, Nodes, Nodes]]:
    """Yield what both prompts say, with the first step at which they do; only where one of them changes."""
    first, before = 1, None
    for last in sorted({last for nodes in (positive, negative) for last, _ in by_step(nodes, steps)}):
        now = at_step(positive, last, steps), at_step(negative, last, steps)
        if now != before:
            yield (first, *now)
        first, before = last + 1, now


def _texts(positive: str, negative: str) -> dict[str, str]:
    """Return arguments of plain text. An empty negative prompt is left out: SDXL then guides by zeros."""
    return {"prompt": positive, **({"negative_prompt": negative} if negative.strip() else {})}


def _left_to_pipeline(nodes: Nodes, encoder: Encoder) -> bool:
    return is_plain(nodes) and encoder.count([words(nodes)])[0] <= encoder.limit


def _prompts(nodes: Nodes) -> tuple[tuple[Nodes, ...], tuple[float, ...]]:
    """Return the prompts that are followed at once, with their weights; a single prompt has none."""
    node = nodes[0] if len(nodes) == 1 else None
    if isinstance(node, Conjunction) and not node.concatenated:
        return node.parts, node.weights
    return (nodes,), ()


def _arguments(said: tuple[Nodes, ...], unsaid: Nodes, encoder: Encoder, *, zeros: bool) -> dict[str, Tensor]:
    """Encode prompts and the negative one to the same length. ``zeros`` blanks the negative one, as SDXL wants it."""
    negative, *positive = encoder.lengthened([encode_nodes(nodes, encoder) for nodes in (unsaid, *said)])
    if zeros:
        negative = negative.blank()
    if len(positive) > 1:
        everything = [negative, *positive]
        embeds = pack([prompt.embeds for prompt in everything])
        pooled = [prompt.pooled for prompt in everything if prompt.pooled is not None]
        negative = positive[0] = Encoded(embeds, pack(pooled) if pooled else None)
    found = {"prompt_embeds": positive[0].embeds, "negative_prompt_embeds": negative.embeds}
    if positive[0].pooled is not None and negative.pooled is not None:
        found |= {"pooled_prompt_embeds": positive[0].pooled, "negative_pooled_prompt_embeds": negative.pooled}
    return found
