"""The contract of words that a plugin teaches the parser, and of a classifier of phrases."""

from __future__ import annotations

from collections.abc import Callable

from promptkit.slots.parse import parse
from promptkit.slots.vocabulary import Term, Vocabulary, builtin_vocabulary, normal
from promptkit.testing.contract import Contract, Finding, Report, require
from promptkit.testing.drawn import PHRASES, strategies

Classify = Callable[[str, Vocabulary], str | None]


def check_vocabulary(vocabulary: Vocabulary, *, examples: int = 10, seconds: float = 10.0) -> Report:
    """Check that a vocabulary has words in slots, and that the parser finds them. Raises ContractError."""
    contract = Contract(f"vocabulary '{vocabulary.name}'", seconds=seconds)

    def has_terms() -> None:
        require(bool(vocabulary.name.strip()), "it has no name", "Give it the plugin's.")
        require(bool(vocabulary.terms), "it has no terms", "Vocabulary(name, (Term(text, slot), …)).")
        for term in vocabulary.terms:
            if not isinstance(term, Term) or not normal(term.text) or not term.slot.isidentifier():
                raise Finding(f"it holds {term!r}", "A Term has words, and a slot such as 'lighting'.")

    def finds(term: Term) -> None:
        prompt = contract.call(
            f"parse({term.text!r})", lambda: parse(f"{term.text}, a cat", vocabularies=(vocabulary,))
        )
        slots = [phrase.slot for phrase in prompt.phrases if normal(term.text) in normal(phrase.text)]
        require(term.slot in slots, f"'{term.text}' is read as {slots}, not as {term.slot}", "Name each word once.")

    if contract.check("has words in slots", has_terms):
        case = strategies().tuples(strategies().sampled_from(vocabulary.terms))
        contract.every("teaches the parser its words", case, finds, examples=examples)
    return contract.close()


def check_classifier(classify: Classify, *, examples: int = 20, seconds: float = 10.0) -> Report:
    """Check that ``classify_phrase`` says a slot or ``None``, the same again. Raises ContractError."""
    contract = Contract("hook classify_phrase", seconds=seconds)

    def answers(phrase: str) -> None:
        what = f"classify_phrase({phrase!r}, vocabulary)"
        first, second = (
            contract.call(
                what, lambda: classify(phrase, builtin_vocabulary()), cure="Return None for what you do not know."
            )
            for _ in range(2)
        )
        sound = first is None or (isinstance(first, str) and first.isidentifier())
        require(sound, f"{what} gave {first!r}", "Return a slot's name, such as 'lighting', or None.")
        require(first == second, f"{what} gave {first!r}, and then {second!r}", "Draw nothing.")

    st = strategies()
    case = st.tuples(st.sampled_from(PHRASES) | st.text(min_size=1, max_size=30))
    contract.every("says a slot or nothing", case, answers, examples=examples)
    return contract.close()
