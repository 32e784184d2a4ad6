"""Cross-entropy against paper, against torch with all its options, and against its own bug."""

import contextlib
import io
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core import cross_entropy
from core.cross_entropy import IGNORED, REDUCTIONS, Settings

EXAMPLE = np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])
LABELS = np.array([2, 0])


def test_the_example_of_the_textbooks_line_by_line():
    found = cross_entropy.loss(EXAMPLE, LABELS)
    assert found.exponentials[0] == pytest.approx([2.71828, 7.38906, 20.08554], abs=1e-5)
    assert found.sums[0] == pytest.approx(30.19287, abs=1e-5)
    assert found.probabilities[0] == pytest.approx([0.09003, 0.24473, 0.66524], abs=1e-5)
    assert found.each == pytest.approx([0.40761, 0.40761], abs=1e-5)
    assert float(found.returned) == pytest.approx(0.4076, abs=1e-4)
    assert found.perplexity == pytest.approx(1.503, abs=1e-3)


def test_the_softmax_taken_twice_gives_another_number_for_the_example():
    assert cross_entropy.twice(cross_entropy.loss(EXAMPLE, LABELS)).mean == pytest.approx(
        0.7972, abs=1e-4
    )


def batch(seed):
    """Logits, labels of which some are ignored, and settings, out of a number."""
    rng = np.random.default_rng(seed)
    n, k = rng.integers(1, 7), rng.integers(1, 9)
    labels = np.where(rng.random(n) < 0.2, IGNORED, rng.integers(k, size=n))
    weights = tuple(rng.uniform(0.1, 5, k).tolist()) if rng.random() < 0.5 else ()
    chosen = Settings(str(rng.choice(REDUCTIONS)), float(rng.choice([0.0, 0.1, 0.7, 1.0])), weights)
    return rng.normal(scale=rng.choice([0.1, 3, 40]), size=(n, k)), labels, chosen


@pytest.mark.parametrize("seed", range(60))
def test_torch_computes_the_same_with_all_its_options(seed):
    torch = pytest.importorskip("torch")
    logits, labels, chosen = batch(seed)
    found = cross_entropy.loss(logits, labels, chosen)
    weight = torch.tensor(chosen.class_weights, dtype=torch.float64)
    expected = torch.nn.CrossEntropyLoss(
        weight=weight if chosen.class_weights else None,
        reduction=chosen.reduction,
        label_smoothing=chosen.smoothing,
    )(torch.tensor(logits), torch.tensor(labels)).numpy()
    np.testing.assert_allclose(found.returned, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weights", [(), (1.0, 2.0, 0.5)])
def test_the_program_that_is_shown_prints_the_same(reduction, weights):
    pytest.importorskip("torch")
    labels = np.array([2, IGNORED])
    found = cross_entropy.loss(EXAMPLE, labels, Settings(reduction, 0.1, weights))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(cross_entropy.as_torch(found), {})
    said = [float(number) for number in re.findall(r"\d+\.\d+", printed.getvalue())]
    np.testing.assert_allclose(said, np.atleast_1d(found.returned), atol=6e-5)  # as it is printed


def test_a_logit_of_minus_infinity_is_a_class_that_cannot_be():
    torch = pytest.importorskip("torch")
    logits = np.array([[0.0, -np.inf, 0.0], [0.0, -np.inf, 0.0]])
    found = cross_entropy.loss(logits, np.array([0, 1]))
    expected = torch.nn.functional.cross_entropy(
        torch.tensor(logits), torch.tensor([0, 1]), reduction="none"
    )
    assert found.each.tolist() == expected.tolist() == [pytest.approx(np.log(2)), np.inf]


def test_what_is_ignored_counts_nowhere_and_if_all_are_the_mean_is_nothing_by_nothing():
    without = cross_entropy.loss(EXAMPLE[:1], LABELS[:1])
    found = cross_entropy.loss(EXAMPLE, np.array([2, IGNORED]))
    assert (found.mean, found.total) == (without.mean, without.total)
    assert found.each[1] == 0
    none = cross_entropy.loss(EXAMPLE, np.full(2, IGNORED))
    assert np.isnan(none.returned)
    assert np.isnan(none.perplexity)
    assert none.total == 0


def test_the_weighted_mean_divides_by_the_weights_of_the_labels():
    plain = cross_entropy.loss(EXAMPLE * [[1.0], [2.0]], LABELS)
    found = cross_entropy.loss(plain.logits, LABELS, Settings(class_weights=(3.0, 1.0, 1.0)))
    assert found.mean == pytest.approx((plain.each[0] + 3 * plain.each[1]) / 4)
    assert found.plain == pytest.approx(plain.mean)


@given(arrays(float, 4, elements=st.floats(-30, 30)), st.floats(-300, 300))
@settings(max_examples=30)
def test_the_same_number_added_to_all_logits_changes_nothing(logits, shift):
    losses = [
        cross_entropy.loss(np.tile(row, (4, 1)), np.arange(4)).each
        for row in (logits, logits + shift)
    ]
    np.testing.assert_allclose(*losses, atol=1e-9)


@pytest.mark.parametrize("n_classes", [2, 3, 10, 49_152])
def test_a_sure_and_right_answer_costs_nothing_unless_the_softmax_is_taken_twice(n_classes):
    logits = np.zeros((1, n_classes))
    logits[0, 1] = 1e4
    sure = cross_entropy.loss(logits, np.array([1]))
    assert sure.mean == pytest.approx(0, abs=1e-12)
    lowest = cross_entropy.lowest_twice(n_classes)
    assert cross_entropy.twice(sure).mean == pytest.approx(lowest, rel=1e-12)
    assert lowest == pytest.approx(np.log((np.e + n_classes - 1) / np.e))


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_the_loss_with_the_softmax_taken_twice_never_leaves_its_narrow_strip(seed):
    logits, labels, _ = batch(seed)
    n_classes = logits.shape[1]
    losses = cross_entropy.twice(cross_entropy.loss(logits, labels)).each[labels != IGNORED]
    assert (losses >= cross_entropy.lowest_twice(n_classes) - 1e-9).all()
    assert (losses <= cross_entropy.highest_twice(n_classes) + 1e-9).all()


@pytest.mark.parametrize("is_twice", [False, True])
def test_a_step_of_descent_is_along_torchs_gradient(is_twice):
    torch = pytest.importorskip("torch")
    start = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64, requires_grad=True)
    given_in = torch.softmax(start, 0) if is_twice else start
    torch.nn.functional.cross_entropy(given_in, torch.tensor(1)).backward()
    expected = torch.softmax(start - 0.7 * start.grad, 0)[1].item()
    found = cross_entropy.descend(start.detach().numpy(), 1, 1, 0.7, is_twice=is_twice)
    assert found[1] == pytest.approx(expected, abs=1e-12)


