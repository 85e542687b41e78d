"""What was asked for, checked before any work: seeds, variations, how many pictures to keep."""

from __future__ import annotations

from promptkit.errors import SettingsError
from promptkit.records import Variation
from promptkit.seeds import candidate_seed

MAX_CANDIDATES = 10_000


def seeds_of(seed: int, candidates: int) -> tuple[int, ...]:
    """Return the seed of each candidate. Raises SettingsError for numbers that are none or out of range."""
    for name, value in (("seed", seed), ("candidates", candidates)):
        if not isinstance(value, int):
            raise SettingsError(f"{name}={value!r} is no whole number.", hint=f"Give {name} as an int.")
    if not 1 <= candidates <= MAX_CANDIDATES:
        raise SettingsError(f"{candidates} candidates cannot be made.", hint=f"Choose 1 to {MAX_CANDIDATES:,}.")
    candidate_seed(seed, candidates - 1)
    return tuple(candidate_seed(seed, index) for index in range(candidates))


def variation_of(seed: int | None, strength: float | None, candidates: int) -> Variation | None:
    """Return the second seeds, or ``None`` where none are asked for.

    Raises SettingsError where one of the two is missing, or the strength is no number from 0 to 1.
    """
    if seed is None and strength is None:
        return None
    if seed is None or strength is None:
        raise SettingsError(
            "A variation needs a second seed and a strength.",
            hint="Give both: --variation-seed 7 --variation-strength 0.2.",
        )
    if not isinstance(strength, (int, float)) or not 0 <= strength <= 1:
        raise SettingsError(
            f"A variation strength of {strength!r} is out of range.",
            hint="Choose 0 (the seed alone) to 1 (the variation seed alone); 0.05 to 0.4 are usual.",
        )
    return Variation(seeds=seeds_of(seed, candidates), strength=float(strength))


def check_keep(keep: int | None, *, written: bool, ranked: bool) -> None:
    """Refuse a number of pictures to keep that is none, or does nothing. Raises SettingsError."""
    if keep is None:
        return
    if not isinstance(keep, int) or keep < 1:
        raise SettingsError(f"{keep!r} pictures cannot be kept.", hint="Choose --keep 1 or more.")
    if not written:
        raise SettingsError("Without a folder no picture is written.", hint="Give out, or leave keep out.")
    if not ranked:
        raise SettingsError(
            "There is no ranker to say which pictures are the best.",
            hint="Name a ranker: --ranker clip:embedded; or leave --keep out.",
        )
