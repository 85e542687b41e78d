"""Verbs that make pictures: ``generate``, ``vary``, ``more``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from promptkit.console.bench import Bench
from promptkit.console.command import generate_command
from promptkit.console.desk import Desk
from promptkit.console.offers import Offer
from promptkit.console.shown import Shown, as_changes, on_show
from promptkit.console.verb import Answer, Verb
from promptkit.console.verbs.counting import maybe_number, number, places
from promptkit.console.verbs.saying import check_unlocked, done, first_word, names_slot, slot_named
from promptkit.console.verbs.words import text_with
from promptkit.errors import PromptError, SettingsError
from promptkit.prompt import Prompt
from promptkit.records import Candidate

FILLS = 3
"""Other words for a slot that are tried unless more are asked for."""
HALF_WAY, NEAR = 0.5, 0.3
"""Variation strengths: of ``vary N``, and of ``more like N``."""
AS_IT_IS = "as it is"
_LIKE = re.compile(r"like +(?P<place>[0-9]{1,5})(?: +(?P<count>[0-9]{1,5}))?", re.IGNORECASE)


def _generate(bench: Bench, rest: str) -> Answer:
    from promptkit.console.results import result_view
    from promptkit.console.work import make

    desk = _for_run(bench, rest)
    prompt = _full(bench)
    shown = make(bench, f"generate {rest}".rstrip(), desk, prompt)
    return (*_unknown(bench, prompt), *result_view(shown))


def _for_run(bench: Bench, rest: str) -> Desk:
    return replace(bench.desk, candidates=number(rest) or bench.desk.candidates)


def _full(bench: Bench) -> Prompt:
    """Return the desk's prompt. Raises PromptError where there is none."""
    if not bench.desk.text.strip():
        raise PromptError("There is no prompt yet.", hint="Type one first: a red lighthouse, golden hour")
    return bench.prompt


def _unknown(bench: Bench, prompt: Prompt) -> Answer:
    """Say which words the model was never taught."""
    from promptkit.advice import unknown_words
    from promptkit.views import unknown_view

    model = bench.session.model
    unknown = unknown_words(prompt, model.vocabulary, model.related)
    return (unknown_view(unknown, model.name),) if unknown else ()


def _vary(bench: Bench, rest: str) -> Answer:
    word, count = first_word(rest)
    if number(word) is not None:
        return _varied_seed(bench, word, count, HALF_WAY, f"vary {rest}")
    return _varied_words(bench, word, count, f"vary {rest}")


def _fits_vary(bench: Bench, rest: str) -> bool:
    word, count = first_word(rest)
    return maybe_number(bench, count) and (number(word) is not None or (bool(word) and names_slot(bench, word)))


def _varied_words(bench: Bench, word: str, count: str, label: str) -> Answer:
    """Make the picture with the words that are there, and with others, from the same seed."""
    from promptkit.console.results import result_view
    from promptkit.console.work import Wording, make_each

    slot = slot_named(bench, word)
    offers = _other_words(bench, slot, number(count) or FILLS)
    wordings = [Wording(text=_text(bench, offer), words=offer.words or AS_IT_IS) for offer in offers]
    shown = make_each(bench, label, bench.desk, wordings)
    by_words = {offer.words or AS_IT_IS: offer for offer in offers}
    bench.offered = tuple(by_words[shown.words[candidate.index]] for candidate in shown.ranked)
    return (*result_view(shown), *_as_it_is(bench), done(f"take N puts the words of picture N into {slot}."))


def _as_it_is(bench: Bench) -> Answer:
    """Say which picture was made of the words that are there, to be compared with."""
    places = (place for place, offer in enumerate(bench.offered, 1) if not offer.style)
    return tuple(done(f"Picture {place} has the words as they are, for comparison.") for place in places)


def _text(bench: Bench, offer: Offer) -> str:
    return text_with(bench, offer.slot, offer.words) if offer.words and offer.style else bench.desk.text


def _other_words(bench: Bench, slot: str, count: int) -> list[Offer]:
    """Return what is said in a slot now, and what styles would say there. Raises SettingsError for a locked slot, for
    one that styles do not fill, and where nothing fits."""
    from promptkit.reproduce.change import changed
    from promptkit.suggest import FILLABLE, MAX_LIMIT

    check_unlocked(bench, slot)
    prompt, desk = _full(bench), bench.desk
    typed = bench.typed
    if slot not in FILLABLE:
        raise SettingsError(f"Styles fill no slot '{slot}'.", hint=f"Choose from {', '.join(FILLABLE)}.")
    if len(typed.slot(slot)) == len(typed.phrases):
        raise SettingsError(f"Without its {slot} the prompt says nothing.", hint="Say first what the picture shows.")
    text = changed(typed, {}, (slot,), bench.read)[0].text if typed.slot(slot) else desk.text
    bare = bench.prompt_of(replace(desk, text=text, locked=(*desk.locked, slot)))
    advice = bench.session.suggest(
        bare, slots=[slot], limit=min(MAX_LIMIT, count + 1), text_seed=desk.text_seed, known_words=True
    )
    now = ", ".join(phrase.text for phrase in prompt.slot(slot))
    fills = [Offer(slot=slot, words=made.text, style=made.style) for made in advice.slots.get(slot, ())]
    others = [offer for offer in fills if not _phrases(offer.words) <= _phrases(now)][:count]
    if not others:
        raise SettingsError(f"No installed style has other words for {slot}.", hint=f"Say some: set {slot} WORDS")
    return [Offer(slot=slot, words=now), *others]


