"""What ``expand`` and ``generate`` share about templates."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from promptkit.cli.output import warn, write_json
from promptkit.errors import SettingsError

if TYPE_CHECKING:
    from promptkit.templates.template import Template

MAX_ALL = 100_000
Command = TypeVar("Command", bound=Callable[..., Any])

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_NEEDS_TEMPLATE = ("wildcards", "all_prompts", "clean", "count")


def template_options(command: Command) -> Command:
    """Add the options that say how TEXT is resolved as a template."""
    for option in (
        click.option("--tidy", "clean", is_flag=True, help="Clean up what empty choices leave behind."),
        click.option("--wildcards", multiple=True, type=FOLDER, help="A folder of lists for __name__; repeatable."),
        click.option("--template", is_flag=True, help="Resolve {a|b}, __wildcards__ and ${variables} in TEXT."),
    ):
        command = option(command)
    return command


def check_options(text: str, options: dict[str, Any]) -> None:
    """Refuse options that could do nothing: those of templates without ``--template``, ``--override`` and ``--lock``
    without a style. Say so when ``--template`` seems to be forgotten. Raises UsageError."""
    from promptkit.templates.template import looks_like_template

    if options.get("override") and not options["styles"]:
        raise click.UsageError("--override says what styles may replace: add --style pack/style.")
    if options.get("locked") and not options["styles"]:
        raise click.UsageError("--lock says what styles leave alone: add --style pack/style.")
    if options["template"]:
        return
    given = [name for name in _NEEDS_TEMPLATE if options.get(name)]
    if given:
        names = {"all_prompts": "all", "clean": "tidy"}
        raise click.UsageError(f"--{names.get(given[0], given[0])} goes with --template.")
    if looks_like_template(text):
        warn("TEXT looks like a template and is taken as it is; add --template to resolve it.")


def all_prompts(template: Template) -> None:
    """Refuse ``--all`` for more than can be read. Raises SettingsError."""
    if template.count() > MAX_ALL:
        raise SettingsError(
            f"The template holds {digits(template.count())} prompts; --all shows at most {MAX_ALL:,}.",
            hint="Draw some: --limit 20; another --text-seed draws others.",
        )


def digits(number: int) -> str:
    """Return an integer of any size as decimal digits; ``str`` stops at 4,300 of them."""
    return str(Decimal(number))


def show_count(template: Template, *, as_json: bool) -> None:
    """Print how many prompts a template holds; in JSON as a text, which no reader rounds."""
    if as_json:
        write_json("count", {"template": template.text, "count": digits(template.count())})
    else:
        click.echo(digits(template.count()))
