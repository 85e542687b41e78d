"""The table of samplers: names people use, and the diffusers scheduler and configuration that each stands for.

A solver stands here once. What its class can do with schedule types (``schedules.py``) is added by ``expanded``:
``dpmpp_2m`` and ``karras`` give ``dpmpp_2m_karras``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from promptkit.backends.samplers.schedules import ABILITIES, MULTISTEP_ON_FLOW, SCHEDULES, Abilities, ScheduleType
from promptkit.names import loose
from promptkit.records import DIFFUSION, DISTILLED, FLOW, SamplerSpec

DPM = "Lu et al., DPM-Solver++, arXiv:2211.01095"
EDM = "Karras et al., arXiv:2206.00364"
K = "Crowson, k-diffusion"
RF = "Liu et al., Rectified Flow, arXiv:2209.03003"
SDE = {"algorithm_type": "sde-dpmsolver++"}
BOTH = (DIFFUSION, FLOW)
DISTILLATION_STEPS = 50
"""Noise levels that consistency models are distilled on (``original_inference_steps``): there are no others."""
ANY = (DIFFUSION, FLOW, DISTILLED)


def _sampler(
    name: str,
    scheduler: str,
    summary: str,
    source: str,
    *aliases: str,
    config: Mapping[str, Any] | None = None,
    suits: tuple[str, ...] = (DIFFUSION,),
    flow: str | None = None,
    order: int = 1,
    evaluations: int = 1,
    noise: bool = False,
    max_steps: int | None = None,
) -> SamplerSpec:
    return SamplerSpec(
        name=name,
        scheduler=scheduler,
        config=config or {},
        aliases=aliases,
        summary=summary,
        source=source,
        suits=suits,
        flow=flow,
        order=order,
        evaluations=evaluations,
        noise=noise,
        max_steps=max_steps,
    )


_SOLVERS: tuple[SamplerSpec, ...] = (
    _sampler(
        "dpmpp_2m", "DPMSolverMultistepScheduler", "multistep; a good default",
        f"{DPM}, algorithm 2", "DPM++ 2M", "DPMSolverMultistepScheduler", suits=BOTH, order=2,
    ),
    _sampler(
        "dpmpp_3m", "DPMSolverMultistepScheduler", "multistep, for low guidance and many steps",
        DPM, "DPM++ 3M", config={"solver_order": 3}, suits=BOTH, order=3,
    ),
    _sampler(
        "dpmpp_2m_sde", "DPMSolverMultistepScheduler", "DPM++ 2M that adds noise",
        f"{DPM}; {K}", "DPM++ 2M SDE", "dpmpp_2m_sde_gpu", config=SDE, suits=BOTH, order=2, noise=True,
    ),
    _sampler(
        "dpmpp_2m_sde_heun", "DPMSolverMultistepScheduler", "the same with Heun's correction", f"{DPM}; {K}",
        "DPM++ 2M SDE Heun", "dpmpp_2m_sde_heun_gpu", config={**SDE, "solver_type": "heun"}, suits=BOTH, order=2,
        noise=True,
    ),
    _sampler(
        "dpmpp_3m_sde", "DPMSolverMultistepScheduler", "DPM++ 3M that adds noise; wants exponential or 30 steps",
        K, "DPM++ 3M SDE", "dpmpp_3m_sde_gpu", config={**SDE, "solver_order": 3}, suits=BOTH, order=3, noise=True,
    ),
    _sampler(
        "dpmpp_sde", "DPMSolverSDEScheduler", "adds Brownian noise; wants the package torchsde",
        f"{DPM}; {K}", "DPM++ SDE", "dpmpp_sde_gpu", "DPMSolverSDEScheduler", order=2, evaluations=2, noise=True,
    ),
    _sampler(
        "dpmpp_2s", "DPMSolverSinglestepScheduler", "single step: two steps share one update",
        f"{DPM}, algorithm 1", "DPM++ 2S", "DPMSolverSinglestepScheduler", config={"lower_order_final": True},
        suits=BOTH, order=2,
    ),
    _sampler(
        "dpm2", "KDPM2DiscreteScheduler", "midpoint", f"{K}, after {EDM}", "DPM2", "dpm_2", "KDPM2DiscreteScheduler",
        order=2, evaluations=2,
    ),
    _sampler(
        "dpm2_a", "KDPM2AncestralDiscreteScheduler", "DPM2 that adds noise", f"{K}, after {EDM}",
        "DPM2 a", "dpm_2_ancestral", "KDPM2AncestralDiscreteScheduler", order=2, evaluations=2, noise=True,
    ),
    _sampler(
        "euler", "EulerDiscreteScheduler", "the plainest; quick and steady", f"{EDM}; {K}",
        "Euler", "EulerDiscreteScheduler", suits=ANY, flow="FlowMatchEulerDiscreteScheduler",
    ),
    _sampler(
        "euler_a", "EulerAncestralDiscreteScheduler", "Euler that adds noise: soft and varied", K,
        "Euler a", "euler_ancestral", "EulerAncestralDiscreteScheduler", suits=(DIFFUSION, DISTILLED), noise=True,
    ),
    _sampler(
        "heun", "HeunDiscreteScheduler", "Euler with a corrector", f"{EDM}, algorithm 1",
        "Heun", "HeunDiscreteScheduler", suits=BOTH, flow="FlowMatchHeunDiscreteScheduler", order=2, evaluations=2,
    ),
    _sampler(
        "lms", "LMSDiscreteScheduler", "linear multistep (Adams and Bashforth)", K, "LMS", "LMSDiscreteScheduler",
        order=4,
    ),
    _sampler(
        "ddim", "DDIMScheduler", "the classic; no noise (η = 0)", "Song et al., arXiv:2010.02502, eq. 12",
        "DDIM", "DDIMScheduler", config={"clip_sample": False},
    ),
    _sampler(
        "ddpm", "DDPMScheduler", "the original; wants many steps", "Ho et al., arXiv:2006.11239, algorithm 2",
        "DDPM", "DDPMScheduler", config={"clip_sample": False}, noise=True,
    ),
    _sampler(
        "pndm", "PNDMScheduler", "pseudo linear multistep; its first step costs two", "Liu et al., arXiv:2202.09778",
        "PLMS", "PNDMScheduler", config={"skip_prk_steps": True}, order=2,
    ),
    _sampler(
        "unipc", "UniPCMultistepScheduler", "predictor and corrector, as A1111 and ComfyUI have it: B₁(h), order 3",
        "Zhao et al., arXiv:2302.04867", "UniPC", "uni_pc",
        config={"solver_type": "bh1", "solver_order": 3, "final_sigmas_type": "sigma_min"}, suits=BOTH, order=3,
    ),
    _sampler(
        "unipc_bh2", "UniPCMultistepScheduler", "the same with B₂(h)", "Zhao et al., arXiv:2302.04867", "uni_pc_bh2",
        config={"solver_type": "bh2", "solver_order": 3}, suits=BOTH, order=3,
    ),
    _sampler(
        "unipc_2", "UniPCMultistepScheduler", "B₂(h) of order 2, as diffusers has it: for few steps with guidance",
        "Zhao et al., arXiv:2302.04867", "UniPCMultistepScheduler",
        config={"solver_type": "bh2", "solver_order": 2}, suits=BOTH, order=2,
    ),
    _sampler(
        "deis", "DEISMultistepScheduler", "exponential integrator", "Zhang and Chen, arXiv:2204.13902",
        "DEIS", "DEISMultistepScheduler", suits=BOTH, order=2,
    ),
    _sampler(
        "sa_solver", "SASolverScheduler", "Adams for the SDE; adds noise in the middle", "Xue et al., arXiv:2309.05019",
        "SA-Solver", "SASolverScheduler", order=2, noise=True,
    ),
    _sampler(
        "lcm", "LCMScheduler", "2 to 8 steps, for models or LoRAs distilled for it", "Luo et al., arXiv:2310.04378",
        "LCM", "LCMScheduler", suits=ANY, flow="FlowMatchLCMScheduler", noise=True,
        max_steps=DISTILLATION_STEPS,
    ),
    _sampler(
        "tcd", "TCDScheduler", "2 to 8 steps, for models or LoRAs distilled for it", "Zheng et al., arXiv:2402.19159",
        "TCD", "TCDScheduler", suits=(DIFFUSION, DISTILLED), noise=True,
        max_steps=DISTILLATION_STEPS,
    ),
)  # fmt: skip


def _flow_only(spec: SamplerSpec) -> SamplerSpec:
    """Return the same solver under a name that says it is for flows."""
    scheduler = spec.flow or spec.scheduler
    aliases = (scheduler,) if spec.flow else ()
    suits = tuple(kind for kind in spec.suits if kind != DIFFUSION)
    source = RF if spec.name == "euler" else f"{spec.source}; {RF}"
    return replace(
        spec, name=f"flow_{spec.name}", scheduler=scheduler, aliases=aliases, suits=suits, flow=None, source=source,
        summary=f"{spec.name}, for flows alone",
    )  # fmt: skip


SAMPLERS: tuple[SamplerSpec, ...] = (*_SOLVERS, *(_flow_only(spec) for spec in _SOLVERS if FLOW in spec.suits))
"""Every solver once."""


def abilities(spec: SamplerSpec) -> Abilities:
    """Return what the sampler's class can do; nothing special is known of a plugin's own class."""
    flow_only = FLOW in spec.suits and DIFFUSION not in spec.suits
    if flow_only and not spec.scheduler.startswith("FlowMatch"):
        return MULTISTEP_ON_FLOW
    return ABILITIES.get(spec.scheduler, Abilities(zero_snr=True))


def schedules(spec: SamplerSpec) -> tuple[ScheduleType, ...]:
    """Return the schedule types that can follow the sampler's name."""
    return tuple(kind for kind in SCHEDULES if kind.name in abilities(spec).schedules)


def expanded() -> Iterator[SamplerSpec]:
    """Yield every solver, and behind it each of its schedule types."""
    for spec in SAMPLERS:
        yield spec
        for kind in schedules(spec):
            yield _with(spec, kind)


def _with(spec: SamplerSpec, kind: ScheduleType) -> SamplerSpec:
    name = f"{spec.name}_{kind.name}"
    written = [f"{one} {kind.name.replace('_', ' ').title()}" for one in spec.aliases]
    written += [f"{one}_{other}" for one in (spec.name, *spec.aliases) for other in kind.aliases]
    aliases = {loose(one): one for one in written}
    aliases.pop(loose(name), None)
    suits = spec.suits if kind.flow else tuple(suited for suited in spec.suits if suited != FLOW)
    return replace(
        spec, name=name, aliases=tuple(aliases.values()), config={**spec.config, **abilities(spec).config(kind)},
        suits=suits, summary=f"{spec.name} on {kind.name}: {kind.summary}", source=f"{spec.source}; {kind.source}",
    )  # fmt: skip
