"""The contract of an expander."""

from __future__ import annotations

import copy
import math
from itertools import islice

from promptkit.errors import PromptkitError
from promptkit.interfaces import Expander
from promptkit.prompt import USER, Prompt
from promptkit.seeds import text_draw
from promptkit.slots.parse import parse
from promptkit.testing.contract import Contract, Finding, Report, check_registered, require
from promptkit.testing.drawn import prompts, seeds, strategies

PLAIN = "a lighthouse on a cliff"
UNLIMITED = 50
"""Prompts that are looked at where no limit is set: there may be millions."""


def check_expander(expander: Expander, *, examples: int = 25, seconds: float = 10.0) -> Report:
    """Check that an expander yields prompts, keeps to the limit, draws from ``draw`` alone, and changes nothing.

    A prompt that is none of its kind may be refused with a PromptkitError. Raises ContractError.
    """
    contract = Contract(f"expander '{getattr(expander, 'name', '?')}'", seconds=seconds)
    asked = Asked(contract, expander)
    contract.check("has a name and a docstring", lambda: check_registered(expander, "register_expanders"))
    if contract.check("yields prompts", asked.yields_prompts):
        st = strategies()
        limits = st.sampled_from((1, 2, 5, None))
        for name, probe in (
            ("keeps to the limit", asked.keeps_to_the_limit),
            ("yields the same for the same seed", asked.repeats),
            ("keeps the prompt that it is given", asked.keeps_its_input),
            ("yields prompts that can be used", asked.yields_sound_prompts),
        ):
            contract.every(name, st.tuples(prompts(), seeds(), limits), probe, examples=examples)
    return contract.close()


class Asked:
    """An expander that is asked."""

    def __init__(self, contract: Contract, expander: Expander) -> None:
        self.contract = contract
        self.expander = expander

    def variants(self, prompt: Prompt, seed: int, limit: int | None) -> list[Prompt]:
        """Return the variants, one more than the limit at most; none where the prompt is refused."""
        most = UNLIMITED if limit is None else limit + 1

        def expand() -> list[Prompt]:
            try:
                return list(islice(self.expander.expand(prompt, draw=text_draw(seed), limit=limit), most))
            except PromptkitError:
                if prompt.text == PLAIN:
                    raise
                return []

        return self.contract.call(said(prompt, limit), expand)

    def yields_prompts(self) -> None:
        found = self.variants(parse(PLAIN), 0, 3)
        what = said(parse(PLAIN), 3)
        require(bool(found), f"{what} yielded nothing", "Yield the prompt itself where there is nothing to add.")
        for variant in found:
            if not isinstance(variant, Prompt):
                raise Finding(
                    f"{what} yielded {type(variant).__name__}", "Yield Prompts: dataclasses.replace(prompt, …)."
                )

    def keeps_to_the_limit(self, prompt: Prompt, seed: int, limit: int | None) -> None:
        found = self.variants(prompt, seed, limit)
        require(
            limit is None or len(found) <= limit,
            f"{said(prompt, limit)} yielded more than {limit}",
            "Stop after limit prompts; limit=None means all there are.",
        )

    def repeats(self, prompt: Prompt, seed: int, limit: int | None) -> None:
        first, second = (self.variants(prompt, seed, limit) for _ in range(2))
        require(
            first == second,
            f"{said(prompt, limit)} yielded other prompts for the same seed",
            "Draw every choice from draw(node); use no global random, and sort what comes out of a set.",
        )

    def keeps_its_input(self, prompt: Prompt, seed: int, limit: int | None) -> None:
        before = copy.deepcopy(prompt)
        self.variants(prompt, seed, limit)
        require(prompt == before, f"{said(prompt, limit)} changed its prompt", "Build new ones: dataclasses.replace.")

    def yields_sound_prompts(self, prompt: Prompt, seed: int, limit: int | None) -> None:
        for variant in self.variants(prompt, seed, limit):
            what = f"{said(prompt, limit)} yielded a prompt"
            resolved = self.contract.call(f"{said(prompt, limit)}: resolved", lambda variant=variant: variant.resolved)  # type: ignore[misc]
            require(bool(resolved.strip()), f"{what} that says nothing")
            require(
                prompt.negative_text in variant.negative_text,
                f"{what} without the negative prompt that was typed",
                "Take dataclasses.replace(prompt, …) instead of a new Prompt.",
            )
            for phrase in variant.phrases:
                require(
                    phrase.typed or phrase.source != USER,
                    f'{what} that says the user typed "{phrase.text}"',
                    "Give each phrase that you add your name: Phrase(…, source='my-plugin').",
                )
                require(
                    math.isfinite(phrase.weight) and bool(phrase.text.strip()) and bool(phrase.slot),
                    f"{what} with the phrase {phrase!r}",
                    "A phrase has words, a slot and a finite weight.",
                )


def said(prompt: Prompt, limit: int | None) -> str:
    return f"expand({prompt.text!r}, limit={limit})"
