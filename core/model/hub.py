"""Weights from a hub in the manner of huggingface.co: safetensors and plain text files, nothing
that could run code. What was fetched before is used as it is, without asking the hub again.
"""

import json
from pathlib import Path

from core.storage import hugging_face
from core.storage.fetching import SourceError, Watch, explained, need_space

SAFE_FILES = [
    "*.safetensors",
    "*.safetensors.index.json",
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
    "chat_template.jinja",
]
# The same weights once more, in other formats, precisions and stages of training.
UNNEEDED = ["*/*", "consolidated*"]


def prepare(repo_id: str, watch: Watch) -> Path:
    """The folder of the hub's model in the user's Hugging Face cache.

    Raises:
        SourceError: with the reason.
        Stopped: nobody waits any more.
    """
    from huggingface_hub import snapshot_download

    folder = already_here(repo_id)
    if folder is None:
        watch.tell("fetching")
        with hugging_face.explained(repo_id):
            total = size_of_safe_files(repo_id)
            folder = Path(
                snapshot_download(
                    repo_id,
                    allow_patterns=SAFE_FILES,
                    ignore_patterns=UNNEEDED,
                    tqdm_class=hugging_face.bar(watch, total),
                )
            )
    check_folder(folder)
    return folder


def check_folder(folder: Path):
    """See that a folder holds a configuration and all of its weights as safetensors.

    Raises:
        SourceError: bad_folder or no_safetensors.
    """
    if not folder.is_dir():
        raise SourceError("bad_folder", f"there is no folder {folder}")
    if not (folder / "config.json").is_file():
        raise SourceError("bad_folder", f"there is no config.json in {folder}")
    if not any(folder.glob("*.safetensors")):
        raise SourceError("no_safetensors", f"there is no *.safetensors in {folder}")
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        missing = sorted(part for part in _parts(index) if not (folder / part).is_file())
        if missing:
            raise SourceError("bad_folder", f"{missing[0]} is missing in {folder}")


def _parts(index: Path) -> set[str]:
    try:
        return set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (ValueError, KeyError, AttributeError) as error:
        raise SourceError("bad_folder", f"{index} cannot be read: {error!r}") from error


def already_here(repo_id: str) -> Path | None:
    """The folder of a model that was fetched before, whole; else None. Asks no hub."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = snapshot_download(
            repo_id,
            allow_patterns=SAFE_FILES,
            ignore_patterns=UNNEEDED,
            local_files_only=True,
        )
        check_folder(Path(folder))
    except (LocalEntryNotFoundError, HFValidationError, SourceError):
        return None
    return Path(folder)


def size_of_safe_files(repo_id: str) -> int:
    """Bytes to fetch, asked before the first of them is. Raises what huggingface_hub raises."""
    from huggingface_hub import HfApi, constants
    from huggingface_hub.utils import filter_repo_objects

    sizes = {
        file.rfilename: file.size or 0
        for file in HfApi().model_info(repo_id, files_metadata=True).siblings
    }
    wanted = list(filter_repo_objects(sizes, allow_patterns=SAFE_FILES, ignore_patterns=UNNEEDED))
    if not any(name.endswith(".safetensors") for name in wanted):
        raise SourceError("no_safetensors", f"{repo_id} has no *.safetensors")
    total = sum(sizes[name] for name in wanted)
    folder = Path(constants.HF_HUB_CACHE)
    with explained():
        folder.mkdir(parents=True, exist_ok=True)
        need_space(folder, total)
    return total
