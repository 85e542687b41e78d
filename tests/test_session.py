import pytest

import promptkit
from promptkit.cli.output import show_error
from promptkit.metadata import read_provenance
from promptkit.pictures import open_picture
from promptkit.records import FAILED, GenerationSettings
from promptkit.run import Loading, Ready
from promptkit.session import Session
from promptkit.testing import FakeBackend


@pytest.fixture
def session(registry):
    with Session("fake", registry=registry) as opened:
        yield opened


def test_the_best_has_the_highest_total_and_candidates_keep_their_seeds(session):
    result = session.generate("a dog", candidates=5, seed=7)
    assert [candidate.seed for candidate in result.candidates] == [7, 8, 9, 10, 11]
    totals = [candidate.scores["total"] for candidate in result.candidates]
    assert result.best.scores["total"] == max(totals)
    assert [candidate.scores["total"] for candidate in result.ranked] == sorted(totals, reverse=True)


def test_a_seed_means_the_same_in_any_run(session):
    first, second = session.generate("a dog", candidates=4, seed=0), session.generate("a dog", candidates=2, seed=2)
    assert first.candidates[2].image.tobytes() == second.candidates[0].image.tobytes()


def test_pictures_carry_their_recipe(session, tmp_path):
    result = session.generate("a dog", candidates=2, styles=["embedded/any-hour"], out=tmp_path, text_seed=3)
    assert len(list(tmp_path.iterdir())) == 2
    record = read_provenance(open_picture(tmp_path / f"{result.recipe.id}-1.png"))
    assert record.candidate["seed"] == 1
    assert record.candidate["scores"] == dict(result.candidates[1].scores)
    assert record.recipe["prompt"] == "a dog"
    assert record.recipe["styles"] == ["embedded/any-hour"]
    assert record.recipe["text_seed"] == 3
    assert {phrase["source"] for phrase in record.recipe["phrases"]} == {"user", "embedded/any-hour"}
    assert str(tmp_path) not in str(record)


def test_the_same_run_again_writes_no_new_file(session, tmp_path):
    for _ in range(2):
        session.generate("a dog", candidates=2, out=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_the_user_counts_before_the_style_and_the_style_before_the_model(session, fake_backend):
    style = "portrait-photography/window-light"
    session.generate("a dog", candidates=1, styles=[style])
    session.generate(
        "a dog", candidates=1, styles=[style], settings=GenerationSettings(guidance_scale=2.0, sampler="Euler a")
    )
    by_style, by_user = (request.settings for request in fake_backend.requests)
    assert (by_style.guidance_scale, by_style.num_inference_steps) == (6.0, 30)
    assert (by_user.guidance_scale, by_user.num_inference_steps, by_user.sampler) == (2.0, 30, "euler_a")


def test_events_tell_loading_then_candidates(session):
    events = []
    session.generate("a dog", candidates=2, on_event=events.append)
    assert [event.what for event in events if isinstance(event, Loading)] == ["model fake", "ranker redness"]
    assert [event.candidate.seed for event in events if isinstance(event, Ready)] == [0, 1]
    events.clear()
    session.generate("a dog", candidates=1, on_event=events.append)
    assert not any(isinstance(event, Loading) for event in events)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"prompt": ""}, promptkit.PromptError),
        ({"prompt": " ,. "}, promptkit.PromptError),
        ({"prompt": "x" * 40_000}, promptkit.PromptError),
        ({"candidates": 0}, promptkit.SettingsError),
        ({"candidates": 10_001}, promptkit.SettingsError),
        ({"seed": -1}, promptkit.SettingsError),
        ({"seed": 2**64}, promptkit.SettingsError),
        ({"styles": ["nobody/none"]}, promptkit.UnknownNameError),
        ({"override": ["lightning"]}, promptkit.SettingsError),
        ({"settings": GenerationSettings(num_inference_steps=0)}, promptkit.SettingsError),
        ({"settings": GenerationSettings(num_inference_steps=10**6)}, promptkit.SettingsError),
        ({"settings": GenerationSettings(guidance_scale=float("nan"))}, promptkit.SettingsError),
        ({"settings": GenerationSettings(batch_size=0)}, promptkit.SettingsError),
        ({"settings": GenerationSettings(sampler="eulr")}, promptkit.UnknownNameError),
        ({"settings": GenerationSettings(width=17)}, promptkit.SettingsError),
    ],
    ids=str,
)
def test_bad_requests_are_refused_before_any_work(session, fake_backend, arguments, error):
    with pytest.raises(error) as caught:
        session.generate(arguments.pop("prompt", "a dog"), **arguments)
    assert caught.value.hint
    assert fake_backend.requests == []


