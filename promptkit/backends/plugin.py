"""The built-in backend and its samplers, as an ordinary plugin."""

from __future__ import annotations

from collections.abc import Sequence

from promptkit.backends.catalogue import CATALOGUE
from promptkit.backends.loader import DiffusersLoader
from promptkit.backends.samplers import expanded
from promptkit.hookspecs import hookimpl
from promptkit.interfaces import BackendLoader
from promptkit.records import ModelSpec, SamplerSpec


@hookimpl(trylast=True)
def register_backends() -> Sequence[BackendLoader]:
    return [DiffusersLoader()]


@hookimpl(trylast=True)
def register_samplers() -> Sequence[SamplerSpec]:
    return list(expanded())


@hookimpl(trylast=True)
def register_models() -> Sequence[ModelSpec]:
    return CATALOGUE
