"""Bring a search of your own: it stops at the first picture that is good enough, instead of making all of them."""

import promptkit
from promptkit.errors import ScoringError
from promptkit.plugins import PluginRecord, create_plugin_manager
from promptkit.registry import Registry


class GoodEnough:
    needs = frozenset()
    needs_ranker = True

    def __init__(self, total):
        self.total = total

    def describe(self, num_inference_steps):
        return {"name": "good-enough", "total": self.total}

    def run(self, backend, request, *, score, on_step, note):
        for candidate in backend.generate(request, on_step=on_step):
            yield candidate
            try:
                if candidate.image is not None and score([candidate])[0]["total"] >= self.total:
                    return
            except ScoringError as error:
                note(f"Every candidate is made. {error}")


class GoodEnoughStrategy:
    name = "good-enough"
    summary = "stops at the first picture of a total: good-enough:0.9"

    def plan(self, schedule=None):
        try:
            return GoodEnough(float(schedule or 0.9))
        except ValueError:
            raise promptkit.SettingsError(f"'{schedule}' is no total.", hint="Write good-enough:0.9.") from None


class Plugin:
    @promptkit.hookimpl
    def register_searches(self):
        return [GoodEnoughStrategy()]


host = create_plugin_manager()
record = PluginRecord(name="good-enough", version="1")
host.register(Plugin(), record)
host.records["good-enough"] = record
settings = promptkit.GenerationSettings(batch_size=1)
with promptkit.Session(registry=Registry(host)) as session:
    result = session.generate("a red cat", candidates=6, search="good-enough:0.5", settings=settings)
print(f"{len(result.candidates)} of 6 made; the best has {result.best.total:.3f}")
