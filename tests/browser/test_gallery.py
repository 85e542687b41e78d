"""The gallery page in a real Chromium: quiet, keyboard alone, hostile texts, names and contrast."""

import json
from dataclasses import replace

import pytest
from PIL import Image

from promptkit.gallery import Card, Picture, card_of
from promptkit.gallery.commands import Command
from promptkit.gallery.phrases import by_slot, read_pieces
from promptkit.gallery.thumbnails import Thumbnail
from promptkit.report import gallery_page
from tests.browser.chromium import PROGRAM, chromium

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed")

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "\"'><img src=x onerror=alert(3)>",
    "{{7*7}} {% raw %} ${7*7}",
    "a \u202etac der\u202c on a wall",
    "half \ud800 a character, NUL \0, bell \x07, escape \x1b[31m",
    "<!--<script>",
    "&lt;b&gt; &amp; ]]>",
    "javascript:alert(4)",
    "long " + "<b>x</b>" * 4090,
)
PLAIN = ("a red cat, golden hour, 85mm lens", "a blue dog, neon lighting", "a green bird, oil painting, wide shot")
AXES = """
(() => {
  const shown = (e) => e.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: false });
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (c) => {
    const [r, g, b] = c.slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = parts(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !shown(e) || e.closest(".unseen, script, style, option")) continue;
    const [a, b] = [light(parts(getComputedStyle(e).color)), light(ground(e))];
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.tagName, e.className, e.textContent.slice(0, 30)]);
  }
  return found;
})()
"""
"""Contrast of every text that is shown (WCAG 2.2, 1.4.3)."""


def write_page(folder, prompts, *, title="Three animals", unscored=()):
    """Write a page of one grey picture a prompt, with made-up scores; the last one was finished."""
    cards = []
    for n, prompt in enumerate(prompts):
        path = folder / f"picture {n}.png"
        Image.new("RGB", (96, 64), (40 * n % 256, 90, 120)).save(path)
        card, _ = card_of(
            Picture(path=path, before=path if n == len(prompts) - 1 else None), page=folder / "page.html", side=64
        )
        pieces = read_pieces(prompt)
        cards.append(
            replace(
                card,
                pieces=pieces,
                slots=by_slot(pieces),
                negative=prompt if n % 2 else "",
                scores={} if n in unscored else {"total": 0.9 - n / 10, "subject": n / 10, "lighting": 0.5},
                facts={**card.facts, "seed": str(7 - n), "model": "first" if n % 2 else "second"},
                tags=("good", prompt[:40]) if n % 2 else (),
                rating=n % 6,
                commands=(Command(label="This picture again", text=f"promptkit reproduce 'picture {n}.png'"),),
            )
        )
    page = folder / "page.html"
    page.write_text(gallery_page(cards, title=title), encoding="utf-8")
    return page


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def page(browser, tmp_path):
    browser.size(1280)
    browser.open(write_page(tmp_path, PLAIN))
    return browser


def order(page):
    return page.run("[...document.querySelectorAll('.card:not([hidden])')].map((one) => Number(one.dataset.card))")


def choose(page, select, value):
    """Reach a list by Tab and type the beginning of what is wanted."""
    page.tab_to(f"#{select}")
    for _ in range(12):
        if page.run(f"document.getElementById('{select}').selectedOptions[0].text") == value:
            return
        page.press("ArrowDown")
    raise AssertionError(f"{select} has no {value}")


def test_it_opens_without_a_word_and_without_a_request(page, tmp_path):
    assert page.complaints() == []
    assert page.requests() == [(tmp_path / "page.html").as_uri()]
    assert page.run("[...document.images].every((image) => image.complete && image.naturalWidth > 0)")
    assert page.run("document.querySelectorAll('.card').length") == 3
    assert page.run("document.getElementById('count').textContent") == "3 pictures"


def test_its_policy_lets_nothing_else_run_or_load(page):
    before = page.run("window.ran = 0")
    page.run("document.body.append(Object.assign(document.createElement('img'), {src: 'https://example.org/x.png'}))")
    blocked = page.run(
        """(() => { try { document.body.innerHTML += '<b>x</b>'; return false } catch { return true } })()"""
    )
    assert before == 0
    assert blocked
    page.wait(page.complaints)
    assert any("Content Security Policy" in json.dumps(one) for one in page.complaints())


def test_cards_are_sorted_by_keyboard_alone(page):
    choose(page, "sort", "subject score")
    assert order(page) == [2, 1, 0]
    page.tab_to("#reverse")
    page.press("Enter")
    assert order(page) == [0, 1, 2]
    assert page.run("document.activeElement.getAttribute('aria-pressed')") == "true"
    page.tab_to("#sort", shift=True)
    choose_here = "document.getElementById('sort').selectedOptions[0].text"
    while page.run(choose_here) != "seed":
        page.press("ArrowDown")
    assert order(page) == [0, 1, 2]
    page.tab_to("#clear")
    page.press(" ")
    assert order(page) == [0, 1, 2]
    assert page.run(choose_here) == "order given"


