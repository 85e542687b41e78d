"""What is written in three formats, kept by finishing, and taken out."""

import io
import json
import zlib
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from promptkit.errors import MetadataError
from promptkit.metadata import carried, read_provenance, stripped, write_finished, write_png
from promptkit.metadata.carried import MAX_READ
from promptkit.metadata.record import LEFT_OUT, WITHOUT_PHRASES
from promptkit.metadata.writing import NO_INFOTEXT
from promptkit.metadata.xmp import COMPOSITE, IPTC, SYNTHETIC, merged, packet, properties
from promptkit.pictures import open_picture
from tests.metadata.test_writing import CANDIDATE, recipe

KINDS = ("PNG", "JPEG", "WEBP")
UPSCALED = {"name": "upscale", "settings": {"by": 2}, "plugin": "built-in", "version": "1",
            "facts": {"architecture": "Compact"}}  # fmt: skip
GRADED = {"name": "grade", "settings": {"preset": "golden"}, "plugin": "built-in", "version": "1"}


def image():
    made = Image.radial_gradient("L").resize((24, 16)).convert("RGB")
    made.putpixel((0, 0), (200, 30, 40))
    return made


def written(kind, prompt="a dog", picture=None, **changes):
    handle = io.BytesIO()
    notes = write_png(handle, picture or image(), recipe(prompt, **changes), CANDIDATE, kind=kind)
    return handle.getvalue(), notes


def opened(folder, content, kind="PNG"):
    path = folder / f"x.{kind.lower()}"
    path.write_bytes(content)
    return open_picture(path)


def source_of(found):
    return properties(carried(found).texts["xmp"]).get(f"{IPTC}DigitalSourceType")


