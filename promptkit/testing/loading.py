"""The contract of a plugin as it is loaded: quickly, in silence, and with names of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from promptkit.errors import PluginError
from promptkit.plugins import OK, PluginRecord
from promptkit.registry import KINDS, Registered, Registry
from promptkit.testing.contract import Contract, Finding, Report, require

HEAVY = ("torch", "diffusers", "transformers", "open_clip", "PIL", "numpy", "pydantic")
"""What no plugin imports while it is loaded, so that every command stays quick."""


def check_loading(
    registry: Registry, record: PluginRecord, found: Mapping[str, Sequence[Registered]], imported: Collection[str]
) -> Report:
    """Check how a plugin was loaded, and what it registered by kind: ``found``. ``imported`` are the modules that came
    in with it. Raises ContractError."""
    contract = Contract(f"plugin '{record.name}'", seconds=60.0)
    loaded = Loaded(registry, record, found, imported)
    if contract.check("can be loaded", loaded.loads):
        contract.check("imports nothing heavy while it is loaded", loaded.is_light)
        contract.check("prints nothing while it is loaded", loaded.is_quiet)
        contract.check("implements hooks", loaded.is_seen)
        if contract.check("registers what the hooks take", loaded.registers):
            contract.check("is found under the names it registers", loaded.is_found)
    return contract.close()


class Loaded:
    """A plugin that was loaded, or could not be."""

    def __init__(
        self,
        registry: Registry,
        record: PluginRecord,
        found: Mapping[str, Sequence[Registered]],
        imported: Collection[str],
    ) -> None:
        self.registry = registry
        self.record = record
        self.found = found
        self.imported = imported

    def loads(self) -> None:
        reason = self.record.error or self.record.status
        require(self.record.status == OK, reason, self.record.cure or "Mend what its import needs.")

    def is_light(self) -> None:
        heavy = [name for name in HEAVY if name in self.imported]
        require(not heavy, f"loading it imports {', '.join(heavy)}", "Import them inside the functions that use them.")

    def is_quiet(self) -> None:
        printed = self.record.printed
        require(not printed, f"loading it prints {printed[:80]!r}", "Print nothing; a command writes data.")

    def is_seen(self) -> None:
        require(bool(self.record.hooks), "it implements no hook", "Mark its functions with @hookimpl.")

    def registers(self) -> None:
        for kind in KINDS:
            self.registry.all(kind)
        for problem in self.registry.problems:
            raise Finding(str(problem), problem.hint or "")

    def is_found(self) -> None:
        for kind, things in self.found.items():
            for name in (one.value.name for one in things):
                try:
                    known = self.registry.find(kind, name)
                    meant = known.value.name == name and known.plugin is self.record
                except PluginError:
                    meant = False
                require(
                    meant,
                    f"the {kind} '{name}' is not what that name stands for",
                    "Give each thing a name that differs from the others by more than case and signs.",
                )
