"""How well what a style says of one slot fits what somebody typed, and why, in plain words.

The score adds up: what the style is for against what the prompt shows, words they share, what the prompt hints at for
the slot, and the medium. What would contradict the prompt does not fit at all. Higher is better; 0 is indifferent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from promptkit.packs.exclusive import exclusion, sides
from promptkit.packs.kinds import Kind, Purpose, kinds_of, purpose, signs_in
from promptkit.packs.style import Style
from promptkit.packs.tones import tones
from promptkit.prompt import Prompt, Slot
from promptkit.slots.vocabulary import normal
from promptkit.slots.words import FUNCTION_WORDS, spoken

MEDIA = "two media"
PHOTOGRAPH = "photograph"
ANY = "any"
"""Among kinds, the word for all of them."""
OTHER = {"style": "another look", "lighting": "other light", "camera": "another view"}
"""What else a slot could hold, as a sentence says it."""
_PHOTO_TALK = re.compile(
    r"\b(?:\d+\s?mm|lens(?:es)?|f/\s?\d|t\d\.\d|shutter|film|exposure|softbox(?:es)?|strobes?|flash|gels?|reflector|tripod"
    r"|camera|bokeh)\b"
)
_PHOTOGRAPHIC = re.compile(r"\b(?:photo\w*|film still|snapshot|tintype|daguerreotype|polaroid|infrared|negative)\b")
_PLAIN = re.compile(r"\b(?:plain|natural|documentary|observational|everyday)\b")
_DATED = re.compile(
    r"\b(?:\d{4}s|silent|tintype|daguerreotype|black and white|infrared|scratched|technicolor|tinted|era)\b"
)
_SAID = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
COMMON = FUNCTION_WORDS | set(
    "light lighting photograph photo picture view look one two all small big it so old new deep dark pale black white "
    "grey red orange yellow green blue purple pink brown".split()
)
"""Words that two texts may share without being alike."""
VAGUE = frozenset(
    "night level eye ground several colour colours coloured glow reflected angle angles focus key shadow shadows few "
    "framing shaped filtered available broken".split()
)
"""Words of a hint that a fill may say without following it."""
UNSEEN = frozenset({"creature", "diagram"})
"""Kinds that are drawn rather than photographed."""
UNKNOWN = "what kind of thing this is, is not known here"
NO_SUBJECT = "nothing is said of what the picture shows"
OWN_KIND, KIN, ANY_KIND, OTHER_KIND = 2.0, 0.5, 1.0, -2.0
"""For a style that is for what the prompt shows, for its kin, for anything, and for other things alone."""
MANY_USES = 0.1
"""For each further use of that kind, so that of equals the one that says more of it comes first."""
OWN_PACK, OTHER_PACK, OTHER_TALK = 1.0, -1.0, -1.0
SHARED_WORD, MET_HINT, MISSED_HINT, MOOD, OTHER_MOOD = 0.5, 1.5, -0.75, 0.75, -1.0
SAME_MEDIUM, OTHER_MEDIUM, PHOTO_TALK, NO_PHOTO_TALK = 1.0, -1.5, -3.0, 0.25
FOLLOWED_HINT, MAIN_HINT = 4.0, 3.0
"""For a fill that says what is hinted, and for its main word: it comes before all that only lean the same way."""
PLAIN, PHOTOGRAPHED, DATED = 0.75, 1.5, -1.0
"""For a plain look, for a photograph where the kind is unknown, and for a look of another time."""
FORBIDS, SCENE = -2.0, -0.5
"""For a style that does not want what is typed, and for one that adds to what the picture shows."""
OVERLAY, SAME_STYLE = 1.0, 0.75
"""For a style that fills one slot, made to lie over any picture; for one whose words the style slot is offered."""


@dataclass(frozen=True)
class Fit:
    """A score and what speaks for it, the strongest first."""

    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Typed:
    """What matters of a prompt when styles are looked for."""

    prompt: Prompt
    beside: Style | None = None
    """The style that is suggested for the style slot; light and camera should go with it."""

    @cached_property
    def kinds(self) -> list[Kind]:
        return kinds_of(self.prompt)

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(word for phrase in self.prompt.phrases for word in spoken(phrase.text)) - COMMON

    @cached_property
    def medium(self) -> frozenset[str]:
        """The media that are typed, as the table of what excludes what names them."""
        return frozenset(side for phrase in self.prompt.phrases for side in sides("style", MEDIA, phrase.text))

    @cached_property
    def photographic(self) -> bool | None:
        """Whether a photograph is wanted; ``None`` where nothing says."""
        if self.medium:
            return PHOTOGRAPH in self.medium
        return None if self.beside is None else is_photographic(self.beside)

    def moods(self, slot: str) -> dict[str, str]:
        """Return the tones that typed words set for a slot, each with the words."""
        return {tone: phrase.text for phrase in self.prompt.phrases for tone in tones(slot, phrase.text)}


def fit(typed: Typed, style: Style, slot: str, pack: str = "") -> Fit | None:
    """Return how a style's words for a slot fit; ``None`` where they would contradict the prompt.

    ``pack`` is what the style's pack says of itself.
    """
    texts = [text.text for text in style.slots.get(slot, ())]
    if not texts or style.template is not None or _contradicted(typed.prompt, slot, texts):
        return None
    found = [
        _by_kind(typed.kinds, purpose(style, pack)),
        (_by_plainness(typed, style), ""),
        (by_talk(typed.kinds, texts), ""),
        _by_words(typed, style, texts),
        _by_hints(typed.prompt, slot, texts),
        _by_mood(typed, slot, texts),
        _by_medium(typed, style, slot, texts),
        (FORBIDS if _forbidding(style, typed.prompt) else 0.0, ""),
        (OVERLAY if len(style.slots) == 1 else 0.0, ""),
        (SAME_STYLE if typed.beside == style else 0.0, ""),
        (SCENE + by_talk(typed.kinds, [style.subject]) if style.subject else 0.0, ""),
    ]
    found.sort(key=lambda pair: -pair[0])
    reasons = [reason for score, reason in found if reason and score >= 0]
    if not typed.kinds:
        reasons.append(UNKNOWN if typed.prompt.slot(Slot.SUBJECT) else NO_SUBJECT)
    if len(reasons) < 2:
        reasons.append(f"nothing you typed asks for {OTHER.get(slot, 'something else')}")
    return Fit(round(sum(score for score, _ in found), 4), tuple(reasons))


def _contradicted(prompt: Prompt, slot: str, texts: Sequence[str]) -> bool:
    """Whether words of the prompt, in whatever slot, exclude or forbid one of the texts."""
    for text in texts:
        for phrase in prompt.phrases:
            reason = exclusion(slot, phrase.text, text)
            if reason is not None and not reason.mixes:
                return True
        if any(f" {normal(no.text)} " in f" {normal(text)} " for no in prompt.negative):
            return True
    return False


def _forbidding(style: Style, prompt: Prompt) -> bool:
    said = [f" {normal(phrase.text)} " for phrase in prompt.phrases]
    return any(f" {normal(no)} " in text for no in style.negative for text in said)


def _by_kind(found: Sequence[Kind], use: Purpose) -> tuple[float, str]:
    """Judge what the style is for against what the prompt shows: each use that it names has its share."""
    if not found:
        score, _ = _for_anything(use, "")
        return score + (OTHER_PACK if set(use.pack) - {ANY} else 0.0), ""
    main, *others = found
    score = 0.25 * sum(kind.name in (*use.pack, *use.talk) for kind in others)
    if use.pack:
        score += OWN_PACK if main.name in use.pack else 0.0 if set(main.kin) & set(use.pack) else OTHER_PACK
    own = [named[main.name] for named in use.uses if main.name in named]
    plain = [word for word in own if word in main.signs]
    if plain:
        share = (1 + len(plain) / len(use.uses)) / 2
        return score + OWN_KIND * share + MANY_USES * len(plain), f"it is made for {plain[0]}"
    if own:
        return score + OWN_KIND * (1 + len(own) / len(use.uses)) / 4, f"made for {own[0]}, it suits {main.article} too"
    if main.name in use.pack or main.name in use.talk:
        return score + OWN_KIND / 2, f"it suits {main.article}"
    kin = next((named[name] for named in use.uses for name in main.kin if name in named), None)
    if kin is not None:
        return score + KIN, f"made for {kin}, it suits {main.article} too"
    rest, reason = _for_anything(use, main.article)
    return score + rest, reason


def _for_anything(use: Purpose, shown: str) -> tuple[float, str]:
    """Judge a style that does not speak of what the prompt shows."""
    told = [named for named in use.uses if set(named) - {ANY}]
    if told:
        return OTHER_KIND * len(told) / len(use.uses), ""
    if ANY in use.talk or any(ANY in named for named in use.uses):
        return ANY_KIND, f"it goes with almost anything, {shown} too"
    if use.talk:
        return OTHER_KIND / 2, ""
    return 0.0, f"it goes with {shown} as with most things"


def _by_plainness(typed: Typed, style: Style) -> float:
    """Judge how plain a photograph the style makes, for what cameras meet and for what nobody here knows."""
    if typed.photographic is False or Slot.STYLE not in style.slots or {kind.name for kind in typed.kinds[:1]} & UNSEEN:
        return 0.0
    if not is_photographic(style):
        return 0.0 if typed.kinds else -PHOTOGRAPHED
    said = normal(", ".join((style.summary, *(text.text for text in style.slots[Slot.STYLE]))))
    score = DATED if _DATED.search(said) else PLAIN if _PLAIN.search(said) else 0.0
    return score + PHOTOGRAPHED / (3 if typed.kinds else 1)


def by_talk(found: Sequence[Kind], texts: Sequence[str]) -> float:
    """Count against the words themselves what they show of another kind: a nose on a lighthouse."""
    each = OTHER_TALK if found else OTHER_TALK / 2
    fine = {name for kind in found for name in (kind.name, *kind.kin)}
    return each * min(2, len(set(signs_in(", ".join(texts))) - fine - {ANY}))


def _by_words(typed: Typed, style: Style, texts: Sequence[str]) -> tuple[float, str]:
    own = {word for text in (style.title, style.summary, *texts) for word in spoken(text)}
    shared = sorted(own & typed.words)
    return SHARED_WORD * min(len(shared), 2), f"it takes up your “{shared[0]}”" if shared else ""


def _by_hints(prompt: Prompt, slot: str, texts: Sequence[str]) -> tuple[float, str]:
    """Judge by what typed words lean to; only a fill that says it, and does not merely look alike, follows it."""
    own, kin = ", ".join(texts), 0
    for phrase in prompt.hinted.get(slot, ()):
        lean = phrase.hints[slot]
        met = tones(slot, lean) & tones(slot, own)
        sought = _telling(lean)
        if sought & _telling(own) or met & sought:
            first = _telling(lean.split()[0]) <= _telling(own)
            return FOLLOWED_HINT + MAIN_HINT * first + MET_HINT * len(
                met
            ), f"it follows “{phrase.text}”, which leans to {lean}"
        kin = max(kin, len(met))
    return (MET_HINT * kin or MISSED_HINT if slot in prompt.hinted else 0.0), ""


def _telling(text: str) -> frozenset[str]:
    """Return the words that say what a hint is about, without the endings of plurals."""
    words = set(_SAID.findall(text.lower())) - COMMON - VAGUE
    return frozenset(re.sub(r"(?<=x)es$|(?<=[^s])s$", "", word) for word in words)


def _by_mood(typed: Typed, slot: str, texts: Sequence[str]) -> tuple[float, str]:
    """Judge by what the words of other slots set the mood for."""
    moods = typed.moods(slot)
    met = sorted(set(moods) & tones(slot, ", ".join(texts)))
    if met:
        return MOOD * len(met), f"it is {met[0]}, as your “{moods[met[0]]}”"
    return (OTHER_MOOD if moods else 0.0), ""


def is_photographic(style: Style) -> bool:
    """Whether a style makes photographs, by its words for the style slot."""
    return any(_PHOTOGRAPHIC.search(normal(text.text)) for text in style.slots.get(Slot.STYLE, ()))


def other_medium(typed: Typed, style: Style) -> bool:
    """Whether a style is made in another medium than the one that is typed."""
    if not typed.medium:
        return False
    own = frozenset(side for text in style.slots.get(Slot.STYLE, ()) for side in sides("style", MEDIA, text.text))
    return not own & typed.medium and (bool(own) or is_photographic(style) != typed.photographic)


def _by_medium(typed: Typed, style: Style, slot: str, texts: Sequence[str]) -> tuple[float, str]:
    """Judge the style's medium, and whether it talks of lenses and lamps where no photograph is wanted."""
    if typed.photographic is None or slot == Slot.STYLE:
        return 0.0, ""
    own = ", ".join(text.text for text in style.slots.get(Slot.STYLE, ()))
    medium = sides("style", MEDIA, own)
    wanted = " and ".join(sorted(typed.medium))
    if not typed.photographic and any(_PHOTO_TALK.search(normal(text)) for text in texts):
        return PHOTO_TALK, ""
    if medium & typed.medium:
        return SAME_MEDIUM, f"it comes from {wanted}, as you asked"
    if own and is_photographic(style) != typed.photographic:
        return OTHER_MEDIUM, ""
    silent = not typed.photographic and wanted
    return (NO_PHOTO_TALK, f"it talks of no lens or lamp, as suits {wanted}") if silent else (0.0, "")
