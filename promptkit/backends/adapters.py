"""LoRAs and textual inversions on a loaded pipeline, put on for a run and taken off again to the last bit.

LoRA: Hu et al., arXiv:2106.09685. Textual inversion: Gal et al., arXiv:2208.01618.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from promptkit.backends.devices import quietly
from promptkit.errors import ModelError
from promptkit.records import INVERSION, LORA, Adapter

if TYPE_CHECKING:
    from torch import Tensor

SINGLE = "emb_params"
"""What A1111 calls the vectors in a file for one text encoder; diffusers calls them by their token."""
TOWERS = ("clip_l", "clip_g")
"""What a file for SDXL calls those for its first and second text encoder."""


class Adapters:
    """What one pipeline wears."""

    def __init__(self, pipeline: Any) -> None:
        self.pipeline = pipeline
        self._loras: frozenset[str] = frozenset()
        self._inversions: tuple[str, ...] = ()
        self._plain: list[_PlainTower] = []

    def wear(self, adapters: Sequence[Adapter]) -> list[str]:
        """Put on these and nothing else; return what could not be done, in words for the user. Raises ModelError for a
        file that does not fit the model, which is bare again then."""
        loras = [adapter for adapter in adapters if adapter.kind == LORA]
        inversions = [adapter for adapter in adapters if adapter.kind == INVERSION]
        if hasattr(self.pipeline, "load_lora_weights"):
            self._wear_loras(loras)
        return list(self._wear_inversions(inversions))

    def _wear_loras(self, adapters: Sequence[Adapter]) -> None:
        wanted = {_key(adapter): adapter for adapter in adapters}
        if not self._loras <= wanted.keys():
            self._bare()
        for key, adapter in wanted.items():
            if key not in self._loras:
                self._load_lora(key, adapter)
        if wanted:
            self.pipeline.set_adapters(list(wanted), [self._weights(adapter) for adapter in wanted.values()])

    def _bare(self) -> None:
        self.pipeline.unload_lora_weights()
        self._loras = frozenset()

    def _load_lora(self, key: str, adapter: Adapter) -> None:
        from safetensors.torch import load_file

        try:
            with quietly():
                self.pipeline.load_lora_weights(load_file(adapter.path), adapter_name=key)
            fits = any(key in names for names in self.pipeline.get_list_adapters().values())
        except Exception as error:
            self._bare()
            raise _misfit(self.pipeline, adapter, str(error).strip().partition("\n")[0]) from error
        if not fits:
            self._bare()
            raise _misfit(self.pipeline, adapter, "it changes nothing that this model has")
        self._loras |= {key}

    def _weights(self, adapter: Adapter) -> dict[str, float]:
        """Return a weight for each part that a LoRA can change."""
        return {
            part: adapter.text_weight if part.startswith("text_encoder") else adapter.weight
            for part in self.pipeline._lora_loadable_modules
        }

    def _wear_inversions(self, adapters: Sequence[Adapter]) -> Iterator[str]:
        wanted = tuple(f"{adapter.name}:{adapter.sha256}" for adapter in adapters)
        if wanted == self._inversions:
            return
        self._forget()
        if not adapters:
            return
        if not hasattr(self.pipeline, "load_textual_inversion"):
            family = type(self.pipeline).__name__
            yield from (f"'{each.name}' was read as a word: {family} takes no textual inversions." for each in adapters)
            return
        self._plain = [_PlainTower(self.pipeline, tower) for tower in _towers(self.pipeline)]
        try:
            said = {adapter.name: self._load_inversion(adapter) for adapter in adapters}
        except ModelError:
            self._forget()
            raise
        self.pipeline.maybe_convert_prompt = _converter(said)
        self._inversions = wanted

    def _forget(self) -> None:
        """Give back the tokenizers and embeddings that were there before."""
        for tower in self._plain:
            tower.restore(self.pipeline)
        vars(self.pipeline).pop("maybe_convert_prompt", None)
        self._plain, self._inversions = [], ()

    def _load_inversion(self, adapter: Adapter) -> str:
        """Teach the tokenizers one token a vector; return them as text."""
        from safetensors.torch import load_file

        token, said = f"<{_key(adapter)}>", ""
        for tower, vectors in self._vectors(adapter, load_file(adapter.path)):
            try:
                self.pipeline.load_textual_inversion(
                    vectors,
                    token=token,
                    tokenizer=getattr(self.pipeline, f"tokenizer{tower}"),
                    text_encoder=getattr(self.pipeline, f"text_encoder{tower}"),
                )
            except (ValueError, RuntimeError) as error:
                raise _misfit(self.pipeline, adapter, str(error).strip().partition("\n")[0]) from error
            said = " ".join([token, *(f"{token}_{number}" for number in range(1, len(vectors)))])
        return said

    def _vectors(self, adapter: Adapter, tensors: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
        """Yield for each text encoder, by the end of its name, its vectors (number, width). Raises ModelError."""
        towers = _towers(self.pipeline)
        if len(towers) > 1 and set(TOWERS) <= set(tensors):
            found = [tensors[name] for name in TOWERS]
        elif len(tensors) == 1 or SINGLE in tensors:
            found = [tensors.get(SINGLE, next(iter(tensors.values())))]
        else:
            raise _misfit(self.pipeline, adapter, f"it holds {', '.join(sorted(tensors)[:3])}")
        if len(found) < len(towers):
            raise _misfit(self.pipeline, adapter, f"it is for one text encoder, and the model has {len(towers)}")
        for tower, each in zip(towers, found, strict=True):
            vectors = each if each.ndim == 2 else each[None]
            width = getattr(self.pipeline, f"text_encoder{tower}").get_input_embeddings().weight.shape[1]
            if vectors.shape[1] != width:
                raise _misfit(self.pipeline, adapter, f"its vectors are {vectors.shape[1]} wide, the model's {width}")
            yield tower, vectors


class _PlainTower:
    """A text encoder's vocabulary as it was; the pipeline goes on with a copy of the tokenizer."""

    def __init__(self, pipeline: Any, tower: str) -> None:
        self.tower = tower
        self.tokenizer = getattr(pipeline, f"tokenizer{tower}")
        self.weight = getattr(pipeline, f"text_encoder{tower}").get_input_embeddings().weight
        setattr(pipeline, f"tokenizer{tower}", copy.deepcopy(self.tokenizer))

    def restore(self, pipeline: Any) -> None:
        encoder = getattr(pipeline, f"text_encoder{self.tower}")
        embeddings = encoder.get_input_embeddings()
        embeddings.weight = self.weight.to(embeddings.weight.device)
        embeddings.num_embeddings = encoder.config.vocab_size = len(self.weight)
        setattr(pipeline, f"tokenizer{self.tower}", self.tokenizer)


