"""Numbers that tell a component which of its data are the newest."""

from types import SimpleNamespace

import pytest

from pages.ui import component


@pytest.fixture
def number(monkeypatch):
    state = {}
    monkeypatch.setattr(component, "st", SimpleNamespace(session_state=state))
    return component._number


def test_the_same_data_keep_their_number(number):
    assert number("bars", {"y": [1, 2]}) == number("bars", {"y": [1, 2]})


def test_other_data_have_a_larger_number_even_within_a_millisecond_and_on_the_way_back(number):
    numbers = [number("bars", {"y": [n % 2]}) for n in range(50)]
    assert numbers == sorted(set(numbers))


def test_components_are_numbered_each_for_itself(number):
    first = number("bars", {"y": 1})
    number("lines", {"y": 2})
    assert number("bars", {"y": 1}) == first


def test_after_a_new_start_of_the_server_numbers_are_larger(number, monkeypatch):
    before = number("bars", {"y": 1})
    monkeypatch.setattr(component, "st", SimpleNamespace(session_state={}))
    monkeypatch.setattr(component.time, "time", lambda: before / 1000 + 5)
    assert number("bars", {"y": 1}) > before
