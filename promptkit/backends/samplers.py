"""The table of samplers: names people use, and the diffusers scheduler and configuration that each stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from promptkit.errors import SettingsError
from promptkit.records import SamplerSpec

if TYPE_CHECKING:
    from diffusers import SchedulerMixin

KARRAS: Mapping[str, Any] = {"use_karras_sigmas": True}
SDE: Mapping[str, Any] = {"algorithm_type": "sde-dpmsolver++"}


def _sampler(name: str, scheduler: str, summary: str, source: str, *aliases: str, **config: Any) -> SamplerSpec:
    return SamplerSpec(name=name, scheduler=scheduler, config=config, aliases=aliases, summary=summary, source=source)


DPM = "Lu et al., DPM-Solver++, arXiv:2211.01095"
EDM = "Karras et al., arXiv:2206.00364"
FLOW = "Liu et al., Rectified Flow, arXiv:2209.03003"

SAMPLERS: tuple[SamplerSpec, ...] = (
    _sampler("dpmpp_2m", "DPMSolverMultistepScheduler", "second order, multistep; a good default", DPM, "DPM++ 2M"),
    _sampler(
        "dpmpp_2m_karras", "DPMSolverMultistepScheduler", "the same on Karras' sigmas", DPM, "DPM++ 2M Karras", **KARRAS
    ),
    _sampler(
        "dpmpp_2m_sde", "DPMSolverMultistepScheduler", "with fresh noise at each step", DPM, "DPM++ 2M SDE", **SDE
    ),
    _sampler(
        "dpmpp_2m_sde_karras",
        "DPMSolverMultistepScheduler",
        "the same on Karras' sigmas",
        DPM,
        "DPM++ 2M SDE Karras",
        **SDE,
        **KARRAS,
    ),
    _sampler(
        "dpmpp_2s",
        "DPMSolverSinglestepScheduler",
        "second order, single step",
        DPM,
        "DPM++ 2S",
        "dpmpp_2s_a",
        "DPM++ 2S a",
    ),
    _sampler("dpm2", "KDPM2DiscreteScheduler", "second order, two evaluations a step", EDM, "DPM2", "dpm_2"),
    _sampler("dpm2_karras", "KDPM2DiscreteScheduler", "the same on Karras' sigmas", EDM, "DPM2 Karras", **KARRAS),
    _sampler("dpm2_a", "KDPM2AncestralDiscreteScheduler", "DPM2 with fresh noise", EDM, "DPM2 a", "dpm_2_ancestral"),
    _sampler("euler", "EulerDiscreteScheduler", "first order, quick", EDM, "Euler"),
    _sampler(
        "euler_a",
        "EulerAncestralDiscreteScheduler",
        "first order with fresh noise; never settles",
        EDM,
        "Euler a",
        "euler_ancestral",
    ),
    _sampler("heun", "HeunDiscreteScheduler", "second order, two evaluations a step", EDM, "Heun"),
    _sampler("lms", "LMSDiscreteScheduler", "linear multistep", EDM, "LMS"),
    _sampler(
        "ddim",
        "DDIMScheduler",
        "deterministic, the classic",
        "Song et al., arXiv:2010.02502",
        "DDIM",
        clip_sample=False,
    ),
    _sampler(
        "ddpm",
        "DDPMScheduler",
        "the original, wants many steps",
        "Ho et al., arXiv:2006.11239",
        "DDPM",
        clip_sample=False,
    ),
    _sampler("pndm", "PNDMScheduler", "pseudo numerical", "Liu et al., arXiv:2202.09778", "PLMS", "plms"),
    _sampler(
        "unipc",
        "UniPCMultistepScheduler",
        "predictor and corrector, few steps",
        "Zhao et al., arXiv:2302.04867",
        "UniPC",
        "uni_pc",
    ),
    _sampler("deis", "DEISMultistepScheduler", "exponential integrator", "Zhang and Chen, arXiv:2204.13902", "DEIS"),
    _sampler(
        "lcm", "LCMScheduler", "for consistency-distilled models, 2 to 8 steps", "Luo et al., arXiv:2310.04378", "LCM"
    ),
    _sampler("tcd", "TCDScheduler", "for trajectory-consistency models", "Zheng et al., arXiv:2402.19159", "TCD"),
    _sampler(
        "flow_euler",
        "FlowMatchEulerDiscreteScheduler",
        "for flow-matching models (SD 3, FLUX, Sana)",
        FLOW,
        "FlowMatch Euler",
    ),
    _sampler("flow_heun", "FlowMatchHeunDiscreteScheduler", "the same, second order", FLOW, "FlowMatch Heun"),
)


def is_flow(scheduler: str) -> bool:
    """Whether a scheduler class integrates a flow instead of a diffusion; the two cannot stand in for each other."""
    return scheduler.startswith("FlowMatch")


def create_scheduler(sampler: SamplerSpec, current: SchedulerMixin) -> SchedulerMixin:
    """Make the sampler's scheduler with the model's own noise schedule.

    Raises SettingsError when the sampler belongs to the other family, with those that suit.
    """
    if is_flow(sampler.scheduler) != is_flow(type(current).__name__):
        suiting = [spec.name for spec in SAMPLERS if is_flow(spec.scheduler) != is_flow(sampler.scheduler)]
        raise SettingsError(
            f"The sampler '{sampler.name}' does not suit this model, whose scheduler is {type(current).__name__}.",
            hint=f"These suit it: {', '.join(suiting)}.",
        )
    own = {key: value for key, value in dict(current.config).items() if not key.startswith("_")}
    for key in ("use_karras_sigmas", "algorithm_type", "solver_type"):
        own.pop(key, None)
    scheduler: SchedulerMixin = _scheduler_class(sampler.scheduler).from_config({**own, **sampler.config})
    return scheduler


def _scheduler_class(name: str) -> Any:
    """Find a class of diffusers, or ``module:Class`` of a plugin."""
    from importlib import import_module

    module, _, attribute = name.rpartition(":")
    return getattr(import_module(module or "diffusers"), attribute)
