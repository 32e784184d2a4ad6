import os

import numpy as np
import pytest
from hypothesis import settings

from tests.tiny import tiny_model_folder

settings.register_profile("patient", deadline=None)  # a machine that is busy is no failure
settings.load_profile("patient")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="session", autouse=True)
def tiny_model(tmp_path_factory):
    """The process's shared model is a tiny random one; tests of the real weights ask for those."""
    folder = tiny_model_folder(tmp_path_factory.mktemp("tiny"))
    os.environ["GLASSBOX_MODEL"] = str(folder)
    return folder
