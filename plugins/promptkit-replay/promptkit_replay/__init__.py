"""A backend that makes nothing: it shows pictures from a folder again, so that they can be ranked and finished anew."""

from __future__ import annotations

from collections.abc import Sequence

from promptkit import ModelSpec, hookimpl
from promptkit.interfaces import BackendLoader
from promptkit_replay.backend import NAME, ReplayLoader


@hookimpl
def register_backends() -> Sequence[BackendLoader]:
    return [ReplayLoader()]


@hookimpl
def register_models() -> Sequence[ModelSpec]:
    return [
        ModelSpec(
            name=NAME,
            source=NAME,
            backend=NAME,
            ranker="clip:embedded",
            summary="pictures of the folder PROMPTKIT_REPLAY, by their seeds, in place of new ones",
        )
    ]
