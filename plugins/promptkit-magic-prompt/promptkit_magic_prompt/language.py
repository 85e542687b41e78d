"""A causal language model of transformers that goes on with a text; every token is drawn from a generator."""

from __future__ import annotations

import bisect
import itertools
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any

from promptkit import ModelError, SettingsError
from promptkit.hub import prepare_hub

VARIABLE = "PROMPTKIT_MAGIC_MODEL"
TOP_K = 40
"""Tokens that are drawn from: the rest are more often slips than ideas."""
TEMPERATURE = 0.9
CONTEXT = 200
"""Tokens of the text that the model is shown, the last ones."""


class LanguageModel:
    """A loaded model with its tokenizer."""

    def __init__(self, name: str) -> None:
        import torch

        self.tokenizer, model = _load(name)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = model.to(self.device).eval()

    def go_on(self, text: str, rng: random.Random, *, tokens: int) -> str:
        """Return what comes behind ``text``, at most so many tokens; it ends earlier where the model ends it."""
        import torch

        end = self.tokenizer.eos_token_id
        given = torch.tensor([self.tokenizer(text).input_ids[-CONTEXT:] or [end or 0]], device=self.device)
        with torch.inference_mode(), _quiet():
            whole = self.model.generate(
                given,
                attention_mask=torch.ones_like(given),
                max_new_tokens=tokens,
                do_sample=False,
                num_beams=1,
                pad_token_id=end,
                logits_processor=[partial(_only_the_drawn, rng)],
            )
        before, after = (self.tokenizer.decode(ids, skip_special_tokens=True) for ids in (given[0], whole[0]))
        return after[len(before) :]


def _only_the_drawn(rng: random.Random, _: Any, logits: Any) -> Any:
    """Leave a token that is drawn from the likeliest by its probability, for ``generate`` to take: its own draws come
    from global state. Logits are (1, tokens)."""
    import torch

    values, tokens = logits[0].double().cpu().topk(min(TOP_K, logits.shape[-1]))
    shares = list(itertools.accumulate((values / TEMPERATURE).softmax(-1).tolist()))
    place = min(bisect.bisect_left(shares, rng.random() * shares[-1]), len(shares) - 1)
    only = torch.full_like(logits, -torch.inf)
    only[0, tokens[place]] = 0.0
    return only


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers from writing bars and advice to the terminal."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def chosen() -> LanguageModel:
    """Return the model that the environment names, loaded once. Raises SettingsError where it names none."""
    name = os.environ.get(VARIABLE, "").strip()
    if not name:
        raise SettingsError(
            "The expander 'magic' has no language model.",
            hint=f"Name one, a folder or a hub id: export {VARIABLE}=owner/name",
        )
    return _kept(name)


@lru_cache(maxsize=1)
def _kept(name: str) -> LanguageModel:
    return LanguageModel(name)


def _load(name: str) -> tuple[Any, Any]:
    """Return tokenizer and model, from safetensors alone and without the model's own code. Raises ModelError."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    online = prepare_hub()
    try:
        with _quiet():
            tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
            model = AutoModelForCausalLM.from_pretrained(name, trust_remote_code=False, use_safetensors=True)
    except Exception as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(
            f"The language model '{name}' cannot be loaded: {first}",
            hint=f"{VARIABLE} names a folder or hub id of a causal language model in safetensors"
            + ("." if online else "; there is no network to fetch one over."),
        ) from error
    return tokenizer, model
