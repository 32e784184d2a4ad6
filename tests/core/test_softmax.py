import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core import softmax

LOGITS = arrays(np.float64, st.integers(1, 7), elements=st.floats(-40, 40))
SEVERAL = arrays(np.float64, st.integers(2, 7), elements=st.floats(-8, 8))
EXACTLY = {"rtol": 1e-12, "atol": 1e-12}


# On paper


def test_odds_of_three_to_one():
    found = softmax.gradient(np.array([np.log(3), 0.0]), 1)
    assert found.probabilities == pytest.approx([0.75, 0.25])
    assert found.of_logits == pytest.approx([0.75, -0.75])
    assert found.loss == pytest.approx(np.log(4))
    table = softmax.jacobian(found.logits)
    assert table == pytest.approx(np.array([[3, -3], [-3, 3]]) / 16)


def test_one_step_of_descent():
    course = softmax.descend(np.zeros(2), 0, 0.5, 1)
    assert course.logits == pytest.approx(np.array([[0, 0], [0.25, -0.25]]))
    assert course.losses == pytest.approx([np.log(2), np.log(1 + np.exp(-0.5))])
    assert course.gradients[0] == pytest.approx([-0.5, 0.5])


# The properties that are the reason for the method


@given(LOGITS, st.floats(-1e6, 1e6))
def test_a_constant_on_all_logits_changes_nothing(logits, constant):
    found = softmax.softmax(logits + constant)
    np.testing.assert_allclose(found, softmax.softmax(logits), atol=1e-8)
    assert found.sum() == pytest.approx(1)


