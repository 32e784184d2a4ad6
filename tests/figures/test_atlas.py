import base64
import dataclasses
import io
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from core import atlas
from core.atlas import METRICS, SHARES, Atlas, Tiles
from pages.figures import atlas as figures
from pages.figures.style import INK, WEIGHTS
from pages.text import LANGUAGES, load_text
from pages.ui import export
from tests.forward_passes import CARD, N_HEADS, N_KEY_VALUE_HEADS, N_LAYERS, made

FORWARD = made(9)
WHOLE = atlas.atlas(FORWARD, made(20, seed=4))
SHARED = N_HEADS // N_KEY_VALUE_HEADS
SIZES = [(1, 1, 1), (1, 4, 2), (3, 1, 1), (2, 4, 4)]  # layers, heads, key-value heads


@pytest.fixture
def text():
    return load_text("atlas", "en")


def network(n_layers, n_heads, n_key_value_heads):
    """An atlas and the card of a network of another size."""
    card = dataclasses.replace(
        CARD, n_layers=n_layers, n_heads=n_heads, n_key_value_heads=n_key_value_heads
    )
    kept = made(9, keeps_weights=True)
    weights = kept.attention_weights[:n_layers, :n_heads]
    forward = dataclasses.replace(kept, model=card, attention_weights=weights)
    return atlas.atlas(forward, None), card


def with_share(name, shares):
    """An atlas of which one metric is known."""
    shares = np.array(shares, float)
    numbers = dict.fromkeys(METRICS, np.full_like(shares, np.nan)) | {name: shares}
    return Atlas(**numbers, tiles=Tiles(np.zeros((*shares.shape, 1, 1), np.uint8), 1))


def picture(figure):
    (image,) = figure.layout.images
    start = "data:image/png;base64,"
    assert image.source.startswith(start)
    return Image.open(io.BytesIO(base64.b64decode(image.source[len(start) :])))