@pytest.mark.parametrize("kind", KINDS)
@given(st.text(max_size=100))
def test_any_text_comes_back_exactly(tmp_path_factory, kind, prompt):
    found = read_provenance(opened(tmp_path_factory.getbasetemp(), written(kind, prompt, negative=prompt)[0], kind))
    assert found.recipe == json.loads(json.dumps(recipe(prompt, negative=prompt).to_json()))
    assert (found.prompt, found.seed, found.candidate["index"]) == (prompt, 2, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_says_that_it_is_synthetic_and_what_made_it(tmp_path, kind):
    licensed = {"name": "m & <n>", "hash": "ab", "licence": "Apache-2.0"}
    found = opened(tmp_path, written(kind, model=licensed)[0], kind)
    said = properties(carried(found).texts["xmp"])
    assert said[f"{IPTC}DigitalSourceType"] == SYNTHETIC
    assert said[f"{IPTC}AISystemUsed"] == "m & <n>"
    assert said["urn:promptkit:recipe:1/modelLicence"] == "Apache-2.0"


@pytest.mark.parametrize("kind", KINDS)
def test_a1111_reads_the_infotext_too(tmp_path, kind):
    """A PNG's ``parameters``; else EXIF's user comment, after ``UNICODE`` in UTF-16, big-endian."""
    found = opened(tmp_path, written(kind, "ein Hünd 犬")[0], kind)
    if kind == "PNG":
        assert found.texts["parameters"].startswith("ein Hünd 犬\nSteps: 16")
        return
    comment = found.image.getexif().get_ifd(0x8769)[0x9286]
    assert comment[:8] == b"UNICODE\0"
    assert comment[8:].decode("utf-16-be").startswith("ein Hünd 犬\nSteps: 16")


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_run_writes_the_same_bytes_in_every_format(kind):
    assert written(kind) == written(kind)


def test_what_does_not_fit_into_a_jpeg_is_left_out_and_told(tmp_path):
    phrases = ({"text": "a" * 80_000, "slot": "subject", "weight": 1.0, "source": "user"},)
    content, notes = written("JPEG", phrases=phrases)
    assert notes == (WITHOUT_PHRASES,)
    assert read_provenance(opened(tmp_path, content, "JPEG")).recipe["phrases"] == []
    content, notes = written("JPEG", styles=("x" * 70_000,))
    assert notes == (LEFT_OUT,)
    found = read_provenance(opened(tmp_path, content, "JPEG"))
    assert (found.prompt, found.seed, found.recipe) == ("a dog", 2, None)
    content, notes = written("JPEG", "a, " * 20_000)
    assert notes == (NO_INFOTEXT, LEFT_OUT)
    assert source_of(opened(tmp_path, content, "JPEG")) == SYNTHETIC
    assert written("WEBP", "a, " * 20_000)[1] == ()


def foreign(**texts):
    info = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    handle = io.BytesIO()
    image().save(handle, "PNG", pnginfo=info)
    return handle.getvalue()


def finished(folder, content, steps, kind="PNG", **said):
    handle, before = io.BytesIO(), opened(folder, content, kind)
    notes = write_finished(handle, before.image, carried(before), steps, kind=kind, **said)
    assert notes == ()
    return opened(folder, handle.getvalue(), kind)


def test_finishing_keeps_what_other_tools_wrote(tmp_path):
    graph = '{"1": {"class_type": "SaveImage", "inputs": {}}}'
    found = finished(tmp_path, foreign(prompt=graph, workflow="{}", invokeai_metadata="{}"), [GRADED])
    assert {name: found.texts[name] for name in ("prompt", "workflow")} == {"prompt": graph, "workflow": "{}"}
    assert "parameters" not in found.texts
    said = read_provenance(found)
    assert (said.tool, said.recipe, said.finish) == ("InvokeAI", None, (GRADED,))


def test_finishing_a_stranger_claims_no_more_than_was_done(tmp_path):
    plain = finished(tmp_path, foreign(), [GRADED])
    assert source_of(plain) is None
    assert read_provenance(plain).finish == (GRADED,)
    assert source_of(finished(tmp_path, foreign(), [GRADED, UPSCALED])) == COMPOSITE


@pytest.mark.parametrize(
    ("before", "expected"),
    [("digitalCapture", COMPOSITE), ("trainedAlgorithmicMedia", SYNTHETIC)],
)
def test_an_xmp_that_was_there_is_kept_and_corrected(tmp_path, before, expected):
    theirs = packet(
        '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="image/png">\n<Iptc4xmpExt:DigitalSourceType>'
        f"{SYNTHETIC.rpartition('/')[0]}/{before}</Iptc4xmpExt:DigitalSourceType>\n</rdf:Description>\n"
    )
    once = finished(tmp_path, foreign(**{"XML:com.adobe.xmp": theirs}), [UPSCALED])
    assert source_of(once) == expected
    said = properties(carried(once).texts["xmp"])
    assert said["http://purl.org/dc/elements/1.1/format"] == "image/png"
    assert carried(once).texts["xmp"].count("DigitalSourceType>") == 2


@pytest.mark.parametrize("kind", KINDS)
def test_finishing_ours_keeps_the_recipe_and_adds_the_steps(tmp_path, kind):
    once = finished(tmp_path, written(kind)[0], [GRADED], kind)
    said = read_provenance(once)
    assert (said.tool, said.prompt, said.finish) == ("promptkit", "a dog", (GRADED,))
    infotext = carried(once).get("parameters", "UserComment")
    assert infotext.endswith('Finish: "grade:preset=golden"')
    (tmp_path / "again").mkdir()
    path = tmp_path / f"x.{kind.lower()}"
    twice = read_provenance(finished(tmp_path / "again", path.read_bytes(), [UPSCALED], kind))
    assert twice.finish == (GRADED, UPSCALED)
    assert source_of(once) == SYNTHETIC


@pytest.mark.parametrize("kind", KINDS)
def test_stripping_takes_everything_out_and_no_pixel(tmp_path, kind):
    picture = image()
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Camera", 6
    picture.info["exif"] = exif.tobytes()
    content = written(kind, picture=picture)[0]
    before, after = opened(tmp_path, content, kind), opened(tmp_path, stripped(content, kind), kind)
    assert carried(after).texts == {}
    assert after.image.tobytes() == before.image.tobytes()
    assert after.image.size == (16, 24)
    assert stripped(stripped(content, kind), kind) == stripped(content, kind)
    assert b"a dog" not in stripped(content, kind)


def test_stripping_keeps_the_colour_profile_progressive_scans_and_drops_what_follows(tmp_path):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind, options in (("JPEG", {"progressive": True}), ("WEBP", {"lossless": True}), ("PNG", {})):
        handle = io.BytesIO()
        image().save(handle, kind, icc_profile=profile, **options)
        after = opened(tmp_path, stripped(handle.getvalue() + b"secret", kind), kind)
        assert after.image.info["icc_profile"] == profile
        assert after.image.tobytes() == opened(tmp_path, handle.getvalue(), kind).image.tobytes()
        assert b"secret" not in (tmp_path / f"x.{kind.lower()}").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cut", [0, 3, 20, 60, -1])
def test_a_file_that_is_cut_off_is_a_clear_error(kind, cut):
    content = written(kind)[0][:cut]
    with pytest.raises(MetadataError, match=f"parts of this {kind} do not fit"):
        stripped(content, kind)


def chunk(kind, data):
    return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))


