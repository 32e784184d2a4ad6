"""Tokenizers that are fetched when somebody asks for one, and kept: tiktoken's ranks, and the
tokenizer.json of any model on a hub.

Nothing but these files is fetched, and nothing in them can run.
"""

import hashlib
import os
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from core.storage import hugging_face
from core.storage.fetching import (
    SourceError,
    Watch,
    alone,
    explained,
    home,
    need_space,
    workshop,
)
from core.tokenizer.library import Tokenizer, from_tiktoken
from core.tokenizer.refusals import NotATokenizer
from core.tokenizer.written import from_bytes

SERVER = "https://openaipublic.blob.core.windows.net/encodings/"
FILE = "tokenizer.json"
LARGEST = 50_000_000  # bytes of a tokenizer.json; Gemma's has 33 million
PATIENCE = 20.0  # seconds without a byte
CHUNK = 2**16
# What a hub knows a model under: owner/name.
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_environment = threading.Lock()


@runtime_checkable
class Source(Protocol):
    """Where one tokenizer comes from."""

    name: str  # as its makers call it
    place: str  # the server, as one says it

    def is_here(self) -> bool:
        """Whether it was fetched before."""

    def prepare(self, watch: Watch) -> Tokenizer:
        """The tokenizer, fetched if it is not here.

        Raises:
            SourceError: with the reason.
            NotATokenizer: the file holds none, or is too large.
        """


@dataclass(frozen=True)
class TiktokenRanks:
    """One of tiktoken's encodings, whose ranks its makers serve as a file."""

    name: str
    sha256: str
    n_bytes: int

    @property
    def url(self) -> str:
        """Where tiktoken itself fetches it from."""
        return f"{SERVER}{self.name}.tiktoken"

    @property
    def place(self) -> str:
        """The server, as one says it."""
        return self.url.split("/")[2]

    @property
    def file(self) -> Path:
        """Where it is kept, under the name that tiktoken looks for in its cache."""
        name = hashlib.sha1(self.url.encode()).hexdigest()
        return home() / "tokenizers" / "tiktoken" / name

    def is_here(self) -> bool:
        """Whether it was fetched before. See Source."""
        return self.file.is_file()

    def prepare(self, watch: Watch) -> Tokenizer:
        """The encoding, fetched if it is not here. See Source."""
        # Before the lock: what is here can be used from a read-only disk.
        if not self._is_whole(watch):
            with explained():
                self.file.parent.mkdir(parents=True, exist_ok=True)
                with alone(self.file.with_suffix(".lock"), watch):
                    if not self._is_whole(watch):
                        self._fetch(watch)
        watch.tell("loading")
        import tiktoken
        from tiktoken_ext.openai_public import ENCODING_CONSTRUCTORS

        with _cache_at(self.file.parent):
            parts = ENCODING_CONSTRUCTORS[self.name]()
        return from_tiktoken(tiktoken.Encoding(**parts), self.name, "fetched")

    def _is_whole(self, watch: Watch) -> bool:
        if not self.is_here():
            return False
        watch.tell("checking")
        return hashlib.sha256(self.file.read_bytes()).hexdigest() == self.sha256

    def _fetch(self, watch: Watch):
        watch.tell("fetching", 0, self.n_bytes)
        need_space(self.file.parent, self.n_bytes)
        with workshop(self.file) as bench:
            arrived = download(self.url, bench / "ranks", self.n_bytes, watch)
            got = hashlib.sha256(arrived.read_bytes()).hexdigest()
            if got != self.sha256:
                wanted = f"SHA-256 {self.sha256[:12]}… was expected, got {got[:12]}…"
                raise SourceError("wrong_hash", f"{self.url}: {wanted}")
            arrived.replace(self.file)


@dataclass(frozen=True)
class HubFile:
    """The tokenizer.json of a model on the Hugging Face hub."""

    repo_id: str
    n_bytes: int = 0  # 0: not known before it is asked for

    @property
    def name(self) -> str:
        """The model, as the hub knows it."""
        return self.repo_id

    @property
    def place(self) -> str:
        """The hub, as one says it."""
        from huggingface_hub import constants

        return constants.ENDPOINT.split("://")[-1]

    def is_here(self) -> bool:
        """Whether it was fetched before. See Source."""
        return self._kept() is not None

    def prepare(self, watch: Watch) -> Tokenizer:
        """The tokenizer, fetched if it is not here. See Source."""
        file = self._kept() or self._fetch(watch)
        watch.tell("loading")
        return from_bytes(file.read_bytes(), self.repo_id, "fetched", largest=LARGEST)

    def _kept(self) -> Path | None:
        from huggingface_hub import constants, try_to_load_from_cache

        found = try_to_load_from_cache(self.repo_id, FILE, cache_dir=constants.HF_HUB_CACHE)
        return Path(found) if isinstance(found, str) else None

    def _fetch(self, watch: Watch) -> Path:
        from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url

        watch.tell("fetching", 0, self.n_bytes)
        with hugging_face.explained(self.repo_id):
            url = hf_hub_url(self.repo_id, FILE, endpoint=constants.ENDPOINT)
            total = get_hf_file_metadata(url).size or 0
        if total > LARGEST:
            raise NotATokenizer("too_large", f"{self.repo_id}/{FILE} has {total:,} bytes")
        with hugging_face.explained(self.repo_id):
            folder = Path(constants.HF_HUB_CACHE)
            with explained():
                folder.mkdir(parents=True, exist_ok=True)
                need_space(folder, total)
            bar = hugging_face.bar(watch, total)
            return Path(hf_hub_download(self.repo_id, FILE, cache_dir=folder, tqdm_class=bar))


def download(url: str, file: Path, n_bytes: int, watch: Watch) -> Path:
    """The file at an address, written with progress. Never more than twice what is expected.

    Raises:
        SourceError: no_network, not_found or failed.
    """
    done, told = 0, 0.0
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer, file.open("wb") as opened:
            while (chunk := answer.read(CHUNK)) and done <= 2 * n_bytes:
                opened.write(chunk)
                done += len(chunk)
                if time.monotonic() > told + 0.1:
                    told = time.monotonic()
                    watch.tell("fetching", min(done, n_bytes), n_bytes)
    except urllib.error.HTTPError as error:
        error.close()
        reason = "not_found" if error.code in (403, 404, 410) else "no_network"
        raise SourceError(reason, f"{url}: {error}") from error
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise SourceError("no_network", f"{url}: {error}"[:300]) from error
    return file


@contextmanager
def _cache_at(folder: Path) -> Iterator[None]:
    """Let tiktoken find its files in a folder. It is told by an environment variable alone."""
    name = "TIKTOKEN_CACHE_DIR"
    with _environment:
        before = os.environ.get(name)
        os.environ[name] = str(folder)
        try:
            yield
        finally:
            if before is None:
                del os.environ[name]
            else:
                os.environ[name] = before
