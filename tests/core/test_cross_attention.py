"""The encoder–decoder against paper, its properties, and the same network of torch's parts."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import cross_attention
from core.model import reverser_weights
from core.model.reverser_weights import END, LETTERS, LONGEST, START

NETWORK = reverser_weights.load()
WORDS = st.text(LETTERS, min_size=1, max_size=LONGEST)
whole_words = settings(max_examples=30, deadline=None)  # each runs the network a dozen times
SHARPEST = 1, 0
MEAN_MIRRORED = 0.85  # 0.916 over a thousand words


def random_words(count, shortest=1, seed=1):
    rng = np.random.default_rng(seed)
    return [
        "".join(rng.choice(list(LETTERS), size=rng.integers(shortest, LONGEST + 1)))
        for _ in range(count)
    ]


# On paper


def test_attention_across_takes_the_value_of_the_key_that_fits():
    one = np.eye(2, dtype=np.float32)
    weights = reverser_weights.Attention(np.ones(2, np.float32), one, one, one, one)
    asking = np.array([[30.0, 0.0]], np.float32)
    asked = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 2.0]], np.float32)
    taken = cross_attention.attend(weights, asking, asked, n_heads=1)
    np.testing.assert_allclose(taken.attention_weights, [[[0, 1, 0]]], atol=1e-8)
    np.testing.assert_allclose(taken.states, [[1, 0]], atol=1e-8)


def test_scores_are_divided_by_the_root_of_the_width_of_a_head():
    one = np.eye(4, dtype=np.float32)
    weights = reverser_weights.Attention(np.ones(4, np.float32), one, one, one, one)
    asking = np.array([[2, 0, 0, 0]], np.float32)
    asked = np.array([[1, 0, 0, 0], [0, 0, 0, 0]], np.float32)
    taken = cross_attention.attend(weights, asking, asked, n_heads=1)
    assert taken.attention_weights[0, 0, 0] == pytest.approx(np.e / (np.e + 1))


def test_layer_norm_leaves_mean_0_and_variance_1():
    x = np.array([[1, 2, 3, 4]], np.float32)
    normal = cross_attention.normalise(x, np.ones(4, np.float32))
    np.testing.assert_allclose(normal, (x - 2.5) / np.sqrt(1.25), rtol=1e-4)


def test_a_word_is_written_backwards():
    writing = cross_attention.write(NETWORK, "stressed")
    assert writing.written == "desserts"
    assert writing.is_correct
    assert [*writing.steps] == [*map(LETTERS.index, "desserts"), END]


# Properties


@whole_words
@given(WORDS)
def test_rows_add_up_to_one_the_decoder_is_causal_and_nothing_else_is_masked(word):
    writing = cross_attention.write(NETWORK, word)
    n_keys, n_steps = len(word) + 1, len(writing.steps)
    encoder, decoder, cross = (
        writing.encoded.attention_weights,
        writing.decoded.attention_weights,
        writing.decoded.cross_weights,
    )
    assert encoder.shape[2:] == (n_keys, n_keys)
    assert decoder.shape[2:] == (n_steps, n_steps)
    assert cross.shape[2:] == (n_steps, n_keys)
    for maps in (encoder, decoder, cross):
        np.testing.assert_allclose(maps.sum(axis=-1), 1, rtol=1e-5)
    later = np.triu_indices(n_steps, k=1)
    assert (decoder[..., later[0], later[1]] == 0).all()
    assert (encoder > 0).all()
    assert (cross > 0).all()


@whole_words
@given(WORDS, st.integers(0, 1), st.sampled_from([0, 1, None]))
def test_the_maps_of_a_head_are_distributions_and_blank_only_where_nothing_is_written(
    word, layer, head
):
    maps = cross_attention.write(NETWORK, word).of_head(layer, head)
    for weights in (maps.encoder, maps.decoder, maps.cross):
        np.testing.assert_allclose(np.nansum(weights, axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(np.isfinite(maps.decoder), np.tri(len(maps.decoder)) == 1)
    assert np.isfinite(maps.encoder).all()
    assert np.isfinite(maps.cross).all()


def test_the_mean_over_heads_is_the_mean_of_their_maps():
    writing = cross_attention.write(NETWORK, "glass")
    single = [writing.of_head(1, head).cross for head in range(NETWORK.n_heads)]
    np.testing.assert_allclose(writing.of_head(1, None).cross, np.mean(single, axis=0))


def test_what_is_written_later_does_not_change_what_was_said_before():
    encoded = cross_attention.encode(NETWORK, np.array([3, 1, 4, END]))
    short = cross_attention.decode(NETWORK, encoded, np.array([START, 4]))
    long = cross_attention.decode(NETWORK, encoded, np.array([START, 4, 1, 3]))
    np.testing.assert_allclose(long.logits[:2], short.logits, atol=1e-4)


def test_the_encoder_reads_both_ways():
    one, other = (cross_attention.encode(NETWORK, np.array([0, 1, last, END])) for last in (2, 3))
    assert not np.allclose(one.states[0], other.states[0], atol=1e-3)


def test_random_words_come_out_right_about_as_often_as_the_file_says():
    right = np.mean([cross_attention.write(NETWORK, word).is_correct for word in random_words(200)])
    assert right >= 0.99
    assert NETWORK.accuracy >= 0.99
    assert NETWORK.n_held_out >= 1_000


def test_a_letter_being_written_looks_at_the_letter_that_it_mirrors():
    writings = [cross_attention.write(NETWORK, word) for word in random_words(200)]
    weights = np.array([writing.mirrored_weight(*SHARPEST) for writing in writings])
    assert weights.mean() > MEAN_MIRRORED
    even = np.array([1 / (len(writing.word) + 1) for writing in writings])
    assert (weights > even).all()
    first = [writing.mirrored_weight(0, None) for writing in writings]
    assert weights.mean() > 2 * np.mean(first), "the first layer looks about, the last one reads"


def test_the_mirrored_letter_gets_more_weight_than_any_other():
    shares = []
    for word in random_words(100, seed=2):
        cross = cross_attention.write(NETWORK, word).of_head(*SHARPEST).cross
        shares.append((cross.argmax(axis=1)[: len(word)] == np.arange(len(word))[::-1]).mean())
    assert np.mean(shares) > 0.98


@pytest.mark.parametrize("letter", "akz")
def test_a_letter_repeated_is_counted_right(letter):
    for length in range(1, LONGEST + 1):
        assert cross_attention.write(NETWORK, letter * length).is_correct


@pytest.mark.parametrize("word", ["a", "ab", "abc"])
def test_the_mirrored_weight_is_read_off_the_antidiagonal(word):
    writing = cross_attention.write(NETWORK, word)
    cross, n = writing.of_head(1, 0).cross, len(word)
    expected = np.mean([cross[step, n - 1 - step] for step in range(n)])
    assert writing.mirrored_weight(1, 0) == pytest.approx(expected)


@whole_words
@given(WORDS)
def test_the_probabilities_are_those_of_the_likeliest_letters(word):
    writing = cross_attention.write(NETWORK, word)
    logits = writing.decoded.logits.astype(np.float64)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(writing.probabilities, shares.max(axis=1), rtol=1e-4)
    assert writing.least_probability == writing.probabilities.min()


# The same network of torch's parts


@pytest.fixture(scope="module")
def of_torch():
    pytest.importorskip("torch")
    from core.model import reverser

    return reverser.rebuilt(NETWORK)


@pytest.mark.parametrize("word", ["a", "stressed", "mississippi", "zyxwvutsrqpo", *random_words(9)])
def test_logits_and_all_weights_agree_with_torch(of_torch, word):
    import torch

    writing = cross_attention.write(NETWORK, word)
    read = torch.tensor([[*map(LETTERS.index, word), END]])
    so_far = torch.tensor([[START, *writing.steps[:-1].tolist()]])
    with torch.no_grad():
        logits, *maps = of_torch(read, so_far)
    np.testing.assert_allclose(writing.decoded.logits, logits[0], atol=1e-4, rtol=1e-5)
    ours = (
        writing.encoded.attention_weights,
        writing.decoded.attention_weights,
        writing.decoded.cross_weights,
    )
    for weights, theirs in zip(ours, maps, strict=True):
        np.testing.assert_allclose(weights, torch.cat(theirs), atol=1e-5)


# Edges


def test_a_network_that_never_ends_is_stopped():
    letters = NETWORK.letters.copy()
    letters[END] = -100 * np.sign(letters[0])
    writing = cross_attention.write(replace(NETWORK, letters=letters), "abc")
    assert len(writing.steps) <= LONGEST + 1
    assert not writing.is_correct


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("", "empty"),
        ("a" * (LONGEST + 1), "too_long"),
        ("two words", "not_letters"),
        ("Ab", "not_letters"),
        ("é", "not_letters"),
        ("猫", "not_letters"),
        ("a\n", "not_letters"),
        ("1", "not_letters"),
    ],
)
def test_what_is_no_word_is_refused(word, why):
    assert cross_attention.problem(word) == why
    with pytest.raises(ValueError, match=r"word must be 1 to 12 letters from a to z, got"):
        cross_attention.write(NETWORK, word)


@given(WORDS)
def test_a_word_of_letters_has_no_problem(word):
    assert cross_attention.problem(word) is None


@pytest.mark.parametrize(
    ("layer", "head", "got"), [(2, 0, "2"), (-1, 0, "-1"), (0, 2, "2"), (0, -1, "-1")]
)
def test_a_head_that_does_not_exist_is_refused(layer, head, got):
    with pytest.raises(ValueError, match=f"must be from 0 to 1, got {got}"):
        cross_attention.write(NETWORK, "abc").of_head(layer, head)


def test_the_network_is_small_and_cannot_be_changed_by_accident():
    assert NETWORK.n_parameters < 60_000
    assert reverser_weights.FILE.stat().st_size < 300_000
    with pytest.raises(ValueError, match="read-only"):
        NETWORK.letters[0] = 0