def with_chunk(kind, data):
    content = foreign()
    return content[:33] + chunk(kind, data) + content[33:]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (b"zTXt", b"parameters\0\0" + zlib.compress(b" " * 50_000_000, 9)),
        (b"iTXt", b"prompt\0\1\0\0\0" + zlib.compress(b" " * 50_000_000, 9)),
        (b"tEXt", b"prompt\0" + b"x" * 70_000_000),
    ],
    ids=["zTXt", "iTXt", "70 MB"],
)
def test_texts_that_swell_are_refused(tmp_path, kind, data):
    with pytest.raises(MetadataError, match="x.png.* holds texts that swell") as caught:
        opened(tmp_path, with_chunk(kind, data))
    assert caught.value.hint


def test_a_text_of_five_megabytes_is_left_out_and_told(tmp_path):
    found = read_provenance(opened(tmp_path, foreign(prompt="x" * (MAX_READ + 1), parameters="a dog")))
    assert found.prompt == "a dog"
    assert "'prompt' has 4,194,305 characters" in found.notes[-1]


@pytest.mark.parametrize(
    "xmp",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "<x>", "", "\0", "<a>" * 100_000, "<x>&undefined;</x>",
    ],
    ids=["entities", "outside", "open", "nothing", "NUL", "deep", "undefined"],
)  # fmt: skip
def test_xmp_that_declares_entities_or_is_no_xml_is_left(tmp_path, xmp):
    assert properties(xmp) is None
    assert source_of(finished(tmp_path, foreign(**{"XML:com.adobe.xmp": xmp or "x"}), [UPSCALED])) == COMPOSITE


@pytest.mark.parametrize(
    "exif",
    [b"", b"Exif\0\0", b"Exif\0\0II*\0\x08\0\0\0\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\1\xff\xff\xff\xff",
     b"Exif\0\0" + b"\xff" * 50],
    ids=["nothing", "head", "cut off", "lying offset", "noise"],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_broken_exif_stops_nothing(tmp_path, exif):
    handle = io.BytesIO()
    image().save(handle, "JPEG", exif=exif)
    try:
        found = opened(tmp_path, handle.getvalue(), "JPEG")
    except MetadataError as error:
        assert error.hint
        return
    assert read_provenance(found) is None
    assert opened(tmp_path, stripped(handle.getvalue(), "JPEG"), "JPEG").image.size == (24, 16)


@given(st.text(max_size=300), st.sampled_from([None, COMPOSITE]))
def test_any_packet_can_be_merged(before, source):
    assert properties(merged(before, "", source)) is not None


def test_latin_1_that_is_utf_8_is_mended(tmp_path):
    raw = with_chunk(b"tEXt", b"parameters\0" + "ein Hünd\nSteps: 1, Seed: 2, Size: 8x8".encode())
    assert read_provenance(opened(tmp_path, raw)).prompt == "ein Hünd"
    plain = with_chunk(b"tEXt", b"parameters\0" + "ein Hünd\nSteps: 1, Seed: 2, Size: 8x8".encode("latin-1"))
    assert read_provenance(opened(tmp_path, plain)).prompt == "ein Hünd"


@pytest.mark.parametrize("depth", [50, 900, 100_000])
def test_json_that_is_nested_deep_stops_nothing(tmp_path, depth):
    deep = "[" * depth + "]" * depth
    record = f'{{"recipe": {{"prompt": "x", "environment": {{"a": {deep}}}}}}}'
    found = read_provenance(opened(tmp_path, foreign(promptkit=record, parameters="y")))
    assert found.prompt == ("x" if depth == 50 else "y")
    assert json.dumps(found.to_json())


@pytest.mark.parametrize("value", [3, [], "x", {"prompt": 3}, {"prompt": "x", "settings": [], "model": 3, "finish": 3,
    "phrases": [1, {}, {"text": 3}]}, {"prompt": "x", "finish": [3, {}, {"name": 3}, {"name": "a", "scores": 3}]}])  # fmt: skip
def test_records_of_the_wrong_shape_are_read_as_far_as_they_go(tmp_path, value):
    from promptkit.metadata import infotext_of, prompt_of

    found = read_provenance(opened(tmp_path, foreign(promptkit=json.dumps({"recipe": value, "candidate": value}))))
    assert found is None or found.prompt == "x"
    if found is not None:
        assert prompt_of(found)[0].text == "x"
        assert infotext_of(found).startswith("x\n")
        assert [step["settings"] for step in found.finish] in ([], [{}])
