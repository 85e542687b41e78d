"""Whatever is typed: an answer or one clear error, in a time that does not run away."""

import time
from itertools import islice

import pytest

from promptkit.errors import PromptkitError
from promptkit.templates.template import Template, looks_like_template
from promptkit.templates.wildcards import Wildcards

LISTS = Wildcards(lists={"a": ["x", "y"], "big": [f"w{i}" for i in range(20_000)]})
FULL = 32_000
SECONDS = 15
"""Far above what any of them takes; far below what going through all would."""

CASES = {
    "open brackets": "{" * 10_000,
    "closed brackets": "}" * FULL,
    "nested brackets": "{" * 10_000 + "}" * 10_000,
    "parentheses": "(" * 10_000 + ")" * 10_000,
    "options": "{" + "|" * (FULL - 2) + "}",
    "bars": "|" * FULL,
    "underscores": "_" * FULL,
    "dollars": "$" * FULL,
    "variables never closed": "${" * 5000,
    "hashes": "#" * FULL,
    "hashes in words": "a#" * (FULL // 2),
    "comments never closed": "/*" * (FULL // 2),
    "slashes": "// " * (FULL // 3),
    "blanks": " " * FULL,
    "line ends": "\n" * FULL,
    "backslashes": "\\" * FULL,
    "question marks": "{?" * 8000,
    "wraps": "%{" * 8000,
    "negatives": "--no " * (FULL // 5),
    "all in any order": "{1-$$" + "|".join("a" for _ in range(15_000)) + "}",
    "all in any order, with choices": "{1-$$" + "|".join("{a|b}" for _ in range(4000)) + "}",
    "mixed in any order": "{1-$$" + "|".join("{a|b}" if i % 2 else "c" for i in range(5000)) + "}",
    "six thousand choices": "{a|b}" * 6000,
    "uses": "${a=!{x|y}}" + "${a}" * 7000,
    "a thousand variables": "".join(f"${{v{i}=!{{x|y}}}}${{v{i}}}" for i in range(1000)),
    "doubling": "${a0=xxxxxxxx}" + "".join(f"${{a{i + 1}=${{a{i}}}${{a{i}}}}}" for i in range(30)) + "${a30}",
    "doubling once": "${a0=!{x|y}}" + "".join(f"${{a{i + 1}=!${{a{i}}}${{a{i}}}}}" for i in range(30)) + "${a30}",
    "a number of options": "{" + "9" * FULL + "$$a|b}",
    "a weight": "{" + "9" * 30_000 + "::a|b}",
    "some of a long list": "{2$$__big__|a}{3$$__big__}",
    "a long list decides": "${a=!__big__}{?a=w1::x|?::y}",
    "many decide": "".join(f"${{v{i}=!{{x|y}}}}{{?v{i}=x::p|?::q}}" for i in range(40)),
    "half a wildcard": "__a" * 8000,
    "wildcards": "__a__" * 6000,
    "parameters": "__a(" + "x=1," * 7000 + ")__",
    "conditions": "${s=!{a|b}}" + "{?s=a::x|?::y}" * 2000,
    "a name with underscores": "${__a=-2__a=}?a2season:: (/**/",
}  # fmt: skip


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_hostile_text_gets_an_answer(text):
    begin = time.process_time()
    looks_like_template(text)
    try:
        template = Template(text, wildcards=LISTS)
        assert template.count() >= 1
        drawn = [next(template.enumerate()), template.sample(1), *islice(template.cycle(), 2)]
        assert all(len(one.text) <= len(text) + 40_000 for one in drawn)
    except PromptkitError as error:
        assert error.hint
    assert time.process_time() - begin < SECONDS
