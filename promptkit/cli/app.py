"""The root command. Each command's module is imported when the command is used; ``--help`` imports none of them."""

from __future__ import annotations

import click

from promptkit import __version__
from promptkit.cli.plugin_commands import PluginGroup

COMMANDS = {
    "console": ("promptkit.cli.console:console", "Shape a prompt and watch it become pictures; without a command too."),
    "convert": ("promptkit.cli.convert:convert", "Say a prompt in another dialect; list where its meaning changes."),
    "doctor": ("promptkit.cli.doctor:doctor", "Check this installation and say what to mend."),
    "expand": ("promptkit.cli.words:expand", "Fill a prompt's open slots from styles."),
    "finish": ("promptkit.cli.finish:finish", "Run post-processors on pictures; list those that are installed."),
    "gallery": ("promptkit.cli.gallery:gallery", "Show pictures on one HTML page, or on a contact sheet."),
    "generate": ("promptkit.cli.pictures:generate", "Make candidates, rank them, and write them with their recipe."),
    "inspect": ("promptkit.cli.inspect:inspect", "Show what pictures say of how they were made, or take that out."),
    "library": ("promptkit.cli.library:library", "List, find, tag, rate, check and export pictures."),
    "models": ("promptkit.cli.lists:models", "List models by their short names."),
    "parse": ("promptkit.cli.words:parse", "Read a prompt into slots; show what is left to chance."),
    "plugins": ("promptkit.cli.plugins:plugins", "List, install, check, switch off and write plugins."),
    "rank": ("promptkit.cli.pictures:rank", "Score pictures against a prompt, slot by slot."),
    "rankers": ("promptkit.cli.lists:rankers", "List rankers, their checkpoints, and which models use them."),
    "resume": ("promptkit.cli.resume:resume", "Go on with a run that was cut off, or stopped."),
    "reproduce": ("promptkit.cli.reproduce:reproduce", "Make pictures once more, as they were or with other words."),
    "samplers": ("promptkit.cli.lists:samplers", "List samplers and the names they go by."),
    "searches": ("promptkit.cli.lists:searches", "List ways to spend candidates, and what they need of a model."),
    "styles": ("promptkit.cli.styles:styles", "List, find, check and write styles."),
    "suggest": ("promptkit.cli.suggest:suggest", "Suggest what could fill a prompt's open slots, and why."),
    "tokens": ("promptkit.cli.tokens:tokens", "Count a prompt's tokens against a model's limit, phrase by phrase."),
    "wildcards": ("promptkit.cli.lists:wildcards", "List the lists that __name__ means in a template."),
}
"""Name → (module:command, one line of help)."""


@click.group(
    cls=PluginGroup,
    table=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="promptkit")
@click.pass_context
def app(context: click.Context) -> None:
    """Read image prompts into slots, fill what is left to chance, and pick the picture that says what the prompt says.

    \b
    promptkit parse "a red lighthouse, golden hour"
    promptkit suggest "a dog"
    promptkit expand "a dog" --style portrait-photography/window-light
    promptkit generate "a red lighthouse" --style embedded/watercolour-dusk --candidates 8

    Without a command the console opens.
    """
    if context.invoked_subcommand is None:
        from promptkit.cli.console import open_console

        open_console()
