"""The shape of a pack file. Import this only to validate: it brings pydantic with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, create_model
from pydantic_core import PydanticCustomError

from promptkit.errors import SettingsError
from promptkit.packs.grades import KNOBS, Knob, read_channels

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)

NO_PYDANTIC_PLUGINS = "PYDANTIC_DISABLE_PLUGINS"
MAX_TEXT = 2000
MAX_VERBATIM = 20_000
MAX_WEIGHT = 10.0
MAX_STYLES = 2000
MAX_TEXTS = 256
MAX_PHRASES = 64
MAX_NAMES = 256
MAX_WORDS = 50_000
"""What a pack may hold: far more than anybody writes, and few enough that a pack that was made to do harm reads in a
moment."""
NAME = r"^[a-z0-9][a-z0-9-]*$"
HIDDEN = (
    r"\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e007f"
)
"""Characters that steer a terminal, turn the direction of writing, or cannot be seen. The joiners of emoji stay."""


def _one_line(value: Any) -> Any:
    """Take lines that YAML kept apart (``|``, ``>``) as one."""
    return " ".join(value.split("\n")).strip() if isinstance(value, str) and "\n" in value else value


def _listed(value: Any) -> Any:
    """Take a single text where a list is meant."""
    return [value] if isinstance(value, (str, dict)) else value


def _nullable(value: Any) -> Any:
    return None if value in ("null", "~", "") else value


def _weighted(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


def _step(value: Any) -> Any:
    return {value: {}} if isinstance(value, str) else value


def _unlike(value: list[str]) -> list[str]:
    if len(set(value)) < len(value):
        raise ValueError("a slot stands here twice")
    return value


_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"]}
"""An editor sees a number where ``85`` is written; promptkit reads every scalar as text."""


_WEIGHTED: dict[str, Any] = {
    "type": "object",
    "properties": {"text": _SCALAR, "weight": {"type": "number", "minimum": -MAX_WEIGHT, "maximum": MAX_WEIGHT}},
    "required": ["text"],
    "additionalProperties": False,
}


def _one_or_more(item: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [item, {"type": "array", "items": item}]})


Name = Annotated[str, Field(pattern=NAME, max_length=64)]
ModelName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=64)]
Text = Annotated[
    str,
    Field(min_length=1, max_length=MAX_TEXT, pattern=rf"^[^{HIDDEN}]*$"),
    BeforeValidator(_one_line),
    WithJsonSchema({**_SCALAR, "minLength": 1, "maxLength": MAX_TEXT}),
]
Texts = Annotated[list[Text], Field(max_length=MAX_TEXTS), BeforeValidator(_listed), _one_or_more(_SCALAR)]
Words = Annotated[list[Text], Field(max_length=MAX_WORDS), BeforeValidator(_listed), _one_or_more(_SCALAR)]
Verbatim = Annotated[
    str,
    Field(min_length=1, max_length=MAX_VERBATIM, pattern=rf"^(?:[^{HIDDEN}]|[\t\n\r])*$"),
    WithJsonSchema({"type": "string"}),
]
SlotName = Literal["subject", "style", "lighting", "camera"]


class _Alone(ModelMetaclass):
    """Builds models without pydantic's plugins: to look for them is to read the metadata of every package, and one
    package with malformed entry points would stop the reading of packs."""

    def __new__(cls, *arguments: Any, **options: Any) -> Any:
        before = os.environ.get(NO_PYDANTIC_PLUGINS)
        os.environ[NO_PYDANTIC_PLUGINS] = "__all__"
        try:
            return super().__new__(cls, *arguments, **options)
        finally:
            del os.environ[NO_PYDANTIC_PLUGINS]
            if before is not None:
                os.environ[NO_PYDANTIC_PLUGINS] = before


class _Strict(BaseModel, metaclass=_Alone):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WeightedModel(_Strict):
    """Words with an attention weight; 1 is neutral."""

    text: Text
    weight: Annotated[float, Field(ge=-MAX_WEIGHT, le=MAX_WEIGHT, allow_inf_nan=False)] = 1.0


Phrases = Annotated[
    list[Annotated[WeightedModel, BeforeValidator(_weighted)]],
    Field(max_length=MAX_PHRASES),
    BeforeValidator(_listed),
    _one_or_more({"anyOf": [_SCALAR, _WEIGHTED]}),
]
Finish = Annotated[
    list[Annotated[dict[Name, Any], BeforeValidator(_step)]],
    Field(max_length=MAX_PHRASES),
    BeforeValidator(_listed),
    _one_or_more({"type": ["string", "object"]}),
]


class SettingsModel(_Strict):
    """Numbers that suit the style; what the user sets counts more."""

    guidance_scale: Annotated[float | None, BeforeValidator(_nullable), Field(ge=0, le=50)] = None
    num_inference_steps: Annotated[int | None, BeforeValidator(_nullable), Field(ge=1, le=1000)] = None
    width: Annotated[int | None, BeforeValidator(_nullable), Field(ge=8, le=8192)] = None
    height: Annotated[int | None, BeforeValidator(_nullable), Field(ge=8, le=8192)] = None
    model: Annotated[Text | None, BeforeValidator(_nullable)] = None
    sampler: Annotated[Text | None, BeforeValidator(_nullable)] = None


class DefaultsModel(_Strict):
    """What every style of the pack inherits."""

    negative: Texts = []
    settings: SettingsModel = SettingsModel()


class OriginModel(_Strict):
    """Where an imported style comes from: its tool's rules are those of its templates."""

    tool: Literal["a1111", "fooocus", "invokeai", "sdxl-styler"]
    name: Annotated[Text | None, Field(description="Its name in that tool, letter for letter.")] = None


