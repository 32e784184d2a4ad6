"""What leaves a figure: pictures, a page of its own, its numbers, and the code that makes them."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages.figures import style
from pages.text import Text
from pages.ui.component import component

RECIPES = Path(__file__).parents[1] / "recipes"
RUN_IT = "# In Glassbox's folder: python {name}.py\n"
MOST_ROWS = 1_000  # of a table on screen; the file has them all
_PICTURES = component(
    "pictures", "export.js", css="export.css", html="<div class='pictures'></div>"
)


def export_menu(name: str, figure: go.Figure, text: Text, values: Mapping[str, object]) -> None:
    """Everything that one can take away from a figure, in one menu."""
    title, provenance = (text(f"{name}.{part}", **values) for part in ("title", "provenance"))
    with st.popover(
        text("export.menu"), icon=":material/ios_share:", key=f"{name}_export", type="tertiary"
    ):
        _PICTURES(
            key=f"{name}_pictures",
            data={
                "name": name,
                "title": title,
                "provenance": provenance,
                "labels": [text(f"export.{kind}") for kind in ("svg", "png", "link", "copied")],
            },
        )
        for kind, mime, make in (
            ("html", "text/html", lambda: page_of(figure, title, provenance)),
            ("csv", "text/csv", lambda: "\ufeff" + numbers(figure).to_csv(index=False)),
            ("py", "text/x-python", lambda: recipe(name, values)),
        ):
            st.download_button(
                text(f"export.{kind}"),
                make,
                f"{name}.{kind}",
                mime,
                key=f"{name}_{kind}",
                on_click="ignore",
                type="tertiary",
            )


def show_numbers(name: str, figure: go.Figure, text: Text) -> None:
    """The figure's numbers as a table, made when it is opened."""
    table = st.expander(
        text("numbers"), icon=":material/table:", on_change="rerun", key=f"{name}_numbers"
    )
    if table.open:
        rows = numbers(figure)
        table.dataframe(rows.head(MOST_ROWS), hide_index=True)
        if len(rows) > MOST_ROWS:
            table.caption(text("numbers_cut", shown=MOST_ROWS, total=len(rows)))


def numbers(figure: go.Figure) -> pd.DataFrame:
    """What the figure draws, one row per mark, taken from the figure itself."""
    tables = [
        _marks_of_map(figure, trace)
        if trace.type == "heatmap" and trace.customdata is None
        else _marks(figure, trace)
        for trace in figure.data
        if trace.hoverinfo != "skip" and trace.visible != "legendonly"
    ]
    return pd.concat(tables, ignore_index=True)


def _marks(
    figure: go.Figure, trace: go.Scatter | go.Scatter3d | go.Bar | go.Heatmap
) -> pd.DataFrame:
    if trace.meta:  # names of the columns, where the marks themselves are not the numbers
        rows = np.asarray(trace.customdata).reshape(-1, len(trace.meta))
        if trace.type == "scatter" and trace.mode == "lines":  # each with a gap after it
            rows = rows[np.isnan(trace.x)]
        return pd.DataFrame([_plain(row) for row in rows], columns=trace.meta)
    columns = {
        _axis_title(figure, trace.xaxis or "x"): trace.x,
        _axis_title(figure, trace.yaxis or "y"): trace.y,
    }
    if trace.name:
        columns["–"] = trace.name
    table = pd.DataFrame({title: _plain(values) for title, values in columns.items()})
    return table.dropna(ignore_index=True)  # NaN is where this trace draws nothing


def _marks_of_map(figure: go.Figure, trace: go.Heatmap) -> pd.DataFrame:
    rows, columns = np.nonzero(np.isfinite(trace.z))
    return pd.DataFrame(
        {
            _axis_title(figure, trace.yaxis or "y"): np.asarray(_plain(trace.y))[rows],
            _axis_title(figure, trace.xaxis or "x"): np.asarray(_plain(trace.x))[columns],
            figure.layout[trace.coloraxis].colorbar.title.text: trace.z[rows, columns],
        }
    )


def _axis_title(figure: go.Figure, axis: str) -> str:
    drawn_on = figure.layout[f"{axis[0]}axis{axis[1:]}"]  # trace "x2" is drawn on "xaxis2"
    if not drawn_on.title.text and drawn_on.matches:
        return _axis_title(figure, drawn_on.matches)  # one title for axes that are shared
    return drawn_on.title.text or axis


def _plain(values: object) -> object:
    """Labels as they read, without the markup that Plotly needs."""
    if isinstance(values, str) or not len(values) or not isinstance(values[0], str):
        return values
    return [style.unescape(re.sub(r"<sub>(\d+)</sub>$", r" [\1]", label)) for label in values]


def page_of(figure: go.Figure, title: str, provenance: str) -> str:
    """The figure as a web page that needs nothing else, not even a network."""
    alone = style.dressed(figure).update_layout(
        title={"text": style.escape(title), "subtitle": {"text": style.escape(provenance)}},
        margin={"t": 110},
    )
    return alone.to_html(include_plotlyjs=True, auto_play=False, config={"displaylogo": False})


def recipe(name: str, values: Mapping[str, object]) -> str:
    """The figure's recipe, a program on `core`, with its constants set to this view."""
    program = (RECIPES / f"{name}.py").read_text("utf-8")
    for key, value in values.items():
        program = re.sub(
            rf"^{key.upper()} = .*$",
            lambda _, key=key, value=value: f"{key.upper()} = {value!r}",
            program,
            flags=re.MULTILINE,
        )
    return RUN_IT.format(name=name) + program