def test_what_has_no_such_score_stands_last_either_way(browser, tmp_path):
    browser.open(write_page(tmp_path, PLAIN, unscored=(0,)))
    choose(browser, "sort", "total")
    assert order(browser) == [1, 2, 0]
    browser.tab_to("#reverse")
    browser.press("Enter")
    assert order(browser) == [2, 1, 0]


def test_cards_are_filtered_by_words_slot_tag_and_model(page):
    count = "document.getElementById('count').textContent"
    page.tab_to("#words")
    page.press(*"neon")
    assert order(page) == [1]
    assert page.run(count) == "1 of 3 pictures"
    choose(page, "slot", "subject")
    assert order(page) == []
    assert page.run("document.getElementById('none').checkVisibility()")
    page.tab_to("#all")
    page.press("Enter")
    assert order(page) == [0, 1, 2]
    assert page.run("document.activeElement.id") == "words"
    choose(page, "slot", "camera")
    assert order(page) == [0, 2]
    page.tab_to("#clear")
    page.press("Enter")
    page.run("document.getElementById('words').focus()")
    choose(page, "tag", "good")
    assert order(page) == [1]
    page.tab_to("#clear")
    page.press("Enter")
    page.run("document.getElementById('words').focus()")
    choose(page, "model", "second")
    assert order(page) == [0, 2]


def test_pictures_are_compared_and_what_differs_is_marked(page):
    assert page.run("document.getElementById('compare').disabled")
    for n in (0, 1):
        page.tab_to(f"[data-pick='{n}']")
        page.press(" ")
    page.tab_to("#compare", shift=True)
    page.press("Enter")
    assert page.run("document.getElementById('side').open")
    rows = page.run(
        "[...document.querySelectorAll('#table tbody tr')].map((row) => [row.cells[0].textContent, row.className])"
    )
    marked = {name.partition(" ≠")[0]: kind == "differs" for name, kind in rows}
    assert marked["subject"]
    assert marked["seed"]
    assert not marked["size"]
    assert not marked["score: lighting"]
    assert all(("differs" in name) == (kind == "differs") for name, kind in rows)
    page.tab_to("#differing", limit=5)
    page.press(" ")
    shown = "[...document.querySelectorAll('#table tbody tr')].filter((row) => row.checkVisibility()).map((row) => row.className)"
    assert set(page.run(shown)) == {"differs"}
    page.press("Escape")
    assert not page.run("document.getElementById('side').open")
    assert page.run("document.activeElement.id") == "compare"


