"""The documented preference ranker, used as a plugin's: its totals are any real numbers."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from promptkit.hookspecs import hookimpl
from promptkit.plugins import PluginRecord
from promptkit.session import Session
from promptkit.views_candidates import candidate_table, why

PAGE = Path(__file__).parents[2] / "docs" / "ranking.md"


@pytest.fixture
def loader(tmp_path, monkeypatch):
    """Run the page's example, which makes a tiny model and checks the contract, and take its loader."""
    (code,) = [
        block
        for block in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
        if "class Pref" in block
    ]
    monkeypatch.chdir(tmp_path)
    scope = {"__name__": "__main__"}
    exec(compile(code, str(PAGE), "exec"), scope)
    return scope["PreferenceLoader"]()


def test_the_documented_preference_ranker_ranks_a_run(loader, registry):
    class Plugin:
        @hookimpl
        def register_rankers(self):
            return [Lowered(loader)]

    record = PluginRecord(name="preference", version="1")
    registry.host.register(Plugin(), record)
    registry.host.records["preference"] = record
    with Session("fake", ranker="preference:tiny", registry=registry) as session:
        result = session.generate("a red cat", candidates=5)
    totals = [candidate.total for candidate in result.ranked]
    assert totals == sorted(totals, reverse=True)
    assert max(totals) < 0
    assert result.ties == ()
    assert result.recipe.ranker["name"] == "preference"
    stream = io.StringIO()
    Console(file=stream, width=120).print(candidate_table(result.ranked), why(result.ranked))
    assert f"{totals[0]:.3f}" in stream.getvalue()
    assert "median" not in stream.getvalue()
    assert "%" not in stream.getvalue()


class Lowered:
    """Hands out the ranker with every total lowered below 0, as ImageReward's often are."""

    name = "preference"

    def __init__(self, loader):
        self.loader = loader

    def load(self, model=None, *, device=None):
        ranker = self.loader.load(model, device=device)
        score = ranker.score
        ranker.score = lambda prompt, candidates: [{"total": s["total"] - 100} for s in score(prompt, candidates)]
        return ranker
