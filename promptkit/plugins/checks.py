"""What is refused when a plugin is registered: hooks that pluggy would ignore in silence, or that cannot be called."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from promptkit import hookspecs
from promptkit.errors import PluginError


def hook_names() -> set[str]:
    return {name for name, value in vars(hookspecs).items() if hasattr(value, f"{hookspecs.PROJECT}_spec")}


def check_hooks(plugin: object, name: str) -> None:
    """Refuse a function that is marked as a hook whose name no hook has, and one that is no plain function. Raises
    PluginError."""
    specs = hook_names()
    for attribute, value, options in _marked(plugin):
        meant = options.get("specname") or attribute
        if meant not in specs:
            raise PluginError(f"Plugin '{name}' implements '{meant}', which is no hook.", hint=_nearest(meant, specs))
        if options.get("wrapper") or options.get("hookwrapper"):
            raise PluginError(
                f"Plugin '{name}' wraps the hook '{meant}'.", hint="Write it as a plain hook: wrappers are not called."
            )
        if inspect.iscoroutinefunction(value):
            raise PluginError(
                f"Plugin '{name}' implements '{meant}' as a coroutine.", hint="Write def instead of async def."
            )


def _marked(plugin: object) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    for attribute in dir(plugin):
        value = inspect.getattr_static(plugin, attribute)
        inner = getattr(value, "__func__", value)
        options = getattr(inner, f"{hookspecs.PROJECT}_impl", None)
        if isinstance(options, dict):
            yield attribute, inner, options


def _nearest(attribute: str, specs: set[str]) -> str:
    import difflib

    near = difflib.get_close_matches(attribute, sorted(specs), n=1, cutoff=0.0)
    return f"Did you mean '{near[0]}'?"
