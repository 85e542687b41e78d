"""The schedule types that a sampler's name can end in: how the noise levels of the steps are spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ScheduleType:
    """A way to spread the steps, and the setting of diffusers that stands for it."""

    name: str
    config: Mapping[str, Any]
    aliases: tuple[str, ...] = ()
    summary: str
    source: str
    flow: bool = True
    """Whether flow-matching models have it."""


SCHEDULES: tuple[ScheduleType, ...] = (
    ScheduleType(
        name="karras",
        config={"use_karras_sigmas": True},
        summary="many steps at low noise",
        source="Karras et al., arXiv:2206.00364, eq. 5 with ρ = 7",
    ),
    ScheduleType(
        name="exponential",
        config={"use_exponential_sigmas": True},
        summary="even steps in the logarithm of the noise",
        source="k-diffusion",
    ),
    ScheduleType(
        name="beta",
        config={"use_beta_sigmas": True},
        summary="many steps at both ends, by a beta distribution of 0.6 and 0.6",
        source="Lee et al., Beta Sampling is All You Need, arXiv:2407.12173",
    ),
    ScheduleType(
        name="lu",
        config={"use_lu_lambdas": True},
        summary="even steps in the logarithm of the signal-to-noise ratio",
        source="Lu et al., DPM-Solver, arXiv:2206.00927",
        flow=False,
    ),
    ScheduleType(
        name="sgm_uniform",
        config={"timestep_spacing": "trailing"},
        summary="even steps in time that begin at full noise",
        source="Lin et al., arXiv:2305.08891, table 2; A1111, ComfyUI",
    ),
    ScheduleType(
        name="simple",
        config={"timestep_spacing": "trailing"},
        summary="even steps in time, from the model's own table",
        source="Lin et al., arXiv:2305.08891, table 2; A1111, ComfyUI",
    ),
    ScheduleType(
        name="normal",
        config={"timestep_spacing": "linspace"},
        aliases=("uniform",),
        summary="even steps in time, both ends included",
        source="Lin et al., arXiv:2305.08891, table 2; A1111, ComfyUI",
    ),
    ScheduleType(
        name="ddim_uniform",
        config={"timestep_spacing": "leading", "steps_offset": 1},
        aliases=("ddim",),
        summary="even steps in time that end at the lowest noise",
        source="Song et al., arXiv:2010.02502; A1111, ComfyUI",
        flow=False,
    ),
)

SIGMAS = ("karras", "exponential", "beta")
SPACINGS = ("sgm_uniform", "simple", "normal", "ddim_uniform")

EXCLUSIVE = {"timestep_spacing": "linspace"}
"""Classes that divide time into one part more than steps, and leave the last out: their ``linspace`` is what others
call sgm_uniform, and they have no ``normal``."""


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """What a scheduler class of diffusers takes from a model and from a name."""

    schedules: tuple[str, ...] = ()
    zero_snr: bool = False
    """Whether it knows ``rescale_betas_zero_snr`` (Lin et al., arXiv:2305.08891, algorithm 1)."""
    samples: bool = True
    """Whether it knows models that predict x₀ itself (``prediction_type="sample"``)."""
    exclusive: bool = False
    """See ``EXCLUSIVE``."""

    def config(self, schedule: ScheduleType) -> Mapping[str, Any]:
        """Return the setting that stands for a schedule type in this class."""
        return EXCLUSIVE if self.exclusive and schedule.name == "sgm_uniform" else schedule.config


_MULTISTEP = (*SIGMAS, "sgm_uniform", "simple")
_KARRAS = Abilities(schedules=(*SIGMAS, *SPACINGS), samples=False)

_ON_FLOW = Abilities(schedules=(*_MULTISTEP, "normal"))
MULTISTEP_ON_FLOW = Abilities(schedules=_MULTISTEP)
"""On flows the noise levels come from ``flow.py``, and every multistep solver takes the same ones."""

ABILITIES: Mapping[str, Abilities] = {
    "DPMSolverMultistepScheduler": Abilities(schedules=(*_MULTISTEP, "lu"), zero_snr=True, exclusive=True),
    "DPMSolverSinglestepScheduler": Abilities(schedules=SIGMAS),
    "UniPCMultistepScheduler": Abilities(schedules=_MULTISTEP, zero_snr=True, exclusive=True),
    "DEISMultistepScheduler": Abilities(schedules=_MULTISTEP, exclusive=True),
    "SASolverScheduler": Abilities(schedules=_MULTISTEP, exclusive=True),
    "DPMSolverSDEScheduler": _KARRAS,
    "KDPM2DiscreteScheduler": _KARRAS,
    "KDPM2AncestralDiscreteScheduler": _KARRAS,
    "HeunDiscreteScheduler": _KARRAS,
    "LMSDiscreteScheduler": Abilities(schedules=(*SIGMAS, *SPACINGS)),
    "EulerDiscreteScheduler": Abilities(schedules=(*SIGMAS, *SPACINGS), zero_snr=True),
    "EulerAncestralDiscreteScheduler": Abilities(schedules=SPACINGS, zero_snr=True, samples=False),
    "DDIMScheduler": Abilities(schedules=SPACINGS, zero_snr=True),
    "DDPMScheduler": Abilities(schedules=SPACINGS, zero_snr=True),
    "PNDMScheduler": Abilities(samples=False),
    "LCMScheduler": Abilities(zero_snr=True),
    "TCDScheduler": Abilities(zero_snr=True),
    "FlowMatchEulerDiscreteScheduler": _ON_FLOW,
    "FlowMatchHeunDiscreteScheduler": _ON_FLOW,
    "FlowMatchLCMScheduler": _ON_FLOW,
}
