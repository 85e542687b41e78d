"""The backend: seeds to pictures that are there already."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit import (
    Candidate,
    GenerationRequest,
    GenerationSettings,
    LoadOptions,
    MetadataError,
    ModelError,
    ModelSpec,
)
from promptkit.interfaces import OnStep
from promptkit.metadata import read_provenance
from promptkit.pictures import open_picture
from promptkit.records import FAILED, FINISHED

if TYPE_CHECKING:
    from PIL.Image import Image

NAME = "replay"
VARIABLE = "PROMPTKIT_REPLAY"
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")


class ReplayBackend:
    """Shows a folder's pictures by the seeds that they were made with.

    Those that do not say their seed have those that are left, from 0 on, in the order of their names. A seed without a
    picture fails. Prompt, size and steps change nothing.
    """

    def __init__(self, pictures: Mapping[int, Path], notes: tuple[str, ...] = ()) -> None:
        self.pictures = pictures
        self.notes = notes

    @property
    def abilities(self) -> frozenset[str]:
        return frozenset()

    def settle(self, settings: GenerationSettings) -> GenerationSettings:
        """Fill what is open with the first picture's size; nothing else means anything here."""
        first = open_picture(next(iter(self.pictures.values()))).image
        return settings.over(
            GenerationSettings(
                width=first.width, height=first.height, num_inference_steps=1, guidance_scale=1.0, batch_size=1
            )
        )

    def generate(
        self,
        request: GenerationRequest,
        *,
        on_step: OnStep | None = None,  # noqa: ARG002
    ) -> Iterator[Candidate]:
        for index, seed in enumerate(request.seeds):
            image = self._picture(seed)
            outcome = FAILED if image is None else FINISHED
            yield Candidate(index=index, seed=seed, image=image, outcome=outcome)

    def _picture(self, seed: int) -> Image | None:
        if seed not in self.pictures:
            return None
        try:
            return open_picture(self.pictures[seed]).rgb
        except MetadataError:
            return None

    def describe(self) -> Mapping[str, Any]:
        """Return what decides the pictures: a hash over their files, which names no folder."""
        digest = hashlib.sha256()
        for seed, path in sorted(self.pictures.items()):
            digest.update(f"{seed}\x00{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
        return {
            "device": "none",
            "dtype": "none",
            "pipeline": NAME,
            "hash": digest.hexdigest(),
            "notes": list(self.notes),
        }


class ReplayLoader:
    """Loads the folder that the environment names."""

    name = NAME

    def load(self, model: ModelSpec, options: LoadOptions | None = None) -> ReplayBackend:  # noqa: ARG002
        folder = Path(os.environ.get(VARIABLE, "")).expanduser()
        if not os.environ.get(VARIABLE) or not folder.is_dir():
            raise ModelError(
                f"There is no folder '{folder}' of pictures." if os.environ.get(VARIABLE) else "No folder is named.",
                hint=f"Name one with pictures: {VARIABLE}=pictures promptkit generate … --model {NAME}",
            )
        found, notes = by_seed(folder)
        if not found:
            raise ModelError(f"The folder '{folder}' holds no picture.", hint="PNG, JPEG and WebP are read.")
        return ReplayBackend(found, notes)


def by_seed(folder: Path) -> tuple[dict[int, Path], tuple[str, ...]]:
    """Return the pictures of a folder by seed, and what could not be used, in words."""
    found: dict[int, Path] = {}
    silent: list[Path] = []
    notes: list[str] = []
    for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS):
        try:
            said = read_provenance(open_picture(path))
        except MetadataError as error:
            notes.append(f"{path.name} was left out: {error}")
            continue
        if said is None or said.seed is None:
            silent.append(path)
        elif said.seed in found:
            notes.append(f"{path.name} was left out: {found[said.seed].name} has the seed {said.seed} too.")
        else:
            found[said.seed] = path
    free = (seed for seed in range(len(found) + len(silent)) if seed not in found)
    found.update(zip(free, silent, strict=False))
    return found, tuple(notes)
