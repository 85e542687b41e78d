"""Built-in packs keep the contract, and packs with a fault do not get through."""

import pytest

from promptkit.errors import ContractError
from promptkit.packs.library import builtin_folder
from promptkit.packs.starter import write_starter
from promptkit.testing import check_pack

GOOD = """\
promptkit: 1
name: fog
version: 1.0.0
title: Fog
summary: Weather.
license: MIT
styles:
  thin:
    title: Thin
    summary: A little of it.
    style: [photograph]
    lighting: ["{kind} light"]
    choices: {kind: [soft, grey]}
"""


def pack(folder, old="", new=""):
    assert old in GOOD
    path = folder / "fog.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["cinematic", "embedded", "lighting", "painting"])
def test_built_in_packs_keep_the_contract(name):
    assert all(made.ok for made in check_pack(builtin_folder() / f"{name}.yaml", examples=5).checks)


def test_so_does_a_folder_and_what_styles_new_writes(tmp_path):
    pack(tmp_path)
    write_starter("light", tmp_path)
    check_pack(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "contract"),
    [
        ("title: Fog\n", "", "is well-formed"),
        ("name: fog", "name: cinematic", "is well-formed"),
        ("{kind} light", "{kin} light", "is well-formed"),
        ("    summary: A little of it.\n", "", "says what it is, and what each style does"),
        ('    style: [photograph]\n    lighting: ["{kind} light"]\n    choices: {kind: [soft, grey]}\n',
         "    settings: {width: 512}\n", "adds to a prompt"),
        ("[photograph]", '["photograph,"]', "keeps what was typed"),
        ('["{kind} light"]', "[light]", "uses all that it lists"),
    ],
)  # fmt: skip
def test_faults_of_packs_are_caught(tmp_path, old, new, contract):
    with pytest.raises(ContractError) as error:
        check_pack(pack(tmp_path, old, new))
    assert contract in [made.name for made in error.value.report.broken]


def test_an_empty_folder_is_no_pack(tmp_path):
    with pytest.raises(ContractError, match="holds no"):
        check_pack(tmp_path)
