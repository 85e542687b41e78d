"""A scheduler of our own, and versions of it with one fault each."""

import torch
from diffusers import ConfigMixin, DDIMScheduler, SchedulerMixin
from diffusers.configuration_utils import register_to_config
from diffusers.schedulers.scheduling_utils import SchedulerOutput

from promptkit.records import DIFFUSION


class Flow(SchedulerMixin, ConfigMixin):
    """Euler's method on a flow: x' = x + (σ' − σ)·v."""

    order = 1

    @register_to_config
    def __init__(self, num_train_timesteps=1000, shift=1.0):
        self.set_timesteps(10)

    def set_timesteps(self, num_inference_steps, device=None):
        self.sigmas = torch.linspace(1, 0, num_inference_steps + 1)
        self.timesteps = self.sigmas[:-1] * self.config.num_train_timesteps

    def levels(self, timestep):
        at = int((self.timesteps == timestep).nonzero()[0])
        return self.sigmas[at], self.sigmas[at + 1]

    def step(self, model_output, timestep, sample, *, generator=None, return_dict=True):
        now, then = self.levels(timestep)
        return self.answer(sample + (then - now) * model_output, return_dict)

    def answer(self, sample, return_dict):
        return SchedulerOutput(prev_sample=sample) if return_dict else (sample,)


class Astray(Flow):
    def step(self, model_output, timestep, sample, *, generator=None, return_dict=True):
        now, then = self.levels(timestep)
        return self.answer(sample - (then - now) * model_output, return_dict)


class Upward(DDIMScheduler):
    suits = (DIFFUSION,)

    def set_timesteps(self, num_inference_steps, device=None):
        super().set_timesteps(num_inference_steps)
        self.timesteps = self.timesteps.flip(0)


class InPlace(Flow):
    def step(self, model_output, timestep, sample, *, generator=None, return_dict=True):
        now, then = self.levels(timestep)
        return self.answer(sample.add_((then - now) * model_output), return_dict)


class Widening(Flow):
    def step(self, model_output, timestep, sample, *, generator=None, return_dict=True):
        now, then = self.levels(timestep)
        return self.answer((sample + (then - now) * model_output).double(), return_dict)


class Remembering(Flow):
    """Carries what one run ended with into the next."""

    left = 0.0

    def step(self, model_output, timestep, sample, *, generator=None, return_dict=True):
        now, then = self.levels(timestep)
        made = sample + (then - now) * model_output + 0.05 * self.left
        self.left = 1.0 if then == 0 else 0.0
        return self.answer(made, return_dict)


class Mingling(Flow):
    """Lets the rows of a batch tell each other."""

    def step(self, model_output, timestep, sample, *, generator=None, return_dict=True):
        now, then = self.levels(timestep)
        mean = model_output.mean(0, keepdim=True)
        return self.answer(sample + (then - now) * (0.9 * model_output + 0.1 * mean), return_dict)


class Noisy(Flow):
    """Adds noise by the candidates' own generators, row by row."""

    def step(self, model_output, timestep, sample, *, generator=None, return_dict=True):
        now, then = self.levels(timestep)
        made = sample + (then - now) * model_output
        noise = [torch.randn(row.shape, generator=own) for row, own in zip(sample, generator, strict=True)]
        return self.answer(made + 0.1 * then * torch.stack(noise), return_dict)


class Global(Flow):
    """Adds noise from torch's global state."""

    def step(self, model_output, timestep, sample, *, generator=None, return_dict=True):
        now, then = self.levels(timestep)
        return self.answer(sample + (then - now) * model_output + 0.1 * then * torch.randn(sample.shape), return_dict)


class Bare:
    """Euler's method on a flow, without a base class."""

    def __init__(self, prediction_type):
        assert prediction_type == "flow_prediction"

    def set_timesteps(self, num_inference_steps, device=None):
        self.sigmas = torch.linspace(1, 0, num_inference_steps + 1)
        self.timesteps = self.sigmas[:-1] * 1000

    def step(self, model_output, timestep, sample):
        at = int((self.timesteps == timestep).nonzero()[0])
        return sample + (self.sigmas[at + 1] - self.sigmas[at]) * model_output


class NoiseAlone:
    """DDIM for models that predict noise."""

    def __init__(self, num_train_timesteps, beta_start, beta_end):
        betas = torch.linspace(beta_start**0.5, beta_end**0.5, num_train_timesteps) ** 2
        self.alphas_cumprod = torch.cumprod(1 - betas, 0)

    def set_timesteps(self, num_inference_steps, device=None):
        last = len(self.alphas_cumprod) - 1
        self.timesteps = torch.linspace(last, 0, num_inference_steps + 1)[:-1].round().long()

    def step(self, model_output, timestep, sample):
        left = self.timesteps[self.timesteps < timestep]
        now = self.alphas_cumprod[timestep]
        then = self.alphas_cumprod[left[0]] if len(left) else torch.tensor(1.0)
        original = (sample - (1 - now).sqrt() * model_output) / now.sqrt()
        return then.sqrt() * original + (1 - then).sqrt() * model_output


class VForNoise(NoiseAlone):
    """Takes what the model predicts for noise, whatever it is."""

    def __init__(self, num_train_timesteps, beta_start, beta_end, prediction_type):
        super().__init__(num_train_timesteps, beta_start, beta_end)


class Unfinished:
    """No scheduler."""


FAULTS = {
    Astray: "reaches an ideal model's picture",
    Upward: "gives timesteps that go down",
    InPlace: "keeps the tensors that it is given, and their shape",
    Widening: "keeps the tensors that it is given, and their shape",
    Remembering: "does the same again for the same seeds",
    Mingling: "does with a row alone what it does in a batch",
    Noisy: "adds noise only if it says so",
    Global: "leaves the process alone",
    Unfinished: "can be set up for a model",
}
