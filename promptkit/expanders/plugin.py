"""The built-in style packs and the expanders of arrays and templates, as an ordinary plugin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from promptkit.expanders.arrays import ArraysExpander
from promptkit.expanders.template import TemplateExpander
from promptkit.hookspecs import hookimpl
from promptkit.interfaces import Expander
from promptkit.packs.library import builtin_folder


@hookimpl(trylast=True)
def register_style_packs() -> Sequence[Path]:
    return [builtin_folder()]


@hookimpl(trylast=True)
def register_expanders() -> Sequence[Expander]:
    return [ArraysExpander(), TemplateExpander()]