def test_a_command_is_copied_and_that_is_said(page):
    page.send("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    page.tab_to("[data-card='1'] summary")
    page.press("Enter")
    page.tab_to("[data-copy='command-1-0']")
    page.press("Enter")
    page.wait(lambda: page.run("document.getElementById('said').textContent") == "Copied.")
    assert page.run("navigator.clipboard.readText()") == "promptkit reproduce 'picture 1.png'"
    assert page.complaints() == []


def test_without_leave_to_write_the_clipboard_it_is_copied_the_old_way(page):
    page.run("navigator.clipboard.writeText = () => Promise.reject(new Error('no')); 0")
    page.run("window.copied = ''; document.addEventListener('copy', () => { copied = String(getSelection()) }); 0")
    page.tab_to("[data-card='0'] summary")
    page.press("Enter")
    page.tab_to("[data-copy='command-0-0']")
    page.press("Enter")
    page.wait(lambda: page.run("document.getElementById('said').textContent"))
    assert page.run("copied").strip() == "promptkit reproduce 'picture 0.png'"


def test_hostile_texts_stay_texts(browser, tmp_path):
    browser.open(write_page(tmp_path, HOSTILE, title="</title><script>alert(5)</script>"))
    assert browser.complaints() == []
    assert len(browser.requests()) == 1
    assert browser.run("[document.scripts.length, document.images.length, document.querySelectorAll('b').length]") == [
        2,
        len(HOSTILE) + 1,
        len(HOSTILE) // 2,
    ]
    assert browser.run("document.title") == "</title><script>alert(5)</script>"
    shown = browser.run(
        "[...document.querySelectorAll('.prompt')].map((one) => { one = one.cloneNode(true);"
        " one.querySelectorAll('.unseen').forEach((name) => name.remove()); return one.textContent })"
    )
    assert shown[:4] == list(HOSTILE[:4])
    assert shown[4] == "a ⟨U+202E⟩tac der⟨U+202C⟩ on a wall"
    assert shown[5] == "half ⟨U+D800⟩ a character, NUL ␀, bell ␇, escape ␛[31m"
    assert shown[6:] == list(HOSTILE[6:])
    browser.run("document.querySelectorAll('[data-pick]').forEach((box) => box.click()); 0")
    browser.run("document.getElementById('compare').click(); 0")
    told = "[...document.querySelectorAll('#table tbody tr')].find((row) => row.cells[0].textContent.startsWith('whole')).innerText"
    assert "<script>alert(1)</script>" in browser.run(told)
    assert browser.run("document.scripts.length") == 2
    assert browser.complaints() == []


def test_everything_has_a_name_and_its_role(page):
    tree = page.send("Accessibility.getFullAXTree")["nodes"]
    seen = [
        (node["role"]["value"], node.get("name", {}).get("value", "").strip())
        for node in tree
        if not node["ignored"] and "role" in node
    ]
    wanted = (
        "button",
        "link",
        "checkbox",
        "searchbox",
        "combobox",
        "image",
        "main",
        "search",
        "list",
        "region",
        "dialog",
    )
    roles = {role for role, _ in seen}
    assert {"banner", "main", "contentinfo", "search", "status", "article", "table", "heading"} <= roles
    nameless = [role for role, name in seen if role in wanted and not name and role != "main"]
    assert nameless == []
    names = [name for role, name in seen if role == "image"]
    assert names[0] == "subject: a red cat; lighting: golden hour; camera: 85mm lens"
    headings = page.run(
        "[...document.querySelectorAll('h1, h2, h3')].filter((h) => h.checkVisibility()).map((h) => h.tagName)"
    )
    assert headings[0] == "H1"
    assert headings.count("H1") == 1
    assert page.run(
        "new Set([...document.querySelectorAll('[id]')].map((e) => e.id)).size === document.querySelectorAll('[id]').length"
    )


def test_the_focus_goes_from_top_to_bottom_and_can_be_seen(page):
    page.run("document.activeElement.blur()")
    places = []
    for _ in range(24):
        page.press("Tab")
        places.append(page.run("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
        ring = page.run(
            "((s) => [s.outlineStyle, parseFloat(s.outlineWidth)])(getComputedStyle(document.activeElement))"
        )
        assert ring[0] != "none"
        assert ring[1] >= 2
        if page.run("document.activeElement.closest('[data-card=\"2\"]') !== null"):
            break
    assert places == sorted(places)
    assert page.run("document.activeElement.closest('[data-card=\"2\"]') !== null")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out(page, scheme):
    page.media(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
    page.run("document.querySelectorAll('details').forEach((one) => one.open = true)")
    page.run("document.querySelectorAll('[data-pick]').forEach((box) => box.click()); 0")
    page.run("document.getElementById('reverse').click(); document.getElementById('compare').click(); 0")
    found = page.run(AXES)
    assert len(found) > 100
    ratio, *where = min(found)
    assert ratio >= 4.5, where
    grounds = page.run("getComputedStyle(document.body.parentElement).backgroundColor")
    assert grounds == {"light": "rgb(246, 246, 243)", "dark": "rgb(20, 20, 24)"}[scheme]


@pytest.mark.parametrize("width", [1280, 400, 320])
def test_nothing_is_wider_than_the_window(browser, tmp_path, width):
    browser.size(width)
    browser.open(write_page(tmp_path, (*HOSTILE[:-1], "w" * 3000)))
    assert browser.run("document.documentElement.scrollWidth") <= width


def test_a_thousand_pictures_are_filtered_while_one_types(browser, tmp_path):
    thumb = Thumbnail(uri="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=", width=1, height=1)
    pieces = read_pieces("a red cat, golden hour, oil painting, wide shot")
    facts = dict.fromkeys(("seed", "model", "sampler", "steps", "guidance", "size"), "7")
    scores = dict.fromkeys(("total", "subject", "style", "lighting", "camera"), 0.5)
    card = Card(name="x", link="./x", thumb=thumb, pieces=pieces, slots=by_slot(pieces), facts=facts, scores=scores)
    (tmp_path / "page.html").write_text(gallery_page([card] * 1000, title="Many"), encoding="utf-8")
    browser.open(tmp_path / "page.html")
    took = browser.run(
        """(() => { const words = document.getElementById("words"), begin = performance.now(); words.value = "zebra";
        words.dispatchEvent(new Event("input", { bubbles: true })); document.body.offsetHeight;
        return performance.now() - begin; })()"""
    )
    assert order(browser) == []
    assert took < 700, "milliseconds; it takes 15, or thousands where every card is a list item that is counted"


def test_motion_is_for_those_who_like_it(page):
    moving = "getComputedStyle(document.getElementById('clear')).transitionDuration"
    page.media(prefers_reduced_motion="no-preference")
    assert page.run(moving) != "0s"
    page.media(prefers_reduced_motion="reduce")
    assert page.run(moving) == "0s"


def test_without_its_script_every_picture_is_there_and_no_control_that_does_nothing(browser, tmp_path):
    path = write_page(tmp_path, PLAIN)
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(path)
        html = browser.send("Accessibility.getFullAXTree")["nodes"]
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)
    roles = [node["role"]["value"] for node in html if not node["ignored"] and "role" in node]
    assert roles.count("article") == 3
    assert not {"button", "checkbox", "combobox", "search"} & set(roles)