def _phrases(words: str) -> set[str]:
    return {phrase.strip().casefold() for phrase in words.split(",")}


def _varied_seed(bench: Bench, place: str, count: str, strength: float, label: str) -> Answer:
    """Move a picture's own noise towards that of other seeds."""
    from promptkit.console.results import result_view
    from promptkit.console.work import check_same_model, make

    shown = on_show(bench)
    candidate = bench.candidate(place)
    desk = _variation(bench, shown, candidate, count, strength)
    check_same_model(bench, desk, candidate)
    said = f"Picture {place} is a variation of seed {candidate.seed} itself: these are others of that."
    told = () if candidate.variation_seed is None else (done(said),)
    return (*told, *result_view(make(bench, label, desk, shown.prompt_of(candidate))))


def _variation(bench: Bench, shown: Shown, candidate: Candidate, count: str, strength: float) -> Desk:
    """Return the desk that makes variations of a candidate which are not there yet."""
    there = [one.variation_seed for one in shown.candidates if one.variation_seed is not None]
    return replace(
        shown.desk_of(candidate),
        seed=candidate.seed,
        candidates=number(count) or bench.desk.candidates,
        variation_seed=max(there, default=0) + 1,
        variation_strength=strength,
        shown=bench.desk.shown,
    )


def _more(bench: Bench, rest: str) -> Answer:
    place, count = _like(rest)
    return _varied_seed(bench, place, count, NEAR, f"more {rest}")


def _like(rest: str) -> tuple[str, str]:
    found = _LIKE.fullmatch(rest)
    assert found is not None
    return found["place"], found["count"] or ""


def _generate_line(bench: Bench, rest: str) -> str:
    return generate_command(bench, candidates=_for_run(bench, rest).candidates)


def _vary_line(bench: Bench, rest: str) -> str:
    word, count = first_word(rest)
    if number(word) is not None:
        return _variation_line(bench, word, count, HALF_WAY)
    offers = _other_words(bench, slot_named(bench, word), number(count) or FILLS)
    return "\n".join(generate_command(bench, text=_text(bench, offer), candidates=1) for offer in offers)


def _more_line(bench: Bench, rest: str) -> str:
    return _variation_line(bench, *_like(rest), NEAR)


def _variation_line(bench: Bench, place: str, count: str, strength: float) -> str:
    desk = _variation(bench, on_show(bench), bench.candidate(place), count, strength)
    return generate_command(bench, **as_changes(desk))


def _varied(bench: Bench, rest: str) -> Iterator[str]:
    slots = [slot for slot in bench.slots if slot not in bench.desk.locked and slot.startswith(rest.lower())]
    yield from (*(slot for slot in slots if slot != "subject"), *places(bench, rest))


VERBS = (
    Verb(
        name="generate",
        summary="Make pictures of the desk, N or as many as candidates says, and rank them.",
        usage="generate [N]",
        examples=("generate", "generate 8"),
        run=_generate,
        fits=maybe_number,
        complete=lambda _, __: ("1", "4", "8"),
        command=_generate_line,
        equivalent="generate TEXT --candidates N",
        works=True,
    ),
    Verb(
        name="vary",
        summary="Try other words in a slot from the same seed; or vary the noise of picture N.",
        usage="vary SLOT|N [COUNT]",
        examples=("vary lighting", "vary style 2", "vary 1"),
        run=_vary,
        fits=_fits_vary,
        complete=_varied,
        command=_vary_line,
        equivalent="generate --variation-seed N --variation-strength 0.5",
        works=True,
    ),
    Verb(
        name="more",
        summary="Make pictures that differ from picture N a little.",
        usage="more like N [COUNT]",
        examples=("more like 1", "more like 2 8"),
        run=_more,
        fits=lambda _, rest: _LIKE.fullmatch(rest) is not None,
        complete=lambda bench, _: (f"like {place}" for place in places(bench)),
        command=_more_line,
        equivalent="generate --variation-seed N --variation-strength 0.3",
        works=True,
    ),
)
