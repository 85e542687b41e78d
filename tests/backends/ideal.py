"""Ideal denoisers in closed form, for every scheduler: what a perfect model of one Gaussian would predict.

Each value of a picture is drawn from N(MEAN, width²) on its own; width 0 is a single point, which every solver has to
reach whatever its steps. For a flow x = (1 − σ)·x₀ + σ·n, for a diffusion x = α·x₀ + √(1 − α²)·n.
"""

import inspect
import math

import numpy as np
import torch
from diffusers import (
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    PNDMScheduler,
)

from promptkit.backends.samplers import model_kind
from promptkit.embedded import pipeline_path

MEAN = 0.7
MU = 0.8
"""The time shift that pipelines hand over to flows which shift by the picture's size."""

BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
DYNAMIC = {"use_dynamic_shifting": True, "base_shift": 0.5, "max_shift": 1.15}
OWN = {
    "SD 1": PNDMScheduler(**BETAS, skip_prk_steps=True, steps_offset=1, set_alpha_to_one=False),
    "embedded": DPMSolverMultistepScheduler.from_pretrained(str(pipeline_path() / "scheduler")),
    "zero SNR": EulerDiscreteScheduler(
        **BETAS, rescale_betas_zero_snr=True, prediction_type="v_prediction", timestep_spacing="trailing"
    ),
    "SD 3": FlowMatchEulerDiscreteScheduler(shift=3.0),
    "FLUX": FlowMatchEulerDiscreteScheduler(shift=3.0, **DYNAMIC),
    "Qwen-Image": FlowMatchEulerDiscreteScheduler(**DYNAMIC, shift_terminal=0.02),
    "Sana": DPMSolverMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0),
}
"""The schedulers that models of these families are published with, in their settings."""


def kind(own):
    return model_kind(type(own).__name__, dict(own.config))


def alpha_of(scheduler, timestep):
    """α of a timestep, between whole ones by the logarithm of σ, as k-diffusion has it."""
    alphas = scheduler.alphas_cumprod.double()
    low = int(timestep)
    if low == timestep:
        return math.sqrt(alphas[low])
    logarithms = (0.5 * ((1 - alphas) / alphas).log()).numpy()
    return 1 / math.sqrt(1 + math.exp(2 * np.interp(timestep, np.arange(len(logarithms)), logarithms)))


def predict(own, scheduler, x, timestep, width):
    """What an ideal model of the own scheduler's kind says of noisy x (batch, channels, height, width)."""
    flow = kind(own) == "flow"
    sigma = timestep / scheduler.config.num_train_timesteps
    alpha = 1 - sigma if flow else alpha_of(scheduler, timestep)
    noise = sigma if flow else math.sqrt(1 - alpha**2)
    clean = (width**2 * alpha * x + noise**2 * MEAN) / (width**2 * alpha**2 + noise**2)
    residue = (x - alpha * clean) / noise
    if flow:
        return residue - clean
    return residue if own.config.prediction_type == "epsilon" else alpha * residue - noise * clean


def denoise(own, scheduler, steps, *, width=0.0, start=None, rows=1, side=4, as_pipelines=False, seed=0):
    """Run the loop of a pipeline on an ideal model; return the last x."""
    flow = kind(own) == "flow"
    shift = {"mu": MU} if own.config.get("use_dynamic_shifting") else {}
    if as_pipelines and flow:
        scheduler.set_timesteps(sigmas=np.linspace(1, 1 / steps, steps), **shift)
    else:
        scheduler.set_timesteps(steps, **shift)
    generators = [torch.Generator().manual_seed(seed + row) for row in range(rows)]
    noise = torch.cat([torch.randn(1, 1, side, side, generator=each) for each in generators])
    x = noise if start is None else torch.full_like(noise, start)
    x = x if flow else x * scheduler.init_noise_sigma
    given = {"generator": generators} if "generator" in inspect.signature(scheduler.step).parameters else {}
    for timestep in scheduler.timesteps:
        seen = x if flow else scheduler.scale_model_input(x, timestep)
        predicted = predict(own, scheduler, seen, float(timestep), width).to(x.dtype)
        x = scheduler.step(predicted, timestep, x, **given).prev_sample
    return x
