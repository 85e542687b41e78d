"""Working verbs: what each makes, keeps, says and refuses, and what a Ctrl-C leaves of it."""

import threading
from pathlib import Path

import pytest
from PIL import Image

from promptkit.console import verbs
from promptkit.console.bench import Bench
from promptkit.console.desk import Desk
from promptkit.console.history import History
from promptkit.console.lines import answer, read_line
from promptkit.console.loads import Loads
from promptkit.console.shown import Shown
from promptkit.console.verbs import looking
from promptkit.errors import (
    Interrupted,
    LibraryError,
    ModelError,
    OutputError,
    PromptError,
    PromptkitError,
    SettingsError,
)
from promptkit.library import Library
from promptkit.run import Loading
from tests.console.fakes import VaryingBackend
from tests.console.golden import drawn

MODULES = ("making", "suggesting", "looking", "keeping", "collecting")
WORKING = [verb for module in MODULES for name in verbs.GROUPS[module] if (verb := verbs.find(name))]
TEXT = "a red fox, golden hour"


@pytest.fixture
def fake_backend() -> VaryingBackend:
    return VaryingBackend()


@pytest.fixture
def laid(registry, tmp_path) -> Bench:
    """A prompt, the fake model, and a library."""
    return Bench(
        history=History(Desk(model="fake", text=TEXT, candidates=4)), registry=registry, library=tmp_path / "pictures"
    )


@pytest.fixture
def made(laid) -> Bench:
    """Four pictures of it."""
    answer(laid, "generate")
    return laid


def said(bench: Bench, line: str) -> str:
    return drawn(answer(bench, line), width=2_000)


def files(bench: Bench) -> list[Path]:
    return sorted(bench.library.glob("*.png"))


@pytest.mark.parametrize("verb", WORKING, ids=lambda verb: verb.name)
def test_a_verb_says_how_it_is_written_and_its_examples_fit(made, verb):
    assert verb.usage.split()[0] == verb.name
    assert verb.summary.endswith(".")
    assert len(verb.examples) >= 2
    for example in verb.examples:
        assert read_line(made, example).verb is verb, example


@pytest.mark.parametrize("verb", WORKING, ids=lambda verb: verb.name)
def test_what_completes_a_verb_fits_it(made, verb):
    tails = {"compare": " {other}", "finish": " denoise", "rate": " 3", "tag": " good"}
    for offered in list(verb.complete(made, ""))[:20]:
        tail = tails.get(verb.name, "").format(other="2" if offered == "1" else "1")
        whole = offered.endswith(tail.strip()) and verb.name == "finish"
        assert verb.fits(made, offered if whole else f"{offered}{tail}"), offered


@pytest.mark.parametrize(
    "line",
    ["best friends at dusk", "generate a cat", "why not a fox", "more light, dusk", "open door at dusk",
     "finish line of a race", "compare apples and pears", "take me home", "save the whales", "rate of change",
     "tag a wall"],
)  # fmt: skip
def test_a_prompt_that_begins_like_a_verb_is_a_prompt_where_there_is_none_yet(bench, made, line):
    with pytest.raises(SettingsError, match="does not go with"):
        read_line(made, line)
    bench.history = History(Desk(model="fake"))
    assert read_line(bench, line).verb is None


def test_generate_makes_pictures_and_puts_them_on_show(laid):
    told = said(laid, "generate 3")
    assert [candidate.seed for candidate in laid.shown.candidates] == [0, 1, 2]
    assert len(files(laid)) == 3
    assert laid.desk.candidates == 4
    assert "Picture 1 wins with" in told
    assert laid.commands == [f"promptkit generate --candidates 3 --seed 0 --model fake --out {laid.library} '{TEXT}'"]


def test_undo_shows_the_run_before(made):
    first = made.shown
    answer(made, "generate 2")
    assert made.shown is not first
    answer(made, "undo")
    assert made.shown is first


def test_generate_wants_a_prompt(bench):
    with pytest.raises(PromptError, match="no prompt yet"):
        answer(bench, "generate")


@pytest.mark.parametrize(
    "line", ["best", "why", "compare 1 2", "open 1", "save 1", "vary 1", "more like 1", "rate 1 5"]
)
def test_pictures_are_wanted_first(laid, line):
    with pytest.raises(SettingsError, match="no pictures yet"):
        answer(laid, line)


