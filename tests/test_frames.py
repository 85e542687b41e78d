"""What stands round a prompt: the rules of other tools, one by one."""

import pytest

from promptkit.frames import TOOLS, Frame, framed, framed_negative


def frame(text="", negative="", tool="a1111"):
    return Frame(source="p/s", text=text, negative=negative, tool=tool)


@pytest.mark.parametrize("tool", TOOLS)
def test_an_empty_frame_changes_nothing(tool):
    assert framed("a fox", [frame(tool=tool)]) == "a fox"
    assert framed_negative("blur", [frame(tool=tool)]) == "blur"
    assert framed("", [frame("{prompt}", tool=tool)]) == ""


def test_what_was_typed_is_no_place():
    assert framed("a {prompt}", [frame("ink of {prompt}"), frame("{prompt}, {prompt}")]) == ", ".join(
        ["ink of a {prompt}"] * 2
    )


def test_tools_of_several_kinds_go_round_each_other_in_their_order():
    frames = [
        frame("ink {prompt}"),
        frame("{prompt} a\n\nb", "x\ny", "fooocus"),
        frame("c", "z", "fooocus"),
        frame("d", "w"),
    ]
    assert framed("fox", frames) == "ink fox a\nb\nc, d"
    assert framed_negative("blur", frames) == "x\ny\nz\nblur, w"


def test_nothing_but_lines():
    assert framed("", [frame("a", tool="fooocus")]) == "a"
    assert framed_negative("", [frame(negative="a\n", tool="fooocus")]) == "a"
