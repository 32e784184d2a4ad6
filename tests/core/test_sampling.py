"""Each stage against paper, its property, and the processor of transformers that it follows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import sampling
from core.sampling import Context, Step

# Steps of 1/8, so that different logits stay different when they are divided.
LOGITS = st.lists(st.integers(-160, 160), min_size=1, max_size=40).map(lambda n: np.array(n) / 8)
TEMPERATURES = st.floats(0.05, 20.0)
patient = settings(deadline=None)  # with the shapes checked, slow on a busy machine
CONTEXT = Context((2, 7, 2, 9, 2), 2)  # after the prompt 2 7, three were written


def of(*probabilities):
    with np.errstate(divide="ignore"):
        return np.log(np.array(probabilities, dtype=float))


def kept(logits):
    return np.flatnonzero(np.isfinite(logits)).tolist()


def chain(**values):
    return tuple(Step(name, float(value)) for name, value in values.items())


RANGES = {
    "repetition": (0.5, 2.0), "presence": (-2, 2), "frequency": (-2, 2), "temperature": (0.05, 20),
    "top_k": (0, 50), "top_p": (0, 1), "min_p": (0, 1), "typical": (0, 1), "epsilon": (0, 0.9),
    "eta": (0, 0.9),
}  # fmt: skip
# Some of them, in any order, each with a value.
SETTINGS = (
    st.lists(st.sampled_from(list(RANGES)), unique=True)
    .flatmap(
        lambda names: st.tuples(*(st.tuples(st.just(n), st.floats(*RANGES[n])) for n in names))
    )
    .map(dict)
)


# On paper


def test_a_temperature_of_one_half_squares_the_odds():
    result = sampling.pipeline(of(0.4, 0.3, 0.2, 0.1), chain(temperature=0.5))
    np.testing.assert_allclose(result.final.probabilities, np.array([16, 9, 4, 1]) / 30)


def test_dividing_keeps_the_ratio_of_logits_and_stretches_their_difference():
    tempered = sampling.temper(np.array([5.0, 1.0]), 0.1)
    np.testing.assert_allclose(tempered, [50.0, 10.0])
    probabilities = sampling.stage(tempered).probabilities
    assert np.log(probabilities[0] / probabilities[1]) == pytest.approx(40.0)


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (0.0, [1]),
        (0.39, [1]),
        (0.41, [1, 3]),
        (0.69, [1, 3]),
        (0.71, [0, 1, 3]),
        (1.0, [0, 1, 2, 3]),
    ],
)
def test_top_p_keeps_the_token_that_crosses(p, expected):
    assert kept(sampling.top_p(of(0.2, 0.4, 0.1, 0.3), p)) == expected


def test_top_k_keeps_what_equals_the_kth():
    logits = np.array([1.0, 3.0, 2.0, 2.0, 0.0])
    assert kept(sampling.top_k(logits, 1)) == [1]
    assert kept(sampling.top_k(logits, 2)) == [1, 2, 3]


def test_top_p_divides_equals_by_their_number():
    assert kept(sampling.top_p(np.zeros(4), 0.3)) == [0, 1]
    assert kept(sampling.top_p(np.array([0.0, 5.0, 0.0, 0.0]), 0.985)) == [0, 1]


@pytest.mark.parametrize(("p", "expected"), [(0.5, [1, 3]), (0.76, [1]), (0.0, [0, 1, 2, 3])])
def test_min_p_keeps_what_reaches_a_share_of_the_largest(p, expected):
    assert kept(sampling.min_p(of(0.15, 0.4, 0.15, 0.3), p)) == expected


def test_min_p_keeps_what_is_exactly_at_the_bar():
    assert kept(sampling.min_p(np.array([0.0, -1.0, 0.0]), 1.0)) == [0, 2]


def test_typical_drops_the_likeliest_token_where_it_is_not_typical():
    # H = 1.94 nats; the likeliest token has 0.92 of surprisal, the others 2.30: nearer to H.
    logits = of(0.4, *[0.1] * 6)
    assert kept(sampling.typical(logits, 0.3)) == [1, 2, 3, 4, 5, 6]
    assert kept(sampling.typical(logits, 0.9)) == [0, 1, 2, 3, 4, 5, 6]


def test_epsilon_is_a_floor_and_eta_a_lower_one_where_the_network_is_unsure():
    logits = of(0.9, 0.06, 0.04)
    assert kept(sampling.epsilon(logits, 0.05)) == [0, 1]
    assert kept(sampling.eta(logits, 0.05)) == [0, 1]  # √0.05·e^−0.4 = 0.15 is above 0.05
    flat = np.zeros(40)  # each has 1/40: under ε, over √ε·e^−H = √ε/40
    flat[0] = 1.0
    assert kept(sampling.epsilon(flat, 0.05)) == [0]
    assert kept(sampling.eta(flat, 0.05)) == list(range(40))


def test_the_repetition_penalty_makes_both_signs_less_likely_and_counts_once():
    moved = sampling.penalise_repetition(np.array([4.0, -4.0, 4.0, 0.0]), 2.0, (0, 0, 1, 3))
    np.testing.assert_array_equal(moved, [2.0, -8.0, 4.0, 0.0])


def test_presence_costs_once_and_frequency_each_time():
    logits = np.zeros(3)
    np.testing.assert_array_equal(
        sampling.penalise_presence(logits, 0.5, (1, 1, 2)), [0, -0.5, -0.5]
    )
    np.testing.assert_array_equal(
        sampling.penalise_frequency(logits, 0.5, (1, 1, 2)), [0, -1.0, -0.5]
    )


def test_presence_and_frequency_leave_the_prompt_alone_and_repetition_does_not():
    logits, context = np.full(10, 2.0), Context((4, 4, 5), 2)
    changed = {
        name: np.flatnonzero(sampling.apply(Step(name, 2.0), logits, context) != 2.0).tolist()
        for name in ("presence", "frequency", "repetition")
    }
    assert changed == {"presence": [5], "frequency": [5], "repetition": [4, 5]}


@pytest.mark.parametrize(("n", "banned"), [(1, [2, 7, 9]), (2, [7, 9]), (3, []), (9, [])])
def test_an_ngram_is_not_completed_twice(n, banned):
    filtered = sampling.ban_ngrams(np.zeros(10), n, CONTEXT.ids)
    assert np.flatnonzero(np.isneginf(filtered)).tolist() == banned


def test_a_bias_multiplies_the_odds():
    biased = sampling.add_bias(of(0.5, 0.25, 0.25), [(1, np.log(2))])
    np.testing.assert_allclose(sampling.stage(biased).probabilities, [0.4, 0.4, 0.2])


def test_what_is_left_is_normalised_again():
    result = sampling.pipeline(of(0.4, 0.3, 0.2, 0.1), chain(top_k=3, top_p=0.7))
    raw, after_top_k, final = result.stages
    np.testing.assert_allclose(after_top_k.probabilities, [4 / 9, 3 / 9, 2 / 9, 0])
    np.testing.assert_allclose(final.probabilities, [4 / 7, 3 / 7, 0, 0])
    assert [stage.n_kept for stage in result.stages] == [4, 3, 2]
    # Of the whole, and of what each stage found.
    assert result.removed_mass == pytest.approx(0.3)
    assert (after_top_k.removed_mass, final.removed_mass) == pytest.approx((0.1, 2 / 9))
    assert result.removed_by.tolist() == [0, 0, 2, 1]
    np.testing.assert_allclose(result.last_seen, [4 / 7, 3 / 7, 2 / 9, 0.1])
    assert raw.divergence == 0.0
    # All of p was there in q, times 0.7: log₂(1/0.7).
    assert final.divergence == pytest.approx(-np.log2(0.7))


@pytest.mark.parametrize(
    ("probabilities", "bits"), [([0.5, 0.5], 1.0), ([1 / 8] * 8, 3.0), ([0.5, 0.25, 0.25], 1.5)]
)
def test_a_fair_coin_has_one_bit_and_two_choices(probabilities, bits):
    stage = sampling.stage(of(*probabilities))
    assert stage.entropy == pytest.approx(bits)
    assert stage.n_choices == pytest.approx(2**bits)


def test_what_is_sure_has_no_entropy_and_no_minus():
    assert str(sampling.stage(of(0.0, 1.0)).entropy) == "0.0"


def test_what_a_bias_lifts_is_watched_in_the_order_that_it_had():
    logits = np.arange(100.0)
    result = sampling.pipeline(logits, (Step("bias", biases=((3, 200.0),)),))
    assert result.watched(4).tolist() == [99, 98, 97, 3]
    assert result.ranks(result.watched(4)).tolist() == [1, 2, 3, 97]
    assert result.watched(1000).tolist() == list(range(99, -1, -1))


def test_what_the_penalties_moved_is_told_in_the_order_of_the_text():
    logits = np.array([4.0, -4.0, 3.0, 1.0, 0.5])
    steps = (*chain(repetition=2, temperature=0.5), Step("bias", biases=((4, 9.0),)))
    result = sampling.pipeline(logits, steps, Context((2, 1, 2)))
    moved = result.moved(9)
    assert moved.ids.tolist() == [2, 1, 4]
    np.testing.assert_allclose(moved.before, [3.0, -4.0, 0.5])
    # From before the first of them to after the last, the temperature in between included.
    np.testing.assert_allclose(moved.after, [3.0, -16.0, 10.0])
    assert result.moved(2).ids.tolist() == [1, 4]
    assert len(sampling.pipeline(logits, chain(top_k=1)).moved(9).ids) == 0


# Properties


@patient
@given(LOGITS, SETTINGS)
def test_each_stage_is_a_distribution_and_what_was_removed_is_exactly_zero(logits, settings):
    steps = chain(**settings)
    result = sampling.pipeline(logits, steps, CONTEXT)
    assert result.steps == steps
    for before, stage in zip(result.stages, result.stages[1:], strict=False):
        assert stage.probabilities.sum() == pytest.approx(1.0)
        assert (stage.probabilities[~stage.kept] == 0).all()
        assert not (stage.kept & ~before.kept).any()
        gone = before.probabilities[before.kept & ~stage.kept].sum()
        assert stage.removed_mass == pytest.approx(gone)
        assert 0 <= stage.entropy <= np.log2(len(logits)) + 1e-9
        assert stage.divergence >= 0
    assert result.final.n_kept >= 1
    assert ((result.removed_by == 0) == result.final.kept).all()


@patient
@given(LOGITS, TEMPERATURES, st.integers(1, 40))
def test_the_temperature_changes_neither_the_likeliest_nor_what_top_k_keeps(logits, t, k):
    hot = sampling.temper(logits, t)
    assert np.argmax(hot) == np.argmax(logits)
    np.testing.assert_array_equal(
        np.isfinite(sampling.top_k(hot, k)), np.isfinite(sampling.top_k(logits, k))
    )
    orders = chain(temperature=t, top_k=k), chain(top_k=k, temperature=t)
    first, second = (sampling.pipeline(logits, steps).final for steps in orders)
    np.testing.assert_allclose(first.probabilities, second.probabilities, atol=1e-12)


@pytest.mark.parametrize("name", ["top_p", "min_p", "typical", "epsilon", "eta"])
def test_the_temperature_before_a_filter_of_probabilities_changes_what_it_keeps(rng, name):
    logits = rng.normal(scale=3.0, size=200)
    value = {"top_p": 0.9, "min_p": 0.1, "typical": 0.9}.get(name, 0.01)
    orders = chain(**{"temperature": 2.0, name: value}), chain(**{name: value, "temperature": 2.0})
    hot_first, hot_last = (sampling.pipeline(logits, steps).final for steps in orders)
    assert hot_first.n_kept != hot_last.n_kept
    if name in ("top_p", "min_p"):
        assert hot_first.n_kept > hot_last.n_kept


@patient
@given(LOGITS, TEMPERATURES, TEMPERATURES)
def test_entropy_rises_with_the_temperature(logits, one, other):
    cold, hot = sorted((one, other))
    entropies = [sampling.stage(sampling.temper(logits, t)).entropy for t in (cold, hot)]
    assert entropies[0] <= entropies[1] + 1e-9


@patient
@given(LOGITS, st.floats(0, 1))
def test_top_p_keeps_the_smallest_set_that_reaches_p(logits, p):
    probabilities = sampling.stage(logits).probabilities
    is_kept = np.isfinite(sampling.top_p(logits, p))
    mass = probabilities[is_kept].sum()
    assert mass >= p - 1e-9
    assert mass - probabilities[is_kept].min() <= p + 1e-9 or is_kept.sum() == 1
    assert probabilities[is_kept].min() >= probabilities[~is_kept].max(initial=0)


@patient
@given(LOGITS, SETTINGS, st.data())
def test_the_way_of_a_token_ends_at_its_probability(logits, settings, data):
    steps = chain(**settings)
    result = sampling.pipeline(logits, steps, CONTEXT)
    token_id = data.draw(st.integers(0, len(logits) - 1))
    way, stays = result.way_of(token_id), bool(result.final.kept[token_id])
    assert way.probability == result.final.probabilities[token_id]
    assert way.fate == ("kept" if stays else "removed")
    assert (way.removed_by == "") == stays
    if not stays:
        assert way.removed_by == steps[result.removed_by[token_id] - 1].name
    assert np.exp(way.last - way.log_normaliser) == pytest.approx(way.probability)


@pytest.mark.parametrize("library", sampling.ORDERS)
def test_an_order_holds_every_stage_once(library):
    assert sorted(sampling.ORDERS[library]) == sorted(sampling.STEPS)
    steps = chain(eta=0.1, top_p=0.5, temperature=2, min_p=0.2)
    ordered = sampling.in_order(steps, library)
    assert set(ordered) == set(steps)
    places = [sampling.ORDERS[library].index(step.name) for step in ordered]
    assert places == sorted(places)


def test_the_libraries_differ_where_it_matters():
    steps = chain(temperature=1.5, top_p=0.9, min_p=0.1)
    names = {
        library: [step.name for step in sampling.in_order(steps, library)]
        for library in sampling.ORDERS
    }
    assert names == {
        "transformers": ["temperature", "top_p", "min_p"],
        "llama_cpp": ["top_p", "min_p", "temperature"],
        "vllm": ["temperature", "min_p", "top_p"],
    }


def test_equal_tokens_are_ranked_by_their_number():
    # As many as this, because sorting keeps the order of a few equals by chance.
    ranking = sampling.rank(np.tile([1.0, 2.0], 500))
    assert ranking.tolist() == [*range(1, 1000, 2), *range(0, 1000, 2)]


@pytest.mark.parametrize("name", sampling.STEPS)
def test_logits_that_people_share_are_not_touched(name):
    logits = np.array([3.0, 2.0, 1.0])
    logits.setflags(write=False)
    context, step = Context((0, 1, 0), 1), Step(name, 0.5, ((1, 1.0),))
    step = Step(name, 2.0) if name in ("top_k", "no_repeat_ngram") else step
    result = sampling.pipeline(logits, (step,), context)
    assert logits.tolist() == [3.0, 2.0, 1.0]
    assert result.final.probabilities.dtype == np.float64


# transformers

FILTERS = {
    "temperature": ("TemperatureLogitsWarper", [0.3, 1.0, 1.7, 1e-6, 1e6]),
    "top_k": ("TopKLogitsWarper", [1, 5, 50, 500]),
    "top_p": ("TopPLogitsWarper", [0.0, 0.1, 0.5, 0.9, 0.999]),
    "min_p": ("MinPLogitsWarper", [0.0, 0.05, 0.5, 1.0]),
    "typical": ("TypicalLogitsWarper", [0.01, 0.2, 0.9, 0.999]),
    "epsilon": ("EpsilonLogitsWarper", [1e-4, 0.01, 0.3, 0.99]),
    "eta": ("EtaLogitsWarper", [1e-4, 0.01, 0.3, 0.99]),
    "repetition": ("RepetitionPenaltyLogitsProcessor", [0.7, 1.2, 2.0]),
    "no_repeat_ngram": ("NoRepeatNGramLogitsProcessor", [1, 2, 3, 5, 9]),
    "bias": ("SequenceBiasLogitsProcessor", [2.5, -7.0]),
}
CASES = [(name, value) for name, (_, values) in FILTERS.items() for value in values]


def theirs(name, value, logits, ids=CONTEXT.ids):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    processor = getattr(transformers, FILTERS[name][0])
    given = {(3,): value, (0,): -value} if name == "bias" else value
    scores = processor(given)(torch.tensor([list(ids)]), torch.tensor(logits)[None])
    return scores[0].numpy()


def ours(name, value, logits, ids=CONTEXT.ids):
    step = Step(name, value, ((3, float(value)), (0, -float(value))))
    return sampling.apply(step, logits, Context(tuple(ids)))


@pytest.mark.parametrize(("name", "value"), CASES)
@pytest.mark.parametrize("scale", [0.2, 2.0, 12.0])
def test_a_stage_is_that_of_transformers(rng, name, value, scale):
    for _ in range(20):
        logits = rng.normal(scale=scale, size=200)
        expected = theirs(name, value, logits)
        found = ours(name, value, logits)
        assert kept(found) == kept(expected)
        np.testing.assert_allclose(found, expected, rtol=1e-7)


@pytest.mark.parametrize(("name", "value"), CASES)
def test_equal_logits_agree_with_transformers(rng, name, value):
    for _ in range(20):
        logits = rng.integers(-2, 3, size=60).astype(float)
        found, expected = ours(name, value, logits), theirs(name, value, logits)
        if name == "top_p":  # which of the equals at the edge stay is left to a sort there
            found, expected = np.sort(found), np.sort(expected)
        np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize(("name", "value"), CASES)
def test_tokens_that_are_impossible_agree_with_transformers(rng, name, value):
    for n_impossible in (1, 30, 59):
        logits = rng.normal(scale=3.0, size=60)
        logits[rng.permutation(60)[:n_impossible]] = -np.inf
        found, expected = ours(name, value, logits), theirs(name, value, logits)
        assert kept(found) == kept(expected)
        np.testing.assert_allclose(found, expected, rtol=1e-7)
        assert not np.isfinite(found[np.isneginf(logits)]).any()


# Powers of 1/2, whose sums are exact: tokens stand right at the edge.
EDGES = {
    "top_p": [0.5, 0.75, 0.875],
    "min_p": [0.5, 0.25, 0.125],
    "typical": [0.25, 0.5, 0.75],
    "epsilon": [0.5, 0.25, 0.125],
    "eta": [0.25, 0.0625],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in EDGES.items() for value in values]
)
def test_a_token_right_at_the_edge_agrees_with_transformers(name, value):
    logits = of(*[0.5**n for n in (1, 2, 3, 4, 5, 6, 6)])
    assert kept(ours(name, value, logits)) == kept(theirs(name, value, logits))


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_a_chain_is_that_of_transformers(rng, order):
    values = {"repetition": 1.3, "temperature": 0.7, "top_k": 40, "top_p": 0.9, "typical": 0.95}
    names = list(np.roll(list(values), order))
    logits = rng.normal(scale=2.0, size=200)
    expected = logits
    for name in names:
        expected = theirs(name, values[name], expected)
    steps = chain(**{name: values[name] for name in names})
    found = sampling.pipeline(logits, steps, CONTEXT).final.logits
    np.testing.assert_allclose(found, expected)


def test_the_default_order_is_that_of_generate():
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    config = transformers.LlamaConfig(
        vocab_size=16, hidden_size=8, intermediate_size=8, num_hidden_layers=1,
        num_attention_heads=1,
    )  # fmt: skip
    asked = transformers.GenerationConfig(
        do_sample=True, temperature=0.5, top_k=4, top_p=0.5, min_p=0.1, typical_p=0.5,
        epsilon_cutoff=0.1, eta_cutoff=0.1, repetition_penalty=1.2, no_repeat_ngram_size=2,
        sequence_bias={(3,): 1.0},
    )  # fmt: skip
    model = transformers.LlamaForCausalLM(config)
    asked._eos_token_tensor = torch.tensor([0])
    found = [type(one).__name__ for one in model._get_logits_processor(asked, 5)]
    steps = [step for step in sampling.ORDERS["transformers"] if step in FILTERS]
    assert found == [FILTERS[step][0] for step in steps]


# Edges


def test_a_temperature_of_zero_is_greedy():
    result = sampling.pipeline(np.array([1.0, 5.0, 5.0]), chain(temperature=0))
    assert result.final.probabilities.tolist() == [0.0, 1.0, 0.0]
    assert result.way_of(1).fate == "greedy"
    assert result.way_of(2).fate == "removed"


@pytest.mark.parametrize("temperature", [1e-6, 1e-300, 1e-308, 5e-324])
def test_a_temperature_near_zero_is_as_good_as_greedy(temperature):
    result = sampling.pipeline(np.array([-40.0, 3.0, 5.0, -5.0]), chain(temperature=temperature))
    assert result.final.probabilities.tolist() == [0.0, 0.0, 1.0, 0.0]
    assert result.final.entropy == 0.0


def test_a_temperature_of_a_million_is_nearly_even(rng):
    hot = sampling.pipeline(rng.normal(scale=10.0, size=64), chain(temperature=1e6)).final
    assert hot.entropy == pytest.approx(6.0)
    assert hot.n_choices == pytest.approx(64.0)


def test_a_token_that_was_impossible_stays_so():
    logits = np.array([-np.inf, 1.0, 0.0, -np.inf])
    for name in sampling.STEPS:
        for value in (0.5, 1.0):
            if (name, value) not in (("no_repeat_ngram", 0.5), ("epsilon", 1.0), ("eta", 1.0)):
                result = sampling.pipeline(
                    logits, (Step(name, value, ((0, 99.0),)),), Context((2,))
                )
                assert not result.final.kept[[0, 3]].any()
                assert result.final.probabilities.sum() == pytest.approx(1.0)


def test_a_p_of_one_keeps_even_what_rounds_to_nothing():
    assert kept(sampling.top_p(np.array([0.0, -2000.0]), 1.0)) == [0, 1]


@pytest.mark.parametrize("k", [0, 3, 4, 10**9])
def test_a_k_of_zero_or_beyond_the_vocabulary_keeps_all(k):
    assert kept(sampling.top_k(np.array([2.0, 1.0, 3.0]), k)) == [0, 1, 2]


@pytest.mark.parametrize(
    "steps",
    [
        chain(temperature=0, top_p=1),
        chain(temperature=1e6, top_k=1, top_p=0),
        chain(typical=0, min_p=1, epsilon=0.99, eta=0.99),
    ],
)
def test_the_only_token_is_sure(steps):
    result = sampling.pipeline(np.array([-3.0]), steps)
    assert result.final.probabilities.tolist() == [1.0]
    assert result.removed_mass == 0.0


def test_no_filter_removes_everything(rng):
    for logits in (rng.normal(size=50), np.zeros(50)):
        for name in ("top_k", "top_p", "min_p", "typical", "epsilon", "eta"):
            for value in (1e-9, 0.999999) if name != "top_k" else (1,):
                assert kept(sampling.apply(Step(name, value), logits, Context()))


def test_where_nothing_is_left_the_stage_is_named():
    steps = (*chain(temperature=1.0), Step("no_repeat_ngram", 1.0))
    with pytest.raises(sampling.NothingLeft, match=r"stage 2 \(no_repeat_ngram\)") as caught:
        sampling.pipeline(np.zeros(3), steps, Context((0, 1, 2)))
    assert (caught.value.place, caught.value.name) == (2, "no_repeat_ngram")
    with pytest.raises(sampling.NothingLeft, match=r"stage 0 \(raw\)"):
        sampling.pipeline(np.full(3, -np.inf), ())


@pytest.mark.parametrize("name", ["no_repeat_ngram", "repetition", "presence", "frequency"])
def test_tokens_of_the_text_without_a_logit_are_passed_over(name):
    context = Context((7, 1, 7, 99, 7))
    assert np.isfinite(sampling.apply(Step(name, 2.0), np.ones(2), context)[0])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("temperature", [-0.5, np.nan, np.inf]),
        ("top_k", [-1]),
        ("top_p", [-0.1, 1.5, np.nan]),
        ("min_p", [-0.1, 1.5, np.nan]),
        ("typical", [-0.1, 1.5, np.nan]),
        ("epsilon", [-0.1, 1.0, np.nan]),
        ("eta", [-0.1, 1.0, np.nan]),
        ("repetition", [0.0, -1.0, np.nan, np.inf]),
        ("presence", [np.nan, np.inf]),
        ("frequency", [np.nan, -np.inf]),
        ("no_repeat_ngram", [0, -1]),
    ],
)
def test_impossible_settings_are_refused(name, values):
    for value in values:
        with pytest.raises(ValueError, match=rf"must be .* got {value}"):
            sampling.apply(Step(name, value), np.zeros(3), Context((0, 1)))


def test_an_impossible_bias_is_refused():
    for token_id in (-1, 3):
        with pytest.raises(ValueError, match=f"token {token_id} is not one of 3"):
            sampling.add_bias(np.zeros(3), [(token_id, 1.0)])
    for bias in (np.nan, np.inf):
        with pytest.raises(ValueError, match=f"below ∞, got {bias}"):
            sampling.add_bias(np.zeros(3), [(1, bias)])


def test_an_unknown_step_library_or_logit_is_refused():
    with pytest.raises(ValueError, match="got 'top_a'"):
        sampling.pipeline(np.zeros(3), (Step("top_a", 1.0),))
    with pytest.raises(ValueError, match="got 'torch'"):
        sampling.in_order((), "torch")
    for wrong in (np.nan, np.inf):
        with pytest.raises(ValueError, match=f"got {wrong}"):
            sampling.pipeline(np.array([0.0, wrong]), ())
