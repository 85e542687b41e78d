"""Packs that were written to do harm or by mistake, and what happens to each.

``refused`` is a part of what is said about a pack; ``read`` is a function of the pack that must hold. One of the two is
given. ``big`` marks those whose time and memory are measured in a process of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from promptkit.packs.style import StylePack

HEAD = "promptkit: 1\nname: test-pack\nversion: 1.0.0\ntitle: A test\n"
GOOD = HEAD + "styles:\n  one:\n    title: One\n    style: [ink drawing]\n"
ESC = "\\e]0;owned\\a\\e[31m"
BIDI = "\\u202egnp.exe"


@dataclass(frozen=True)
class Case:
    name: str
    content: str | bytes | Callable[[], str]
    refused: str = ""
    read: Callable[[StylePack], bool] | None = None
    big: bool = False

    def data(self) -> bytes:
        content = self.content() if callable(self.content) else self.content
        return content if isinstance(content, bytes) else content.encode()


def style(**said: str) -> str:
    """Return a pack whose style says what is given, as YAML."""
    return GOOD + "".join(f"    {key}: {value}\n" for key, value in said.items())


def grade(**said: str) -> str:
    """Return a pack of one grade that says what is given, as YAML."""
    return HEAD + "grades:\n  one:\n    summary: A look.\n" + "".join(f"    {k}: {v}\n" for k, v in said.items())


def words(pack: StylePack, slot: str = "style") -> list[str]:
    return [text.text for text in pack.styles[0].slots[slot]]


def many_styles(number: int) -> str:
    return HEAD + "styles:\n" + "".join(f"  s{i}:\n    title: S {i}\n    style: [ink {i}]\n" for i in range(number))


def chain(number: int) -> str:
    links = "".join(f"  s{i}: {{title: S, extends: s{i - 1}}}\n" for i in range(1, number))
    return HEAD + "styles:\n  s0: {title: S, style: [ink]}\n" + links


def heirs(number: int) -> str:
    """One parent with all the choices a pack can hold, and many children, so that copies would multiply."""
    names = "".join(f"      c{i}: [{', '.join(f'v{j}' for j in range(200))}]\n" for i in range(250))
    parent = f"  parent:\n    title: P\n    style: [ink]\n    choices:\n{names}"
    return HEAD + "styles:\n" + parent + "".join(f"  s{i}: {{title: S, extends: parent}}\n" for i in range(number))


TEXTS = [
    Case("empty", "", "the file is empty"),
    Case("only comments", "# a pack\n# will be here\n", "the file is empty"),
    Case("only a mark of bytes", b"\xef\xbb\xbf", "the file is empty"),
    Case("only blanks", "\n\n   \n", "the file is empty"),
    Case("a scalar", "hello\n", "a pack is a mapping of keys"),
    Case("a list", "- a\n- b\n", "a pack is a mapping of keys"),
    Case("two documents", GOOD + "---\n" + GOOD, "a second document begins"),
    Case("an end mark", GOOD + "...\n", read=lambda pack: words(pack) == ["ink drawing"]),
    Case("a begin mark", "---\n" + GOOD, read=lambda pack: words(pack) == ["ink drawing"]),
    Case("a YAML directive", "%YAML 1.1\n---\n" + GOOD, read=lambda pack: words(pack) == ["ink drawing"]),
    Case("a newer YAML", "%YAML 3.0\n---\n" + GOOD, "incompatible YAML document"),
    Case("a tag directive", "%TAG ! tag:evil,2000:\n---\n!x " + GOOD, "tag"),
    Case("binary", bytes(range(256)), "not UTF-8 text"),
    Case("a picture", b"\x89PNG\r\n\x1a\n" + bytes(64), "not UTF-8 text"),
    Case("a pickle", b"\x80\x04\x95\x1f\x00cos\nsystem\n", "not UTF-8 text"),
    Case("utf-16", GOOD.encode("utf-16"), "not UTF-8 text"),
    Case("utf-16 without a mark", GOOD.encode("utf-16-le"), "U+0000 cannot be in a pack"),
    Case("utf-32", GOOD.encode("utf-32"), "not UTF-8 text"),
    Case("latin-1", GOOD.replace("ink", "café").encode("latin-1"), "not UTF-8 text"),
    Case("a byte-order mark", b"\xef\xbb\xbf" + GOOD.encode(), read=lambda pack: pack.name == "test-pack"),
    Case("CRLF", GOOD.replace("\n", "\r\n"), read=lambda pack: words(pack) == ["ink drawing"]),
    Case("CR alone", GOOD.replace("\n", "\r"), read=lambda pack: words(pack) == ["ink drawing"]),
    Case("NUL", GOOD.replace("ink", "in\0k"), "U+0000 cannot be in a pack"),
    Case("NUL at the end", GOOD + "\0", "U+0000 cannot be in a pack"),
    Case("a raw escape", GOOD.replace("ink", "\x1b[31mink"), "U+001B cannot be in a pack"),
    Case("a lone surrogate", GOOD.replace("ink", '"\\ud800"').encode(), "invalid Unicode character escape code"),
    Case("JSON", '{"promptkit": "1", "name": "j", "version": "1.0.0", "title": "J", "styles": {"a": {"title": "A"}}}',
         read=lambda pack: pack.styles[0].title == "A"),
]  # fmt: skip

STRUCTURES = [
    Case("an alias bomb", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "a YAML anchor is not allowed"),
    Case("an alias", GOOD.replace("[ink drawing]", "*one"), "a YAML alias is not allowed"),
    Case("a tag of Python", "promptkit: !!python/object/apply:os.system [touch owned]\n", "a YAML tag is not allowed"),
    Case("a plain tag", GOOD.replace("ink drawing", "!!str ink"), "a YAML tag is not allowed"),
    Case("a tag of our own", GOOD.replace("ink drawing", "!include /etc/passwd"), "a YAML tag is not allowed"),
    Case("binary as a tag", GOOD.replace("ink drawing", "!!binary aGk="), "a YAML tag is not allowed"),
    Case("a duplicate key", GOOD + "name: again\n", "the key 'name' stands here twice"),
    Case("a duplicate style", GOOD + "  one: {title: Again}\n", "the key 'one' stands here twice"),
    Case("a duplicate key in another spelling", GOOD + '"name": again\n', "the key 'name' stands here twice"),
    Case("a merge key", style(**{"<<": "{title: x}"}), "a key must be plain text"),
    Case("a list as a key", GOOD + "[a, b]: c\n", "a key must be plain text"),
    Case("a mapping as a key", GOOD + "? {a: b}\n: c\n", "a key must be plain text"),
    Case("a tab", GOOD + "\tx: 1\n", "a tab cannot stand here"),
    Case("a tab inside", style(camera="[a\tb]"), "holds U+0009"),
    Case("30 deep", GOOD + "x: " + "[" * 30 + "]" * 30 + "\n", "nested deeper than 20 levels"),
    Case("500 deep in blocks", GOOD + "".join(f"{' ' * i}a:\n" for i in range(500)), "nested deeper than 20 levels"),
    Case("500 deep in dashes", "- " * 500 + "a\n", "nested deeper than 20 levels"),
    Case("500 deep in finish", style(finish="[" + "{a: " * 500 + "b" + "}" * 500 + "]"), "nested deeper than 20"),
    Case("not closed", GOOD + "x: [a, b\n", "Quote text that holds"),
    Case("a quote not closed", GOOD + 'x: "a\n', "Quote text that holds"),
    Case("badly indented", GOOD + "   bad: 1\n", "Quote text that holds"),
    Case("a colon in a text", style(camera="shot: wide: low"), "Quote text that holds"),
]

VALUES = [
    Case("16:9, no, 010, 1e3, 0x10, ~", style(camera="[16:9, no, 010, 1e3, 0x10, ~, 2001-01-01]"),
         read=lambda pack: words(pack, "camera") == ["16:9", "no", "010", "1e3", "0x10", "~", "2001-01-01"]),
    Case("choices of a template", style(camera="[a|b]"), read=lambda pack: words(pack, "camera") == ["a|b"]),
    Case("braces of a template", style(camera='["{a|b}"]'), "'{a|b}' names no choice"),
    Case("a template in a choice", style(camera='["{c}"]', choices='{c: ["{a|b}", "__x__", "${y}"]}'),
         read=lambda pack: pack.styles[0].choices["c"] == ("{a|b}", "__x__", "${y}")),
    Case("braces without quotes", style(subject="{subject}"), "a text is meant here"),
    Case("braces in a list without quotes", style(camera="[{lens}]"), "braces begin a mapping in YAML"),
    Case("a format string", style(camera='["{subject.__class__}"]'), "names no choice"),
    Case("a lone brace", style(camera='["ink {"]'), "'{' names no choice"),
    Case("an unknown key", GOOD.replace("style: [", "stile: ["), "Did you mean 'style'?"),
    Case("an unknown key on top", GOOD + "nam: x\n", "Did you mean 'name'?"),
    Case("an unknown setting", style(settings="{guidence_scale: 5}"), "Did you mean 'guidance_scale'?"),
    Case("a key nothing is near to", style(zzzz="1"), "Known keys: title, summary"),
    Case("trust_remote_code", style(trust_remote_code="true"), "unknown key"),
    Case("code in a setting", style(settings="{hook: os.system}"), "unknown key"),
    Case("no title", GOOD.replace("    title: One\n", ""), "Add `title:`."),
    Case("no styles", HEAD, "Add `styles:` or `grades:`."),
    Case("grades alone", grade(exposure="0.5"), read=lambda pack: not pack.styles and len(pack.grades) == 1),
    Case("grades of nothing", HEAD + "grades: {}\n", "nothing stands here"),
    Case("a grade without a summary", HEAD + "grades:\n  one: {exposure: 1}\n", "Add `summary:`."),
    Case("an unknown number of a grade", grade(exposurr="1"), "Did you mean 'exposure'?"),
    Case("a grade that names a file", grade(lut="/etc/passwd"), "unknown key"),
    Case("a number out of range", grade(exposure="99"), "Choose a value in the range."),
    Case("a number that is none", grade(contrast="nan"), "Choose a value in the range."),
    Case("a number as a word", grade(tint="green"), "Write a plain number."),
    Case("two channels", grade(lift="[0.1, 0.2]"), "Write one number, or [red, green, blue]."),
    Case("a channel out of range", grade(gain="[1, 1, 9]"), "is none of the numbers 0 to 4"),
    Case("channels as keys", grade(gamma="{red: 1}"), "Write one number, or [red, green, blue]."),
    Case("a grade's name that climbs", HEAD + "grades:\n  ../x: {summary: S.}\n", "Names are a-z, 0-9 and -"),
    Case(
        "channels of a grade",
        grade(lift="[0.01, 0, -0.01]", gain="1.5"),
        read=lambda pack: pack.grades[0].settings == {"lift": "0.01/0/-0.01", "gain": "1.5"},
    ),
    Case("styles of nothing", HEAD + "styles: {}\n", "nothing stands here"),
    Case("styles as a list", HEAD + "styles: [a]\n", "keys with values are meant here"),
    Case("a style as a text", HEAD + "styles: {one: ink}\n", "keys with values are meant here"),
    Case("a title as a list", style(summary="[a]"), "a text is meant here"),
    Case("a newer format", GOOD.replace("promptkit: 1", "promptkit: 2"), "This promptkit reads `promptkit: 1`."),
    Case("a version that is none", GOOD.replace("1.0.0", "one"), "Versions are written 1.0.0."),
    Case("a name with capitals", GOOD.replace("test-pack", "Test Pack"), "Names are a-z, 0-9 and -"),
    Case("a name that climbs", GOOD.replace("test-pack", "../../etc"), "Names are a-z, 0-9 and -"),
    Case("a style's name that climbs", GOOD.replace("  one:", "  ../one:"), "cannot be a name"),
    Case("a name of 100 letters", GOOD.replace("test-pack", "a" * 100), "at most 64 characters"),
    Case("a reference to a file", style(extends="../other.yaml"), "Write `style` or `pack/style`."),
    Case("a circle", style(extends="two") + "  two: {title: Two, extends: one}\n", "extends itself"),
    Case("a circle of one", style(extends="one"), "extends itself"),
    Case("a missing parent", style(extends="nobody"), "not there"),
    Case("a missing pack", style(extends="nobody/none"), "not installed"),
    Case("a huge weight", style(camera="[{text: ink, weight: 1e9}]"), "less than or equal to 10"),
    Case("a weight of infinity", style(camera="[{text: ink, weight: .inf}]"), "is no number"),
    Case("a weight that is no number", style(camera="[{text: ink, weight: nan}]"), "must be finite"),
    Case("a weight in words", style(camera="[{text: ink, weight: heavy}]"), "is no number"),
    Case("steps without end", style(settings="{num_inference_steps: 99999999999999999999}"), "less than or equal"),
    Case("steps in words", style(settings="{num_inference_steps: many}"), "Write a whole number."),
    Case("a width of nothing", style(settings="{width: 0}"), "greater than or equal to 8"),
    Case("nothing as a text", style(camera='[""]'), "nothing stands here"),
    Case("null where a text is meant", style(camera="~"), read=lambda pack: words(pack, "camera") == ["~"]),
    Case("an order with an unknown slot", style(order="[lights]"), "Use one of these"),
    Case("an order that repeats", style(order="[style, style]"), "stands here twice"),
    Case("a long text", style(camera=f"[{'x' * 3000}]"), "at most 2000 characters"),
    Case("lines in a text", style(camera="|\n      50mm lens,\n      low angle"),
         read=lambda pack: words(pack, "camera") == ["50mm lens, low angle"]),
    Case("emoji, joined", style(camera='["👩\u200d🎨 at work"]'),
         read=lambda pack: words(pack, "camera") == ["👩\u200d🎨 at work"]),
]  # fmt: skip

STEERING = [
    Case("an escape in a text", GOOD.replace("ink drawing", f'"{ESC}red"'), "holds U+001B"),
    Case("an escape in a name", GOOD.replace("test-pack", f'"{ESC}"'), "holds U+001B"),
    Case("an escape in a title", GOOD.replace("A test", f'"{ESC}"'), "holds U+001B"),
    Case("an escape in a key", GOOD + f'"{ESC}": x\n', "unknown key"),
    Case("an escape in a style's name", GOOD.replace("  one:", f'  "{ESC}":'), "cannot be a name"),
    Case("an escape in a word", GOOD + f'vocabulary: {{lighting: ["{ESC}"]}}\n', "holds U+001B"),
    Case("an escape in a note", style(notes=f'{{sdxl: "{ESC}"}}'), "holds U+001B"),
    Case("an escape in a number", style(settings=f'{{width: "{ESC}"}}'), "is no whole number"),
    Case("an escape in a duplicate key", f'"{ESC}": 1\n"{ESC}": 2\n', "stands here twice"),
    Case("an escape in braces", style(camera=f'["{{{ESC}}}"]'), "holds U+001B"),
    Case("an escape in a finish", style(finish=f'[{{grade: "{ESC}"}}]'), read=lambda pack: bool(pack.styles[0].finish)),
    Case("bidi", GOOD.replace("ink drawing", f'"{BIDI}"'), "holds U+202E"),
    Case("raw bidi", GOOD.replace("ink drawing", "\u202egnp"), "holds U+202E"),
    Case("letters of no width", GOOD.replace("ink drawing", "ink\u200b drawing"), "holds U+200B"),
    Case("a soft hyphen", GOOD.replace("ink drawing", "ink\u00ad drawing"), "holds U+00AD"),
    Case("hidden tags", GOOD.replace("ink drawing", '"ink\U000e0041\U000e0042"'), "holds U+E0041"),
    Case("a line separator", GOOD.replace("ink drawing", '"ink\\Ldrawing"'), "holds U+2028"),
    Case("markup everywhere",
         GOOD.replace("A test", "'[red]A[/] [link=file:///etc]x[/link] :smile:'").replace("One", "'[/]'")
         + "    summary: '[bold]b[/bold] [/] :boom:'\n    notes: {sdxl: '[blink]n[/blink]'}\n"
         + "    negative: ['[on red]x[/]']\n    choices: {c: ['[a]', '[/a]']}\n    conflicts: ['[/x]']\n",
         read=lambda pack: pack.styles[0].summary == "[bold]b[/bold] [/] :boom:"),
]  # fmt: skip

BIG = [
    Case("five megabytes", lambda: "# " + "x" * 5_000_000, "larger than 1 MiB", big=True),
    Case("100,000 brackets", lambda: "x: " + "[" * 100_000, "nested deeper than 20 levels", big=True),
    Case("100,000 braces", lambda: "x: " + "{a: " * 100_000, "nested deeper than 20 levels", big=True),
    Case("100,000 dashes", lambda: "- " * 100_000, "nested deeper than 20 levels", big=True),
    Case("100,000 questions", lambda: "? " * 100_000, "a key must be plain text", big=True),
    Case("a million choices", lambda: style(choices=f"{{c: [{'a,' * 500_000}]}}"), "more than 100,000 values", big=True),
    Case("10,000 styles", lambda: many_styles(10_000), "at most 2000 items", big=True),
    Case("2,000 styles", lambda: many_styles(2000), read=lambda pack: len(pack.styles) == 2000, big=True),
    Case("a chain of 1,500", lambda: chain(1500), "extends more than 20 styles", big=True),
    Case("1,900 heirs of 50,000 choices", lambda: heirs(1900), read=lambda pack: len(pack.styles) == 1901, big=True),
    Case("a key of a megabyte", lambda: GOOD + "k" * 1_000_000 + ": x\n", "Quote text that holds", big=True),
    Case("a quoted key of 900,000", lambda: GOOD + '? "' + "k" * 900_000 + '"\n: x\n', "unknown key", big=True),
    Case("a text of a megabyte", lambda: style(camera="'" + "x" * 1_000_000 + "'"), "at most 2000", big=True),
    Case("45,000 unknown keys", lambda: GOOD + "".join(f"k{i}: 1\n" for i in range(45_000)), "unknown key", big=True),
    Case("90,000 duplicates", lambda: GOOD + "name: x\n" * 90_000, "stands here twice", big=True),
    Case("90,000 anchors", lambda: "".join(f"k{i}: &a x\n" for i in range(70_000)), "anchor is not allowed", big=True),
    Case("half a million comments", lambda: "#\n" * 500_000, "the file is empty", big=True),
    Case("a million colons", lambda: ":" * 1_000_000, "Quote text that holds", big=True),
    Case("a million blanks", lambda: " " * 1_000_000 + "a", "a pack is a mapping of keys", big=True),
    Case("braces without end", lambda: style(camera="'" + "{" * 1900 + "'"), "'{' names no choice", big=True),
    Case("wildcards that multiply", lambda: style(conflicts="['" + "*a" * 900 + "b']"),
         read=lambda pack: bool(pack.styles[0].conflicts), big=True),
]  # fmt: skip

CASES = [*TEXTS, *STRUCTURES, *VALUES, *STEERING, *BIG]