class StyleModel(_Strict):
    """One style."""

    title: Text
    summary: Annotated[Text | None, Field(description="One line: what it does to a picture.")] = None
    extends: Annotated[
        str | None,
        Field(pattern=r"^[a-z0-9-]+(/[a-z0-9-]+)?$", description="Another style, `name` or `pack/name`."),
    ] = None
    subject: Annotated[Text | None, Field(description="Words round {subject}; the subject stays as typed.")] = None
    style: Phrases = []
    lighting: Phrases = []
    camera: Phrases = []
    order: Annotated[
        list[SlotName],
        BeforeValidator(_listed),
        AfterValidator(_unlike),
        Field(
            description="In which order its words follow what was typed: subject, style, lighting, camera, if not said."
        ),
        WithJsonSchema({"type": "array", "uniqueItems": True, "items": {"enum": list(SlotName.__args__)}}),
    ] = []
    negative: Annotated[Texts, Field(description="What the picture should not show.")] = []
    choices: Annotated[
        dict[Name, Words], Field(max_length=MAX_NAMES, description="Values for {name} in the texts.")
    ] = {}
    conflicts: Annotated[Texts, Field(description="Styles it does not go with: pack/style or pack/*.")] = []
    settings: SettingsModel = SettingsModel()
    notes: Annotated[
        dict[ModelName, Text],
        Field(max_length=MAX_NAMES, description="What to know with a model, by the model's name."),
    ] = {}
    finish: Finish = []
    template: Annotated[
        Verbatim | None, Field(description="What an imported style puts round {prompt}, word for word.")
    ] = None
    negative_template: Annotated[Verbatim | None, Field(description="The same for the negative prompt.")] = None
    dialect: Annotated[
        Literal["a1111", "comfyui", "compel", "plain"] | None, Field(description="How its texts write weights.")
    ] = None
    origin: OriginModel | None = None


def _channels(knob: Knob, value: Any) -> Any:
    """Take one number for all channels, or a list of three, as the text that a chain has."""
    text = "/".join(value) if isinstance(value, list) and all(isinstance(part, str) for part in value) else value
    try:
        read_channels(knob, text)
    except (SettingsError, AttributeError) as error:
        raise PydanticCustomError("channels", "is none of the numbers {least} to {most}", _range(knob)) from error
    return text


def _range(knob: Knob) -> dict[str, Any]:
    return {"least": f"{knob.least:g}", "most": f"{knob.most:g}"}


def _field(knob: Knob) -> Any:
    """Return a number of a grade as pydantic wants it."""
    if not knob.channels:
        kind: Any = Annotated[float, Field(ge=knob.least, le=knob.most, description=knob.summary)]
        return kind, knob.default
    number = {"type": "number", "minimum": knob.least, "maximum": knob.most}
    three = {"type": "array", "items": number, "minItems": 3, "maxItems": 3}
    kind = Annotated[
        str,
        BeforeValidator(lambda value: _channels(knob, value)),
        Field(description=f"{knob.summary}; for red, green and blue: [1, 1, 1]."),
        WithJsonSchema({"anyOf": [number, three]}),
    ]
    return kind, f"{knob.default:g}"


class _Summed(_Strict):
    summary: Annotated[Text, Field(description="One line: what it does to a picture.")]


if TYPE_CHECKING:
    GradeModel = _Summed
else:
    GradeModel = create_model(
        "GradeModel",
        __base__=_Summed,
        __doc__="Numbers for the step `grade`.",
        **{knob.name: _field(knob) for knob in KNOBS},
    )


class PackModel(_Strict):
    """A pack file, format 1."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["styles"]}, {"required": ["grades"]}]})

    promptkit: Annotated[Literal["1"], WithJsonSchema({"enum": [1, "1"]}), Field(description="The format's version.")]
    name: Name
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+", max_length=64)]
    title: Text
    summary: Text = ""
    license: Text = "CC0-1.0"
    defaults: DefaultsModel = DefaultsModel()
    styles: Annotated[dict[Name, StyleModel], Field(min_length=1, max_length=MAX_STYLES)] = {}
    grades: Annotated[
        dict[Name, GradeModel], Field(min_length=1, max_length=MAX_NAMES, description="Looks for `grade:NAME`.")
    ] = {}
    vocabulary: Annotated[dict[Name, Words], Field(description="Words that the parser should know, by slot.")] = {}
