"""The effect of silent heads against paper, the properties of a divergence, and torch."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core import ablation
from core.model.questions import Ablated
from tests.forward_passes import made

FINITE = st.integers(-960, 960).map(lambda number: number / 32)  # sums of them are exact
LOGITS = arrays(np.float32, 20, elements=FINITE)


def answer(before, after, bits_before=(), bits_after=()):
    return Ablated(
        *(np.array(part, np.float32) for part in (before, after, bits_before, bits_after))
    )


# On paper


def test_the_divergence_of_a_coin_that_became_loaded():
    fair, loaded = np.log([0.5, 0.5]), np.log([0.75, 0.25])
    assert ablation.divergence(fair, loaded) == pytest.approx(1 - np.log2(3) / 2)
    assert ablation.divergence(loaded, fair) == pytest.approx(0.75 * np.log2(3) - 1)


def test_an_effect_on_paper():
    found = ablation.effect(
        answer(np.log([0.5, 0.25, 0.25]), np.log([0.25, 0.25, 0.5]), [1, 3], [2, 2.5]), 1
    )
    assert found.token_ids.tolist() == [0, 2]  # the likeliest before, the likeliest after
    np.testing.assert_allclose(found.probabilities_before, [0.5, 0.25], rtol=1e-6)
    np.testing.assert_allclose(found.probabilities_after, [0.25, 0.5], rtol=1e-6)
    assert found.divergence == pytest.approx(0.25)
    assert (found.loss_before, found.loss_after) == (2, 2.25)
    assert (found.perplexity_before, found.perplexity_after) == (4, pytest.approx(2**2.25))
    assert found.changes.tolist() == [1, -0.5]
    assert found.is_measured


def test_the_strongest_are_those_that_change_most_whichever_way():
    sizes = np.array([[0.1, -3.0], [np.nan, 2.0]])
    found = ablation.strongest(sizes, 2)
    assert [(one.layer, one.head, one.size) for one in found] == [(0, 1, -3.0), (1, 1, 2.0)]
    assert len(ablation.strongest(sizes, 10)) == 3
    assert ablation.strongest(np.full((2, 2), np.nan), 3) == ()


def test_of_equals_the_earlier_head_comes_first():
    found = ablation.strongest(np.ones((5, 20)), 30)
    assert [20 * one.layer + one.head for one in found] == list(range(30))


# Properties


@given(LOGITS, LOGITS)
def test_a_divergence_is_never_below_zero(before, after):
    found = ablation.effect(answer(before, after), 5)
    assert found.divergence >= 0
    assert str(found.divergence) != "-0.0"


@given(LOGITS, FINITE)
def test_equal_predictions_do_not_diverge_whatever_is_added_to_the_logits(before, constant):
    found = ablation.effect(answer(before, before + np.float32(constant)), 5)
    assert found.divergence < 1e-4
    np.testing.assert_allclose(
        found.probabilities_before, found.probabilities_after, rtol=1e-4, atol=1e-9
    )


@given(LOGITS, LOGITS, st.integers(1, 30))
def test_the_tokens_are_the_likeliest_of_both_sides_in_the_order_of_before(before, after, count):
    found = ablation.effect(answer(before, after), count)
    shown = set(found.token_ids.tolist())
    assert len(shown) == len(found.token_ids)
    assert min(count, 20) <= len(shown) <= min(2 * count, 20)
    for logits in (before, after):
        outside = np.delete(logits, found.token_ids)
        assert (logits > outside.max(initial=-np.inf)).sum() <= len(shown)
        assert int(logits.argmax()) in shown
    assert (np.diff(found.probabilities_before) <= 0).all()
    assert found.token_ids[0] == before.argmax()


def test_a_token_that_became_nearly_impossible_costs_what_its_logit_says():
    found = ablation.effect(answer([0.0, 0.0], [0.0, -2000.0]), 2)
    assert found.divergence == pytest.approx(0.5 * 2000 / np.log(2) - 1, rel=1e-6)
    assert found.probabilities_after.tolist() == [1.0, 0.0]


# Before any ablation, and one token


def test_what_was_not_measured_is_not_a_number():
    forward = made(7)
    found = ablation.effect(ablation.untouched(forward), 10)
    assert not found.is_measured
    assert len(found.token_ids) == 10
    assert np.isnan(found.probabilities_after).all()
    assert np.isnan(found.divergence) and np.isnan(found.loss_after)
    np.testing.assert_array_equal(found.surprisals_before, forward.surprisals)
    assert found.token_ids[0] == forward.logits.argmax()


def test_a_single_token_has_no_loss():
    found = ablation.effect(answer([1.0, 2.0], [2.0, 1.0]), 2)
    assert np.isnan(found.loss_before) and np.isnan(found.perplexity_after)
    assert len(found.changes) == 0
    assert found.is_measured


# Torch


def test_divergence_and_probabilities_equal_torch(rng):
    torch = pytest.importorskip("torch")
    before, after = rng.normal(scale=4, size=(2, 5000)).astype(np.float32)
    found = ablation.effect(answer(before, after), 10)
    p, q = (torch.tensor(logits).double().log_softmax(0) for logits in (before, after))
    nats = torch.nn.functional.kl_div(q, p, reduction="sum", log_target=True)
    assert found.divergence == pytest.approx(nats.item() / np.log(2), rel=1e-9)
    np.testing.assert_allclose(found.probabilities_after, q.exp()[found.token_ids], rtol=1e-9)


# Refusals


@pytest.mark.parametrize("count", [0, -1])
def test_fewer_than_one_is_refused(count):
    with pytest.raises(ValueError, match=f"count must be 1 or more, got {count}"):
        ablation.effect(answer([1.0], [1.0]), count)
    with pytest.raises(ValueError, match=f"count must be 1 or more, got {count}"):
        ablation.strongest(np.ones((1, 1)), count)
