"""The stage: what is drawn of a run at every size, how often it is looked at, and where plain lines do."""

import io
import sys
from dataclasses import replace

import pytest
from PIL import Image
from rich.console import Console

from promptkit.cli.progress import PlainProgress
from promptkit.console.judged import compare_view, why_view
from promptkit.console.results import result_view
from promptkit.console.stage import watching
from promptkit.console.stage.board import Board
from promptkit.console.stage.leaders import leaderboard
from promptkit.console.stage.pace import Pace
from promptkit.console.stage.watching import LiveStage, watch
from promptkit.interfaces import StepEvent
from promptkit.records import FAILED
from promptkit.run import Begun, Finishing, Loading, Ready
from tests.console.fakes import candidate, shown
from tests.console.golden import check_screen, drawn
from tests.console.terminal import terminal

FOUR = (
    candidate(0, 0.41, slots={"subject": 0.9, "lighting": 0.05}, interval=(0.38, 0.44)),
    candidate(1, 0.83, slots={"subject": 0.97, "lighting": 0.71}, interval=(0.79, 0.85)),
    candidate(2, 0.82, slots={"subject": 0.91, "lighting": 0.74}, interval=(0.78, 0.85), tied=True),
    candidate(3, 0.6, slots={"subject": 0.5, "lighting": 0.71}, interval=(0.55, 0.63)),
)


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def step(number, indices=(0, 1), steps=10, image=None):
    picture = image or Image.new("RGB", (64, 64), (200, 30, 30))
    return StepEvent(
        step=number, num_inference_steps=steps, indices=indices, previews=lambda wanted: [picture for _ in wanted]
    )


def console_of(width, height, **options):
    settings = {"force_terminal": True, "color_system": "truecolor", **options}
    return Console(file=io.StringIO(), width=width, height=height, legacy_windows=False, **settings)


def lines_of(board, width, height, **options):
    console = console_of(width, height, **options)
    return ["".join(segment.text for segment in line).rstrip() for line in console.render_lines(board, pad=False)]


class TestBoard:
    @pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (60, 20), (40, 12), (200, 60)])
    def test_it_fits_whatever_the_terminal_is(self, width, height):
        board = Board(40)
        for index in range(30):
            board.tell(Ready(candidate(index, index / 40)))
        board.tell(step(3, indices=tuple(range(30, 40))))
        board.show(Image.new("RGB", (64, 96)), "step 3 of 10")
        lines = lines_of(board, width, height)
        assert len(lines) <= height - 2
        assert max(map(len, lines)) < width

    def test_it_says_what_goes_on(self):
        board = Board(4)
        for event, told in (
            (Loading("model fa\x1bke"), "loading model fa␛ke…"),
            (Begun(7), "run 7"),
            (step(4), "making pictures"),
            (Finishing(candidate(1, 0.5)), "finishing seed 11…"),
        ):
            board.tell(event)
            assert told in "\n".join(lines_of(board, 80, 24))
        assert "4 of 10" in "\n".join(lines_of(board, 80, 24))

    def test_the_time_that_is_left_comes_from_the_work_that_is_done(self):
        clock = Clock()
        board = Board(4, clock)
        assert board.seconds_left is None
        board.tell(step(1))
        assert board.seconds_left is None
        clock.now += 8
        board.tell(step(4))
        assert board.seconds_left == pytest.approx(8 / 8 * (40 - 8))
        for index in (0, 1):
            board.tell(Ready(candidate(index, 0.5)))
        assert board.seconds_left == pytest.approx(8 / 20 * 20)
        assert "0:08 left" in "\n".join(lines_of(board, 80, 24))

    def test_the_best_so_far_leads(self):
        board = Board(4)
        for one in FOUR:
            board.tell(Ready(one))
        board.tell(Ready(replace(candidate(4, 0.99), outcome=FAILED, image=None)))
        text = "\n".join(lines_of(board, 80, 24))
        assert "best so far: seed 11" in text
        assert [one.seed for one in board.ranked] == [11, 12, 13, 10]
        assert "5 of 4" in text

    def test_a_picture_is_drawn_where_there_are_colours_alone(self):
        board = Board(4)
        board.tell(step(2))
        board.show(Image.new("RGB", (64, 64)), "step 2 of 10")
        assert "▀" in "\n".join(lines_of(board, 80, 24))
        for options in ({"no_color": True}, {"color_system": None}, {"force_terminal": False}):
            assert "▀" not in "\n".join(lines_of(board, 80, 24, **options))
        assert "▀" not in "\n".join(lines_of(board, 50, 24))


