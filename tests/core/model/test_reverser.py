"""The training of the network that writes words backwards: its data, its loss, its file."""

import numpy as np
import pytest

from core.model import reverser_weights
from core.model.reverser_weights import END, LETTERS, LONGEST, START

torch = pytest.importorskip("torch")

from core.model import reverser  # noqa: E402, after the check for torch, which it imports

SMALL = reverser.Settings(n_steps=60, n_strings=64, n_held_out=50)


def word(tokens):
    return "".join(LETTERS[token] for token in tokens if 0 <= token < len(LETTERS))


@pytest.mark.parametrize("repetitive", [0.0, 1.0])
def test_the_expected_output_is_the_input_backwards(rng, repetitive):
    strings = reverser.random_strings(rng, 200, repetitive=repetitive)
    for length, read, given, expected in zip(
        strings.lengths, strings.read, strings.given, strings.expected, strict=True
    ):
        assert word(read) == word(expected)[::-1]
        assert len(word(read)) == length
        assert read[length] == expected[length] == END
        assert (expected[length + 1 :] == reverser.PADDING).all()
        assert given[0] == START
        assert given[1 : length + 1].tolist() == expected[:length].tolist()


def test_strings_are_of_all_lengths_and_letters(rng):
    strings = reverser.random_strings(rng, 2_000)
    assert set(strings.lengths) == set(range(1, LONGEST + 1))
    assert set(strings.read[:, 0]) == set(range(len(LETTERS)))
    assert reverser.random_strings(rng, 200, shortest=4).lengths.min() == 4


def test_repetitive_strings_have_three_letters_at_most(rng):
    strings = reverser.random_strings(rng, 200, repetitive=1.0)
    assert max(len(set(word(read))) for read in strings.read) == 3


def test_equal_strings_alone_have_equal_names(rng):
    strings = reverser.random_strings(rng, 3_000)
    words = [word(read) for read in strings.read]
    names = reverser.names(strings)
    assert len(set(names.tolist())) == len(set(words))
    assert (names >= 0).all()


@pytest.fixture(scope="module")
def trained():
    return reverser.train(SMALL)


def test_a_few_steps_lower_the_loss(trained):
    losses = trained[1]
    assert len(losses) == SMALL.n_steps
    assert np.mean(losses[-10:]) < 0.9 * np.mean(losses[:10])


def test_training_again_gives_the_same(trained):
    again = reverser.train(SMALL)
    np.testing.assert_allclose(again[1], trained[1], rtol=1e-3)


def test_a_network_that_learned_nothing_gets_no_string_right(trained):
    assert reverser.are_right(trained[0], trained[2]).mean() < 0.1


def test_what_is_saved_is_loaded_and_rebuilt_as_it_was(trained, tmp_path):
    network = trained[0]
    file = tmp_path / "network.npz"
    reverser.save(network, SMALL, 0.25, file)
    loaded = reverser_weights.load(file)
    assert (loaded.accuracy, loaded.n_held_out) == (0.25, SMALL.n_held_out)
    assert loaded.n_parameters == sum(tensor.numel() for tensor in network.parameters())
    rebuilt = reverser.rebuilt(loaded)
    for name, tensor in network.state_dict().items():
        np.testing.assert_array_equal(rebuilt.state_dict()[name], tensor)


def test_the_committed_network_gets_its_held_out_strings_right():
    settings = reverser.Settings()
    network = reverser_weights.load()
    held_out = reverser.held_out_strings(np.random.default_rng(settings.seed), settings)
    right = reverser.are_right(reverser.rebuilt(network), held_out)
    assert right.mean() == pytest.approx(network.accuracy, abs=1e-3)
    assert len(right) == network.n_held_out
