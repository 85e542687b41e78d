"""Bring a ranker of your own: the brightest picture wins. An installed plugin does the same through its entry point."""

import numpy as np

import promptkit
from promptkit.plugins import PluginRecord, create_plugin_manager
from promptkit.registry import Registry


class Brightness:
    name = "brightness"

    def load(self, model=None, *, device=None):
        return self

    def describe(self):
        return {"name": self.name}

    def score(self, prompt, candidates):
        return [{"total": float(np.asarray(candidate.image).mean() / 255)} for candidate in candidates]


class Plugin:
    @promptkit.hookimpl
    def register_rankers(self):
        return [Brightness()]


host = create_plugin_manager()
record = PluginRecord(name="brightness", version="1")
host.register(Plugin(), record)
host.records["brightness"] = record
with promptkit.Session(ranker="brightness", registry=Registry(host)) as session:
    result = session.generate("a white cat, soft daylight", candidates=4)
print(result.best.seed, result.best.scores)