@given(LOGITS)
def test_the_rows_and_columns_of_the_jacobian_add_up_to_nothing(logits):
    table = softmax.jacobian(logits)
    np.testing.assert_allclose(table.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(table.sum(axis=1), 0, atol=1e-12)
    assert (np.diag(table) >= 0).all()
    assert (table - np.diag(np.diag(table)) <= 0).all()


@given(LOGITS, st.integers(0, 6))
def test_the_gradient_adds_up_to_nothing_and_pulls_only_the_label_up(logits, label):
    label %= len(logits)
    found = softmax.gradient(logits, label).of_logits
    assert found.sum() == pytest.approx(0, abs=1e-12)
    assert found[label] <= 0
    assert (np.delete(found, label) >= 0).all()


@given(SEVERAL, st.integers(0, 6), st.floats(0.01, 1))
def test_small_steps_only_lower_the_loss(logits, label, rate):
    course = softmax.descend(logits, label % len(logits), rate, 10)
    # The loss is convex and its gradient changes by at most ½ a unit: steps below 2·2 are safe.
    assert (np.diff(course.losses) <= 1e-12).all()


def test_a_confident_mistake_teaches_the_cross_entropy_and_not_the_squared_error():
    found = softmax.saturation(np.array([0.0, 1.0, -2.0]), 0)
    assert found.cross_entropy[0] == pytest.approx(-1, abs=1e-4)
    assert found.squared_error[0] == pytest.approx(0, abs=1e-3)
    assert found.cross_entropy[-1] == pytest.approx(0, abs=1e-4)
    assert found.squared_error[-1] == pytest.approx(0, abs=1e-3)
    assert found.probabilities[softmax.N_PLACES // 2] == pytest.approx(0.5)
    assert found.slopes.max() == pytest.approx(0.25)


def test_the_formula_as_it_stands_overflows_in_32_bits_and_the_stable_one_does_not():
    found = softmax.shifts(np.array([0.0, -1.0, -3.0]))
    at = dict(zip(softmax.SHIFTS, range(len(softmax.SHIFTS)), strict=True))
    for constant in (90.0, 100.0, 200.0, -110.0, -200.0):
        assert np.isnan(found.naive[at[constant]]).any()
    for constant in (0.0, 50.0, 80.0, -50.0):
        np.testing.assert_allclose(found.naive[at[constant]], found.stable[at[0.0]], rtol=1e-4)
    np.testing.assert_allclose(found.stable, found.stable[[at[0.0]] * len(at)], rtol=1e-4)
    # 32 bits have few digits left for small numbers: no NaN, and wrong all the same.
    assert abs(found.naive[at[-100.0]] - found.stable[at[0.0]]).max() > 1e-3
    assert softmax.naive(np.full(2, 88.7, np.float32)).tolist() != [0.5, 0.5]
    assert softmax.naive(np.full(2, 87.0, np.float32)).tolist() == [0.5, 0.5]


def test_the_logarithm_of_a_probability_that_rounds_to_nothing_is_still_known():
    logits = np.array([0.0, -800.0])
    assert softmax.softmax(logits)[1] == 0
    assert softmax.log_softmax(logits)[1] == -800
    assert softmax.gradient(logits, 1).loss == 800
    assert softmax.gradient(logits, 0).loss == 0


# Oracles


@settings(max_examples=30)
@given(LOGITS)
def test_softmax_is_that_of_scipy(logits):
    special = pytest.importorskip("scipy.special")
    np.testing.assert_allclose(softmax.softmax(logits), special.softmax(logits), **EXACTLY)
    np.testing.assert_allclose(softmax.log_softmax(logits), special.log_softmax(logits), **EXACTLY)


@settings(max_examples=20, deadline=None)
@given(SEVERAL, st.integers(0, 6))
def test_the_gradients_are_those_of_autograd(logits, label):
    torch = pytest.importorskip("torch")
    label %= len(logits)
    z = torch.tensor(logits, requires_grad=True)
    table = torch.autograd.functional.jacobian(lambda one: one.softmax(0), z.detach())
    np.testing.assert_allclose(softmax.jacobian(logits), table.numpy(), **EXACTLY)
    loss = torch.nn.functional.cross_entropy(z[None], torch.tensor([label]))
    loss.backward()
    found = softmax.gradient(logits, label)
    np.testing.assert_allclose(found.of_logits, z.grad.numpy(), **EXACTLY)
    np.testing.assert_allclose(found.loss, loss.item(), **EXACTLY)


def test_the_curves_of_saturation_are_those_of_autograd():
    torch = pytest.importorskip("torch")
    logits, label = np.array([0.5, 2.0, -1.0, 0.0]), 2
    found = softmax.saturation(logits, label)
    for place in range(0, softmax.N_PLACES, 40):
        z = torch.tensor(logits)
        z[label] = found.logits[place]
        target = torch.nn.functional.one_hot(torch.tensor(label), 4)
        losses = {
            "slopes": lambda z: z.softmax(0)[label],
            "cross_entropy": lambda z: -z.log_softmax(0)[label],
            "squared_error": lambda z, y=target: ((z.softmax(0) - y) ** 2).sum() / 2,
        }
        for name, loss in losses.items():
            one = z.clone().requires_grad_()
            loss(one).backward()
            assert getattr(found, name)[place] == pytest.approx(one.grad[label].item(), rel=1e-11)


def test_descent_is_that_of_torchs_optimiser():
    torch = pytest.importorskip("torch")
    logits = np.array([1.0, -2.0, 0.5])
    z = torch.tensor(logits, requires_grad=True)
    optimiser = torch.optim.SGD([z], lr=1.7)
    course = softmax.descend(logits, 1, 1.7, 6)
    for step in range(6):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(z[None], torch.tensor([1]))
        assert course.losses[step] == pytest.approx(loss.item(), rel=1e-12)
        loss.backward()
        optimiser.step()
        np.testing.assert_allclose(course.logits[step + 1], z.detach().numpy(), **EXACTLY)


# Refusals


@pytest.mark.parametrize("wrong", [[], [np.nan, 1.0], [np.inf, 0.0], [-np.inf]])
def test_what_are_no_logits_is_refused(wrong):
    logits = np.array(wrong, dtype=float)
    for ask in (softmax.softmax, softmax.log_softmax, softmax.jacobian, softmax.shifts):
        with pytest.raises(ValueError, match="finite, got"):
            ask(logits)


def test_other_impossible_questions_are_refused():
    for label in (-1, 2):
        for ask in (softmax.gradient, softmax.saturation):
            with pytest.raises(ValueError, match=f"got {label}"):
                ask(np.zeros(2), label)
    with pytest.raises(ValueError, match="got 1"):
        softmax.saturation(np.zeros(1), 0)
    for rate, n_steps in ((-0.1, 3), (np.nan, 3), (np.inf, 3), (0.1, -1)):
        with pytest.raises(ValueError, match=f"got {rate} and {n_steps}"):
            softmax.descend(np.zeros(2), 0, rate, n_steps)