@pytest.mark.parametrize("line", ["why 9", "compare 1 9", "open 9", "save 9", "vary 9", "more like 9", "tag 9 good"])
def test_a_picture_that_is_not_there_is_named(made, line):
    with pytest.raises(SettingsError, match="There is no picture '9'") as raised:
        answer(made, line)
    assert raised.value.hint == "Say a number from 1 to 4."


def test_vary_a_slot_keeps_the_seed_and_changes_its_words_alone(laid, fake_backend):
    told = said(laid, "vary lighting 2")
    texts = [request.prompt.resolved for request in fake_backend.requests]
    assert [request.seeds for request in fake_backend.requests] == [(0,)] * 3
    assert texts[0] == TEXT
    assert all(text.startswith("a red fox, ") and text != TEXT for text in texts[1:])
    assert len(set(texts)) == 3
    place = 1 + [laid.shown.words[one.index] for one in laid.shown.ranked].index("golden hour")
    assert f"Picture {place} has the words as they are" in told
    assert laid.desk.text == TEXT
    assert "golden hour" in told
    assert sorted(laid.shown.words.values()) == sorted(text.removeprefix("a red fox, ") for text in texts)


def test_take_after_vary_puts_in_the_words_of_that_picture(laid):
    answer(laid, "vary lighting 3")
    ranked = laid.shown.ranked
    place = next(i for i, one in enumerate(ranked, 1) if laid.shown.words[one.index] != "golden hour")
    answer(laid, f"take {place}")
    assert laid.desk.text == f"a red fox, {laid.shown.words[ranked[place - 1].index]}"


def test_vary_gives_the_commands_that_make_the_same(laid, fake_backend):
    answer(laid, "vary lighting 2")
    lines = laid.commands[0].splitlines()
    assert len(lines) == 3
    assert all(request.prompt.text in line for request, line in zip(fake_backend.requests, lines, strict=True))


def test_vary_makes_nothing_again_that_a_style_says_already(laid):
    answer(laid, "a red fox")
    answer(laid, "style embedded/watercolour-dusk")
    now = {phrase.text for phrase in laid.prompt.slot("lighting")}
    answer(laid, "vary lighting 4")
    others = [words for words in laid.shown.words.values() if words != ", ".join(now)]
    assert len(others) == len(laid.shown.words) - 1
    assert not any(set(words.split(", ")) <= now for words in others)


def test_an_open_slot_is_varied_too(laid):
    said(laid, "vary camera 2")
    assert "as it is" in laid.shown.words.values()


@pytest.mark.parametrize("line", ["vary lighting", "suggest lighting"])
def test_a_locked_slot_is_left_alone(laid, line):
    answer(laid, "lock lighting")
    with pytest.raises(SettingsError, match="lighting is locked"):
        answer(laid, line)


def test_styles_do_not_fill_the_subject(laid):
    with pytest.raises(SettingsError, match="fill no slot 'subject'"):
        answer(laid, "vary subject")


def test_variations_have_the_pictures_seed_and_seeds_of_their_own(made, fake_backend):
    best = made.shown.best
    answer(made, "more like 1 2")
    request = fake_backend.requests[-1]
    assert request.seeds == (best.seed,) * 2
    assert request.variation.strength == 0.3
    assert request.variation.seeds == (1, 2)
    answer(made, "vary 1 2")
    assert fake_backend.requests[-1].variation.seeds == (3, 4)
    assert fake_backend.requests[-1].variation.strength == 0.5
    assert f"--seed {best.seed} --variation-seed 3 --variation-strength 0.5" in made.commands[-1]


def test_variations_are_of_the_pictures_prompt_not_of_the_desks(made, fake_backend):
    answer(made, "a blue cat")
    answer(made, "more like 2 1")
    assert fake_backend.requests[-1].prompt.resolved == TEXT


def test_a_seed_of_another_model_is_refused(made):
    made.change("model", model="embedded")
    with pytest.raises(SettingsError, match="drawn with the model 'fake'") as raised:
        answer(made, "vary 1")
    assert raised.value.hint == "model fake takes that one again."


