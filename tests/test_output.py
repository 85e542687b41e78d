import errno
import os

import pytest

from promptkit.errors import OutputError
from promptkit.output import prepare_folder, write_file


def put(content):
    return lambda handle: handle.write(content)


def test_a_file_is_written_whole_and_nothing_else_is_left(tmp_path):
    path = write_file(tmp_path / "a.bin", put(b"one"))
    assert path.read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_the_same_bytes_stay_and_others_get_a_number(tmp_path):
    first = write_file(tmp_path / "a.bin", put(b"one"))
    assert write_file(tmp_path / "a.bin", put(b"one")) == first
    assert write_file(tmp_path / "a.bin", put(b"two")).name == "a-2.bin"
    assert write_file(tmp_path / "a.bin", put(b"three")).name == "a-3.bin"
    assert first.read_bytes() == b"one"


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch, call):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    if call == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    if call == "replace":
        monkeypatch.setattr(type(tmp_path), "replace", full)
    with pytest.raises(OutputError, match="No space") as caught:
        write_file(tmp_path / "a.bin", full if call == "write" else put(b"one"))
    assert "free some space" in (caught.value.hint or "")
    assert os.listdir(tmp_path) == []


def test_a_folder_is_made(tmp_path):
    assert prepare_folder(tmp_path / "a" / "b").is_dir()
    assert os.listdir(tmp_path / "a" / "b") == []


def test_a_file_in_the_way_and_a_file_on_the_way(tmp_path):
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OutputError) as caught:
            prepare_folder(folder)
        assert "--out" in (caught.value.hint or "")


def test_a_folder_without_leave_to_write(tmp_path, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refused)
    with pytest.raises(OutputError, match="Permission denied"):
        prepare_folder(tmp_path)
