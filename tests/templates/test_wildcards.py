import os
import stat

import pytest

from promptkit.errors import PromptError, PromptkitError, WildcardError
from promptkit.packs.library import StyleLibrary, builtin_folder
from promptkit.templates import files
from promptkit.templates.template import Template
from promptkit.templates.wildcards import Wildcards, installed_wildcards, wildcards_folder


@pytest.fixture
def folder(tmp_path):
    def write(**contents):
        for name, content in contents.items():
            path = tmp_path / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return Wildcards([tmp_path])

    return write


def texts(wildcards, name):
    return [line.text for entries in wildcards.get(name) for line in entries.lines]


def test_text_files_have_an_entry_a_line(folder):
    lists = folder(a_txt="\ufeff# said\n\n  two \r\none\r\ntwo\n3::three\nnot a::weight\n")
    assert texts(lists, "a") == ["not a::weight", "one", "three", "two"]
    weights = {line.text: line.weight for line in lists.get("a")[0].lines}
    assert weights["three"] == 3


def test_yaml_and_json_have_keys_inside_keys(folder):
    lists = folder(
        food_yaml="fruit:\n  sweet: [fig, 16:9, no, 010]\n  sour:\n    - 2::lime\n    - {text: sloe, weight: 3}\n",
        deep__tools_json='{"hand": ["saw", {"content": "axe", "weight": 0.5}], "power": {"loud": ["drill"]}, "n": 5}',
        list_yml="- a\n- b\n",
    )
    assert lists.names() == ["deep/hand", "deep/n", "deep/power/loud", "fruit/sour", "fruit/sweet", "list"]
    assert texts(lists, "fruit/sweet") == ["010", "16:9", "fig", "no"]
    assert {line.text: line.weight for line in lists.get("fruit/sour")[0].lines} == {"lime": 2, "sloe": 3}
    assert texts(lists, "deep/n") == ["5"]


def test_globs_and_names_inside_other_folders(folder):
    lists = folder(a__cold_txt="blue", a__warm_txt="red", b_txt="x")
    assert Template("__a/*__", wildcards=lists).count() == 2
    assert Template("__*__", wildcards=lists).count() == 3
    assert Template("__?__", wildcards=lists).count() == 1
    assert Template("__cold__", wildcards=lists).sample().text == "blue"


def test_lines_may_be_templates_and_lead_to_other_lists(folder):
    lists = folder(a_txt="a {red|blue} __b__ --no ${n}", b_txt="cat\ndog\n")
    found = [(one.text, one.negative) for one in Template("__a(n=fog)__", wildcards=lists).enumerate()]
    assert found == [("a red cat", "fog"), ("a red dog", "fog"), ("a blue cat", "fog"), ("a blue dog", "fog")]


def test_a_line_more_changes_only_its_own_list(folder, tmp_path):
    lists = folder(a_txt="x\ny\n", b_txt="1\n2\n3\n")
    before = Template("__a__ __b__ {p|q}", wildcards=lists)
    (tmp_path / "a.txt").write_text("x\ny\nz\n")
    after = Template("__a__ __b__ {p|q}", wildcards=Wildcards([tmp_path]))
    for index in range(40):
        assert before.sample(1, index).picks[1:] == after.sample(1, index).picks[1:]


def test_circles_are_named(folder):
    lists = folder(a_txt="x\nthe __b__\n", b_txt="y\na __c__\n", c_txt="__a__")
    with pytest.raises(PromptError, match="a → b → c → a") as caught:
        Template("go __a__", wildcards=lists)
    assert "the wildcard 'c'" in str(caught.value)
    assert caught.value.hint
    with pytest.raises(PromptError, match="leads back to itself"):
        Template("__*__", wildcards=lists)


def test_a_fault_inside_a_list_names_the_list_and_the_line(folder):
    with pytest.raises(PromptError, match="line 2 of the wildcard 'a': This '{' is never closed") as caught:
        Template("__a__", wildcards=folder(a_txt="x\nbad {\n"))
    assert caught.value.column == 5
    with pytest.raises(PromptError, match="line 1 of the wildcard 'a': There is no wildcard named 'nope'"):
        Template("__a__", wildcards=folder(a_txt="__nope__\n"))


