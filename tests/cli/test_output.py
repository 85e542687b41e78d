"""Tables keep names whole on terminals of any width."""

import pytest
from click.testing import CliRunner
from rich.console import Console

from promptkit.backends.catalogue import CATALOGUE
from promptkit.cli import lists, output
from promptkit.cli.app import app

RANKED = ["hf-hub:OWNER/NAME", "local-dir:FOLDER", "ViT-B-32/laion2b_s34b_b79k", "clip-plain"]


@pytest.fixture
def terminal(monkeypatch):
    """Return a function that makes stdout a terminal of so many columns, without colours."""

    def make(width):
        for module in (output, lists):
            monkeypatch.setattr(
                module,
                "stdout",
                lambda: Console(width=width, force_terminal=True, color_system=None, highlight=False, markup=False),
            )

    return make


@pytest.mark.parametrize("width", [50, 80, 100, 120])
@pytest.mark.parametrize(
    ("command", "names"),
    [("models", [spec.name for spec in CATALOGUE]), ("rankers", RANKED), ("samplers", ["dpmpp_2m_sde_heun"])],
)
def test_no_name_is_broken(command, names, width, terminal):
    terminal(width)
    lines = CliRunner().invoke(app, [command], catch_exceptions=False).stdout.splitlines()
    assert max(len(line) for line in lines) <= width
    assert [name for name in names if not any(name in line for line in lines)] == []


def test_the_widest_column_gives_way_to_a_name(capsys, terminal):
    terminal(30)
    output.show_table(("name", "is"), [("a-name-of-20-letters", "one two three")])
    lines = capsys.readouterr().out.splitlines()
    assert [line.rstrip() for line in lines[2:]] == ["a-name-of-20-letters   one two", " " * 23 + "three"]


def test_what_does_not_fit_stands_below(capsys, terminal):
    terminal(24)
    output.show_table(("name", "is", ""), [("a-name-of-20-letters", "one two", "three"), ("b", "", "four")])
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines == ["a-name-of-20-letters", "    is: one two", "    three", "b", "    four"]


def test_piped_lines_become_longer(capsys, monkeypatch):
    monkeypatch.setattr(output, "PIPED_WIDTH", 24)
    output.show_table(("name", "is"), [("a-name-of-20-letters", "one two")])
    assert [line.split() for line in capsys.readouterr().out.splitlines()[2:]] == [
        ["a-name-of-20-letters", "one"],
        ["two"],
    ]


def test_piped_output_is_as_wide_as_columns_says(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert output.stdout().width == output.PIPED_WIDTH
    monkeypatch.setenv("COLUMNS", "100")
    assert output.stdout().width == 100


def test_lines_for_a_person_break_between_words_on_a_terminal_alone(capsys, monkeypatch):
    said = "A sentence of several words, and /a/name/that/is/longer/than/a/line at its end."
    output.warn(said)
    assert capsys.readouterr().err == f"{said}\n"
    narrow = Console(width=30, stderr=True, force_terminal=True, color_system=None)
    monkeypatch.setattr(output, "stderr", lambda: narrow)
    output.warn(said)
    lines = capsys.readouterr().err.splitlines()
    assert " ".join(line.strip() for line in lines) == said
    assert len(lines) == 4
