"""The root command. Each command's module is imported when the command is used; ``--help`` imports none of them."""

from __future__ import annotations

from importlib import import_module

import click

from promptkit import __version__

COMMANDS = {
    "convert": ("promptkit.cli.convert:convert", "Say a prompt in another dialect; list where its meaning changes."),
    "doctor": ("promptkit.cli.doctor:doctor", "Check this installation and say what to mend."),
    "expand": ("promptkit.cli.words:expand", "Fill a prompt's open slots from styles."),
    "generate": ("promptkit.cli.pictures:generate", "Make candidates, rank them, and write them with their recipe."),
    "models": ("promptkit.cli.lists:models", "List models by their short names."),
    "parse": ("promptkit.cli.words:parse", "Read a prompt into slots; show what is left to chance."),
    "plugins": ("promptkit.cli.lists:plugins", "List plugins."),
    "rank": ("promptkit.cli.pictures:rank", "Score pictures against a prompt, slot by slot."),
    "samplers": ("promptkit.cli.lists:samplers", "List samplers and the names they go by."),
    "styles": ("promptkit.cli.lists:styles", "List and show styles."),
    "tokens": ("promptkit.cli.tokens:tokens", "Count a prompt's tokens against a model's limit, phrase by phrase."),
    "wildcards": ("promptkit.cli.lists:wildcards", "List the lists that __name__ means in a template."),
}
"""Name → (module:command, one line of help)."""


class LazyGroup(click.Group):
    """A group that knows its commands' names and summaries, and imports a command when it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(_unknown(args[0]), ctx)
        return super().resolve_command(ctx, args)


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=1)
    return f"There is no command '{name}'." + (f" Did you mean '{near[0]}'?" if near else "")


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="promptkit")
def app() -> None:
    """Read image prompts into slots, fill what is left to chance, and pick the picture that says what the prompt says.

    \b
    promptkit parse "a red lighthouse, golden hour"
    promptkit expand "a dog" --style portrait-photography/window-light
    promptkit generate "a red lighthouse" --style embedded/watercolour-dusk --candidates 8
    """
