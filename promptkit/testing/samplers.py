"""The contract of a sampler: its scheduler on an ideal model, and on a real one where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from promptkit.backends.samplers import create_scheduler, kinds
from promptkit.errors import PromptkitError, SettingsError
from promptkit.interfaces import Backend
from promptkit.records import DIFFUSION, FINISHED, FLOW, SUITS, GenerationRequest, GenerationSettings, SamplerSpec
from promptkit.slots.parse import parse
from promptkit.testing.contract import Contract, Finding, Report, check_json, check_registered, require
from promptkit.testing.drawn import content, strategies
from promptkit.testing.ideal import V_PREDICTION, VALUE, denoise, own_scheduler

if TYPE_CHECKING:
    from torch import Tensor

NEEDED = ("set_timesteps", "timesteps", "step", "config", "order")
OF_DIFFUSIONS = ("scale_model_input", "init_noise_sigma")
"""What the pipelines of diffusions ask for besides."""
STEPS = 12
NEAR = 0.25
"""How far from the picture a solver may end: some stop at the noise of the last training step."""
SAME = 1e-4
CLEAN = "Forget the last run in set_timesteps: a scheduler is used for one batch after another."


def check_sampler(
    sampler: SamplerSpec, *, backend: Backend | None = None, examples: int = 3, seconds: float = 60.0
) -> Report:
    """Check that a sampler's scheduler solves an ideal model of each kind it suits, row by row, with noise from the
    generators alone.

    ``backend``, such as that of ``embedded_backend()``, runs it too. Raises ContractError.
    """
    contract = Contract(f"sampler '{sampler.name}'", seconds=seconds)
    contract.check("has a name, a summary and plain settings", lambda: _check_words(sampler))
    sound = contract.check("says what it suits", lambda: _check_suits(sampler))
    for kind in kinds(sampler) if sound else ():
        _check_kind(contract, Solver(contract, sampler, kind), examples)
    if sound and DIFFUSION in kinds(sampler):
        _check_v(contract, Solver(contract, sampler, V_PREDICTION), examples)
    if backend is not None and not contract.broken:
        contract.check("runs on a model", lambda: _check_on(contract, sampler, backend))
    return contract.close()


def embedded_backend() -> Backend:
    """Return the embedded model, loaded on the CPU."""
    from promptkit.backends.loader import DiffusersLoader
    from promptkit.embedded.plugin import EMBEDDED
    from promptkit.records import LoadOptions

    return DiffusersLoader().load(EMBEDDED, LoadOptions(device="cpu"))


def _check_v(contract: Contract, solver: Solver, examples: int) -> None:
    """Check that the picture is reached too where the model predicts v, or that such a model is refused in words."""
    st = strategies()
    if contract.check(f"can be set up for a model of a {V_PREDICTION}", solver.suits):
        case = st.tuples(st.integers(6, solver.most), st.integers(0, 1000))
        contract.every(f"reaches an ideal model's picture of a {V_PREDICTION}", case, solver.reaches, examples=examples)


def _check_kind(contract: Contract, solver: Solver, examples: int) -> None:
    st = strategies()
    if not contract.check(f"can be set up for a model of a {solver.kind}", solver.is_scheduler):
        return
    case = st.tuples(st.integers(6, solver.most), st.integers(0, 1000))
    for name, probe in (
        ("gives timesteps that go down", solver.goes_down),
        ("reaches an ideal model's picture", solver.reaches),
        ("keeps the tensors that it is given, and their shape", solver.keeps),
        ("does the same again for the same seeds", solver.repeats),
        ("does with a row alone what it does in a batch", solver.does_rows_alone),
        ("adds noise only if it says so", solver.is_as_noisy_as_said),
    ):
        contract.every(f"on a {solver.kind}: {name}", case, probe, examples=examples)


class Solver:
    """A sampler's scheduler for an ideal model of a kind."""

    def __init__(self, contract: Contract, sampler: SamplerSpec, kind: str) -> None:
        self.contract = contract
        self.sampler = sampler
        self.kind = kind
        self.most = min(STEPS, sampler.max_steps or STEPS)
        self.own = own_scheduler(kind)

    def create(self, refusals: tuple[type[PromptkitError], ...] = ()) -> Any:
        return self.contract.call(
            f"create_scheduler for a {self.kind}",
            lambda: create_scheduler(self.sampler, self.own),
            cure="SamplerSpec.scheduler is a class of diffusers or 'module:Class'; its settings are those of __init__.",
            refusals=refusals,
        )

    def path(self, steps: int, seeds: Sequence[int], scheduler: Any = None, start: int = 0) -> Tensor:
        """Return where the rows are after each step, float32 (steps, rows, 4, 4, 4): an ideal model forgives at the end
        what went wrong on the way."""
        import torch

        return torch.stack([step.output for step in self._run(scheduler or self.create(), steps, seeds, start)])

    def _run(self, scheduler: Any, steps: int, seeds: Sequence[int], start: int) -> list[Any]:
        return self.contract.call(
            self.said(steps),
            lambda: denoise(self.own, scheduler, kind=self.kind, steps=steps, seeds=seeds, start=start),
            cure="Write step(model_output, timestep, sample), which returns the next latents.",
        )

    def said(self, steps: int) -> str:
        return f"{steps} steps on an ideal {self.kind}"

    def suits(self) -> None:
        self.create(refusals=(SettingsError,))

    def is_scheduler(self) -> None:
        scheduler = self.create()
        self.contract.call("set_timesteps(4)", lambda: scheduler.set_timesteps(4))
        needed = NEEDED if self.kind == FLOW else (*NEEDED, *OF_DIFFUSIONS)
        missing = [name for name in needed if not hasattr(scheduler, name)]
        require(
            not missing,
            f"{type(scheduler).__name__} has no {', '.join(missing)}",
            "Set timesteps in set_timesteps; what else may be left out says promptkit.backends.samplers.foreign.",
        )

    def goes_down(self, steps: int, _: int) -> None:
        scheduler = self.create()
        self.contract.call(f"set_timesteps({steps})", lambda: scheduler.set_timesteps(steps))
        levels = [float(timestep) for timestep in scheduler.timesteps]
        require(
            len(levels) >= steps and levels[0] > levels[-1],
            f"set_timesteps({steps}) gave the timesteps {levels}",
            "Give one for each call of the denoiser, from the noisiest to the cleanest.",
        )

    def reaches(self, steps: int, seed: int) -> None:
        end = self.path(steps, [seed, seed + 1])[-1]
        far = float((end - VALUE).abs().max())
        require(
            far < NEAR,
            f"{self.said(steps)} ended {far:.3g} away from the only picture there is",
            "Check signs, the order of the noise levels, and that the last step ends at no noise.",
        )

    def keeps(self, steps: int, seed: int) -> None:
        for step in self._run(self.create(), steps, [seed, seed + 1], 0):
            require(not step.changed, f"{self.said(steps)} wrote into a tensor it was given", "Compute a new tensor.")
            require(
                step.output.shape == step.sample.shape and step.output.dtype == step.sample.dtype,
                f"{self.said(steps)} made {tuple(step.output.shape)} {step.output.dtype} of "
                f"{tuple(step.sample.shape)} {step.sample.dtype}",
                "Return latents of the shape and dtype of sample.",
            )

    def repeats(self, steps: int, seed: int) -> None:
        scheduler = self.create()
        first, second = (self.path(steps, [seed, seed + 1], scheduler) for _ in range(2))
        self._same(first, second, f"{self.said(steps)} went another way the second time", CLEAN)

    def does_rows_alone(self, steps: int, seed: int) -> None:
        together = self.path(steps, [seed, seed + 1])
        for row in range(2):
            alone = self.path(steps, [seed + row], start=row)
            self._same(
                alone,
                together[:, row : row + 1],
                f"{self.said(steps)} took row {row} elsewhere when it was alone",
                "Compute each row from its own values, and draw its noise from its own generator in the list.",
            )

    def is_as_noisy_as_said(self, steps: int, seed: int) -> None:
        scheduler = self.create()
        first, second = (self.path(steps, [seed + by], scheduler) for by in (0, 1))
        apart = float((first - second).abs().max())
        require(
            self.sampler.noise or apart < SAME,
            f"{self.said(steps)} by two seeds were {apart:.3g} apart, and the sampler says noise=False",
            "Set SamplerSpec(noise=True), or add none.",
        )

    def _same(self, first: Tensor, second: Tensor, detail: str, cure: str) -> None:
        apart = float((first - second).abs().max())
        require(apart < SAME, f"{detail}: {apart:.3g} apart", cure)


