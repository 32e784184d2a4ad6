"""Where weights come from: the packaged default, a local folder, or a model of a hub.

The environment chooses. GLASSBOX_MODEL is not set: the default. It names a folder: that. Anything
else is a hub's name for a model, such as HuggingFaceTB/SmolLM2-360M-Instruct. GLASSBOX_HOME is
where the prepared default is kept.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from core.model import hub, wheel
from core.model.wheel import SMOLLM2, Wheel
from core.storage.fetching import REASONS, Progress, SourceError, Stopped, Watch, home

__all__ = [
    "REASONS",
    "SMOLLM2",
    "Folder",
    "HubModel",
    "Prepared",
    "Progress",
    "Source",
    "SourceError",
    "Stopped",
    "Watch",
    "Wheel",
    "chosen",
    "home",
    "name_of",
    "prepare",
]


@dataclass(frozen=True)
class Folder:
    """A model that is already on this machine."""

    path: Path


@dataclass(frozen=True)
class HubModel:
    """A model of a hub, by the name that the hub knows it under."""

    repo_id: str


Source = Wheel | Folder | HubModel


@dataclass(frozen=True)
class Prepared:
    """A folder that can be loaded, and what is known about the numbers in it."""

    folder: Path
    name: str  # of the model, as its makers call it
    weights: str  # what kind of numbers they are


def chosen() -> Source:
    """The source that GLASSBOX_MODEL names."""
    wanted = os.environ.get("GLASSBOX_MODEL", "").strip()
    if not wanted:
        return SMOLLM2
    path = Path(wanted).expanduser()
    # What can only be a path is not asked of a hub, whose answer would be harder to understand.
    looks_like_path = path.is_absolute() or wanted.startswith((".", "~")) or "\\" in wanted
    return Folder(path) if path.is_dir() or looks_like_path else HubModel(wanted)


def name_of(source: Source) -> str:
    """The model of a source, as its makers or its owner call it."""
    match source:
        case Wheel():
            return source.name
        case HubModel(repo_id):
            return repo_id
        case Folder(path):
            return path.resolve().name


def prepare(source: Source, watch: Watch | None = None) -> Prepared:
    """A folder with the source's weights, fetched and converted if it is not there yet.

    Raises:
        SourceError: with the reason.
        Stopped: the watch says that nobody waits any more.
    """
    watch = watch or Watch()
    match source:
        case Wheel():
            folder = wheel.prepare(source, home(), watch)
            return Prepared(folder, name_of(source), source.weights)
        case HubModel(repo_id):
            return Prepared(hub.prepare(repo_id, watch), name_of(source), "safetensors")
        case Folder(path):
            hub.check_folder(path)
            return Prepared(path, name_of(source), "safetensors")
