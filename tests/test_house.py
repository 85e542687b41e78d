"""The rules of the house: floors, light imports, one public door, every style readable."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import promptkit
from promptkit.cli.app import COMMANDS
from promptkit.cli.library import LIBRARY
from promptkit.cli.plugins import PLUGINS
from promptkit.cli.styles import STYLES
from promptkit.expanders.styles import default_library

ROOT = Path(promptkit.__file__).parent
HEAVY = ("torch", "diffusers", "transformers", "open_clip", "PIL", "numpy", "pydantic")

FLOORS = (
    ("errors", "frames", "dialects", "prompt", "records", "interfaces", "names", "seeds", "embedded.words", "embedded"),
    ("slots", "packs", "terminal", "advice", "hub", "templates", "installed", "rgb", "modes", "pictures", "extras"),
    ("hookspecs", "plugins", "registry"),
    (
        "backends",
        "expanders",
        "rankers",
        "searches",
        "finishing",
        "embedded.plugin",
        "embedded.scenes",
        "embedded.training",
    ),
    (
        "adapters",
        "commanding",
        "scaffold",
        "installing",
        "machine",
        "search",
        "asked",
        "blame",
        "metadata",
        "output",
        "models",
        "recipes",
        "library",
        "locks",
        "interrupts",
        "jobs",
        "ledger",
        "placing",
        "resuming",
        "run",
        "whereabouts",
        "scoring",
        "embedding",
        "ties",
        "session",
        "performing",
        "texts",
        "workers",
        "doctor",
        "finish",
        "finish_files",
        "studies",
        "suggest",
        "trials",
        "previews",
        "reproduce",
        "embedded.train",
    ),
    (
        "views",
        "views_candidates",
        "views_suggest",
        "views_finish",
        "views_provenance",
        "views_library",
        "views_search",
        "console",
        "cli",
        "gallery",
        "report",
        "sheet",
        "testing",
        "__main__",
        "__init__",
    ),
)
"""Lowest first; a longer name counts before a shorter one."""

ALLOWED = {
    ("expanders", "slots"), ("rankers", "embedded"), ("embedded.training", "embedded.scenes"),
    ("embedded.scenes", "embedded.words"),
}  # fmt: skip


def floor_of(name: str) -> int:
    hits = [
        (len(room), floor)
        for floor, rooms in enumerate(FLOORS)
        for room in rooms
        if name == room or name.startswith(room + ".")
    ]
    assert hits, f"{name} has no floor: add it to FLOORS"
    return max(hits)[1]


def room_of(name: str) -> str:
    return max((room for rooms in FLOORS for room in rooms if name == room or name.startswith(room + ".")), key=len)


def modules():
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield path, ".".join(part for part in parts if part != "__init__") or "__init__"


def imports(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("promptkit"):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}".removeprefix("promptkit.")
                target = ROOT.joinpath(*inner.split("."))
                is_module = target.is_dir() or target.with_suffix(".py").exists()
                yield inner if is_module else (node.module or "").removeprefix("promptkit").lstrip(".") or "__init__"
        elif isinstance(node, ast.Import):
            yield from (
                alias.name.removeprefix("promptkit.") for alias in node.names if alias.name.startswith("promptkit.")
            )


@pytest.mark.parametrize(("path", "name"), list(modules()), ids=lambda value: value if isinstance(value, str) else "")
def test_imports_go_downward(path, name):
    if name == "__init__":
        return
    for target in imports(path):
        if target == "__init__":
            continue
        assert floor_of(target) <= floor_of(name), f"{name} imports {target}, which is above it"


@pytest.mark.parametrize(("path", "name"), list(modules()), ids=lambda value: value if isinstance(value, str) else "")
def test_a_built_in_knows_no_other_kind_of_built_in(path, name):
    if floor_of(name) != 3:
        return
    for target in imports(path):
        if floor_of(target) == 3 and room_of(target) != room_of(name):
            assert (room_of(name), room_of(target)) in ALLOWED


@pytest.mark.parametrize(
    "arguments",
    [["-c", "import promptkit"], ["-m", "promptkit", "--help"], ["-m", "promptkit", "parse", "a dog, 35mm"]],
    ids=["import", "help", "parse"],
)
def test_nothing_heavy_is_imported(arguments):
    """Packs are validated when they change: here they are in the cache already."""
    default_library().styles()
    probe = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(probe, capture_output=True, text=True, check=True)
    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "promptkit" in loaded
    assert not loaded & set(HEAVY)


def test_the_registry_loads_without_heavy_modules():
    script = "import sys; from promptkit.registry import Registry; r = Registry(); r.names('sampler'), r.names('model'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & set(HEAVY)


def test_public_names_are_sorted_and_there():
    assert promptkit.__all__ == sorted(promptkit.__all__)
    for name in promptkit.__all__:
        assert getattr(promptkit, name) is not None
    with pytest.raises(AttributeError):
        _ = promptkit.nothing_of_that_name


def test_every_exception_is_drawn_in_the_tree():
    from promptkit import errors

    drawn = errors.__doc__ or ""
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, errors.PromptkitError):
            assert name in drawn


@pytest.mark.parametrize(
    "table", [COMMANDS, LIBRARY, PLUGINS, STYLES], ids=["promptkit", "library", "plugins", "styles"]
)
def test_every_command_loads_and_is_what_its_name_says(table):
    from importlib import import_module

    for name, (target, summary) in table.items():
        module, _, attribute = target.partition(":")
        command = getattr(import_module(module), attribute)
        assert command.name == name
        assert command.help
        assert summary.endswith(".")


def test_built_in_packs_are_all_readable():
    library = default_library()
    assert len(library.packs) >= 4
    assert len(library.styles()) >= 24
    assert library.problems == []
