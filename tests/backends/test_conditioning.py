"""Weights, chunks, breaks, blends: what the text encoders make of them."""

import copy

import pytest
import torch
from compel import Compel, ReturnedEmbeddingsType

from promptkit.backends.conditioning import condition
from promptkit.backends.conditioning.chunks import Piece, cut
from promptkit.backends.conditioning.encoding import Encoder
from promptkit.errors import PromptError

from .conftest import load
from .loop import encoded, run

PROMPT = "a (red:1.4) dog, (moonlight:0.6), (snow:1.4)"
FRAGMENTS = (("a ", 1.0), ("red", 1.4), (" dog, ", 1.0), ("moonlight", 0.6), (", ", 1.0), ("snow", 1.4))
LONG = ", ".join(f"a red dog by a tall {place}" for place in ("lighthouse", "castle", "tree", "house") * 6)


def is_sdxl(pipeline):
    return hasattr(pipeline, "text_encoder_2")


def towers(pipeline):
    pairs = [(pipeline.tokenizer, pipeline.text_encoder)]
    return [*pairs, (pipeline.tokenizer_2, pipeline.text_encoder_2)] if is_sdxl(pipeline) else pairs


def compel(pipeline, text):
    """Encode by compel itself, one encoder at a time: it cannot blend with two of them at once."""
    layers = ReturnedEmbeddingsType
    layer = (
        layers.PENULTIMATE_HIDDEN_STATES_NON_NORMALIZED if is_sdxl(pipeline) else layers.LAST_HIDDEN_STATES_NORMALIZED
    )
    return torch.cat([Compel(*tower, returned_embeddings_type=layer)(text) for tower in towers(pipeline)], -1)


@torch.no_grad()
def by_hand(tokenizer, model, weigh, *, penultimate):
    """Encode FRAGMENTS with one encoder; ``weigh(plain, weights, empty)`` gives (77, width)."""

    def hidden(ids):
        ids = [tokenizer.bos_token_id, *ids, tokenizer.eos_token_id]
        found = model(torch.tensor([ids + [tokenizer.pad_token_id] * (77 - len(ids))]), output_hidden_states=True)
        return found.hidden_states[-2][0] if penultimate else found.last_hidden_state[0]

    ids = [
        (token, weight) for text, weight in FRAGMENTS for token in tokenizer(text, add_special_tokens=False).input_ids
    ]
    weights = torch.ones(77, 1)
    weights[1 : len(ids) + 1, 0] = torch.tensor([weight for _, weight in ids])
    return weigh(hidden([token for token, _ in ids]), weights, hidden([]))


def by_a1111(plain, weights, empty):
    weighed = plain * weights
    return weighed * (plain.mean() / weighed.mean())


def by_comfyui(plain, weights, empty):
    return empty + weights * (plain - empty)


@pytest.mark.parametrize(
    "text", ["a dog", "(a dog:1.0)", "a (dog:1)", "[a dog:a cat:99]", "<lora:x:1>a dog", "[a cat:a dog:0]"]
)
def test_weight_one_everywhere_is_left_to_the_pipeline(pipeline, text):
    assert condition(pipeline, text, num_inference_steps=8).arguments == {"prompt": "a dog"}


@pytest.mark.parametrize("text", ["a dog", "(a red dog:1.0), moonlight", ""])
def test_weight_one_is_the_pipelines_own_encoding_bit_for_bit(pipeline, text):
    found = condition(pipeline, text, "(blur:1.3)").arguments
    embeds, pooled = encoded(pipeline, text.replace("(", "").replace(":1.0)", ""))
    assert torch.equal(found["prompt_embeds"], embeds)
    assert pooled is None or torch.equal(found["pooled_prompt_embeds"], pooled)


def test_compels_weights_are_compels(pipeline):
    found = condition(pipeline, PROMPT, weighting="compel").arguments
    oracle = compel(pipeline, "a (red)1.4 dog, (moonlight)0.6, (snow)1.4")
    assert torch.equal(found["prompt_embeds"], oracle)
    if is_sdxl(pipeline):
        assert torch.equal(found["pooled_prompt_embeds"], encoded(pipeline, "a red dog, moonlight, snow")[1])


@pytest.mark.parametrize(("weighting", "weigh"), [("a1111", by_a1111), ("comfyui", by_comfyui)])
def test_the_programs_weights_are_theirs(pipeline, weighting, weigh):
    found = condition(pipeline, PROMPT, weighting=weighting).arguments["prompt_embeds"]
    parts = [by_hand(*tower, weigh, penultimate=is_sdxl(pipeline)) for tower in towers(pipeline)]
    assert torch.allclose(found, torch.cat(parts, -1)[None], atol=1e-6)


