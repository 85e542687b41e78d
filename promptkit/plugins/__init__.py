"""Plugins: the built-in ones first, then those installed, one at a time, so that a broken one breaks nothing else."""

from promptkit.installed.switches import LOAD_VARIABLE
from promptkit.plugins.discovery import installed
from promptkit.plugins.host import STRICT_VARIABLE, STRIKES, TRACE_VARIABLE, PluginHost
from promptkit.plugins.manager import BUILTIN_PLUGINS, create_plugin_manager
from promptkit.plugins.record import DISABLED, OK, QUARANTINED, SKIPPED, SLOW_SECONDS, PluginRecord

__all__ = [
    "BUILTIN_PLUGINS",
    "DISABLED",
    "LOAD_VARIABLE",
    "OK",
    "QUARANTINED",
    "SKIPPED",
    "SLOW_SECONDS",
    "STRICT_VARIABLE",
    "STRIKES",
    "TRACE_VARIABLE",
    "PluginHost",
    "PluginRecord",
    "create_plugin_manager",
    "installed",
]
