"""Encode prompts in a way of your own: "a ~ b" is half-way between two prompts. Other prompts are left to promptkit."""

import promptkit
from promptkit.plugins import PluginRecord, create_plugin_manager
from promptkit.registry import Registry


class Blend:
    @promptkit.hookimpl
    def encode_prompt(self, prompt, negative, pipeline):
        if "~" not in prompt or type(pipeline).__name__ != "StableDiffusionPipeline":
            return None

        def encoded(text):
            return pipeline.encode_prompt(text.strip(), pipeline.device, 1, False)[0]

        parts = [encoded(text) for text in prompt.split("~")]
        return {"prompt_embeds": sum(parts) / len(parts), "negative_prompt_embeds": encoded(negative)}


host = create_plugin_manager()
record = PluginRecord(name="blend", version="1")
host.register(Blend(), record)
host.records["blend"] = record
with promptkit.Session(ranker="none", registry=Registry(host)) as session:
    found = [session.generate(text, candidates=1) for text in ("a red cat", "a blue cat", "a red cat ~ a blue cat")]
    print(session.notes())
pictures = [result.best.image.tobytes() for result in found]
assert len(set(pictures)) == 3