def test_an_output_folder_is_tried_before_any_work(session, fake_backend, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(promptkit.OutputError):
        session.generate("a dog", out=tmp_path / "file")
    assert fake_backend.requests == []


def test_a_prompt_that_was_read_takes_a_negative(session, fake_backend):
    session.generate(promptkit.parse("a dog", negative="(fog:1.2)"), candidates=1, negative="people")
    (request,) = fake_backend.requests
    assert request.prompt.negative_resolved == "(fog:1.2), people"
    assert [(phrase.text, phrase.weight) for phrase in request.prompt.negative] == [("fog", 1.2), ("people", 1.0)]


def test_nothing_is_ranked_against_an_empty_prompt(session):
    with pytest.raises(promptkit.PromptError) as caught:
        session.rank(" ,. ", [])
    assert caught.value.hint


def test_ctrl_c_keeps_what_is_finished(session, fake_backend, tmp_path):
    fake_backend.stop_at = 6
    with pytest.raises(promptkit.Interrupted) as caught:
        session.generate("a dog", candidates=8, out=tmp_path)
    assert [candidate.seed for candidate in caught.value.result.candidates] == [0, 1, 2, 3, 4, 5]
    assert len(list(tmp_path.iterdir())) == 6


def test_ctrl_c_before_anything_is_finished(session, fake_backend, capsys):
    fake_backend.stop_at = 0
    with pytest.raises(promptkit.Interrupted) as caught:
        session.generate("a dog")
    assert caught.value.result is None
    show_error(caught.value)
    assert capsys.readouterr().err == f"{caught.value}\n" == "Stopped before anything was finished.\n"


def test_failed_seeds_are_reported_and_the_others_kept(session, fake_backend):
    fake_backend.fail = (1,)
    result = session.generate("a dog", candidates=3)
    assert [candidate.outcome for candidate in result.candidates] == ["finished", FAILED, "finished"]
    assert len(result.ranked) == 2


def test_nothing_finished_is_an_error(session, fake_backend):
    fake_backend.fail = tuple(range(3))
    with pytest.raises(promptkit.GenerationError, match="failed"):
        session.generate("a dog", candidates=3)


def test_a_session_may_leave_pictures_unranked(registry):
    with Session("fake", ranker="none", registry=registry) as session:
        result = session.generate("a dog", candidates=2)
    assert result.best.scores == {}
    assert result.recipe.ranker is None
    with pytest.raises(promptkit.SettingsError):
        session.rank("a dog", [])


@pytest.mark.parametrize(
    "scores",
    [ValueError("no idea today"), [], [{"total": 1.0}] * 9, [{"total": float("nan")}] * 4],
    ids=["raises", "too few", "too many", "no numbers"],
)
def test_a_ranker_that_fails_costs_no_picture(session, registry, monkeypatch, tmp_path, scores):
    def score(prompt, candidates):
        if isinstance(scores, Exception):
            raise scores
        return scores

    monkeypatch.setattr(registry.get("ranker", "redness"), "score", score)
    result = session.generate("a dog", candidates=6, out=tmp_path)
    assert len(list(tmp_path.iterdir())) == len(result.ranked) == 6
    (note,) = session.notes()
    assert "'redness' of plugin 'fakes' failed" in note


def test_a_second_look_that_fails_costs_nothing_but_the_ties(session, registry, monkeypatch):
    ranker = registry.get("ranker", "redness")
    monkeypatch.setattr(ranker, "score_ensemble", lambda prompt, candidates: [[]], raising=False)
    result = session.generate("a dog", candidates=3)
    assert all(candidate.scores for candidate in result.candidates)
    assert result.ties == ()
    (note,) = session.notes()
    assert "no ties are told" in note


def test_ties_are_told_in_the_result(session, registry, monkeypatch):
    ranker = registry.get("ranker", "redness")

    def looks(prompt, candidates):
        return [ranker.score(prompt, candidates), *[[{"total": 0.5}] * len(candidates)] * 20]

    monkeypatch.setattr(ranker, "score_ensemble", looks, raising=False)
    result = session.generate("a dog", candidates=6)
    assert len(result.ties) == 3
    assert result.best.index not in result.ties
    assert [candidate.interval is not None for candidate in result.ranked] == [True] * 4 + [False] * 2


def test_unknown_names_at_the_door(registry):
    for arguments in ({"model": "embeded"}, {"model": "fake", "ranker": "clipp"}):
        with pytest.raises(promptkit.UnknownNameError):
            Session(registry=registry, **arguments)


def test_a_finished_run_is_told_to_observers(registry, session):
    from promptkit.hookspecs import hookimpl
    from promptkit.plugins import PluginRecord

    seen = []

    class Observer:
        @hookimpl
        def run_finished(self, recipe):
            seen.append(recipe)

    record = PluginRecord(name="observer", version="1")
    registry.host.register(Observer(), record)
    registry.host.records["observer"] = record
    result = session.generate("a dog", candidates=1)
    assert seen == [result.recipe]


def test_the_whole_chain_on_a_real_pipeline_and_a_real_clip(tiny_sd, tiny_clip, tmp_path):
    with Session(str(tiny_sd), ranker=f"clip:local-dir:{tiny_clip}", device="cpu") as session:
        result = session.generate(
            "a dog, (moonlight:1.2)",
            candidates=3,
            seed=4,
            out=tmp_path,
            settings=GenerationSettings(num_inference_steps=2),
        )
    assert len(result.ranked) == 3
    assert set(result.best.scores) == {"total", "subject", "lighting"}
    assert result.recipe.model["hash"]
    assert result.recipe.ranker["hash"]
    for folder in (tiny_sd, tiny_clip, tmp_path):
        assert str(folder).encode() not in (tmp_path / f"{result.recipe.id}-4.png").read_bytes()
    assert result.recipe.environment["pipeline"] == "StableDiffusionPipeline"


def test_fake_backend_is_a_backend():
    from promptkit.interfaces import Backend

    assert isinstance(FakeBackend(), Backend)


@pytest.mark.parametrize("number", [{"candidates": "2"}, {"seed": 1.5}])
def test_numbers_that_are_none_are_refused(session, number):
    with pytest.raises(promptkit.SettingsError, match="whole number"):
        session.generate("a dog", **number)


@pytest.mark.parametrize("images", [["x.png"], "x.png"])
def test_a_name_of_a_file_is_no_picture(session, images):
    with pytest.raises(promptkit.SettingsError) as caught:
        session.rank("a dog", images)
    assert "PIL" in caught.value.hint


def test_one_name_may_stand_without_a_list(session):
    prompt = next(session.expand("a dog, moonlight", styles="embedded/any-hour", override="lighting"))
    assert prompt.styles == ("embedded/any-hour",)
    assert [phrase.text for phrase in prompt.replaced] == ["moonlight"]
    assert set(session.suggest("a dog", slots="lighting").slots) == {"lighting"}


@pytest.mark.parametrize("prompt", [None, ["a dog"], 3])
def test_what_is_no_text_is_no_prompt(session, prompt):
    for read in (promptkit.parse, session.parse, session.rank, session.generate, session.expand):
        with pytest.raises(promptkit.PromptError, match="A prompt is a text"):
            read(prompt, []) if read == session.rank else read(prompt)


def test_an_interruption_says_what_was_kept_and_where(session, fake_backend, tmp_path):
    fake_backend.stop_at = 6
    with pytest.raises(promptkit.Interrupted) as caught:
        session.generate("a dog", candidates=8, out=tmp_path)
    assert str(caught.value) == f"6 pictures finished and kept in {tmp_path}."