def _towers(pipeline: Any) -> list[str]:
    """Return the ends of the names of a pipeline's CLIP text encoders."""
    ends = ("", "_2") if "StableDiffusionXL" in type(pipeline).__name__ else ("",)
    return [end for end in ends if getattr(pipeline, f"text_encoder{end}", None) is not None]


def _converter(said: Mapping[str, str]) -> Any:
    """Return what stands for a pipeline's own: names that are words of their own become their tokens."""
    names = "|".join(re.escape(name) for name in sorted(said, key=len, reverse=True))
    word = re.compile(rf"(?<![\w-])(?:{names})(?![\w-])")

    def convert(prompt: Any, tokenizer: Any) -> Any:
        if isinstance(prompt, list):
            return [convert(each, tokenizer) for each in prompt]
        return word.sub(lambda found: said[found.group()], prompt)

    return convert


def _key(adapter: Adapter) -> str:
    """Name an adapter by its content: as a module's name, a file's might hold a dot."""
    return f"{adapter.kind}-{adapter.sha256[:16]}"


def _misfit(pipeline: Any, adapter: Adapter, why: str) -> ModelError:
    what = "LoRA" if adapter.kind == LORA else "textual inversion"
    return ModelError(
        f"The {what} '{adapter.path}' does not fit this {type(pipeline).__name__}: {why}.",
        hint="It was made for another family of models.",
    )
