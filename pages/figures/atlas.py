"""Figures of the atlas: all heads of the network at once, as small maps and as numbers."""

import base64
import io

import numpy as np
import plotly.graph_objects as go
from jaxtyping import UInt8
from numpy import ndarray
from PIL import Image

from core.atlas import METRICS, SHARES, WORTH_NAMING, Atlas, Tiles
from core.model.forward_pass import ModelCard
from pages.figures.style import ACCENT, INK, PAPER, REMOVED, SECOND, WEIGHTS
from pages.text import Text

HEIGHT = 470  # pixels
SIDE = 64  # pixels of a small map at least, so that scaling it down does not lose a line
AMOUNTS = [(0, PAPER), (1, SECOND)]  # behind the maps, whose own colours are the weights'
MASKED = 0  # the palette's entry that lets the colour behind the maps through


def maps(atlas: Atlas, card: ModelCard, sort: str, colour: str, text: Text) -> go.Figure:
    """Every head as a small map, in the network's order or by a metric; a metric as the ground.

    `sort` is "layer" or one of METRICS; `colour` is "none" or one of METRICS.
    """
    places = order(atlas, card, sort)
    metric = np.zeros_like(atlas.sink) if colour == "none" else atlas.metric(colour)
    ground = {
        "type": "heatmap",
        "z": metric[places[..., 0], places[..., 1]].astype(np.float32),
        "customdata": rows_of(atlas, card, places.reshape(-1, 2)).reshape(*places.shape[:2], -1),
        "meta": columns_of(text),
        "hovertemplate": text("maps.hover"),
        "coloraxis": "coloraxis",
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": True,
    }
    n_rows, n_columns = places.shape[:2]
    layout = {
        "height": HEIGHT,
        "images": [picture_of(stitched(atlas.tiles, places), n_rows, n_columns)],
        "meta": {"palette": WEIGHTS},  # pages/ui/stage.js paints the picture anew in the dark
        "coloraxis": {
            "colorscale": AMOUNTS,
            "cmin": 0,
            "cmax": 1 if colour in SHARES else float(np.nanmax(metric, initial=1e-9)),
            "showscale": colour != "none",
            "colorbar": {"title": {"text": text(f"metric.{colour}"), "side": "right"}},
        },
        **axes(card, sort, n_rows, n_columns, text),
    }
    return go.Figure({"data": [ground], "layout": layout})


def order(atlas: Atlas, card: ModelCard, sort: str) -> ndarray:
    """Layer and head for each place of the figure, [row, column, 2]."""
    grid = np.moveaxis(np.indices((card.n_layers, card.n_heads)), 0, -1)  # [layer, head, 2]
    if sort != "layer":
        grid = np.array(atlas.ranking(sort)).reshape(card.n_heads, card.n_layers, 2)
        return grid
    return grid.swapaxes(0, 1)


def axes(card: ModelCard, sort: str, n_rows: int, n_columns: int, text: Text) -> dict:
    """Layers and heads on the axes, lines between the groups; or ranks."""
    shared = card.n_heads // card.n_key_value_heads
    across = {"range": [-0.5, n_columns - 0.5], "showgrid": False, "zeroline": False}
    down = {"range": [n_rows - 0.5, -0.5], "showgrid": False, "zeroline": False}
    if sort != "layer":
        return {
            "xaxis": across | {"title": text("axis.rank"), "showticklabels": False},
            "yaxis": down | {"showticklabels": False},
        }
    every = max(1, n_columns // 15)
    borders = range(shared, card.n_heads, shared) if shared > 1 else ()
    return {
        "xaxis": across | {"title": text("axis.layer"), "tick0": 0, "dtick": every},
        "yaxis": down
        | {
            "title": text("axis.head"),
            "tickvals": list(range(n_rows)),
            "ticktext": [text("axis.group", head=head, group=head // shared)
                         for head in range(n_rows)] if shared > 1 else None,
        },
        "shapes": [
            {
                "type": "line",
                "x0": -0.5,
                "x1": n_columns - 0.5,
                "y0": border - 0.5,
                "y1": border - 0.5,
                "line": {"color": INK, "width": 2},
            }
            for border in borders
        ],
    }  # fmt: skip


def stitched(tiles: Tiles, places: ndarray) -> UInt8[ndarray, "row column"]:
    """All small maps in one picture, as entries of the palette."""
    n = tiles.levels.shape[-1]
    maps = tiles.levels[places[..., 0], places[..., 1]]
    seen = np.tri(n, dtype=bool)
    # What a query may not see lets the ground through; a weight of 0 does not.
    painted = np.where(seen, np.maximum(maps, 1), MASKED).astype(np.uint8)
    times = -(-SIDE // n)
    large = painted.repeat(times, axis=-2).repeat(times, axis=-1)
    pad = max(1, large.shape[-1] // 20)
    framed = np.pad(large, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=MASKED)
    n_rows, n_columns, side, _ = framed.shape
    return framed.swapaxes(1, 2).reshape(n_rows * side, n_columns * side)


def picture_of(painted: UInt8[ndarray, "row column"], n_rows: int, n_columns: int) -> dict:
    """The picture as a PNG with a palette, laid over the cells."""
    picture = Image.fromarray(painted, "P")
    picture.putpalette(palette().tobytes())
    file = io.BytesIO()
    picture.save(file, "PNG", transparency=MASKED, compress_level=6)
    return {
        "source": "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii"),
        "xref": "x",
        "yref": "y",
        "x": -0.5,
        "y": -0.5,
        "sizex": n_columns,
        "sizey": n_rows,
        "sizing": "stretch",
        "layer": "above",
    }


def palette() -> UInt8[ndarray, "level channel"]:
    """The colour of each level, between the colours of the scale for weights."""
    places = [place for place, _ in WEIGHTS]
    colours = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for _, c in WEIGHTS])
    levels = np.linspace(0, 1, 256)
    channels = [np.interp(levels, places, channel) for channel in colours.T]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)