def test_suggest_numbers_its_offers_and_take_puts_one_in(laid):
    told = said(laid, "suggest")
    assert "style  left to chance" in told
    assert [offer.slot for offer in laid.offered] == ["style"] * 3 + ["camera"] * 3 + [""] * 3
    assert all(f"{place:>3} {offer.words[:20]}" in told for place, offer in enumerate(laid.offered[:6], 1))
    answer(laid, "take 4")
    assert laid.desk.text == f"{TEXT}, {laid.offered[3].words}"
    answer(laid, "undo")
    answer(laid, "take 7")
    assert laid.desk.styles == (laid.offered[6].style,)


def test_suggest_leaves_locked_slots_out(laid):
    answer(laid, "lock camera")
    answer(laid, "suggest")
    assert {offer.slot for offer in laid.offered} == {"style"}
    answer(laid, "lock style")
    assert "unlock a slot first" in said(laid, "suggest")


def test_take_says_what_there_is_to_take(laid):
    with pytest.raises(SettingsError, match="Nothing was offered yet"):
        answer(laid, "take 1")
    answer(laid, "suggest camera")
    with pytest.raises(SettingsError, match="no number 9") as raised:
        answer(laid, "take 9")
    assert raised.value.hint == "Take 1 to 3."


def test_a_slot_that_is_all_of_the_prompt_is_not_varied(laid):
    answer(laid, ": golden hour")
    with pytest.raises(SettingsError, match="Without its lighting the prompt says nothing"):
        answer(laid, "vary lighting")


def test_words_of_a_slot_are_its_own_where_the_desk_has_that_style(laid):
    answer(laid, "a red fox")
    answer(laid, "style embedded/any-hour")
    answer(laid, "vary lighting 9")
    before = {phrase.text for phrase in laid.prompt.phrases if phrase.slot != "lighting"}
    assert not any(words in before or ", wide shot" in words for words in laid.shown.words.values())


@pytest.mark.parametrize(
    ("line", "said"),
    [("rate 1 9", "'9' is no rating"), ("finish 1 nosuch", "no post-?processor named 'nosuch'"),
     ("tag 1 -", "tag")],
)  # fmt: skip
def test_a_slip_behind_a_number_is_told_and_is_no_prompt(made, line, said):
    with pytest.raises(PromptkitError, match=said):
        answer(made, line)


def test_a_step_with_nothing_to_do_leaves_the_picture(made):
    before = made.shown
    assert "stays as it was" in said(made, "finish 1 grade:neutral")
    assert made.shown is before


def test_save_says_where_else_to_write(made):
    with pytest.raises(OutputError) as raised:
        answer(made, "save 1 /proc/no/fox.png")
    assert raised.value.hint == "Say another file or folder: save 1 FOLDER/"


def test_finish_writes_a_picture_beside_and_scores_it_again(made):
    told = said(made, "finish 2 upscale:2")
    candidate = made.shown.ranked[1]
    assert candidate.finished.size == (32, 32)
    assert Path(candidate.finished_path).name == f"{Path(candidate.path).stem}-finished.png"
    assert "before" in told
    assert "upscale" in told
    with Library(made.library) as library:
        assert library.picture(candidate.finished_path).kind == "finished"
        assert library.picture(candidate.finished_path).parent == library.picture(candidate.path).id
    assert "The finished file stays." in said(made, "undo")
    assert made.shown.ranked[1].finished is None


def test_finish_works_without_files(bench):
    answer(bench, TEXT)
    answer(bench, "generate 1")
    answer(bench, "finish 1 upscale:2")
    assert bench.shown.best.finished.size == (32, 32)
    assert bench.shown.best.finished_path is None


def test_save_copies_the_file_to_a_name_or_a_folder(made, tmp_path):
    target = tmp_path / "out"
    answer(made, f"save 1 {target}/fox.png")
    answer(made, f"save 2 {target}/")
    best, second = made.shown.ranked[:2]
    assert (target / "fox.png").read_bytes() == Path(best.path).read_bytes()
    assert (target / Path(second.path).name).read_bytes() == Path(second.path).read_bytes()
    assert "is this picture already" in said(made, f"save 1 {target}/fox.png")
    assert "fox-2.png;" in said(made, f"save 2 {target}/fox.png").replace("\n", "")
    assert (target / "fox-2.png").read_bytes() == Path(second.path).read_bytes()


