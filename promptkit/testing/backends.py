"""The contract of a loaded backend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from promptkit.errors import SettingsError
from promptkit.interfaces import Backend, OnStep, StepEvent
from promptkit.records import (
    ABILITIES,
    FINISHED,
    PREVIEW,
    PRUNED,
    PRUNING,
    STEPS,
    Candidate,
    GenerationRequest,
    GenerationSettings,
)
from promptkit.slots.parse import parse
from promptkit.testing.contract import Contract, Finding, NotTried, Report, check_docstring, check_json, require
from promptkit.testing.drawn import content, of, strategies

TOLD = ("device", "dtype", "pipeline", "hash", "notes")
OPEN = ("sampler", "weighting")
"""Settings that may stay open."""
SEEDS = (3, 2**63 - 1, 0)
WHOLE_STEPS = 2
GREY_LEVELS = 1


def check_backend(backend: Backend, *, examples: int = 3, seconds: float = 120.0) -> Report:
    """Check that a backend settles what is open, gives each seed its picture, in order and the same again, alone and
    in a batch, and has the abilities that it names.

    Pictures are made in two steps. Raises ContractError.
    """
    contract = Contract(f"backend {type(backend).__name__}", seconds=seconds)
    asked = Asked(contract, backend)
    contract.check("has a docstring and abilities", asked.has_abilities)
    contract.check("describes itself in plain JSON", asked.describes)
    if not contract.check("settles what is open", asked.settles):
        return contract.close()
    st = strategies()
    sizes = st.tuples(st.sampled_from((1, 7, 64, 129)), st.sampled_from((1, 7, 64)))
    contract.every("refuses sizes in words, or takes them", sizes, asked.refuses, examples=2 * examples)
    if contract.check("gives each seed its picture, in order", asked.gives):
        contract.check("gives the same pictures again", asked.repeats)
        contract.check("gives a seed alone what it gives it in a batch", asked.gives_alone)
        contract.check("tells every step", asked.tells)
        contract.check("shows candidates half-way", asked.shows)
        contract.check("drops whom it is told to", asked.drops)
        contract.check("lets an interrupt pass", asked.stops)
    return contract.close()


class Asked:
    """A backend that is asked."""

    def __init__(self, contract: Contract, backend: Backend) -> None:
        self.contract = contract
        self.backend = backend

    def settled(self, **given: Any) -> GenerationSettings:
        wanted = GenerationSettings(**{"num_inference_steps": WHOLE_STEPS, **given})
        return self.contract.call(f"settle({_said(wanted)})", lambda: self.backend.settle(wanted))

    def made(self, seeds: Sequence[int] = SEEDS, *, on_step: OnStep | None = None) -> list[Candidate]:
        """Return the candidates of seeds in batches of two."""
        request = GenerationRequest(
            prompt=parse("a red lighthouse", negative="text"), seeds=tuple(seeds), settings=self.settled(batch_size=2)
        )
        return self.contract.call(
            f"generate() of seeds {list(seeds)}", lambda: list(self.backend.generate(request, on_step=on_step))
        )

    def has_abilities(self) -> None:
        check_docstring(self.backend)
        named = self.contract.call("abilities", lambda: self.backend.abilities)
        unknown = sorted(set(named) - set(ABILITIES))
        require(not unknown, f"abilities names {unknown}", f"There are {', '.join(ABILITIES)}.")

    def describes(self) -> None:
        described = self.contract.call("describe()", lambda: dict(self.backend.describe()))
        check_json(described, "describe()")
        missing = [name for name in TOLD if name not in described]
        require(
            not missing, f"describe() says no {', '.join(missing)}", "Say None for what there is not; notes is a list."
        )

    def settles(self) -> None:
        full = self.settled()
        left = [field.name for field in fields(full) if getattr(full, field.name) is None and field.name not in OPEN]
        require(not left, f"settle() left {', '.join(left)} open", "Return settings.over(GenerationSettings(…)).")
        require(
            full.num_inference_steps == WHOLE_STEPS,
            f"settle(num_inference_steps={WHOLE_STEPS}) made {full.num_inference_steps} of it",
            "What was asked for counts, or SettingsError says why not.",
        )
        again = self.contract.call("settle() of settled settings", lambda: self.backend.settle(full))
        require(again == full, f"settle() made {again} of the settled {full}", "Leave alone what is settled.")

    def refuses(self, width: int, height: int) -> None:
        wanted = GenerationSettings(width=width, height=height)

        def settle() -> GenerationSettings | None:
            try:
                return self.backend.settle(wanted)
            except SettingsError:
                return None

        full = self.contract.call(
            f"settle({_said(wanted)})", settle, cure="Raise SettingsError for what cannot be done."
        )
        require(
            full is None or (full.width, full.height) == (width, height),
            f"settle({_said(wanted)}) made another size of it",
            "Raise SettingsError for sizes that cannot be made.",
        )

    def gives(self) -> None:
        found, full = self.made(), self.settled()
        told = [(candidate.index, candidate.seed) for candidate in found]
        require(
            told == list(enumerate(SEEDS)),
            f"generate() of seeds {list(SEEDS)} gave (index, seed) {told}",
            "Yield one candidate for each of request.seeds, in their order, failed ones too.",
        )
        for candidate in found:
            image = candidate.image
            if candidate.outcome != FINISHED or image is None:
                raise Finding(
                    f"seed {candidate.seed} ended as {candidate.outcome}", "A seed that can be drawn is finished."
                )
            require(
                image.mode == "RGB" and image.size == (full.width, full.height),
                f"seed {candidate.seed} is {of(image)} where {full.width}×{full.height} RGB was settled",
                "Make what settle() promised.",
            )

    def repeats(self) -> None:
        first, second = self.made(), self.made()
        for one, other in zip(first, second, strict=True):
            require(
                _apart(one, other) == 0,
                f"seed {one.seed} gave another picture the second time",
                "Draw noise from a fresh generator for each candidate: torch.Generator().manual_seed(seed).",
            )

    def gives_alone(self) -> None:
        for candidate in self.made():
            (alone,) = self.made([candidate.seed])
            apart = _apart(candidate, alone)
            require(
                apart <= GREY_LEVELS,
                f"seed {candidate.seed} alone is {apart} grey levels from what it is in a batch",
                "Give each candidate a generator of its own, not one to the batch.",
            )

    def tells(self) -> None:
        if STEPS not in self.backend.abilities:
            raise NotTried(f"it has not the ability '{STEPS}'")
        told: list[tuple[int, tuple[int, ...]]] = []
        self.made(on_step=lambda event: told.append((event.step, tuple(event.indices))))
        wanted = [(step, batch) for batch in ((0, 1), (2,)) for step in range(1, WHOLE_STEPS + 1)]
        require(
            told == wanted,
            f"on_step was told (step, indices) {told} where {wanted} was asked for",
            "Call it after every step of every batch, counted from 1.",
        )

    def shows(self) -> None:
        if PREVIEW not in self.backend.abilities:
            raise NotTried(f"it has not the ability '{PREVIEW}'")
        seen: list[str] = []

        def look(event: StepEvent) -> None:
            shown = event.previews(event.indices)
            seen.extend(of(image) for image in shown if image.mode != "RGB")
            seen.extend("a wrong number of pictures" for _ in range(abs(len(shown) - len(event.indices))))

        watched, plain = self.made(on_step=look), self.made()
        require(not seen, f"previews gave {', '.join(seen)}", "Give one RGB picture for each index.")
        changed = [one.seed for one, other in zip(watched, plain, strict=True) if _apart(one, other)]
        require(not changed, f"looking at previews changed seeds {changed}", "Decode a copy, and draw nothing for it.")

    def drops(self) -> None:
        if PRUNING not in self.backend.abilities:
            raise NotTried(f"it has not the ability '{PRUNING}'")
        found = self.made(on_step=lambda event: event.indices[:1])
        outcomes = [candidate.outcome for candidate in found]
        require(
            outcomes == [FINISHED, PRUNED, FINISHED],
            f"on_step kept the first of each batch of two, and the outcomes are {outcomes}",
            "Drop the indices that on_step does not return, and yield them with the outcome 'pruned'.",
        )

    def stops(self) -> None:
        if STEPS not in self.backend.abilities:
            raise NotTried(f"it has not the ability '{STEPS}'")

        def interrupt(_: StepEvent) -> None:
            raise KeyboardInterrupt

        try:
            self.made(on_step=interrupt)
        except KeyboardInterrupt:
            return
        raise Finding("generate() went on after KeyboardInterrupt in on_step", "Catch Exception at most.")


def _apart(first: Candidate, second: Candidate) -> int:
    """Return the greatest difference of two pictures in grey levels, 256 where only one is there or sizes differ."""
    if first.image is None or second.image is None or first.image.size != second.image.size:
        return 0 if first.image is second.image else 256
    if content(first.image) == content(second.image):
        return 0
    from PIL import ImageChops

    ends: Any = ImageChops.difference(first.image, second.image).getextrema()
    return max(high for _, high in ends)


def _said(settings: GenerationSettings) -> str:
    given = ((field.name, getattr(settings, field.name)) for field in fields(settings))
    return ", ".join(f"{name}={value}" for name, value in given if value is not None)