def scatter(atlas: Atlas, card: ModelCard, x: str, y: str, text: Text) -> go.Figure:
    """Every head by two metrics; the strongest ones carry their names."""
    places = np.argwhere(np.ones_like(atlas.sink, dtype=bool))
    across, up = (atlas.metric(name).ravel().astype(np.float32) for name in (x, y))
    named = {(layer, head) for name in (x, y) for layer, head in atlas.ranking(name)[:3]}
    labels = [f"L{layer}H{head}" if (layer, head) in named else "" for layer, head in places]
    dots = {
        "type": "scatter",
        "mode": "markers+text",
        "x": across,
        "y": up,
        "text": labels,
        "textposition": "top center",
        "customdata": rows_of(atlas, card, places),
        "meta": columns_of(text),
        "marker": {
            "size": 10,
            "color": places[:, 0].astype(np.float32),
            "coloraxis": "coloraxis",
            "line": {"color": PAPER, "width": 1},
        },
        "hovertemplate": text("maps.hover"),
        "cliponaxis": False,
    }
    layout = {
        "xaxis": {"title": text(f"metric.{x}"), "range": span(across, x in SHARES)},
        "yaxis": {"title": text(f"metric.{y}"), "range": span(up, y in SHARES)},
        "coloraxis": {
            "colorscale": [(0, REMOVED), (1, ACCENT)],
            "cmin": 0,
            "cmax": max(1, card.n_layers - 1),
            "colorbar": {"title": {"text": text("axis.layer"), "side": "right"}},
        },
        "hovermode": "closest",
    }
    return go.Figure({"data": [dots], "layout": layout})


def span(values: ndarray, is_share: bool) -> list[float]:
    """A range with some room, so that marks at its ends are whole."""
    largest = 1.0 if is_share else float(np.nanmax(values, initial=1e-9))
    return [-0.04 * largest, 1.08 * largest]


def rows_of(atlas: Atlas, card: ModelCard, places: ndarray) -> ndarray:
    """Layer, head, key-value head and all metrics of each place."""
    layers, heads = places.T
    shared = card.n_heads // card.n_key_value_heads
    metrics = [atlas.metric(name)[layers, heads] for name in METRICS]
    return np.stack([layers, heads, heads // shared, *metrics], axis=-1).astype(np.float32)


def columns_of(text: Text) -> list[str]:
    """The names of those numbers."""
    names = [text(f"axis.{name}") for name in ("layer", "head", "key_value_head")]
    return names + [text(f"metric.{name}") for name in METRICS]


def named(atlas: Atlas, name: str, text: Text) -> str:
    """The heads that mostly do one thing, as a sentence; or that there is none."""
    values = atlas.metric(name)
    if np.isnan(values).all():
        return text(f"named.{name}", heads=text("named.unknown"))
    strong = atlas.named(name)
    if not strong:
        nobody = text("named.nobody", least=WORTH_NAMING, largest=f"{np.nanmax(values):.2f}")
        return text(f"named.{name}", heads=nobody)
    heads = [f"L{layer}H{head} {share:.2f}" for layer, head, share in strong]
    more = int((values >= WORTH_NAMING).sum()) - len(strong)
    heads += [text("named.more", count=more)] if more else []
    return text(f"named.{name}", heads=" · ".join(heads))
