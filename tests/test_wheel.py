"""What is released works where there is no checkout: the wheel has all that the program reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORD = "second season"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A wheel and a source distribution."""
    folder = tmp_path_factory.mktemp("released")
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))


def test_every_file_of_the_packages_is_released(released: tuple[Path, Path]) -> None:
    there = {
        str(path.relative_to(ROOT))
        for package in ("crawler", "worker", "digest_templates")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    wheel, source = released
    assert there - set(zipfile.ZipFile(wheel).namelist()) == set()
    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert there - names == set()
    assert {"README.md", "CHANGELOG.md", "LICENSE", "docs/sources.md", "pyproject.toml", "tests/conftest.py"} <= names


def test_the_demo_works_from_the_wheel_outside_the_checkout(released: tuple[Path, Path], tmp_path: Path) -> None:
    place = tmp_path / "installed"
    zipfile.ZipFile(released[0]).extractall(place)
    program = "import sys, worker; sys.stderr.write(worker.__file__); from worker.cli import main; sys.exit(main())"
    # installed packages come before the checkout that this environment knows of
    environment = {**os.environ, "PYTHONPATH": str(place)}
    command = [sys.executable, "-P", "-c", program, "demo", "--folder", str(tmp_path / "demo"), "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(str(place))
    weeks = [json.loads(line) for line in done.stdout.splitlines()]
    assert [len(week["mails"]) for week in weeks] == [1, 1]
    assert WORD in Path(weeks[1]["mails"][0]).read_text("utf-8")