def test_a_mean_that_is_only_rounding_is_not_restored(tiny_sd):
    """Behind a layer norm that was never trained, the mean is 0 but for rounding; a quotient of two such is noise."""
    pipeline = load(tiny_sd).pipeline
    assert encoded(pipeline, "a red dog")[0].mean().abs() < 1e-7
    found = condition(pipeline, "a (red:1.4) dog").arguments["prompt_embeds"]
    plain = encoded(pipeline, "a red dog")[0]
    assert torch.equal(found[:, [0, 1, 3]], plain[:, [0, 1, 3]])
    assert torch.allclose(found[:, 2], 1.4 * plain[:, 2])


def test_weights_follow_the_program_whose_syntax_is_typed(pipeline):
    for dialect in ("a1111", "comfyui"):
        usual = condition(pipeline, PROMPT, dialect=dialect).arguments["prompt_embeds"]
        chosen, other = (
            condition(pipeline, PROMPT, dialect=dialect, weighting=name).arguments["prompt_embeds"]
            for name in (dialect, "compel")
        )
        assert torch.equal(usual, chosen)
        assert not torch.equal(usual, other)


@pytest.mark.parametrize("weighting", ["compel", "a1111", "comfyui"])
@pytest.mark.parametrize(
    "text", ["( :0.5)a dog", "(a dog:0.5)", "(a:0) (dog:-1)", "light(house:1.3)", "(,:0.3) (a dog:0.3)"]
)
def test_odd_fragments_have_embeddings(pipeline, weighting, text):
    found = condition(pipeline, text, "(:1.2)", weighting=weighting).arguments["prompt_embeds"]
    assert found.shape[1] == 77
    assert found.isfinite().all()


def test_what_does_not_fit_is_cut_between_phrases(pipeline):
    encoder = Encoder(pipeline, "a1111")
    chunks = cut([Piece(LONG)], encoder.count, encoder.limit)
    assert len(chunks) > 2
    assert "".join(piece.text for chunk in chunks for piece in chunk) == LONG
    assert all(chunk[-1].text.rstrip().endswith(",") for chunk in chunks[:-1])
    assert all(encoder.count([chunk[0].text])[0] <= 75 for chunk in chunks)
    found = condition(pipeline, LONG).arguments
    parts = [encoded(pipeline, chunk[0].text) for chunk in chunks]
    assert torch.equal(found["prompt_embeds"], torch.cat([embeds for embeds, _ in parts], 1))
    assert parts[0][1] is None or torch.equal(found["pooled_prompt_embeds"], parts[0][1])


def test_a_phrase_may_run_through_brackets_and_is_cut_only_where_it_must():
    count = lambda texts: [len(text.replace(",", " , ").split()) for text in texts]
    pieces = [Piece("one two three, four "), Piece("five", 1.3), Piece(" six, seven")]
    assert cut(pieces, count, 4) == [
        (Piece("one two three, "),),
        (Piece("four "), Piece("five", 1.3), Piece(" six, ")),
        (Piece("seven"),),
    ]
    assert cut(pieces, count, 99) == [tuple(pieces)]
    assert cut([Piece("one two three four five")], count, 2) == [
        (Piece("one two "),),
        (Piece("three four "),),
        (Piece("five"),),
    ]
    assert cut([Piece("abcdefgh")], lambda texts: [len(text) for text in texts], 3) == [
        (Piece(half),) for half in ("ab", "cd", "ef", "gh")
    ]


@pytest.mark.parametrize(
    "text",
    ["dog," * 300, "lighthouse" * 200, "é,ü;ß. " * 90, "...,,;;" * 80, "\n\n  " * 200 + "a dog", "🦊" * 90],
)
def test_no_sign_is_lost_and_every_chunk_fits(loaded, text):
    encoder = Encoder(loaded["sd"].pipeline, "a1111")
    half = len(text) // 2
    chunks = cut([Piece(text[:half]), Piece(text[half:], 1.2)], encoder.count, encoder.limit)
    assert "".join(piece.text for chunk in chunks for piece in chunk) == text
    assert all(sum(encoder.count([piece.text for piece in chunk])) <= encoder.limit for chunk in chunks)


def test_break_begins_a_chunk(pipeline):
    found = condition(pipeline, "a dog BREAK moonlight").arguments["prompt_embeds"]
    parts = [encoded(pipeline, text)[0] for text in ("a dog", "moonlight")]
    assert torch.equal(found, torch.cat(parts, 1))
    assert condition(pipeline, "a dog BREAK ").arguments["prompt_embeds"].shape[1] == 77


