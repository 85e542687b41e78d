"""Making a picture once more from what it says of itself: as it was, with a word changed, or as near as another tool's
picture can be come to."""

from promptkit.reproduce.compare import Comparison, compare
from promptkit.reproduce.planning import Plan, Wanted
from promptkit.reproduce.running import Reproducer, Reproduction

__all__ = ["Comparison", "Plan", "Reproducer", "Reproduction", "Wanted", "compare"]
