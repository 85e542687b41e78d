"""One deliberate fault each: what the checks have to catch."""

import random
import time
from dataclasses import replace

from PIL import Image

from promptkit.errors import SettingsError
from promptkit.interfaces import Processed, Setting
from promptkit.prompt import Phrase
from promptkit.records import FINISHED, PREVIEW, PRUNING, STEPS, Candidate
from promptkit.searches.best_of_n import BestOfN, BestOfNStrategy
from promptkit.testing import FakeBackend


class Words:
    """Adds a word that the seed draws."""

    name = "words"

    def expand(self, prompt, *, draw, limit):
        for word in draw("word").sample(["blue", "green", "grey"], 3)[:limit]:
            yield with_word(prompt, word)


def with_word(prompt, word, **more):
    return replace(prompt, phrases=(*prompt.phrases, Phrase(text=word, slot="style", **{"source": "words", **more})))


class Silent(Words):
    """Yields nothing."""

    def expand(self, prompt, *, draw, limit):
        return iter(())


class Texts(Words):
    """Yields texts."""

    def expand(self, prompt, *, draw, limit):
        yield prompt.text


class Raising(Words):
    """Raises where a word is not plain."""

    def expand(self, prompt, *, draw, limit):
        prompt.text.encode("ascii")
        yield prompt


class Leaving(Words):
    """Ends the process."""

    def expand(self, prompt, *, draw, limit):
        raise SystemExit(3)


class Endless(Words):
    """Never ends."""

    def expand(self, prompt, *, draw, limit):
        while True:
            yield prompt


class Hanging(Words):
    """Does not come back."""

    def expand(self, prompt, *, draw, limit):
        time.sleep(3)
        return iter([prompt])


class Dicing(Words):
    """Draws from global state."""

    def expand(self, prompt, *, draw, limit):
        yield with_word(prompt, random.choice(["blue", "green"]))


class Seeding(Words):
    """Seeds global state."""

    def expand(self, prompt, *, draw, limit):
        random.seed(7)
        yield prompt


class Remembering(Words):
    """Writes into the prompt that it is given."""

    def expand(self, prompt, *, draw, limit):
        prompt.settings["seen"] = True
        yield prompt


class Pretending(Words):
    """Says that the user typed its word."""

    def expand(self, prompt, *, draw, limit):
        yield with_word(prompt, "blue", source="user")


class Forgetting(Words):
    """Drops the negative prompt."""

    def expand(self, prompt, *, draw, limit):
        yield replace(prompt, negative_text="", negative=())


class Weighty(Words):
    """Gives a word a weight that is no number."""

    def expand(self, prompt, *, draw, limit):
        yield with_word(prompt, "blue", weight=float("nan"))


class Nameless(Words):
    """Has no name that can be typed."""

    name = "no/name"


class Undocumented(Words):
    __doc__ = None


EXPANDERS = {
    Silent: "yields prompts",
    Texts: "yields prompts",
    Raising: "keeps to the limit",
    Leaving: "yields prompts",
    Endless: "keeps to the limit",
    Dicing: "yields the same for the same seed",
    Seeding: "leaves the process alone",
    Remembering: "keeps the prompt that it is given",
    Pretending: "yields prompts that can be used",
    Forgetting: "yields prompts that can be used",
    Weighty: "yields prompts that can be used",
    Nameless: "has a name and a docstring",
    Undocumented: "has a name and a docstring",
}


class Grain:
    """Adds noise."""

    name = "grain"
    settings = (Setting(name="amount", default=0.3, least=0.0, most=1.0),)

    def process(self, image, *, settings, rng):
        noise = Image.frombytes("RGB", image.size, rng.randbytes(3 * image.width * image.height))
        return Image.blend(image, noise, settings["amount"])


class Numpys(Grain):
    """Draws from numpy's global state."""

    def process(self, image, *, settings, rng):
        import numpy as np

        noise = np.random.randint(0, 255, (image.height, image.width, 3), dtype=np.uint8)
        return Image.blend(image, Image.fromarray(noise), settings["amount"])


class Greying(Grain):
    """Gives another mode."""

    def process(self, image, *, settings, rng):
        return image.convert("L")


class Nothing(Grain):
    """Gives nothing."""

    def process(self, image, *, settings, rng):
        return None


class Painting(Grain):
    """Paints on the picture that it is given."""

    def process(self, image, *, settings, rng):
        image.putpixel((0, 0), (255, 0, 255))
        return image