def colour_of(level):
    """The colour of a level, between those of the scale for weights."""
    place = level / 255
    (low, from_), (high, to) = next(pair for pair in pairwise(WEIGHTS) if place <= pair[1][0])
    share = (place - low) / (high - low)
    ends = [[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in (from_, to)]
    return [a + share * (b - a) for a, b in zip(*ends, strict=True)]


# Where each head stands


def test_heads_stand_in_the_order_of_the_network(text):
    order = figures.order(WHOLE, CARD, "layer")
    assert order.shape == (N_HEADS, N_LAYERS, 2)
    for head in range(N_HEADS):
        for layer in range(N_LAYERS):
            assert order[head, layer].tolist() == [layer, head]
    layout = figures.maps(WHOLE, CARD, "layer", "none", text).layout
    assert layout.xaxis.title.text == text("axis.layer")
    assert layout.yaxis.title.text == text("axis.head")
    assert layout.yaxis.range[0] > layout.yaxis.range[1]  # the first head at the top


@pytest.mark.parametrize("name", METRICS)
def test_heads_stand_by_rank_row_by_row(text, name):
    order = figures.order(WHOLE, CARD, name)
    assert order.shape == (N_HEADS, N_LAYERS, 2)
    values = [WHOLE.metric(name)[layer, head] for layer, head in order.reshape(-1, 2)]
    assert values == sorted(values, reverse=True)
    assert len({tuple(place) for place in order.reshape(-1, 2)}) == N_LAYERS * N_HEADS
    layout = figures.maps(WHOLE, CARD, name, "none", text).layout
    assert layout.xaxis.title.text == text("axis.rank")
    assert not layout.shapes  # groups are torn apart


@pytest.mark.parametrize("sort", ["layer", "sink"])
def test_each_cell_knows_its_head_and_all_its_numbers(text, sort):
    figure = figures.maps(WHOLE, CARD, sort, "entropy", text)
    (ground,) = figure.data
    order = figures.order(WHOLE, CARD, sort)
    assert ground.customdata.shape == (N_HEADS, N_LAYERS, 3 + len(METRICS))
    for row in range(N_HEADS):
        for column in range(N_LAYERS):
            layer, head = order[row, column]
            numbers = [WHOLE.metric(name)[layer, head] for name in METRICS]
            expected = [layer, head, head // SHARED, *numbers]
            np.testing.assert_allclose(ground.customdata[row, column], expected, rtol=1e-6)
            assert ground.z[row, column] == pytest.approx(numbers[0], rel=1e-6)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_the_numbers_has_a_row_for_each_head(language):
    text = load_text("atlas", language)
    table = export.numbers(figures.maps(WHOLE, CARD, "layer", "none", text))
    assert list(table.columns) == [
        *(text(f"axis.{name}") for name in ("layer", "head", "key_value_head")),
        *(text(f"metric.{name}") for name in METRICS),
    ]
    assert len(table) == N_LAYERS * N_HEADS
    row = table[(table[text("axis.layer")] == 2) & (table[text("axis.head")] == 3)]
    assert row[text("metric.sink")].item() == pytest.approx(WHOLE.sink[2, 3], rel=1e-6)


def test_groups_that_share_their_keys_are_told_apart(text):
    layout = figures.maps(WHOLE, CARD, "layer", "none", text).layout
    (line,) = layout.shapes
    assert (line.y0, line.y1) == (SHARED - 0.5, SHARED - 0.5)
    assert (line.x0, line.x1) == (-0.5, N_LAYERS - 0.5)
    assert line.line.color == INK
    assert list(layout.yaxis.ticktext) == ["0 · KV 0", "1 · KV 0", "2 · KV 1", "3 · KV 1"]


@pytest.mark.parametrize(
    ("n_key_value_heads", "n_lines"), [(4, 0), (2, 1), (1, 0)], ids=["own", "grouped", "one"]
)
def test_there_are_lines_between_groups_only(text, n_key_value_heads, n_lines):
    whole, card = network(2, 4, n_key_value_heads)
    assert len(figures.maps(whole, card, "layer", "none", text).layout.shapes) == n_lines


# The picture


@pytest.mark.parametrize("n_tokens", [1, 9, 64, 100, 129])
def test_the_picture_is_as_large_as_all_maps_together(text, n_tokens):
    whole = atlas.atlas(made(n_tokens), None)
    figure = figures.maps(whole, CARD, "layer", "none", text)
    width, height = picture(figure).size
    side = width // N_LAYERS
    assert (width, height) == (side * N_LAYERS, side * N_HEADS)
    assert side >= figures.SIDE
    (image,) = figure.layout.images
    assert (image.x, image.y, image.sizex, image.sizey) == (-0.5, -0.5, N_LAYERS, N_HEADS)
    assert (image.sizing, image.layer) == ("stretch", "above")


@pytest.mark.parametrize("sort", ["layer", "entropy"])
@pytest.mark.parametrize("n_tokens", [9, 100])
def test_the_picture_shows_each_weight_in_its_colour_and_nothing_where_masked(text, n_tokens, sort):
    whole = atlas.atlas(made(n_tokens), None)
    drawn = picture(figures.maps(whole, CARD, sort, "none", text))
    assert drawn.mode == "P"
    levels = np.asarray(drawn)
    seen = np.asarray(drawn.convert("RGBA"))
    n = whole.tiles.levels.shape[-1]
    side = drawn.size[0] // N_LAYERS
    times = -(-figures.SIDE // n)
    pad = (side - n * times) // 2
    assert pad > 0
    order = figures.order(whole, CARD, sort)
    for row, column in [(0, 0), (1, 2), (N_HEADS - 1, N_LAYERS - 1)]:
        cells = whole.tiles.levels[tuple(order[row, column])]
        for query, key in [(0, 0), (n - 1, 0), (n - 1, n - 1), (n // 2, 1), (0, 1), (2, n - 1)]:
            down = row * side + pad + query * times + times // 2
            right = column * side + pad + key * times + times // 2
            if key > query:
                assert levels[down, right] == figures.MASKED
                assert seen[down, right, 3] == 0
            else:
                level = max(1, int(cells[query, key]))
                assert levels[down, right] == level
                assert seen[down, right, 3] == 255
                np.testing.assert_allclose(seen[down, right, :3], colour_of(level), atol=0.51)
    assert (levels[:pad] == figures.MASKED).all()


def test_a_weight_of_nothing_is_not_taken_for_a_masked_one(text):
    rest = np.zeros((9, 9), np.float32)
    rest[:, 0] = 1
    kept = made(9, keeps_weights=True)
    card = dataclasses.replace(CARD, n_layers=1, n_heads=1, n_key_value_heads=1)
    forward = dataclasses.replace(kept, model=card, attention_weights=rest[None, None])
    drawn = picture(figures.maps(atlas.atlas(forward, None), card, "layer", "none", text))
    opaque = np.asarray(drawn.convert("RGBA"))[..., 3] > 0
    times = -(-figures.SIDE // 9)
    assert opaque.sum() == 9 * 10 / 2 * times**2


def test_the_palette_goes_from_the_first_colour_of_the_scale_to_the_last(text):
    figure = figures.maps(WHOLE, CARD, "layer", "none", text)
    colours = np.array(picture(figure).getpalette()).reshape(-1, 3)
    assert len(colours) == 256
    for place, colour in WEIGHTS:
        expected = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
        np.testing.assert_allclose(colours[round(place * 255)], expected, atol=1)
    # So that the browser can paint it anew in the dark:
    assert figure.layout.meta["palette"] == WEIGHTS


# The colour behind the maps


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", METRICS)
def test_the_ground_shows_a_metric_and_says_which(language, name):
    text = load_text("atlas", language)
    figure = figures.maps(WHOLE, CARD, "layer", name, text)
    axis = figure.layout.coloraxis
    assert axis.colorbar.title.text == text(f"metric.{name}")
    assert axis.showscale is True
    assert axis.cmin == 0
    expected = 1 if name in SHARES else WHOLE.metric(name).max()
    assert axis.cmax == pytest.approx(expected)
    np.testing.assert_allclose(figure.data[0].z, WHOLE.metric(name).T, rtol=1e-6)
    assert figure.data[0].hovertemplate == text("maps.hover")


def test_without_a_metric_there_is_no_scale(text):
    figure = figures.maps(WHOLE, CARD, "layer", "none", text)
    assert figure.layout.coloraxis.showscale is False
    assert (figure.data[0].z == 0).all()


@pytest.mark.parametrize("n_tokens", [1, 2, 5])
@pytest.mark.parametrize("colour", METRICS)
def test_a_text_that_is_too_short_for_a_metric_has_its_maps(text, n_tokens, colour):
    whole = atlas.atlas(made(n_tokens), None)
    for sort in ("layer", colour):
        figure = figures.maps(whole, CARD, sort, colour, text)
        assert np.isnan(figure.data[0].z).all() == np.isnan(whole.metric(colour)).all()
        assert figure.layout.coloraxis.cmax > 0
    figures.scatter(whole, CARD, colour, "sink", text)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("sort", ["layer", "previous"])
def test_a_network_of_any_size_is_drawn(text, size, sort):
    whole, card = network(*size)
    figure = figures.maps(whole, card, sort, "induction", text)
    assert figure.data[0].z.shape == (card.n_heads, card.n_layers)
    assert tuple(figure.layout.xaxis.range) == (-0.5, card.n_layers - 0.5)
    width, height = picture(figure).size
    assert width * card.n_heads == height * card.n_layers
    dots = figures.scatter(whole, card, "sink", "entropy", text).data[0]
    assert len(dots.x) == card.n_layers * card.n_heads


# Who does what


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_strongest_heads_are_named_with_their_share(language):
    text = load_text("atlas", language)
    whole = with_share("previous", [[0.1, 0.95], [0.5, np.nan]])
    assert figures.named(whole, "previous", text) == text(
        "named.previous", heads="L0H1 0.95 · L1H0 0.50"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_those_that_are_left_out_are_counted(language):
    text = load_text("atlas", language)
    whole = with_share("sink", [[0.9, 0.8, 0.7, 0.6], [0.5, 0.4, 0.45, 0.1]])
    expected = "L0H0 0.90 · L0H1 0.80 · L0H2 0.70 · L0H3 0.60 · L1H0 0.50 · "
    expected += text("named.more", count=2)
    assert figures.named(whole, "sink", text) == text("named.sink", heads=expected)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SHARES)
def test_a_model_that_has_no_such_head_is_told_so(language, name):
    text = load_text("atlas", language)
    whole = with_share(name, [[0.1, 0.254], [np.nan, 0.0]])
    nobody = text("named.nobody", least=atlas.WORTH_NAMING, largest="0.25")
    assert figures.named(whole, name, text) == text(f"named.{name}", heads=nobody)
    assert "0.25" in nobody


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_known_yet_is_not_denied(language):
    text = load_text("atlas", language)
    words = figures.named(atlas.atlas(made(5), None), "induction", text)
    assert words == text("named.induction", heads=text("named.unknown"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_random_network_has_no_head_that_looks_up(language):
    text = load_text("atlas", language)
    whole = atlas.atlas(FORWARD, made(100, seed=3))
    largest = f"{whole.induction.max():.2f}"
    nobody = text("named.nobody", least=atlas.WORTH_NAMING, largest=largest)
    assert nobody in figures.named(whole, "induction", text)


# Two numbers


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_head_is_a_dot_at_its_two_numbers(language):
    text = load_text("atlas", language)
    figure = figures.scatter(WHOLE, CARD, "distance", "sink", text)
    (dots,) = figure.data
    np.testing.assert_allclose(dots.x, WHOLE.distance.ravel(), rtol=1e-6)
    np.testing.assert_allclose(dots.y, WHOLE.sink.ravel(), rtol=1e-6)
    layers = np.repeat(np.arange(N_LAYERS), N_HEADS)
    np.testing.assert_array_equal(dots.marker.color, layers)
    # The page reads the head off a dot's number.
    for place, row in enumerate(dots.customdata):
        assert (row[0], row[1]) == divmod(place, N_HEADS)
    assert figure.layout.xaxis.title.text == text("metric.distance")
    assert figure.layout.yaxis.title.text == text("metric.sink")
    assert figure.layout.coloraxis.colorbar.title.text == text("axis.layer")
    assert dots.hovertemplate == text("maps.hover")


@pytest.mark.parametrize("x", METRICS)
@pytest.mark.parametrize("y", METRICS)
def test_every_dot_stands_inside_the_axes_and_shares_go_to_one(text, x, y):
    layout = figures.scatter(WHOLE, CARD, x, y, text).layout
    for name, axis in ((x, layout.xaxis), (y, layout.yaxis)):
        low, high = axis.range
        assert low < 0
        assert high > WHOLE.metric(name).max()
        if name in SHARES:
            assert (low, high) == pytest.approx((-0.04, 1.08))


def test_only_the_strongest_dots_carry_their_names(text):
    labels = figures.scatter(WHOLE, CARD, "sink", "previous", text).data[0].text
    expected = {(WHOLE.ranking(name)[place]) for name in ("sink", "previous") for place in range(3)}
    named = {place for place in range(len(labels)) if labels[place]}
    assert named == {layer * N_HEADS + head for layer, head in expected}
    for layer, head in expected:
        assert labels[layer * N_HEADS + head] == f"L{layer}H{head}"
