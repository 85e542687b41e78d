"""The first run: a picture within a minute, then what drew it, what draws better here, and where things are kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from promptkit.cli.output import say, stdout, warn
from promptkit.console.bench import Bench
from promptkit.console.doing import do
from promptkit.console.place import console_folder, made_private
from promptkit.console.verb import Answer
from promptkit.names import shortened
from promptkit.records import ModelSpec
from promptkit.terminal import safe_text

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from promptkit.machine import Machine

MARKER = "welcomed"
FIRST = "a red lighthouse, watercolour"
"""What the first picture shows: words that the embedded model knows."""
FIRST_COUNT = 4
LARGE_MODELS = 3
"""Models on the second screen beside the smallest one, so that it fits 24 rows."""
EMBEDDED = "embedded"


def is_first_run() -> bool:
    """Say whether nobody was welcomed yet; where that cannot be kept, somebody was."""
    return not (console_folder() / MARKER).exists()


def first_run(bench: Bench, read: Callable[[], str]) -> None:
    """Show both screens once, with the first picture between them. Ctrl-C and Ctrl-D skip what is left, and whatever
    is typed is done. The embedded model is loaded while one reads. Raises Leave for ``quit``."""
    try:
        made_private(console_folder()).joinpath(MARKER).touch(mode=0o600)
    except OSError as error:
        warn(f"It cannot be kept that you were welcomed: {error.strerror or error}.")
    try:
        _print(first_screen(bench.desk.text or FIRST))
        if bench.desk.model == EMBEDDED:
            bench.loads.begin(bench.session)
        line = read().strip()
        given = () if bench.desk.text else (f": {FIRST}",)
        for said in (line,) if line else (*given, f"generate {FIRST_COUNT}"):
            do(bench, said)
        _print(second_screen(bench))
    except (KeyboardInterrupt, EOFError):
        say("welcome shows this again.")


def first_screen(prompt: str = FIRST) -> Answer:
    """Return what promptkit is, and how the first picture is made, of the prompt that was given or of ours."""
    return (
        safe_text("Welcome to promptkit.", "bold"),
        safe_text(
            "Type what a picture should show. promptkit reads it into four slots (subject, style, lighting, camera), "
            "shows what is left to chance, makes a few pictures from different seeds, and says which one shows best "
            "what you asked for, and why. Everything can be undone, and every picture keeps how it was made.\n"
        ),
        safe_text(f"    {shortened(' '.join(prompt.split()))}\n", "bold"),
        safe_text("Press Enter to make this picture, or type a prompt of your own. Ctrl-C: not now.", "cyan"),
    )


def second_screen(bench: Bench) -> Answer:
    """Return what the embedded model is and is not, which models fit this machine, and where things are kept. Asks the
    graphics driver, which may take a moment."""
    from promptkit.machine import this_machine

    specs = [registered.value for registered in bench.registry.all("model").values()]
    machine = this_machine()
    return (
        safe_text("\nWhat the embedded model is", "bold"),
        safe_text(_embedded(specs)),
        safe_text("\nA real model for this machine", "bold"),
        *_choice(specs, machine),
        safe_text("\nWhere things are kept", "bold"),
        _places(bench),
        safe_text("help lists the verbs; welcome shows this again.", "bright_black"),
    )


def _embedded(specs: Sequence[ModelSpec]) -> str:
    (about,) = [spec.summary for spec in specs if spec.name == EMBEDDED]
    return (
        f"It is {about}. It is no model for real pictures, and there so that everything can be seen to work, offline "
        "and at once."
    )


def _choice(specs: Sequence[ModelSpec], machine: Machine) -> Iterator[Text | Table]:
    """Say which models fit, the smallest and the largest of them, and how one is chosen."""
    real = [spec for spec in specs if spec.name != EMBEDDED and spec.memory_gib is not None]
    sized = sorted(real, key=lambda spec: spec.memory_gib or 0)
    fitting = [spec for spec in sized if machine.lacks(spec) is None]
    if not fitting:
        yield safe_text(f"{_machine(machine)} No model of the list fits: {_least(sized, machine)}")
        return
    named = [fitting[0], *fitting[1:][-LARGE_MODELS:]]
    yield safe_text(f"{_machine(machine)} {_fit(machine)} with what is downloaded, and the licence:")
    yield _models(named)
    yield safe_text(
        f"model {named[0].name} chooses one; the first generate downloads it. promptkit models tells of "
        f"{len(sized) - len(named)} more. A folder, a file or a hub id works too."
    )


def _least(sized: Sequence[ModelSpec], machine: Machine) -> str:
    if not sized:
        return "there is none."
    return f"the smallest, {sized[0].name}, {machine.lacks(sized[0])}. --offload model needs less."


def _machine(machine: Machine) -> str:
    memory = "memory that cannot be measured" if machine.ram is None else f"{machine.ram:.0f} GiB of memory"
    if machine.gpu is not None:
        return f"Here are a GPU with {machine.gpu:.0f} GiB and {memory}."
    if machine.shared:
        return f"Here is {memory}, which the GPU uses too."
    return f"Here is {memory}, and no GPU: a picture takes minutes."


def _fit(machine: Machine) -> str:
    told = machine.gpu is not None or machine.ram is not None
    return "These fit, among others," if told else "These are the smallest and the largest,"


def _models(specs: Sequence[ModelSpec]) -> Table:
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True)
    for spec in specs:
        licence = f"{spec.licence or 'licence not told'}{' (to be accepted)' if spec.gated else ''}"
        table.add_row(safe_text(f"  {spec.name}", "bold"), _download(spec), safe_text(licence))
    return table


def _download(spec: ModelSpec) -> str:
    """Say how much is downloaded: the weights, at two bytes a parameter."""
    from promptkit.backends.catalogue import HEADROOM_GIB

    return f"about {max(1, round((spec.memory_gib or 0) - HEADROOM_GIB))} GiB"


def _places(bench: Bench) -> Table:
    from rich.table import Table

    from promptkit.packs.library import user_folder

    pictures = str(bench.library.absolute()) if bench.library else "in memory alone"
    places = {
        "pictures": pictures,
        "models": str(_hub_cache()),
        "your styles": str(user_folder()),
        "this console": str(console_folder()),
    }
    table = Table.grid(padding=(0, 2))
    for name, place in places.items():
        table.add_row(safe_text(f"  {name}", "bold"), safe_text(place))
    return table


def _hub_cache() -> Path:
    """Return where huggingface_hub puts models, asked without importing it."""
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or Path(home, "hub"))


def _print(parts: Answer) -> None:
    for part in parts:
        stdout().print(part)
