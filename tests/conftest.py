import os

import numpy as np
import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from tests.tiny import tiny_model_folder

settings.register_profile("patient", deadline=None)  # a machine that is busy is no failure
settings.load_profile("patient")


class BrowserTogether(LoadScopeScheduling):
    """The browser's tests go one after the other, by the side of all others: one server for all."""

    def _split_scope(self, nodeid):
        return "browser" if nodeid.startswith("tests/browser/") else nodeid


def pytest_xdist_make_scheduler(config, log):
    return BrowserTogether(config, log)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="session", autouse=True)
def tiny_model(tmp_path_factory):
    """The process's shared model is a tiny random one; tests of the real weights ask for those."""
    folder = tiny_model_folder(tmp_path_factory.mktemp("tiny"))
    os.environ["GLASSBOX_MODEL"] = str(folder)
    return folder
