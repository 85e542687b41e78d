"""What plugin authors test with: stand-ins that need no weights, and a check of the contract of each kind of plugin.

Each ``check_…`` runs an object through its contract and returns a ``Report``; where something does not hold it raises
ContractError, which says what was called, with what, what came back, and the cure. ``promptkit plugins check`` runs the
same checks. They need hypothesis: ``pip install 'promptkit[testing]'``.
"""

from promptkit.testing.backends import check_backend
from promptkit.testing.commands import check_command
from promptkit.testing.contract import Check, Report
from promptkit.testing.expanders import check_expander
from promptkit.testing.face_detectors import check_face_detector
from promptkit.testing.fakes import FakeBackend, FakeLoader, FakePlugin, RednessRanker
from promptkit.testing.packs import check_pack
from promptkit.testing.postprocessors import check_postprocessor
from promptkit.testing.rankers import check_ranker
from promptkit.testing.samplers import check_sampler, embedded_backend
from promptkit.testing.searches import check_search
from promptkit.testing.vocabularies import check_classifier, check_vocabulary

__all__ = [
    "Check",
    "FakeBackend",
    "FakeLoader",
    "FakePlugin",
    "RednessRanker",
    "Report",
    "check_backend",
    "check_classifier",
    "check_command",
    "check_expander",
    "check_face_detector",
    "check_pack",
    "check_postprocessor",
    "check_ranker",
    "check_sampler",
    "check_search",
    "check_vocabulary",
    "embedded_backend",
]
