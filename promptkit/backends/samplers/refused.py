"""Names of other programs that diffusers has nothing for: why, and what comes nearest. None is replaced in silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from promptkit.backends.samplers.schedules import SCHEDULES
from promptkit.backends.samplers.table import SAMPLERS, schedules
from promptkit.errors import SettingsError
from promptkit.names import loose


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A sampler or schedule type that cannot be had."""

    names: tuple[str, ...]
    why: str
    nearest: tuple[str, ...]


_GUIDED = "CFG++ changes how guidance enters each step, which pipelines of diffusers do themselves"
_ADAPTIVE = "it chooses its own number of steps, and pipelines of diffusers run a number that was given"
_PLUGIN = "; the plugin promptkit-samplers brings it"

REFUSED: tuple[Refusal, ...] = (
    Refusal(
        names=("DPM++ 2S a", "dpmpp_2s_ancestral"),
        why=f"diffusers has its solver only without the fresh noise that makes it ancestral{_PLUGIN}",
        nearest=("dpmpp_sde", "dpmpp_2s"),
    ),
    Refusal(names=("DPM fast", "dpm_fast"), why="diffusers has no DPM-Solver-fast", nearest=("dpmpp_2m", "dpmpp_2s")),
    Refusal(names=("DPM adaptive", "dpm_adaptive"), why=_ADAPTIVE, nearest=("dpmpp_2m", "dpmpp_3m")),
    Refusal(names=("Restart",),
            why=f"it goes back to more noise on the way, which no scheduler of diffusers does{_PLUGIN}",
            nearest=("heun", "dpmpp_2m_sde")),
    Refusal(names=("DDIM CFG++", "ddim_cfg_pp"), why=_GUIDED, nearest=("ddim",)),
    Refusal(names=("euler_cfg_pp",), why=_GUIDED, nearest=("euler",)),
    Refusal(names=("euler_ancestral_cfg_pp",), why=_GUIDED, nearest=("euler_a",)),
    Refusal(names=("dpmpp_2s_ancestral_cfg_pp",), why=_GUIDED, nearest=("dpmpp_2s",)),
    Refusal(names=("dpmpp_2m_cfg_pp",), why=_GUIDED, nearest=("dpmpp_2m",)),
    Refusal(names=("res_multistep_cfg_pp", "gradient_estimation_cfg_pp"), why=_GUIDED, nearest=("dpmpp_2m",)),
    Refusal(names=("res_multistep_ancestral", "res_multistep_ancestral_cfg_pp"), why="diffusers has no RES solver",
            nearest=("dpmpp_2m_sde",)),
    Refusal(names=("res_multistep",), why=f"diffusers has no RES solver{_PLUGIN}", nearest=("dpmpp_2m", "unipc")),
    Refusal(names=("heunpp2", "Heun++"), why="diffusers has no Heun++", nearest=("heun",)),
    Refusal(names=("ipndm", "ipndm_v", "IPNDMScheduler"),
            why="the class of diffusers has a noise schedule of its own, which no text-to-image model was trained on",
            nearest=("pndm", "deis")),
    Refusal(names=("gradient_estimation",), why="diffusers has no such solver", nearest=("euler", "dpmpp_2m")),
    Refusal(names=("er_sde",), why="diffusers has no extended reverse-time SDE solver", nearest=("dpmpp_2m_sde",)),
    Refusal(names=("seeds_2", "seeds_3"), why="diffusers has no SEEDS solver", nearest=("dpmpp_sde", "dpmpp_3m_sde")),
    Refusal(names=("sa_solver_pece",), why="the solver of diffusers evaluates once a step", nearest=("sa_solver",)),
    Refusal(names=("EDMEulerScheduler", "EDMDPMSolverMultistepScheduler"),
            why="it is for models trained on EDM's noise, which bring it themselves", nearest=("euler", "dpmpp_2m")),
)  # fmt: skip

REFUSED_SCHEDULES: tuple[Refusal, ...] = (
    Refusal(names=("turbo",), why="it takes the first of ten fixed times; diffusers has no such spacing",
            nearest=("sgm_uniform",)),
    Refusal(names=("align_your_steps", "ays"), why="its noise levels are given for single models only",
            nearest=("karras",)),
    Refusal(names=("kl_optimal",), why="diffusers has no such spacing", nearest=("karras", "exponential")),
    Refusal(names=("polyexponential",), why="diffusers has it for ρ = 1 only, which is exponential",
            nearest=("exponential",)),
    Refusal(names=("linear_quadratic",), why="diffusers has no such spacing", nearest=("sgm_uniform",)),
    Refusal(names=("automatic",), why="it is the choice of the program, by sampler", nearest=("karras",)),
)  # fmt: skip


def refused(name: str) -> SettingsError | None:
    """Return what to say to a name that is known and cannot be had; ``None`` for one that nobody knows."""
    key = loose(name)
    solver = _by_name(REFUSED, key)
    if solver is not None:
        return _error(name, solver.why, solver.nearest)
    if key in _schedule_endings():
        return _lone_schedule(name, key)
    known = {loose(alias): spec for spec in SAMPLERS for alias in (spec.name, *spec.aliases)}
    for ending, refusal in _endings(REFUSED_SCHEDULES).items():
        spec = known.get(key.removesuffix(ending))
        if key.endswith(ending) and spec is not None:
            return _error(name, refusal.why, [f"{spec.name}_{kind}" for kind in refusal.nearest])
    for ending in _schedule_endings():
        rest = key.removesuffix(ending)
        if rest == key:
            continue
        solver = _by_name(REFUSED, rest)
        if solver is not None:
            return _error(name, solver.why, solver.nearest)
        if rest in known:
            spec = known[rest]
            why = f"{spec.scheduler} of diffusers cannot spread its steps so"
            return _error(name, why, [spec.name, *(f"{spec.name}_{kind.name}" for kind in schedules(spec))])
    return None


def _lone_schedule(name: str, key: str) -> SettingsError:
    """Return what to say to a schedule type without a solver: why it cannot be had, or how it is written."""
    refusal = _by_name(REFUSED_SCHEDULES, key)
    if refusal is not None:
        return _error(name, refusal.why, [f"{SAMPLERS[0].name}_{kind}" for kind in refusal.nearest])
    kind = next(kind.name for kind in SCHEDULES if key in map(loose, (kind.name, *kind.aliases)))
    able = next(spec for spec in SAMPLERS if kind in (one.name for one in schedules(spec)))
    return SettingsError(f"'{name}' is a schedule type.", hint=f"Put a solver before it: {able.name}_{kind}.")


def _by_name(refusals: tuple[Refusal, ...], key: str) -> Refusal | None:
    return _endings(refusals).get(key)


def _endings(refusals: tuple[Refusal, ...]) -> Mapping[str, Refusal]:
    return {loose(name): refusal for refusal in refusals for name in refusal.names}


def _schedule_endings() -> list[str]:
    """Return the schedule types' names, longest first: ``sgm uniform`` before ``uniform``."""
    names = {loose(name) for kind in SCHEDULES for name in (kind.name, *kind.aliases)}
    return sorted(names | _endings(REFUSED_SCHEDULES).keys(), key=len, reverse=True)


def _error(name: str, why: str, nearest: tuple[str, ...] | list[str]) -> SettingsError:
    return SettingsError(
        f"The sampler '{name}' cannot be had: {why}.", hint=f"What comes nearest: {', '.join(nearest)}."
    )
