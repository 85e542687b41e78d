"""Lines that are kept: each once, for their user alone, whatever happens to the file."""

import json
import stat
import threading
import time

from promptkit.console.editor.beside import Beside
from promptkit.console.editor.past import FILE, KEPT, LARGEST, LONGEST, Past


def lines(folder) -> list[str]:
    """Return what a new console would find, the newest first."""
    return list(Past(folder).load_history_strings())


def test_lines_are_there_the_next_time_the_newest_first_and_each_once(tmp_path):
    past = Past(tmp_path / "console")
    for line in ("a fox", "two\nlines", "seed 3", "a fox", "\u202e\x1b[31m \U0001f98a"):
        past.append_string(line)
    assert lines(tmp_path / "console") == ["\u202e\x1b[31m \U0001f98a", "a fox", "seed 3", "two\nlines"]
    assert past.get_strings() == ["two\nlines", "seed 3", "a fox", "\u202e\x1b[31m \U0001f98a"]
    assert stat.S_IMODE((tmp_path / "console" / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "console").stat().st_mode) == 0o700


def test_two_consoles_at_once_lose_none_of_each_others_lines(tmp_path):
    first, second = Past(tmp_path), Past(tmp_path)
    for number in range(20):
        first.append_string(f"first {number}")
        second.append_string(f"second {number}")
    assert len(lines(tmp_path)) == 40


def test_what_is_damaged_is_passed_over_and_the_next_line_is_kept(tmp_path):
    Past(tmp_path).append_string("a fox")
    with (tmp_path / FILE).open("ab") as out:
        out.write(b'\n\xff\xfe\n[1, 2]\n"cut of')
    Past(tmp_path).append_string("a hare")
    assert lines(tmp_path) == ["a hare", "a fox"]


def test_a_file_that_has_grown_is_tidied_and_stays_private(tmp_path):
    (tmp_path / FILE).write_text("\n".join(json.dumps(f"{number} {'x' * 200}") for number in range(LARGEST // 200)))
    (tmp_path / FILE).chmod(0o600)
    found = lines(tmp_path)
    assert found[0].startswith(str(LARGEST // 200 - 1))
    assert len(lines(tmp_path)) == KEPT
    assert (tmp_path / FILE).stat().st_size < LARGEST
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_a_line_too_long_for_a_prompt_is_not_kept(tmp_path):
    Past(tmp_path).append_string("x" * (LONGEST + 1))
    assert lines(tmp_path) == []


def test_where_nothing_can_be_written_the_session_has_its_lines_and_says_why(tmp_path):
    (tmp_path / "console").write_text("a file, and no folder")
    past = Past(tmp_path / "console")
    assert list(past.load_history_strings()) == []
    past.append_string("a fox")
    assert past.get_strings() == ["a fox"]
    assert "cannot be kept" in past.trouble


def test_of_the_work_beside_typing_only_the_newest_is_done():
    done, finished = [], threading.Event()
    beside = Beside("test", 0.05)
    for number in range(50):
        beside.do(lambda number=number: done.append(number))
        time.sleep(0.001)
    beside.do(lambda: (done.append("last"), finished.set()))
    assert finished.wait(5)
    assert done == ["last"]