def test_save_writes_what_is_only_in_memory_with_its_recipe(bench, tmp_path):
    from promptkit.metadata import read_provenance
    from promptkit.pictures import open_picture

    answer(bench, TEXT)
    answer(bench, "vary lighting 1")
    answer(bench, f"save 2 {tmp_path}/two.png")
    second = bench.shown.ranked[1]
    with Image.open(tmp_path / "two.png") as image:
        assert image.size == (16, 16)
    record = read_provenance(open_picture(tmp_path / "two.png"))
    assert bench.shown.words[second.index] in record.recipe["resolved"]


def test_save_refuses_what_is_no_name_for_a_png(made, tmp_path):
    with pytest.raises(SettingsError, match=r"'fox\.gif' is no name for a PNG"):
        answer(made, f"save 1 {tmp_path}/fox.gif")


def test_open_starts_the_viewer_without_a_shell(made, monkeypatch):
    started = []
    monkeypatch.setattr(looking, "viewer", lambda: ["see"])
    monkeypatch.setattr(looking.subprocess, "Popen", lambda argv, **options: started.append((argv, options)))
    assert "opened" in said(made, "open 2")
    (argv, options) = started[0]
    assert argv == ["see", str(Path(made.shown.ranked[1].path).absolute())]
    assert "shell" not in options


def test_open_says_the_file_where_there_is_no_viewer(made, monkeypatch):
    monkeypatch.setattr(looking, "viewer", lambda: ["/nowhere/to/be/found"])
    assert made.shown.best.path in said(made, "open 1").replace("\n", "")


def test_a_viewer_needs_a_screen(monkeypatch):
    monkeypatch.setattr(looking.shutil, "which", lambda name: f"/usr/bin/{name}")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert looking.viewer("linux") is None
    monkeypatch.setenv("DISPLAY", ":0")
    assert looking.viewer("linux") == ["/usr/bin/xdg-open"]
    assert looking.viewer("darwin") == ["open"]


def test_runs_lists_them_and_shows_one_again(made):
    answer(made, "generate 2")
    told = said(made, "runs")
    assert "generate 2" in told
    assert "▸2" in told
    answer(made, "runs 1")
    assert len(made.shown.ranked) == 4
    with pytest.raises(SettingsError, match="There is no run 7"):
        answer(made, "runs 7")


def test_runs_without_any_says_so(laid):
    assert "no runs yet" in said(laid, "runs")


def test_a_run_that_was_stopped_is_on_show_and_gone_on_with(laid, fake_backend):
    fake_backend.stop_at = 5
    with pytest.raises(Interrupted) as stopped:
        answer(laid, "generate 8")
    assert stopped.value.hint == "best shows what is there; resume makes the rest."
    assert [candidate.seed for candidate in laid.shown.candidates] == [0, 1, 2, 3]
    assert "4 of 8" in said(laid, "runs")
    fake_backend.stop_at = None
    said(laid, "resume")
    assert len(laid.shown.ranked) == 8
    assert len(files(laid)) == 8
    with pytest.raises(LibraryError, match="no run to go on with"):
        answer(laid, "resume")


def test_a_resumed_run_can_be_varied(laid, fake_backend):
    fake_backend.stop_at = 5
    with pytest.raises(Interrupted):
        answer(laid, "generate 8")
    fake_backend.stop_at = None
    answer(laid, "resume")
    answer(laid, "more like 1 1")
    assert fake_backend.requests[-1].seeds == (laid.runs[-2].best.seed,)


def test_find_rate_and_tag(made):
    assert "rating 4" in said(made, "rate 1 4")
    assert "good" in said(made, "tag 1 good")
    best = Path(made.shown.best.path).name
    assert best in said(made, "find rating:4")
    assert best in said(made, "find tag:good fox")
    assert "no tags" in said(made, "tag 1 -good")
    assert "no rating" in said(made, "rate 1 none")
    assert "No picture is found by 'foxx'. Near words that there are: 'foxx': fox" in said(made, "find foxx")


@pytest.mark.parametrize("line", ["find fox", "resume", "rate 1 3", "tag 1 x"])
def test_without_a_library_that_is_said(bench, line):
    answer(bench, TEXT)
    answer(bench, "generate 1")
    with pytest.raises(SettingsError, match="library"):
        answer(bench, line)