class TestPace:
    def test_the_first_preview_is_free_and_then_four_a_second(self):
        clock = Clock()
        pace = Pace(clock)
        assert pace.due
        with pace.taking():
            clock.now += 0.01
        assert not pace.due
        clock.now += 0.24
        assert not pace.due
        clock.now += 0.02
        assert pace.due

    def test_a_slow_preview_waits_ten_times_as_long_as_it_took(self):
        clock = Clock()
        pace = Pace(clock)
        with pace.taking():
            clock.now += 2
        clock.now += 19
        assert not pace.due
        clock.now += 1.5
        assert pace.due

    def test_previews_never_take_more_than_a_tenth(self):
        clock = Clock()
        pace = Pace(clock)
        for _ in range(1000):
            clock.now += 0.03
            if pace.due:
                with pace.taking():
                    clock.now += 0.4
        assert pace.spent / (clock.now - 100) < 0.105
        assert pace.count > 5
        assert pace.spent == pytest.approx(pace.count * 0.4)


class TestLive:
    def test_it_shows_previews_at_its_pace_and_leaves_no_trace(self):
        console, clock, asked = console_of(80, 24), Clock(), []
        with LiveStage(2, console, Pace(clock)) as tell:
            for number in range(1, 11):
                clock.now += 0.1
                image = Image.new("RGB", (64, 64), (number, 0, 0))
                tell(StepEvent(step=number, num_inference_steps=10, indices=(4, 5),
                               previews=lambda wanted, image=image: asked.append(wanted) or [image]))  # fmt: skip
        assert asked == [[4]] * 4
        assert tell.board._caption == "step 10 of 10"

    def test_nothing_is_previewed_without_colours(self):
        asked = []
        with LiveStage(2, console_of(80, 24, no_color=True)) as tell:
            tell(replace(step(1), previews=lambda wanted: asked.append(wanted)))
        assert asked == []

    def test_a_narrower_terminal_begins_on_an_empty_screen(self):
        console = console_of(120, 40)
        with LiveStage(2, console) as tell:
            tell(step(1))
            before = tell._live
            console.width = 60
            tell(step(2))
            assert tell._live is not before
            narrow = tell._live
            console.width = 100
            tell(step(3))
            assert tell._live is narrow
        assert "\x1b[2J" in console.file.getvalue()

    def test_a_ctrl_c_ends_the_drawing(self):
        console = console_of(80, 24)
        stage = LiveStage(2, console)
        with pytest.raises(KeyboardInterrupt), stage:
            raise KeyboardInterrupt
        assert not stage._live.is_started
        assert console.file.getvalue().rindex("\x1b[?25h") > console.file.getvalue().rindex("\x1b[?25l")

    def test_a_failing_preview_is_the_backends_to_answer(self):
        def fail(_):
            raise ValueError("no finite number")

        with pytest.raises(ValueError, match="no finite"), LiveStage(2, console_of(80, 24)) as tell:
            tell(replace(step(1), previews=fail))

    def test_plain_lines_without_a_terminal_and_on_a_dumb_one(self, monkeypatch):
        assert isinstance(watch(2), PlainProgress)
        dumb = console_of(80, 24, _environ={"TERM": "dumb"})
        monkeypatch.setattr(watching, "stderr", lambda: dumb)
        assert isinstance(watch(2), PlainProgress)
        monkeypatch.setattr(watching, "stderr", lambda: console_of(80, 24))
        assert isinstance(watch(2), LiveStage)


