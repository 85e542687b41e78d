"""Samplers: the names people use, the schedulers of diffusers that they stand for, and which suit a model."""

from promptkit.backends.samplers.create import create_scheduler
from promptkit.backends.samplers.refused import REFUSED, REFUSED_SCHEDULES, refused
from promptkit.backends.samplers.schedules import SCHEDULES
from promptkit.backends.samplers.suiting import check_suits, is_flow, kinds, model_kind, suiting, unsuitable
from promptkit.backends.samplers.table import SAMPLERS, expanded, schedules

__all__ = [
    "REFUSED",
    "REFUSED_SCHEDULES",
    "SAMPLERS",
    "SCHEDULES",
    "check_suits",
    "create_scheduler",
    "expanded",
    "is_flow",
    "kinds",
    "model_kind",
    "refused",
    "schedules",
    "suiting",
    "unsuitable",
]