def _check_words(sampler: SamplerSpec) -> None:
    check_registered(sampler, "register_samplers")
    require(bool(sampler.summary.strip()), "it has no summary", "Say in a few words what it is good for.")
    check_json(sampler.config, "its config")


def _check_suits(sampler: SamplerSpec) -> None:
    unknown = [name for name in sampler.suits if name not in SUITS]
    require(not unknown, f"it suits {unknown}", f"Choose from {', '.join(SUITS)}.")
    require(bool(kinds(sampler)), "it suits neither diffusions nor flows", "Name one of the two in suits.")


def _check_on(contract: Contract, sampler: SamplerSpec, backend: Backend) -> None:
    settings = backend.settle(GenerationSettings(num_inference_steps=min(4, sampler.max_steps or 4)))
    request = GenerationRequest(prompt=parse("a red lighthouse"), seeds=(1, 2), settings=settings, sampler=sampler)
    first, second = (
        contract.call("generate() of 2 seeds", lambda: list(backend.generate(request)), refusals=(SettingsError,))
        for _ in range(2)
    )
    unfinished = [f"{one.seed} {one.outcome}" for one in first if one.outcome != FINISHED or one.image is None]
    if unfinished:
        raise Finding(f"generate() left seeds {', '.join(unfinished)}", "Keep every value finite.")
    same = [
        one.image is not None and other.image is not None and content(one.image) == content(other.image)
        for one, other in zip(first, second, strict=True)
    ]
    require(all(same), "generate() made other pictures the second time", CLEAN)