def test_models_says_which_fit_here(laid):
    told = said(laid, "models")
    assert "▸fake" in told
    assert "fits" in told


def test_lines_from_outside_are_shown_and_not_obeyed(made):
    answer(made, "a fox [red]\x1b[31m\u202e")
    told = said(made, "generate 1") + said(made, "runs")
    assert "\x1b" not in told
    assert "\u202e" not in told


class TestCtrlC:
    """A Ctrl-C in every state comes back to the line with what is done."""

    def test_while_scoring_what_came_is_kept(self, laid, registry, monkeypatch):
        def stop(*_):
            raise KeyboardInterrupt

        ranker = registry.get("ranker", "redness")
        monkeypatch.setattr(type(ranker), "score", stop)
        with pytest.raises(Interrupted):
            answer(laid, "generate 2")
        assert laid.desk.shown is None

    def test_before_anything_is_there(self, bench, fake_backend):
        fake_backend.stop_at = 0
        answer(bench, TEXT)
        with pytest.raises(Interrupted) as stopped:
            answer(bench, "generate")
        assert stopped.value.hint == "generate begins again."
        assert bench.desk.shown is None

    def test_between_variations(self, laid, fake_backend):
        fake_backend.runs_left = 2
        with pytest.raises(Interrupted):
            answer(laid, "vary lighting 3")
        assert isinstance(laid.shown, Shown)
        assert len(laid.shown.candidates) == 2
        assert [one.index for one in laid.shown.candidates] == [0, 1]

    def test_while_finishing(self, made, monkeypatch):
        def stop(*_, **__):
            raise KeyboardInterrupt

        monkeypatch.setattr(type(made.session), "finish", stop)
        before = made.shown
        with pytest.raises(Interrupted) as stopped:
            answer(made, "finish 1 upscale:2")
        assert stopped.value.hint == "Picture 1 stays as it was."
        assert made.shown is before

    def test_while_loading(self, laid, registry, fake_backend, monkeypatch):
        go_on, begun = threading.Event(), threading.Event()
        loader = registry.get("backend", "fake")

        def slowly(*_):
            begun.set()
            assert go_on.wait(10)
            return fake_backend

        def impatient(_):
            def tell(event):
                if isinstance(event, Loading):
                    raise KeyboardInterrupt

            return _Block(tell)

        monkeypatch.setattr(type(loader), "load", slowly)
        laid.watch = impatient
        with pytest.raises(Interrupted) as stopped:
            answer(laid, "generate 1")
        assert stopped.value.exit_code == 130
        assert begun.wait(10)
        go_on.set()
        laid.watch = lambda _: _Block(lambda _event: None)
        answer(laid, "generate 1")
        assert len(laid.shown.ranked) == 1


class _Block:
    def __init__(self, value):
        self.value = value

    def __enter__(self):
        return self.value

    def __exit__(self, *_):
        """Let everything through."""


def test_a_model_is_loaded_once_beside_the_typing(laid, registry, fake_backend, monkeypatch):
    loaded = []
    loader = registry.get("backend", "fake")
    monkeypatch.setattr(type(loader), "load", lambda *_: loaded.append(threading.current_thread()) or fake_backend)
    laid.warm_up()
    laid.warm_up()
    answer(laid, "generate 1")
    assert len(loaded) == 1
    assert loaded[0] is not threading.main_thread()


def test_nothing_is_loaded_before_a_prompt(bench):
    bench.warm_up()
    assert bench.loads._thread is None


def test_what_goes_wrong_while_loading_is_told_by_the_verb_and_tried_anew(laid, registry, fake_backend, monkeypatch):
    loader = registry.get("backend", "fake")
    tries = []

    def failing(*_):
        tries.append(1)
        if len(tries) == 1:
            raise ModelError("The weights are gone.", hint="Put them back.")
        return fake_backend

    monkeypatch.setattr(type(loader), "load", failing)
    laid.warm_up()
    with pytest.raises(ModelError, match="weights are gone"):
        answer(laid, "generate 1")
    answer(laid, "generate 1")
    assert len(tries) == 2


def test_waiting_is_told_only_where_there_is_something_to_wait_for(laid):
    told = []
    loads = Loads()
    loads.wait(laid.session, told.append)
    told.clear()
    loads.wait(laid.session, told.append)
    assert told == []
