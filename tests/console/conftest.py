"""A bench with the fake model, for every test of the console."""

import pytest

from promptkit.console.bench import Bench
from promptkit.console.desk import Desk
from promptkit.console.history import History


@pytest.fixture
def bench(registry) -> Bench:
    """An empty desk and the fake model; pictures stay in memory."""
    return Bench(history=History(Desk(model="fake")), registry=registry)
