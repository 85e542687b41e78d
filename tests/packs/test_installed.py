"""Packs that packages bring: found through metadata, and nothing of the package ever runs."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.packs.hostile.cases import GOOD

ROOT = Path(__file__).parent.parent.parent
TOUCH = "from pathlib import Path\nPath({path!r}).touch()\n"


def build_wheel(folder, name, files, entries):
    """Write a wheel by hand: ``files`` are paths and texts, ``entries`` names and values in promptkit.packs."""
    info = f"{name}-1.0.dist-info"
    points = "".join(f"{key} = {value}\n" for key, value in entries.items())
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[promptkit.packs]\n{points}",
    }
    record = "".join(f"{path},,\n" for path in files) + f"{info}/RECORD,,\n"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(inner, text)
    return path


def install(site, *arguments):
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site)]
    subprocess.run([*command, *map(str, arguments)], check=True)


def run(site, *arguments, **environment):
    env = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}", **environment}
    return subprocess.run(
        [sys.executable, "-m", "promptkit", *arguments], capture_output=True, text=True, env=env, check=False
    )


def packs(site):
    done = run(site, "styles", "list", "--json")
    assert done.returncode == 0, done.stderr
    return {pack["name"]: pack for pack in json.loads(done.stdout)["packs"]}, done.stderr


@pytest.fixture
def touched(tmp_path):
    return tmp_path / "it-ran"


def test_nothing_of_a_package_is_imported(tmp_path, touched):
    code = TOUCH.format(path=str(touched))
    files = {
        "evil_pack/__init__.py": code,
        "evil_pack/inner/__init__.py": code,
        "evil_pack/one.yaml": GOOD.replace("test-pack", "one"),
        "evil_pack/inner/two.yaml": GOOD.replace("test-pack", "two") + "vocabulary: {lighting: [corposant]}\n",
    }
    entries = {"one": "evil_pack", "two": "evil_pack.inner", "three": "evil_pack:attribute"}
    site = tmp_path / "site"
    install(site, build_wheel(tmp_path, "evil", files, entries))
    found, said = packs(site)
    assert {"one", "two", "embedded"} <= set(found)
    assert found["two"]["path"] == str(site / "evil_pack" / "inner" / "two.yaml")
    assert "promises style packs in 'evil_pack:attribute', and there are none" in said
    assert "ink drawing" in run(site, "expand", "a dog", "--style", "one/one").stdout
    assert "lighting" not in json.loads(run(site, "parse", "a mast in corposant", "--json").stdout)["missing"]
    assert not touched.exists()
    subprocess.run([sys.executable, "-c", "import evil_pack"], env={**os.environ, "PYTHONPATH": str(site)}, check=True)
    assert touched.exists(), "the test would notice"


def test_packages_cannot_bring_files_from_elsewhere(tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "stolen.yaml").write_text(GOOD.replace("test-pack", "stolen"))
    files = {"climber/real.yaml": GOOD.replace("test-pack", "real")}
    values = ["climber", "climber.linked", "..secret", "climber/../../secret", "/etc", "", "os"]
    site = tmp_path / "site"
    install(site, build_wheel(tmp_path, "climber", files, {f"e{i}": value for i, value in enumerate(values) if value}))
    (site / "climber" / "linked").symlink_to(secret)
    (site / "climber" / "link.yaml").symlink_to(secret / "stolen.yaml")
    record = site / "climber-1.0.dist-info" / "RECORD"
    record.write_text(
        record.read_text()
        + "climber/linked/stolen.yaml,,\nclimber/link.yaml,,\n../secret/stolen.yaml,,\nclimber/gone.yaml,,\n"
    )
    found, said = packs(site)
    assert "real" in found
    assert "stolen" not in found
    assert "symbolic links are not followed" in said
    assert said.count("there are none") == 5


def test_a_package_with_broken_metadata_stops_nobody(tmp_path):
    site = tmp_path / "site"
    for name in ("broken", "well"):
        files = {f"{name}_pack/one.yaml": GOOD.replace("test-pack", name)}
        install(site, build_wheel(tmp_path, name, files, {name: f"{name}_pack"}))
    (site / "broken-1.0.dist-info" / "RECORD").write_bytes(b"\xff\x00,\x00\n\n")
    (site / "broken-1.0.dist-info" / "METADATA").write_bytes(b"\xff\x00: \n: \n")
    (site / "broken_pack" / "one.yaml").unlink()
    found, said = packs(site)
    assert ("well" in found, "broken" in found) == (True, False)
    assert "the package 'broken' promises style packs in 'broken_pack', and there are none" in said


def test_two_packs_of_one_name_are_an_error_and_your_own_counts(tmp_path):
    site = tmp_path / "site"
    files = {"mine_pack/food.yaml": GOOD.replace("test-pack", "embedded")}
    install(site, build_wheel(tmp_path, "mine", files, {"embedded": "mine_pack"}))
    found, said = packs(site)
    theirs = site / "mine_pack" / "food.yaml"
    assert f"{theirs}: name: another pack is named 'embedded' too: {found['embedded']['path']} Rename one." in said
    own = Path(os.environ["PROMPTKIT_HOME"]) / "styles"
    own.mkdir()
    (own / "x.yaml").write_text(GOOD.replace("test-pack", "embedded"))
    found, _ = packs(site)
    assert found["embedded"]["path"] == str(own / "x.yaml")


def test_the_example_package_builds_and_works_from_its_wheel(tmp_path):
    source = ROOT / "plugins" / "promptkit-night-city"
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(source)]
    subprocess.run(build, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name in names if ".dist-info" not in name] == ["promptkit_night_city/night-city.yaml"]
    site = tmp_path / "site"
    install(site, wheel)
    found, said = packs(site)
    assert found["night-city"]["path"] == str(site / "promptkit_night_city" / "night-city.yaml")
    assert said == ""
    for style in ("wet-neon", "sodium-vapour", "last-train", "rooftop-blue-hour"):
        done = run(site, "expand", "a cyclist", "--style", f"night-city/{style}", "--json")
        (variant,) = json.loads(done.stdout)["variants"]
        assert variant["missing"] == []
        assert f"night-city/{style}" in (source / "README.md").read_text()
    shown = (ROOT / "docs" / "style-packs.md").read_text().split("```toml\n")[1].split("```")[0]
    assert shown in (source / "pyproject.toml").read_text()


def test_an_editable_install_is_found_where_it_lies(tmp_path, touched):
    """What every build backend makes of ``pip install --editable``: a wheel of metadata and a ``.pth`` file."""
    source = tmp_path / "source"
    (source / "lying_pack").mkdir(parents=True)
    (source / "lying_pack" / "here.yaml").write_text(GOOD.replace("test-pack", "here"))
    (source / "lying_pack" / "__init__.py").write_text(TOUCH.format(path=str(touched)))
    wheel = build_wheel(tmp_path, "lying", {"lying.pth": f"{source}\n"}, {"here": "lying_pack"})
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    (site,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    (site / "shared.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT}\n")
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel], check=True, env=env)
    listing = [python, "-m", "promptkit", "styles", "list", "--json"]
    done = subprocess.run(listing, capture_output=True, text=True, check=True, env=env, cwd=tmp_path)
    found = {pack["name"]: pack["path"] for pack in json.loads(done.stdout)["packs"]}
    assert found["here"] == str(source / "lying_pack" / "here.yaml")
    assert not touched.exists()
