"""Contact sheets: where pictures stand, what is written, what never breaks them."""

import pytest
from PIL import Image

from promptkit.sheet import GAP, HEAD, Labelled, contact_sheet


def pictures(count, size=(8, 8)):
    return [Labelled(image=Image.new("RGB", size, (200, 10 * i, 0)), title=f"style {i}") for i in range(count)]


def test_pictures_stand_in_rows_in_their_order():
    sheet = contact_sheet(pictures(5), columns=3, cell=64, heading="a cat")
    assert sheet.mode == "RGB"
    row = (sheet.height - HEAD) // 2
    for i in range(5):
        x, y = GAP + i % 3 * (64 + GAP) + 32, HEAD + i // 3 * row + 32
        assert sheet.getpixel((x, y)) == (200, 10 * i, 0)


@pytest.mark.parametrize("size", [(64, 64), (100, 50), (7, 300), (1024, 768)])
def test_nothing_is_cropped_and_shapes_are_kept(size):
    image = Image.new("RGB", size, (255, 0, 0))
    sheet = contact_sheet([Labelled(image=image, title="")], cell=128)
    red = [(x, y) for x in range(sheet.width) for y in range(sheet.height) if sheet.getpixel((x, y))[1] < 60]
    red = [point for point in red if sheet.getpixel(point)[0] > 200]
    width = max(x for x, _ in red) - min(x for x, _ in red) + 1
    height = max(y for _, y in red) - min(y for _, y in red) + 1
    assert width <= 128
    assert height <= 128
    assert abs(width / height - size[0] / size[1]) <= 0.05 * max(width / height, size[0] / size[1])


def test_long_and_hostile_labels_stay_in_their_place():
    label = Labelled(image=None, title="x" * 500, text="word " * 300 + "\x1b[31m\u202e漢字")
    sheet = contact_sheet([label, *pictures(1)], columns=2, cell=96)
    right = sheet.crop((GAP + 96, GAP + 96, GAP + 96 + GAP, sheet.height))
    assert right.getextrema() == ((250, 250), (250, 250), (248, 248))


def test_what_the_font_lacks_is_written_out_by_number():
    for said, written in (("漢 ש", "<U+6F22> <U+05E9>"), ("\x1b[m\u202e", "<U+001B>[m<U+202E>"), ("é ß €", "é ß €")):
        one, other = (contact_sheet([Labelled(image=None, title=text, text=text)]) for text in (said, written))
        assert one.tobytes() == other.tobytes()
    assert one.tobytes() != contact_sheet([Labelled(image=None, title="e s e", text="e s e")]).tobytes()


def test_a_sheet_is_wider_than_high():
    for count in (3, 6, 13, 40):
        sheet = contact_sheet(pictures(count))
        assert sheet.width >= 0.8 * sheet.height


def test_the_same_pictures_give_the_same_bytes():
    assert contact_sheet(pictures(4)).tobytes() == contact_sheet(pictures(4)).tobytes()