class Halving(Grain):
    """Cannot do with one pixel."""

    def process(self, image, *, settings, rng):
        return image.resize((image.width // 2, image.height // 2))


class Popping(Grain):
    """Takes its settings apart."""

    def process(self, image, *, settings, rng):
        return Image.blend(image, image.convert("L").convert("RGB"), settings.pop("amount"))


class Dividing(Grain):
    """Fails at the end of its range."""

    def process(self, image, *, settings, rng):
        return image.point(lambda value: value / settings["amount"])


class Unwritable(Grain):
    """Has a setting that nobody can type."""

    settings = (Setting(name="a,b", default=0.3),)


class OutOfRange(Grain):
    """Has a default that it does not take."""

    settings = (Setting(name="amount", default=2.0, least=0.0, most=1.0),)


class Wholly(Grain):
    """Means any number, and takes whole ones."""

    settings = (Setting(name="amount", default=1, least=0.25, most=4),)


class Flattening(Grain):
    """Takes alpha and gives none."""

    modes = ("RGB", "RGBA")

    def process(self, image, *, settings, rng):
        return image.convert("RGB")


class Palettes(Grain):
    """Takes a mode that never comes."""

    modes = ("RGB", "P")


class Telling(Grain):
    """Tells how much noise it added."""

    modes = ("RGB", "L", "I;16", "LA", "RGBA")
    strips_metadata = True

    def check_settings(self, settings):
        if settings["amount"] == 1.0:
            raise SettingsError("Nothing would be left.", hint="Choose less.")

    def facts(self, settings):
        return {"amount": settings["amount"], "with": ["noise.safetensors"]}

    def process(self, image, *, settings, rng):
        made = image.copy()
        made.info = {}
        made.putpixel((rng.randrange(image.width), 0), image.getpixel((0, 0)))
        return Processed(image=made, facts=self.facts(settings))


class Pathy(Telling):
    """Puts a path into the recipe."""

    def facts(self, settings):
        return {"files": [{"lut": "/home/somebody/warm.cube"}]}


class Drives(Telling):
    """Puts a path of Windows into the recipe."""

    def facts(self, settings):
        return {"lut": "C:\\luts\\warm.cube"}


class Unkeepable(Telling):
    """Puts into the recipe what is no JSON."""

    def facts(self, settings):
        return {"amount": float("nan")}


class Clocked(Telling):
    """Puts the time into the recipe."""

    def facts(self, settings):
        return {"time": time.perf_counter()}


class Idle(Telling):
    """Does nothing, and says nothing."""

    def process(self, image, *, settings, rng):
        made = image.copy()
        made.info = {}
        return Processed(image=made, done=False)


class Leaky(Telling):
    """Says that it strips, and leaves the camera."""

    def process(self, image, *, settings, rng):
        return image.copy()


class Curt(Telling):
    """Refuses settings, and says no cure."""

    def check_settings(self, settings):
        if settings["amount"] == 1.0:
            raise SettingsError("No.")


class Wrapping(Telling):
    """Hands out something that is no picture, well wrapped."""

    def process(self, image, *, settings, rng):
        return Processed(image=image.tobytes())


POSTPROCESSORS = {
    Numpys: "makes the same for the same seed",
    Greying: "makes a picture",
    Nothing: "makes a picture",
    Painting: "keeps the picture that it is given",
    Halving: "makes a picture of any size, in its mode",
    Popping: "keeps the settings that it is given",
    Dividing: "makes a picture of any size, in its mode",
    Unwritable: "names settings that can be written",
    OutOfRange: "names settings that can be written",
    Wholly: "names settings that can be written",
    Flattening: "makes a picture of any size, in its mode",
    Palettes: "names modes that there are",
    Pathy: "tells what a recipe can keep",
    Drives: "tells what a recipe can keep",
    Unkeepable: "tells what a recipe can keep",
    Clocked: "makes the same for the same seed",
    Idle: "tells what a recipe can keep",
    Leaky: "takes out what it says that it strips",
    Curt: "makes a picture of any size, in its mode",
    Wrapping: "makes a picture",
}


class Spend(BestOfN):
    """Runs everything, under the name of its strategy."""

    def describe(self, num_inference_steps):
        return {"name": "spend"}


class Hoarding(Spend):
    def run(self, backend, request, *, score, on_step, note):
        yield from list(backend.generate(request, on_step=on_step))


class Deaf(Spend):
    def run(self, backend, request, *, score, on_step, note):
        return backend.generate(request, on_step=None)


class Repeating(Spend):
    def run(self, backend, request, *, score, on_step, note):
        for candidate in backend.generate(request, on_step=on_step):
            yield candidate
            yield candidate


class Empty(Spend):
    def run(self, backend, request, *, score, on_step, note):
        return iter(())


class Swapping(Spend):
    def run(self, backend, request, *, score, on_step, note):
        for candidate in backend.generate(request, on_step=on_step):
            yield replace(candidate, seed=candidate.seed + 1)


class Blind(Spend):
    def run(self, backend, request, *, score, on_step, note):
        for candidate in backend.generate(request, on_step=on_step):
            yield replace(candidate, scores=score([candidate])[0])


class Stubborn(Spend):
    def run(self, backend, request, *, score, on_step, note):
        candidates = backend.generate(request, on_step=on_step)
        try:
            yield from candidates
        except KeyboardInterrupt:
            note("not now")


class Lucky(Spend):
    def run(self, backend, request, *, score, on_step, note):
        for candidate in backend.generate(request, on_step=on_step):
            yield replace(candidate, scores={"total": random.random()})


class Misnamed(Spend):
    def describe(self, num_inference_steps):
        return {"name": "another"}


class Unplain(Spend):
    def describe(self, num_inference_steps):
        return {"name": "spend", "schedule": {1, 2}}


class Demanding(Spend):
    needs = frozenset({"telepathy"})


SEARCHES = {
    Hoarding: "yields a candidate as soon as its batch is there",
    Deaf: "tells every step",
    Repeating: "yields candidates of the request, each once",
    Empty: "yields candidates of the request, each once",
    Swapping: "yields candidates of the request, each once",
    Blind: "goes on where nothing can be scored",
    Stubborn: "lets an interrupt pass",
    Lucky: "yields the same again",
    Misnamed: "can be planned",
    Unplain: "can be planned",
    Demanding: "can be planned",
}


class Strategy(BestOfNStrategy):
    """Plans one search."""

    name = "spend"

    def __init__(self, search=Spend):
        self.search = search

    def plan(self, schedule=None):
        if schedule is not None:
            raise SettingsError("it takes no schedule")
        return self.search()


class Easygoing(Strategy):
    """Takes anything for a schedule."""

    def plan(self, schedule=None):
        return self.search()


class Mumbling(Strategy):
    """Says nothing of itself."""

    summary = ""


class Backend(FakeBackend):
    """Breaks the contract in one way."""


class Reversed(Backend):
    """Yields the last seed first."""

    def generate(self, request, *, on_step=None):
        return reversed(list(super().generate(request, on_step=on_step)))


class Short(Backend):
    """Leaves out a seed."""

    def generate(self, request, *, on_step=None):
        return iter(list(super().generate(request, on_step=on_step))[1:])


class Grey(Backend):
    """Makes grey pictures."""

    def generate(self, request, *, on_step=None):
        for candidate in super().generate(request, on_step=on_step):
            yield replace(candidate, image=candidate.image and candidate.image.convert("L"))


class Chance(Backend):
    """Draws from global state."""

    def generate(self, request, *, on_step=None):
        for candidate in super().generate(request, on_step=on_step):
            image = Image.new("RGB", (16, 16), (random.randrange(256), 0, 0))
            yield replace(candidate, image=image if candidate.outcome == FINISHED else None)


class Crowded(Backend):
    """Lets the batch decide what a seed gives."""

    def generate(self, request, *, on_step=None):
        for candidate in super().generate(request, on_step=on_step):
            image = Image.new("RGB", (16, 16), (40 * len(request.seeds) + candidate.seed % 8, 0, 0))
            yield replace(candidate, image=image if candidate.outcome == FINISHED else None)


class Mute(Backend):
    """Tells no steps."""

    def generate(self, request, *, on_step=None):
        return super().generate(request, on_step=None)


class Keeping(Backend):
    """Drops nobody."""

    def generate(self, request, *, on_step=None):
        return super().generate(request, on_step=on_step and (lambda event: on_step(event) and None))


class Gripping(Backend):
    """Holds an interrupt back."""

    def generate(self, request, *, on_step=None):
        try:
            yield from super().generate(request, on_step=on_step)
        except KeyboardInterrupt:
            for index, seed in enumerate(request.seeds):
                yield Candidate(index=index, seed=seed, image=None, outcome="failed")


class Peeking(Backend):
    """Shows previews without colours."""

    def generate(self, request, *, on_step=None):
        def seen(event):
            return on_step(replace(event, previews=lambda wanted: [Image.new("L", (8, 8)) for _ in wanted]))

        return super().generate(request, on_step=on_step and seen)


class Open(Backend):
    """Settles nothing."""

    def settle(self, settings):
        return settings


class Rounding(Backend):
    """Makes another size than was asked for."""

    def settle(self, settings):
        return super().settle(replace(settings, width=(settings.width or 16) // 8 * 8))


class Crashing(Backend):
    """Fails on sizes without a word."""

    def settle(self, settings):
        if (settings.width or 16) % 8:
            raise ZeroDivisionError
        return super().settle(settings)


class Boasting(Backend):
    """Names an ability that there is not."""

    abilities = frozenset({STEPS, PREVIEW, PRUNING, "singing"})


class Vague(Backend):
    """Does not say what decides the bits."""

    def describe(self):
        return {"device": "cpu"}


BACKENDS = {
    Reversed: "gives each seed its picture, in order",
    Short: "gives each seed its picture, in order",
    Grey: "gives each seed its picture, in order",
    Chance: "gives the same pictures again",
    Crowded: "gives a seed alone what it gives it in a batch",
    Mute: "tells every step",
    Keeping: "drops whom it is told to",
    Gripping: "lets an interrupt pass",
    Peeking: "shows candidates half-way",
    Open: "settles what is open",
    Rounding: "refuses sizes in words, or takes them",
    Crashing: "refuses sizes in words, or takes them",
    Boasting: "has a docstring and abilities",
    Vague: "describes itself in plain JSON",
}
