from promptkit_weather import WEATHER, Weather

import promptkit
from promptkit.seeds import text_draw
from promptkit.testing import check_expander


def variants(text, seed=0, limit=None):
    return list(Weather().expand(promptkit.parse(text), draw=text_draw(seed), limit=limit))


def test_it_keeps_the_contract_of_expanders():
    check_expander(Weather())


def test_every_sky_once_and_the_typed_text_kept():
    found = variants("a harbour")
    assert len({variant.resolved for variant in found}) == len(WEATHER)
    assert all(variant.resolved.startswith("a harbour, ") for variant in found)


def test_the_seed_decides_and_repeats():
    assert [v.resolved for v in variants("a harbour", 3)] == [v.resolved for v in variants("a harbour", 3)]
    assert len({variants("a harbour", seed, 1)[0].resolved for seed in range(20)}) > 1


def test_light_is_added_only_where_it_is_open():
    assert all(variant.slot("lighting")[0].source == "weather" for variant in variants("a harbour"))
    assert all(len(variant.slot("lighting")) == 1 for variant in variants("a harbour, moonlight"))


def test_weather_that_was_typed_stays():
    assert [variant.resolved for variant in variants("a harbour in drizzle")] == ["a harbour in drizzle"]
