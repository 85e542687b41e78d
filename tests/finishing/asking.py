"""Ask a post-processor as a chain does: with all of its settings."""

from __future__ import annotations

import random
from typing import Any

from promptkit.interfaces import Processed


def ask(processor: Any, image: Any, **settings: Any) -> Processed:
    known = {setting.name: setting for setting in processor.settings}
    assert set(settings) <= set(known)
    given = {name: settings.get(name, setting.default) for name, setting in known.items()}
    if hasattr(processor, "check_settings"):
        processor.check_settings(given)
    made = processor.process(image, settings=given, rng=random.Random(0))
    return made if isinstance(made, Processed) else Processed(image=made)
