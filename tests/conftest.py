import os

import numpy as np
import pytest

from tests.tiny import tiny_model_folder


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="session", autouse=True)
def tiny_model(tmp_path_factory):
    """The process's shared model is a tiny random one; tests of the real weights ask for those."""
    folder = tiny_model_folder(tmp_path_factory.mktemp("tiny"))
    os.environ["GLASSBOX_MODEL"] = str(folder)
    return folder
