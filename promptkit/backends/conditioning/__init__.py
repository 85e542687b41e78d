"""From a typed prompt to what a pipeline is given: plain text, or embeddings for each step."""

from promptkit.backends.conditioning.plan import Conditioning, condition

__all__ = ["Conditioning", "condition"]