@pytest.mark.parametrize(("positive", "negative"), [(LONG, "blur"), ("a dog", LONG)])
def test_the_shorter_prompt_is_filled_with_empty_chunks(pipeline, positive, negative):
    found = condition(pipeline, positive, negative).arguments
    assert found["prompt_embeds"].shape == found["negative_prompt_embeds"].shape
    short = found["prompt_embeds"] if positive == "a dog" else found["negative_prompt_embeds"]
    assert torch.equal(short[:, :77], encoded(pipeline, "a dog" if positive == "a dog" else "blur")[0])
    assert torch.equal(short[:, 77:154], encoded(pipeline, "")[0])


def test_no_negative_prompt_is_zeros_where_the_model_wants_it(pipeline):
    found = condition(pipeline, "a (dog:1.2)").arguments
    wanted = 0 * encoded(pipeline, "")[0] if is_sdxl(pipeline) else encoded(pipeline, "")[0]
    assert torch.equal(found["negative_prompt_embeds"], wanted)


@pytest.mark.parametrize(
    "text",
    [
        '("a dog", "a (red)1.2 cat").blend(0.7, 0.5)',
        '("a dog", "a red cat").blend(1, -0.4, no_normalize)',
        '("a dog", "a (red)0.5 cat").and(1, 0.5)',
    ],
    ids=["blend", "blend as it is", "and"],
)
def test_compels_combinations_are_compels(pipeline, text):
    found = condition(pipeline, text, dialect="compel").arguments
    assert torch.allclose(found["prompt_embeds"], compel(pipeline, text), atol=1e-6)


def test_pooled_embeddings_are_blended_too(loaded):
    pipeline = loaded["sdxl"].pipeline
    found = condition(pipeline, '("a dog", "a cat").blend(3, 1)', dialect="compel").arguments["pooled_prompt_embeds"]
    dog, cat = (encoded(pipeline, text)[1] for text in ("a dog", "a cat"))
    assert torch.allclose(found, 0.75 * dog + 0.25 * cat, atol=1e-6)


def test_a_blend_of_nothing_is_refused(loaded):
    with pytest.raises(PromptError, match="add up to 0"):
        condition(loaded["sd"].pipeline, '("a dog", "a cat").blend(1, -1)', dialect="compel")


def test_swaps_and_embeddings_that_are_not_there_are_named(loaded):
    pipeline = loaded["sd"].pipeline
    found = condition(pipeline, "a cat.swap(dog) in withLora(fur, 0.8) snow", dialect="compel")
    assert found.arguments["prompt"].split() == "a dog in snow".split()
    assert found.notes == (
        "'cat.swap(dog)' was read as 'dog': promptkit has no cross-attention control.",
        "'withLora(fur, 0.8)' was left out: it was not loaded. LoRAs count in the prompt, not in the negative one.",
    )
    found = condition(pipeline, "a dog, embedding:moody", dialect="comfyui")
    assert found.arguments["prompt"] == "a dog, moody"
    assert found.notes == ("'embedding:moody' was read as the words 'moody': the model has no embedding of that name.",)


def test_networks_and_a_conjunction_in_the_negative_prompt_are_named(loaded):
    found = condition(loaded["sd"].pipeline, "a dog <lora:fur:0.8>", "blur AND text")
    assert found.notes == (
        "'<lora:fur:0.8>' was left out: it was not loaded. LoRAs count in the prompt, not in the negative one.",
        "'blur AND text' in the negative prompt was read as one text, its parts in chunks of their own.",
    )
    assert found.arguments["negative_prompt_embeds"].shape[1] == 154


def test_embeddings_that_the_tokenizer_knows_are_used(tiny_sd):
    pipeline = load(tiny_sd).pipeline
    pipeline.load_textual_inversion({"<moody>": torch.ones(2, 16)}, token="<moody>")
    found = condition(pipeline, "a (<moody>:1.2) dog", "blur")
    assert found.notes == ()
    assert torch.equal(
        condition(pipeline, "a <moody> dog", "(blur:1.1)").arguments["prompt_embeds"],
        encoded(pipeline, "a <moody> dog")[0],
    )


class FluxPipeline:
    """A family that is given plain text."""

    def __call__(self, prompt, negative_prompt=None): ...


class SanaPipeline(FluxPipeline):
    """One without a negative prompt."""

    def __call__(self, prompt): ...


