"""What plugin authors test with: stand-ins that need no weights, and a check of the contract of each kind of plugin.

Each ``check_…`` runs an object through its contract and returns a ``Report``; where something does not hold it raises
ContractError, which says what was called, with what, what came back, and the cure. ``promptkit plugins check`` runs the
same checks. They need hypothesis: ``pip install 'promptkit[testing]'``.
"""

from promptkit.testing.fakes import FakeBackend, FakeLoader, FakePlugin, RednessRanker
from promptkit.testing.rankers import check_ranker

__all__ = [
    "FakeBackend",
    "FakeLoader",
    "FakePlugin",
    "RednessRanker",
    "check_ranker",
]