@pytest.mark.parametrize(
    ("name", "content", "said", "line"),
    [
        ("a.txt", b"\x89PNG\r\n\x1a\n\x00\xff", "not UTF-8", None),
        ("a.txt", b"x\nb\x00c\n", "U+0000", 2),
        ("a.txt", b"x\n\x1b[31mred\n", "U+001B", 2),
        ("a.txt", b"x\n1e308::y\n", "out of range", 2),
        ("a.txt", b"x" * 40_000, "longer than", 1),
        ("a.yaml", b"a: [1\n", "no YAML", 2),
        ("a.yaml", b"a: &x [1]\nb: *x\n", "anchors", 1),
        ("a.yaml", b"a: !!python/object:os.system [x]\n", "tags", 1),
        ("a.yaml", b"[" * 100_000, "nest", 1),
        ("a.yaml", b"{" * 100_000, "nest", 1),
        ("a.yaml", b"a: [x]\na: [y]\n", "stands here twice", 2),
        ("a.yaml", b"just text", "has to be a list", None),
        ("a.yaml", b"a:\n  - [x, y]\n", "no text", None),
        ("a.yaml", b"a: ['x\x07']\n", "U+0007", 1),
        ("a.yaml", b"a: [\"x\\0y\"]\n", "U+0000", 1),
        ("a.yaml", b"a: [{text: x, weight: .nan}]\n", "no number", None),
        ("a.yaml", b"\xff\xfe", "not UTF-8", None),
        ("a.json", b'{"a": [}', "no JSON", 1),
        ("a.json", b"[" * 100_000, "deeper than 20", None),
        ("a.json", b'{"a": [{"text": "x", "weight": Infinity}]}', "out of range", None),
        ("a.json", b'["\\ud800"]', "U+D800", None),
    ],
)  # fmt: skip
def test_a_bad_file_names_itself_and_its_cure(tmp_path, name, content, said, line):
    (tmp_path / name).write_bytes(content)
    lists = Wildcards([tmp_path])
    with pytest.raises(WildcardError) as caught:
        lists.get("a")
    assert said in caught.value.message
    assert caught.value.file == str(tmp_path / name)
    assert line is None or caught.value.line == line
    assert caught.value.hint


def test_a_file_of_a_gigabyte_is_refused_unread(tmp_path):
    with (tmp_path / "huge.txt").open("wb") as handle:
        handle.truncate(1 << 30)
    with (tmp_path / "huge2.yaml").open("wb") as handle:
        handle.truncate(1 << 30)
    lists = Wildcards([tmp_path])
    for name in ("huge", "huge2"):
        with pytest.raises(WildcardError, match="1,073,741,824 bytes"):
            lists.get(name)


def test_nothing_outside_the_folder_is_read(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    inside = tmp_path / "lists"
    inside.mkdir()
    (inside / "link.txt").symlink_to(tmp_path / "secret.txt")
    (inside / "loop").symlink_to(tmp_path)
    (inside / "ok.txt").write_text("fine")
    lists = Wildcards([inside])
    assert lists.names() == ["ok"]
    with pytest.raises(WildcardError, match="links are not followed"):
        lists.get("link")
    for name in ("../secret", "ok/../../secret", str(tmp_path / "secret")):
        with pytest.raises(PromptError):
            Template(f"__{name}__", wildcards=lists)


def test_pipes_and_unreadable_files_do_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    lists = Wildcards([tmp_path])
    with pytest.raises(WildcardError, match="no ordinary file"):
        lists.get("pipe")
    if os.geteuid():
        (tmp_path / "shut.txt").write_text("x")
        (tmp_path / "shut.txt").chmod(stat.S_IWUSR)
        with pytest.raises(WildcardError, match="cannot be read"):
            Wildcards([tmp_path]).get("shut")


def test_a_broken_file_leaves_the_others_working(folder):
    lists = folder(bad_yaml="- [", good_txt="x\n")
    assert Template("__good__", wildcards=lists).count() == 1
    assert len(lists.problems) == 1
    with pytest.raises(PromptError, match="nope") as caught:
        Template("__nope__", wildcards=lists)
    assert "bad.yaml" in caught.value.hint


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("promptkit.templates.wildcards.MAX_FILES", 3)
    for number in range(5):
        (tmp_path / f"{number}.txt").write_text("x")
    with pytest.raises(WildcardError, match="more than 3 files"):
        Wildcards([tmp_path]).names()


def test_a_hundred_thousand_lines_are_shared_not_copied(folder):
    lists = folder(many_txt="\n".join(f"entry {number}" for number in range(100_000)))
    template = Template("__many__ and __many__, __many__", wildcards=lists)
    assert template.count() == 10**15
    assert template.sample(1).text != template.sample(2).text


def test_packs_bring_their_choices(tmp_path):
    (tmp_path / "embedded").mkdir()
    lists = installed_wildcards(StyleLibrary([builtin_folder()]), [tmp_path])
    assert "moonlight" in texts(lists, "embedded/any-hour/hour")
    assert Template("__hour__", wildcards=lists).count() > 4
    (tmp_path / "hour.txt").write_text("mine")
    own = installed_wildcards(StyleLibrary([builtin_folder()]), [tmp_path])
    assert texts(own, "hour") == ["mine"]


def test_what_a_pack_says_is_no_template():
    lists = Wildcards(lists=lambda: {"p/s/c": ["{a|b} __x__"]})
    assert [one.text for one in Template("__p/s/c__", wildcards=lists).enumerate()] == ["{a|b} __x__"]


def test_the_users_lists_are_found_by_default(tmp_path, monkeypatch):
    monkeypatch.setenv("PROMPTKIT_HOME", str(tmp_path))
    assert wildcards_folder() == tmp_path / "wildcards"
    wildcards_folder().mkdir()
    (wildcards_folder() / "mine.txt").write_text("yes")
    assert Template("__mine__").sample().text == "yes"


def test_every_error_is_the_projects_own():
    assert issubclass(WildcardError, PromptkitError)
    assert files.MAX_TEXT_FILE > files.MAX_KEYED_FILE
