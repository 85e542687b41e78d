"""Every word that the embedded model knows: slot → value → phrases, the usual phrase first.

Plain data: the style packs, the rankers, the advice on unknown words, and the captions of the training scenes all
read it.
Colour is a facet of the subject, so it has a table of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

Table = Mapping[str, tuple[str, ...]]

SUBJECTS: Table = {
    "lighthouse": ("lighthouse", "lighthouse tower", "beacon"),
    "cottage": ("cottage", "house", "cabin"),
    "tree": ("tree", "oak tree", "oak"),
    "tulip": ("tulip", "flower", "blossom"),
    "mushroom": ("mushroom", "toadstool"),
    "cat": ("cat", "kitten", "kitty"),
    "owl": ("owl", "barn owl"),
    "fish": ("fish", "goldfish"),
    "snail": ("snail", "garden snail"),
    "sailboat": ("sailboat", "boat", "sailing boat"),
    "car": ("car", "automobile", "hatchback"),
    "rocket": ("rocket", "spaceship", "rocket ship"),
    "balloon": ("hot air balloon", "balloon"),
    "teapot": ("teapot", "kettle"),
    "robot": ("robot", "android"),
    "umbrella": ("umbrella", "parasol"),
}

COLOURS: Table = {
    "red": ("red", "crimson", "scarlet"),
    "orange": ("orange", "tangerine"),
    "yellow": ("yellow", "golden yellow"),
    "green": ("green", "emerald"),
    "blue": ("blue", "navy"),
    "purple": ("purple", "violet"),
    "pink": ("pink", "rose pink"),
    "white": ("white", "ivory"),
}

STYLES: Table = {
    "flat-vector": ("flat vector", "flat vector art", "vector illustration", "flat design"),
    "pixel-art": ("pixel art", "8-bit pixel art", "pixelated"),
    "watercolour": ("watercolour", "watercolor", "watercolour painting", "watercolor painting"),
    "ink-line": ("ink line drawing", "ink drawing", "line art", "pen and ink"),
    "low-poly": ("low poly", "low-poly render", "polygonal art"),
    "oil-painting": ("oil painting", "impasto oil painting", "oil on canvas"),
}

LIGHTINGS: Table = {
    "soft-daylight": ("soft daylight", "overcast daylight", "daylight", "soft light"),
    "golden-hour": ("golden hour", "sunset light", "warm evening light", "golden hour light"),
    "neon": ("neon lighting", "neon light", "neon glow"),
    "moonlight": ("moonlight", "moonlit", "night light"),
    "studio": ("studio lighting", "studio light", "softbox lighting"),
    "backlit": ("backlit", "backlight", "rim light"),
}

CAMERAS: Table = {
    "close-up": ("close-up", "close up", "close-up shot", "macro shot"),
    "wide-shot": ("wide shot", "wide angle", "wide angle shot", "long shot"),
    "low-angle": ("low angle", "low angle shot", "worm's-eye view"),
    "overhead": ("overhead view", "overhead shot", "top-down view", "bird's-eye view"),
    "tilted": ("dutch angle", "tilted", "tilted shot"),
    "shallow-focus": ("shallow depth of field", "bokeh", "blurred background", "85mm lens"),
}

FACETS: Mapping[str, Table] = {
    "subject": SUBJECTS,
    "colour": COLOURS,
    "style": STYLES,
    "lighting": LIGHTINGS,
    "camera": CAMERAS,
}
"""The five things a scene is made of, each with its values."""

VOCABULARY: Mapping[str, Table] = {
    "subject": {**SUBJECTS, **COLOURS},
    "style": STYLES,
    "lighting": LIGHTINGS,
    "camera": CAMERAS,
}
"""The same by prompt slot."""

RELATED: Mapping[str, Table] = {
    "subject": {
        "cat": (
            "dog",
            "puppy",
            "fox",
            "wolf",
            "lion",
            "tiger",
            "bear",
            "rabbit",
            "mouse",
            "horse",
            "cow",
            "zebra",
            "animal",
        ),
        "owl": ("bird", "eagle", "parrot", "raven", "penguin", "duck", "chicken", "dragon", "animal"),
        "fish": ("shark", "whale", "dolphin", "octopus", "frog", "turtle"),
        "snail": ("slug", "bug", "beetle", "insect", "worm", "crab"),
        "lighthouse": ("tower", "castle", "skyscraper", "church", "windmill", "temple", "building"),
        "cottage": ("home", "hut", "barn", "mansion", "shop", "village", "building", "castle"),
        "tree": ("forest", "bush", "pine", "palm", "cactus", "plant", "leaf"),
        "tulip": ("rose", "daisy", "sunflower", "lily", "orchid", "plant", "bouquet"),
        "mushroom": ("fungus", "fungi"),
        "sailboat": ("ship", "yacht", "ferry", "canoe", "submarine", "sea", "ocean"),
        "car": ("truck", "bus", "van", "taxi", "bicycle", "motorcycle", "train", "vehicle"),
        "rocket": ("plane", "airplane", "aeroplane", "jet", "ufo", "satellite", "space"),
        "balloon": ("airship", "zeppelin", "kite", "helicopter", "sky"),
        "teapot": ("cup", "mug", "vase", "bowl", "jug", "pot", "coffee", "tea"),
        "robot": (
            "man",
            "woman",
            "girl",
            "boy",
            "child",
            "person",
            "knight",
            "astronaut",
            "diver",
            "machine",
            "cyborg",
        ),
        "umbrella": ("tent", "parachute", "rain", "drizzle"),
    },
    "style": {
        "flat-vector": ("anime", "cartoon", "comic", "manga", "illustration", "logo", "poster", "minimalist", "icon"),
        "pixel-art": ("sprite", "retro", "voxel", "16 bit", "game"),
        "watercolour": ("gouache", "pastel", "wash", "acrylic"),
        "ink-line": ("sketch", "pencil", "charcoal", "drawing", "engraving", "etching", "woodcut", "doodle"),
        "low-poly": ("3d", "render", "cgi", "blender", "octane", "isometric", "origami"),
        "oil-painting": (
            "photo",
            "photograph",
            "photorealistic",
            "realistic",
            "painting",
            "impressionist",
            "baroque",
            "cinematic",
        ),
    },
    "lighting": {
        "soft-daylight": ("overcast", "day", "morning", "window", "natural", "diffused", "noon", "sunlight", "bright"),
        "golden-hour": ("sunset", "sunrise", "dawn", "dusk", "evening", "candlelight", "firelight", "warm"),
        "neon": ("cyberpunk", "led", "club", "disco", "synthwave", "coloured", "colored"),
        "moonlight": ("night", "dark", "starlight", "midnight", "dim", "moody"),
        "studio": ("flash", "softbox", "spotlight", "strobe", "ring"),
        "backlit": ("silhouette", "backlighting", "rays", "volumetric", "contre", "halo", "rim"),
    },
    "camera": {
        "close-up": ("macro", "portrait", "headshot", "detail", "100mm", "105mm"),
        "wide-shot": ("panorama", "landscape", "establishing", "full", "24mm", "28mm", "35mm", "16mm", "wide"),
        "low-angle": ("below", "low", "hero"),
        "overhead": ("aerial", "drone", "above", "top", "flat", "isometric", "high"),
        "tilted": ("canted", "diagonal", "dutch", "tilt"),
        "shallow-focus": ("50mm", "85mm", "135mm", "lens", "focus", "f/1.4", "f/1.8", "f/2", "f/2.8", "blur", "bokeh"),
    },
}
"""Words that it does not know, by the value that comes nearest; for advice alone, nothing is trained on them."""
