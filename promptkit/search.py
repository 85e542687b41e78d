"""From what a person writes after ``--search`` to a strategy that this model and ranker can follow."""

from __future__ import annotations

from promptkit.errors import SettingsError
from promptkit.interfaces import Backend, Search, SearchStrategy
from promptkit.records import BEST_OF_N, VARIATION, Variation
from promptkit.registry import Registry


def choose_search(name: str, registry: Registry, *, ranked: bool) -> Search:
    """Return the search ``name`` or ``name:schedule``. Raises UnknownNameError, and SettingsError for a schedule that
    cannot be followed or a strategy that is blind without a ranker."""
    strategy, colon, schedule = name.partition(":")
    found: SearchStrategy = registry.get("search", strategy)
    try:
        search = found.plan(schedule if colon else None)
    except ValueError as error:
        hint = f"{found.name}: {found.summary}."
        raise SettingsError(f"'{schedule}' is no schedule of '{strategy}': {error}.", hint=hint) from error
    if search.needs_ranker and not ranked:
        raise SettingsError(
            f"The search '{strategy}' chooses by scores, and there is no ranker.",
            hint=f"Name a ranker: --ranker clip:embedded; or say --search {BEST_OF_N}.",
        )
    return search


def check_variation(variation: Variation | None, backend: Backend) -> None:
    """Refuse a variation where the backend cannot blend two noises. Raises SettingsError."""
    if variation is not None and VARIATION not in backend.abilities:
        raise SettingsError(
            "This model's pipeline cannot blend the noises of two seeds.",
            hint="Leave --variation-seed and --variation-strength out.",
        )


def check_search(name: str, search: Search, backend: Backend) -> None:
    """Refuse a search whose needs the backend has not. Raises SettingsError."""
    missing = sorted(search.needs - backend.abilities)
    if missing:
        raise SettingsError(
            f"The search '{name}' needs what this model's pipeline cannot do: {' and '.join(missing)}.",
            hint=f"Say --search {BEST_OF_N}.",
        )