def test_other_families_are_given_words_and_the_user_is_told(loaded):
    text = "(golden hour:1.3) on [snow:sand:4] BREAK a [red|blue] dog <lora:fur:1>"
    found = condition(FluxPipeline(), text, "(blur:0.5)", num_inference_steps=8)
    assert found.arguments == {"prompt": "golden hour on snow a blue dog ", "negative_prompt": "blur"}
    assert found.notes == (
        "'<lora:fur:1>' was left out: FluxPipeline takes no LoRAs.",
        "'[snow:sand:4]' does not change: FluxPipeline takes one text for all steps, here 'snow'.",
        "'BREAK' begins no chunk: FluxPipeline takes one text.",
        "'[red|blue]' does not change: FluxPipeline takes one text for all steps, here 'blue'.",
        "'golden hour' weighs 1.3: FluxPipeline takes plain text, it counts as 1.",
        "'blur' weighs 0.5: FluxPipeline takes plain text, it counts as 1.",
    )
    both = condition(FluxPipeline(), "a dog AND (moonlight:1.2) :0.5")
    assert both.arguments == {"prompt": "a dog, moonlight"}
    assert both.notes == (
        "'a dog AND (moonlight:1.2) :0.5' is not combined: FluxPipeline takes one text, its parts were joined by commas.",
        "'moonlight' weighs 1.2: FluxPipeline takes plain text, it counts as 1.",
    )


def test_a_family_without_a_negative_prompt_says_so(loaded):
    assert condition(SanaPipeline(), "a dog").notes == ()
    assert condition(SanaPipeline(), "a dog", "blur, (text:1)").notes == (
        "'blur, text' was left out: SanaPipeline takes no negative prompt.",
    )


def test_words_that_another_family_does_not_read_are_named(loaded):
    """What one of its encoders reads is read; the others are given less."""
    tokenizer = loaded["sd"].pipeline.tokenizer
    pipeline = FluxPipeline()
    pipeline.tokenizer = tokenizer
    text = "a " * 74 + "red moonlight, snow"
    assert len(tokenizer("a red").input_ids) == 4
    (note,) = condition(pipeline, text).notes
    assert note == "'moonlight, snow' was left out: FluxPipeline reads no further."
    assert condition(pipeline, "a " * 74 + "red").notes == ()
    pipeline.tokenizer_2 = copy.deepcopy(tokenizer)
    pipeline.tokenizer_2.model_max_length = 512
    assert condition(pipeline, text).notes == ()
    short = type("PixArtPipeline", (FluxPipeline,), {"__call__": lambda self, prompt, max_sequence_length=80: None})()
    short.tokenizer = pipeline.tokenizer_2
    assert condition(short, text).notes == ("'snow' was left out: PixArtPipeline reads no further.",)


def test_another_family_makes_the_picture_of_the_plain_words(tiny_sd):
    from diffusers import StableDiffusionPAGPipeline

    other = load(tiny_sd)
    other.pipeline = StableDiffusionPAGPipeline(**other.pipeline.components, requires_safety_checker=False)
    other.pipeline.set_progress_bar_config(disable=True)
    steps = []
    _, found = run(
        other, "a (red:1.3) [dog:cat:3]", negative="(blur:2)", on_step=lambda event: steps.append(event.step)
    )
    assert len(other.describe()["notes"]) == 3
    assert steps == [1, 2, 3, 4]
    _, plain = run(other, "a red dog", negative="blur")
    assert torch.equal(found, plain)
    assert other.describe()["notes"] == []


@pytest.mark.parametrize("weighting", ["a1111", "comfyui", "compel"])
def test_each_chunk_is_weighed_by_itself(pipeline, weighting):
    parts = "a (red:1.4) dog", "(moonlight:0.6), snow"
    found = condition(pipeline, " BREAK ".join(parts), weighting=weighting).arguments["prompt_embeds"]
    alone = [condition(pipeline, part, weighting=weighting).arguments["prompt_embeds"] for part in parts]
    assert torch.equal(found, torch.cat(alone, 1))


@pytest.mark.parametrize("weighting", ["a1111", "comfyui", "compel"])
def test_half_precision_stays_what_it_is(tiny_sdxl, weighting):
    pipeline = load(tiny_sdxl, dtype="bfloat16").pipeline
    found = condition(pipeline, PROMPT, "(blur:1.2) BREAK text", weighting=weighting).arguments
    assert {value.dtype for value in found.values()} == {torch.bfloat16}
    full = condition(load(tiny_sdxl).pipeline, PROMPT, weighting=weighting).arguments["prompt_embeds"]
    assert torch.allclose(found["prompt_embeds"][:, :77].float(), full, atol=0.05)
