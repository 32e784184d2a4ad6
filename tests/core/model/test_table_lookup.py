"""The oracle is the whole matrix in NumPy, all cosines at once."""

import dataclasses

import numpy as np
import pytest
import torch

from core import embedding
from core.model import table_lookup
from core.model.embedding_table import COSINE_EDGES, Neighbours
from core.model.refusals import Cancelled, Unanswerable
from tests.core.model.test_asking import answer

FAMILIES = ["llama", "gpt2", "gpt_neox", "qwen2", "gemma2", "bloom"]
IDS = (65, 3, 290, 17)


def matrix_of(model):
    return model.network.get_input_embeddings().weight.numpy()


@pytest.mark.parametrize("is_centred", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_neighbours_are_those_of_the_whole_matrix(load_tiny, family, is_centred):
    model = load_tiny(family)
    matrix = matrix_of(model)
    has_token = np.array([bool(name) for name in model.vocabulary])
    mean = matrix[has_token].mean(axis=0)
    rows = matrix - mean if is_centred else matrix
    cosines = embedding.cosines(rows[list(IDS)], rows)
    found = answer(model, Neighbours(IDS, 7, is_centred))
    assert [point.id for point in found.points[: len(IDS)]] == list(IDS)
    for place, (number, row) in enumerate(zip(IDS, cosines, strict=True)):
        others = np.where(has_token, row, -2)
        others[number] = -2
        best = np.sort(others)[::-1][:7]
        np.testing.assert_allclose(found.cosines[place], best, atol=1e-5)
        ids = [found.points[at].id for at in found.neighbours[place]]
        np.testing.assert_allclose(others[ids], best, atol=1e-5)
        counted = np.histogram(others[others > -2], COSINE_EDGES)[0]
        assert found.cosine_counts[place].sum() == counted.sum() == found.n_rows - 1
        assert np.abs(found.cosine_counts[place] - counted).sum() <= 2  # rounding at an edge
        assert found.mean_cosines[place] == pytest.approx(others[others > -2].mean(), abs=1e-5)
    np.testing.assert_allclose(found.mean, mean, atol=1e-5)
    assert found.mean_cosine == pytest.approx(embedding.mean_cosine(rows[has_token]), abs=1e-5)
    for point, row in zip(found.points, found.embeddings, strict=True):
        assert point.bytes == model.vocabulary[point.id]
        np.testing.assert_array_equal(row, matrix[point.id])


def test_the_row_is_what_the_network_reads(load_tiny):
    model = load_tiny()
    read = []
    hook = model.network.model.layers[0].register_forward_pre_hook(
        lambda module, given: read.append(given[0][0])
    )
    try:
        model.network(torch.tensor([list(IDS)]))
    finally:
        hook.remove()
    found = answer(model, Neighbours(IDS))
    np.testing.assert_array_equal(found.embeddings[: len(IDS)], read[0].numpy())


@pytest.mark.parametrize("numbers", [1, 50, 333, 10**9])
def test_chunks_of_any_size_come_to_the_same(load_tiny, monkeypatch, numbers):
    model = load_tiny()
    whole = answer(model, Neighbours(IDS))
    monkeypatch.setattr(table_lookup, "CHUNK_NUMBERS", numbers)
    parts = answer(model, Neighbours(IDS))
    assert [point.id for point in parts.points] == [point.id for point in whole.points]
    for field in dataclasses.fields(whole):
        before, after = getattr(whole, field.name), getattr(parts, field.name)
        if field.name not in ("points", "cosine_counts"):
            np.testing.assert_allclose(after, before, atol=1e-5)


def test_lengths_are_counted_and_ranked(load_tiny):
    model = load_tiny()
    norms = np.linalg.norm(matrix_of(model), axis=1)
    norms = norms[[bool(name) for name in model.vocabulary]]
    found = answer(model, Neighbours(IDS))
    assert found.norm_counts.sum() == found.n_rows == len(norms)
    assert found.norm_edges[-1] > norms.max()
    own = np.linalg.norm(found.embeddings[: len(IDS)], axis=1)
    np.testing.assert_allclose(found.smaller, [(norms < one * (1 - 1e-6)).mean() for one in own])


@pytest.mark.parametrize("is_tied", [False, True])
def test_tied_embeddings_are_told_by_the_memory_that_they_share(load_tiny, is_tied):
    model = load_tiny("llama", tie_word_embeddings=is_tied)
    assert answer(model, Neighbours((1,))).is_tied == is_tied


def test_without_neighbours_it_is_the_rows_alone(load_tiny):
    found = answer(load_tiny(), Neighbours(IDS, 0))
    assert found.neighbours.shape == found.cosines.shape == (len(IDS), 0)
    assert len(found.points) == len(IDS)


def test_a_token_that_is_asked_for_twice_is_looked_up_once(load_tiny):
    found = answer(load_tiny(), Neighbours((5, 9, 5), 2))
    assert [point.id for point in found.points[: found.n_tokens]] == [5, 9]


def test_more_neighbours_than_tokens_are_all_others(load_tiny):
    model = load_tiny()
    found = answer(model, Neighbours((5,), 10_000))
    assert found.neighbours.shape == (1, found.n_rows - 1)
    assert 5 not in {found.points[place].id for place in found.neighbours[0]}


def test_a_row_of_zeros_has_no_direction(load_tiny):
    model = load_tiny()
    weight = model.network.get_input_embeddings().weight
    before = weight.data[7].clone()
    try:
        weight.data[7] = 0
        found = answer(model, Neighbours((7, 8)))
    finally:
        weight.data[7] = before
    assert (found.cosines[0] == 0).all()
    assert np.isfinite(found.cosines).all()


@pytest.mark.parametrize("ids", [(), (-1,), (400,), (3, 10**9)])
def test_tokens_that_are_not_there_are_refused(load_tiny, ids):
    with pytest.raises(Unanswerable):
        Neighbours(ids).n_tokens(load_tiny())
    with pytest.raises(Unanswerable):
        answer(load_tiny(), Neighbours(ids))


def test_nobody_waits_for_it(load_tiny):
    with pytest.raises(Cancelled):
        answer(load_tiny(), Neighbours(IDS), lambda: True)


def test_it_is_less_work_than_a_long_text(load_tiny):
    assert 1 <= Neighbours(IDS).n_tokens(load_tiny()) < 1000


def test_the_largest_group_is_the_one_that_was_made_alike(load_tiny):
    model = load_tiny()
    weight = model.network.get_input_embeddings().weight
    before = weight.data.clone()
    group = [3, 50, 77, 200, 311]
    try:
        weight.data[group] = before[3] + 0.001 * torch.arange(5)[:, None]
        found, lowest = table_lookup.largest_group(model, 0.98)
    finally:
        weight.data.copy_(before)
    assert found == group
    assert 0.98 < lowest <= 1
