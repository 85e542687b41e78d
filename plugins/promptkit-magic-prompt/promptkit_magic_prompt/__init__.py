"""Words for the slots that a prompt leaves open, proposed by a language model."""

from __future__ import annotations

from collections.abc import Sequence

from promptkit import hookimpl
from promptkit.interfaces import Expander
from promptkit_magic_prompt.expander import MagicPrompt


@hookimpl
def register_expanders() -> Sequence[Expander]:
    return [MagicPrompt()]
