import pytest

from promptkit import LoadOptions, parse
from promptkit.adapters import find_adapters, loras_folder, names_inversion
from promptkit.errors import PromptError, SettingsError, UnknownNameError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "people").mkdir()
    for name in ("fur", "people/anna", "v1.5 look"):
        (tmp_path / f"{name}.safetensors").write_bytes(name.encode())
    return tmp_path


def found(text, folder, **more):
    return find_adapters(parse(text, **more), LoadOptions(loras=(str(folder),), embeddings=(str(folder),)))


@pytest.mark.parametrize(
    ("tag", "denoiser", "text"),
    [
        ("<lora:fur:0.8>", 0.8, 0.8),
        ("<lora:fur>", 1.0, 1.0),
        ("<lora:fur:0.5:0.8>", 0.8, 0.5),
        ("<lora:fur:-1:0>", 0.0, -1.0),
        ("<lora:fur:unet=0.8>", 0.8, 1.0),
        ("<lora:fur:te=0.5:unet=0.8>", 0.8, 0.5),
        ("<lyco:fur:0.3>", 0.3, 0.3),
    ],
)
def test_weights_are_read_as_a1111_reads_them(folder, tag, denoiser, text):
    (adapter,) = found(f"a dog {tag}", folder)
    assert (adapter.weight, adapter.text_weight) == (denoiser, text)


def test_loras_lie_in_folders_within_folders_and_the_first_of_a_name_counts(folder):
    named = found("a dog <lora:anna:1> <lora:people/anna:0.2> <lora:v1.5 look:1><lora:anna:0.1>", folder)
    assert [(each.name, each.weight) for each in named] == [("anna", 1.0), ("people/anna", 0.2), ("v1.5 look", 1.0)]
    assert named[0].path == named[1].path


def test_the_users_own_folder_comes_last(folder):
    loras_folder().mkdir(parents=True)
    for name in ("fur", "mine"):
        (loras_folder() / f"{name}.safetensors").write_bytes(b"own")
    paths = {each.name: each.path for each in found("a <lora:fur:1><lora:mine:1> dog", folder)}
    assert paths["fur"].startswith(str(folder))
    assert paths["mine"].startswith(str(loras_folder()))


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("a <lora:furr:1> dog", UnknownNameError, "fur"),
        ("a <lora:zebra:1> dog", UnknownNameError, "zebra.safetensors"),
        ("a <lora:old:1> dog", UnknownNameError, "old.pt' is pickled"),
        ("a <lora:fur:much> dog", PromptError, "number"),
        ("a <lora:fur:1000> dog", PromptError, "100"),
        ("a <lora:fur:dyn=1> dog", PromptError, "te=0.5"),
    ],
)
def test_what_cannot_be_loaded_says_why(folder, text, error, said):
    (folder / "old.pt").write_bytes(b"")
    with pytest.raises(error) as caught:
        found(text, folder)
    assert said in f"{caught.value} {caught.value.hint}"


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(SettingsError, match="nowhere"):
        find_adapters(parse("a <lora:fur:1> dog"), LoadOptions(loras=(str(tmp_path / "nowhere"),)))


def test_an_inversion_is_a_word_of_its_own(folder):
    assert [each.name for each in found("a fur coat", folder)] == ["fur"]
    assert [each.name for each in found("a dog", folder, negative="(fur:1.2)")] == ["fur"]
    assert found("a furry fur-coat", folder) == ()
    assert names_inversion("an embedding:fur", "fur")
    assert not names_inversion("a Fur", "fur")
