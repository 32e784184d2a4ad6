import pytest

from core.model import load
from core.model.sources import Prepared
from tests.tiny import tiny_model_folder


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory):
    """Folders of tiny models by family, each made once."""
    made = {}

    def folder(family="llama", **changes):
        key = (family, *sorted(changes.items()))
        if key not in made:
            path = tmp_path_factory.mktemp(family) / f"tiny-{family}"
            made[key] = tiny_model_folder(path, family, **changes)
        return made[key]

    return folder


@pytest.fixture(scope="session")
def load_tiny(tiny_folder):
    """Tiny models by family, each loaded once."""
    loaded = {}

    def model(family="llama", **changes):
        folder = tiny_folder(family, **changes)
        if folder not in loaded:
            loaded[folder] = load.load(Prepared(folder, folder.name, "random"))
        return loaded[folder]

    return model


@pytest.fixture(scope="session")
def real_model():
    """The packaged model, prepared in the user's own cache folder if it is not there yet."""
    from core.model import sources

    return load.load(sources.prepare(sources.SMOLLM2))