class TestWords:
    def test_screens(self):
        run = shown(*FOUR)
        check_screen("leaderboard", [leaderboard(run.ranked)])
        check_screen("why", [why_view(run, place) for place in range(1, 5)])
        check_screen("compare", [compare_view(run, [1, 4]), compare_view(run, [2, 1]), compare_view(run, [1, 2, 3])])
        check_screen("best", result_view(run))

    def test_words_of_their_own_stand_in_the_table(self):
        run = shown(FOUR[1], FOUR[3], words={1: "golden hour\x07", 3: "moonlight " * 10})
        text = drawn([leaderboard(run.ranked, words=run.words)], 80)
        assert "golden hour␇" in text
        assert "moonlight moon" in text
        assert "…" in text

    @pytest.mark.parametrize("width", [80, 100])
    def test_a_full_table_fits(self, width):
        slots = dict.fromkeys(("subject", "style", "lighting", "camera"), 0.5)
        ranked = [candidate(index, 0.5, slots=slots, tied=index > 0) for index in range(3)]
        text = drawn([leaderboard(ranked, words={0: "x" * 60, 1: "y", 2: "z"})], width)
        assert max(map(len, text.splitlines())) <= width
        assert len(text.splitlines()) == 5

    @pytest.mark.parametrize(("place", "said"), [(1, "1st"), (2, "2nd"), (11, "11th"), (22, "22nd"), (23, "23rd")])
    def test_places_are_counted_as_people_count(self, place, said):
        run = shown(*(candidate(index, 1 - index / 50) for index in range(23)))
        assert f"{said} of 23" in drawn([why_view(run, place)])

    def test_why_of_the_only_one_and_of_what_is_not_judged(self):
        assert "the only one" in drawn([why_view(shown(FOUR[0]), 1)])
        bare = replace(FOUR[0], scores={})
        assert "Nothing in this prompt could be judged" in drawn([why_view(shown(bare, replace(bare, index=1)), 2)])

    def test_scores_that_are_no_shares_are_not_read_as_percent(self):
        run = shown(*(candidate(i, 20.0 + i, slots={"subject": 20.0 + i}) for i in range(3)))
        text = drawn([why_view(run, 3)])
        assert "2.000 behind the best" in text
        assert "%" not in text

    def test_equals_are_called_equal(self):
        run = shown(candidate(0, 0.5), candidate(1, 0.5))
        assert "as good as all others" in drawn([why_view(run, 2)])
        assert "have the same total" in drawn([compare_view(run, [1, 2])])
        told = drawn(result_view(run))
        assert "Pictures 1 and 2 have the same total, 0.500" in told
        assert "wins" not in told

    def test_what_is_not_shown_and_what_is_not_judged_is_told(self):
        run = shown(*(candidate(index, 0.9 - index / 100) for index in range(14)))
        assert "2 more are not shown: best 14 shows all." in drawn(result_view(run))
        assert "not shown" not in drawn(result_view(run, limit=14))
        assert "ranker NAME" in drawn(result_view(shown(replace(FOUR[0], scores={}))))


SCRIPT = """
import itertools, sys, time
from PIL import Image
from promptkit.cli.output import stderr
from promptkit.console.stage.watching import LiveStage
from promptkit.interfaces import StepEvent

print("a line from before")
try:
    with LiveStage(4, stderr()) as tell:
        for number in itertools.count():
            image = Image.new("RGB", (64, 64), (number % 256, 90, 30))
            tell(StepEvent(step=number % 50 + 1, num_inference_steps=50, indices=(0, 1), previews=lambda _: [image]))
            time.sleep(0.05)
except KeyboardInterrupt:
    print("back at the line")
    input()
"""


class TestInATerminal:
    def test_it_survives_resizing_and_leaves_a_clean_screen(self):
        def drawn_once(screen):
            return screen.count("making pictures") == 1 and screen.count("steps ") == 1

        with terminal((sys.executable, "-c", SCRIPT), columns=80, rows=24) as opened:
            screen = opened.wait_for("a line from before", "making pictures", "▀")
            assert drawn_once(screen)
            opened.resize(120, 40)
            opened.wait_until(lambda screen: drawn_once(screen) and max(map(len, screen.splitlines())) > 30)
            opened.resize(45, 14)
            opened.wait_until(lambda screen: drawn_once(screen) and "▀" not in screen)
            opened.resize(80, 24)
            opened.wait_until(lambda screen: drawn_once(screen) and "▀" in screen)
            opened.keys("C-c")
            screen = opened.wait_for("back at the line")
            assert "making pictures" not in screen
            assert "▀" not in screen
            opened.keys("Enter")  # tmux scrolls the first line away when a program ends
            assert opened.wait_for_exit() == 0
