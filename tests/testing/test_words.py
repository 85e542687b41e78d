"""Commands, vocabularies and classifiers: what is sound passes, what has a fault does not."""

import click
import pytest

from promptkit.errors import ContractError
from promptkit.slots.vocabulary import Term, Vocabulary
from promptkit.testing import check_classifier, check_command, check_vocabulary


def caught(check, thing):
    with pytest.raises(ContractError) as error:
        check(thing)
    return [made.name for made in error.value.report.broken]


class Helpless(click.Command):
    """Cannot say what it takes."""

    def format_options(self, ctx, formatter):
        raise RuntimeError("no model, no help")


@click.command()
def hello():
    """Say hello."""


@click.command()
def silent():
    pass


@click.command(cls=Helpless)
def failing():
    """Fail whatever is asked."""


def test_commands():
    check_command(hello)
    assert caught(check_command, silent) == ["has a name and a line of help"]
    assert caught(check_command, failing) == ["shows its help"]
    assert caught(check_command, "hello") == ["has a name and a line of help"]


@pytest.mark.parametrize(
    ("terms", "contract"),
    [
        ((), "has words in slots"),
        ((Term(" ", "style"),), "has words in slots"),
        ((Term("limelight", "the light"),), "has words in slots"),
        (("limelight",), "has words in slots"),
        ((Term("limelight", "lighting"), Term("Limelight", "camera")), "teaches the parser its words"),
    ],
)
def test_vocabularies(terms, contract):
    check_vocabulary(Vocabulary("theatre", (Term("limelight", "lighting"), Term("proscenium arch", "subject"))))
    assert caught(check_vocabulary, Vocabulary("theatre", terms)) == [contract]


@pytest.mark.parametrize(
    "answer",
    [lambda phrase, vocabulary: 6, lambda phrase, vocabulary: "the light", lambda phrase, vocabulary: phrase[5]],
)
def test_classifiers(answer):
    check_classifier(lambda phrase, vocabulary: "style" if phrase.endswith("core") else None)
    assert caught(check_classifier, answer) == ["says a slot or nothing"]