def test_from_a_sure_mistake_the_bug_hardly_learns():
    start = np.array([8.0, 0.0, 0.0])
    right, twice = (
        cross_entropy.descend(start, 2, 100, 1.0, is_twice=is_twice) for is_twice in (False, True)
    )
    assert right[-1] > 0.98
    assert twice[-1] < 0.01


def test_the_course_ends_at_zero_or_at_the_floor_of_the_bug():
    assert cross_entropy.lead(EXAMPLE[0], 2) == 1
    found = cross_entropy.course(EXAMPLE[0], 2, np.array([1.0, 60.0]))
    assert found.right == pytest.approx([0.40761, 0], abs=1e-5)
    assert found.twice[1] == pytest.approx(cross_entropy.lowest_twice(3))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5, 1.0])
def test_a_smoothed_loss_is_lowest_where_the_probabilities_are_the_aim(smoothing):
    (aim,) = cross_entropy.smoothed(np.array([1]), 4, smoothing)
    assert aim.sum() == pytest.approx(1)
    assert aim[1] == pytest.approx(1 - smoothing + smoothing / 4)
    chosen, lowest = Settings(smoothing=smoothing), cross_entropy.lowest(4, smoothing)
    logits = np.log(np.maximum(aim, 1e-300))[None]
    assert cross_entropy.loss(logits, np.array([1]), chosen).mean == pytest.approx(lowest)
    moved = logits + np.array([0.1, -0.2, 0.3, 0.0])
    assert cross_entropy.loss(moved, np.array([1]), chosen).mean >= lowest


def test_a_few_classes_of_many_lack_the_probability_of_the_others(rng):
    logits = rng.normal(scale=3, size=500)
    found = cross_entropy.likeliest(logits, 8)
    among_few = cross_entropy.loss(np.tile(found.logits, (8, 1)), np.arange(8))
    among_all = cross_entropy.loss(np.tile(logits, (8, 1)), found.ids)
    np.testing.assert_allclose(found.losses, among_all.each)
    np.testing.assert_allclose(among_few.each - np.log(found.mass), found.losses)


@pytest.mark.parametrize(
    ("logits", "labels", "chosen", "got"),
    [
        ([[1.0, np.nan]], [0], Settings(), "got nan"),
        ([[1.0, np.inf]], [0], Settings(), "got inf"),
        ([[-np.inf, -np.inf]], [0], Settings(), "such a row"),
        (np.zeros((0, 3)), np.zeros(0, int), Settings(), r"got \(0, 3\)"),
        ([[1.0, 2.0]], [2], Settings(), "got 2"),
        ([[1.0, 2.0]], [-1], Settings(), "got -1"),
        ([[1.0, 2.0]], [0], Settings("max"), "got 'max'"),
        ([[1.0, 2.0]], [0], Settings(smoothing=1.5), "got 1.5"),
        ([[1.0, 2.0]], [0], Settings(smoothing=np.nan), "got nan"),
        ([[1.0, 2.0]], [0], Settings(class_weights=(1.0,)), "got 1"),
        ([[1.0, 2.0]], [0], Settings(class_weights=(1.0, -1.0)), r"got \(1.0, -1.0\)"),
    ],
)
def test_what_has_no_loss_is_refused(logits, labels, chosen, got):
    with pytest.raises(ValueError, match=got):
        cross_entropy.loss(np.array(logits), np.array(labels), chosen)


def test_a_single_class_is_ahead_of_nothing():
    with pytest.raises(ValueError, match="got 1"):
        cross_entropy.lead(np.array([1.0]), 0)
