import subprocess
import sys
from pathlib import Path

import pytest

from core.model import sources
from core.model.sources import SMOLLM2, Folder, HubModel

ROOT = Path(__file__).parents[3]


def test_without_a_word_the_packaged_model_is_chosen(monkeypatch):
    monkeypatch.delenv("GLASSBOX_MODEL", raising=False)
    assert sources.chosen() is SMOLLM2
    monkeypatch.setenv("GLASSBOX_MODEL", "  ")
    assert sources.chosen() is SMOLLM2


def test_a_folder_is_chosen_before_a_hub(monkeypatch, tmp_path):
    (tmp_path / "team" / "model").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLASSBOX_MODEL", "team/model")
    assert sources.chosen() == Folder(Path("team/model"))
    monkeypatch.setenv("GLASSBOX_MODEL", "team/other")
    assert sources.chosen() == HubModel("team/other")


@pytest.mark.parametrize("wanted", ["/nowhere", "./nowhere", "~/nowhere", "C:\\nowhere"])
def test_what_can_only_be_a_path_is_not_asked_of_a_hub(monkeypatch, wanted):
    monkeypatch.setenv("GLASSBOX_MODEL", wanted)
    assert isinstance(sources.chosen(), Folder)


def test_the_home_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("GLASSBOX_HOME", str(tmp_path))
    assert sources.home() == tmp_path


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, "/me/.cache/glassbox"),
        ("linux", {"XDG_CACHE_HOME": "/cache"}, "/cache/glassbox"),
        ("darwin", {}, "/me/Library/Caches/glassbox"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/glassbox"),
        ("win32", {}, "/me/AppData/Local/glassbox"),
    ],
)
def test_the_home_is_the_user_s_cache_folder(monkeypatch, platform, environment, expected):
    for name in ("GLASSBOX_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("/me"))
    assert sources.home() == Path(expected)


@pytest.mark.parametrize("module", ["service", "sources", "stored", "forward_pass"])
def test_torch_is_not_imported_by_what_pages_import(module):
    script = (
        f"import sys, core.model.{module}; print({{'torch', 'transformers'}} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_a_command_says_what_to_do_and_ends_with_1(tmp_path):
    done = command(tmp_path, GLASSBOX_MODEL=str(tmp_path / "nowhere"))
    assert done.returncode == 1
    assert done.stderr.startswith("The model's files are incomplete")
    assert "Traceback" not in done.stderr


def test_a_command_prepares_and_tries_out(tmp_path, tiny_folder):
    done = command(tmp_path, GLASSBOX_MODEL=str(tiny_folder()))
    assert done.returncode == 0, done.stderr
    assert "ready: tiny-llama" in done.stdout


def test_every_reason_has_a_sentence():
    from core.model import __main__

    assert set(__main__.WHAT_TO_DO) == set(sources.REASONS)


def command(home, **environment):
    import os

    return subprocess.run(
        [sys.executable, "-m", "core.model"],
        cwd=ROOT,
        env={**os.environ, "GLASSBOX_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
