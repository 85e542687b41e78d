"""promptkit reads an image prompt into slots, fills what is left to chance, and picks the picture that says what it
says.

This module is the only public door. Names are loaded on first use: ``import promptkit`` imports nothing heavy.

>>> import promptkit
>>> prompt = promptkit.parse("a barn owl, overcast daylight")
>>> [phrase.text for phrase in prompt.slot("lighting")]
['overcast daylight']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from promptkit.errors import (
        GenerationError,
        Interrupted,
        MetadataError,
        ModelError,
        OutputError,
        PackError,
        PluginError,
        PromptError,
        PromptkitError,
        SettingsError,
        UnknownNameError,
        WildcardError,
    )
    from promptkit.expanders.styles import expand
    from promptkit.hookspecs import hookimpl
    from promptkit.prompt import Phrase, Prompt, Slot
    from promptkit.records import (
        Candidate,
        GenerationRequest,
        GenerationSettings,
        LoadOptions,
        ModelSpec,
        Recipe,
        Result,
    )
    from promptkit.session import Session
    from promptkit.slots.parse import parse
    from promptkit.templates.finish import Resolved
    from promptkit.templates.template import Template
    from promptkit.templates.wildcards import Wildcards

__version__ = "0.1.0"

_HOMES = {
    "promptkit.errors": (
        "GenerationError Interrupted MetadataError ModelError OutputError PackError PluginError PromptError "
        "PromptkitError SettingsError UnknownNameError WildcardError"
    ),
    "promptkit.expanders.styles": "expand",
    "promptkit.hookspecs": "hookimpl",
    "promptkit.prompt": "Phrase Prompt Slot",
    "promptkit.records": "Candidate GenerationRequest GenerationSettings LoadOptions ModelSpec Recipe Result",
    "promptkit.session": "Session",
    "promptkit.slots.parse": "parse",
    "promptkit.templates.finish": "Resolved",
    "promptkit.templates.template": "Template",
    "promptkit.templates.wildcards": "Wildcards",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "Candidate",
    "GenerationError",
    "GenerationRequest",
    "GenerationSettings",
    "Interrupted",
    "LoadOptions",
    "MetadataError",
    "ModelError",
    "ModelSpec",
    "OutputError",
    "PackError",
    "Phrase",
    "PluginError",
    "Prompt",
    "PromptError",
    "PromptkitError",
    "Recipe",
    "Resolved",
    "Result",
    "Session",
    "SettingsError",
    "Slot",
    "Template",
    "UnknownNameError",
    "WildcardError",
    "Wildcards",
    "__version__",
    "expand",
    "hookimpl",
    "parse",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'promptkit' has no attribute '{name}'")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
