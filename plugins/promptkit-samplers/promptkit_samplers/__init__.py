"""Samplers that diffusers lacks, as schedulers of their own: DPM++ 2S ancestral, Restart, RES multistep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from promptkit import hookimpl
from promptkit.records import DIFFUSION, SamplerSpec

SOLVERS = (
    SamplerSpec(
        name="dpmpp_2s_a",
        scheduler="promptkit_samplers.ancestral:DPMPP2SAncestral",
        aliases=("DPM++ 2S a", "dpmpp_2s_ancestral"),
        summary="DPM++ 2S that adds noise: soft and varied, finer than euler_a",
        source="Lu et al., DPM-Solver++, arXiv:2211.01095, algorithm 1; Crowson, k-diffusion",
        suits=(DIFFUSION,),
        order=2,
        evaluations=2,
        noise=True,
    ),
    SamplerSpec(
        name="restart",
        scheduler="promptkit_samplers.restart:Restart",
        summary="Heun that goes back to more noise on the way, which washes its errors out",
        source="Xu et al., Restart Sampling, arXiv:2306.14878, algorithm 2",
        suits=(DIFFUSION,),
        order=2,
        evaluations=2,
        noise=True,
    ),
    SamplerSpec(
        name="res_multistep",
        scheduler="promptkit_samplers.res:RESMultistep",
        aliases=("RES multistep",),
        summary="multistep with exact exponential coefficients; one call a step",
        source="Zhang et al., arXiv:2308.02157, section 4",
        suits=(DIFFUSION,),
        order=2,
    ),
)
SCHEDULES: Mapping[str, Mapping[str, Any]] = {
    "karras": {"use_karras_sigmas": True},
    "exponential": {"use_exponential_sigmas": True},
    "beta": {"use_beta_sigmas": True},
    "sgm_uniform": {"timestep_spacing": "trailing"},
}
"""Schedule types by the names that promptkit has for them, in the words of diffusers."""


def samplers() -> Iterator[SamplerSpec]:
    """Yield every solver, and behind it each of its schedule types."""
    for spec in SOLVERS:
        yield spec
        for kind, config in SCHEDULES.items():
            aliases = tuple(f"{alias} {kind.replace('_', ' ').title()}" for alias in spec.aliases)
            yield replace(
                spec, name=f"{spec.name}_{kind}", aliases=aliases, config=config, summary=f"{spec.name} on {kind}"
            )


@hookimpl
def register_samplers() -> Sequence[SamplerSpec]:
    return list(samplers())
