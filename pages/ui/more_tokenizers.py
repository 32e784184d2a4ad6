"""Tokenizers that are not at hand: fetched on request, or brought along by a visitor."""

import hashlib

import streamlit as st

from core.tokenizer import shelf
from core.tokenizer.fetched import LARGEST
from core.tokenizer.refusals import NotATokenizer
from core.tokenizer.shelf import Standing
from core.tokenizer.written import LARGEST_UPLOAD, from_bytes
from pages.text import Text
from pages.ui import address
from pages.ui.page import as_markdown
from pages.ui.prompt import FILE_CHOOSER

HUB_IDS = "hub_ids"  # in the session: names of models that the visitor asked for
BROUGHT = "brought_tokenizers"  # in the session: by code
FILE = "tokenizer_file"
MEGABYTE = 1e6


def menu(text: Text) -> None:
    """Name a model of a hub, or open a file."""
    with st.popover(text("tokenizer.other"), icon=":material/add:", key="more_tokenizers"):
        st.text_input(
            text("tokenizer.hub"),
            key="hub_id",
            placeholder="Qwen/Qwen2.5-0.5B",
            help=text("tokenizer.hub_help"),
            on_change=_ask_for_named,
        )
        FILE_CHOOSER(
            key=FILE,
            data={
                "label": text("tokenizer.bring", limit=LARGEST_UPLOAD / MEGABYTE),
                "most": LARGEST_UPLOAD,
            },
            on_chosen_change=_bring,
        )
        said = st.session_state.pop("tokenizer_said", None)
        if said:
            key, name = said
            show = st.success if key == "tokenizer.brought" else st.warning
            show(text(key, name=as_markdown(name), limit=LARGEST_UPLOAD / MEGABYTE))


def _ask_for_named() -> None:
    name = st.session_state.hub_id.strip().removeprefix("https://huggingface.co/").strip("/")
    if not shelf.source_of(name):
        st.session_state.tokenizer_said = "tokenizer.no_name", name
        return
    st.session_state.hub_id = ""
    st.session_state[HUB_IDS] = {**st.session_state.get(HUB_IDS, {}), name: None}
    _choose_too(name)
    shelf.request(name)


def _bring() -> None:
    chosen = st.session_state[FILE].chosen
    raw = chosen["text"].encode("utf-8", "replace")
    mark = hashlib.sha256(raw).hexdigest()[:8]
    name = chosen["name"][:60]
    try:
        if chosen["size"] > LARGEST_UPLOAD:
            raise NotATokenizer("too_large", f"{chosen['size']:.0f} bytes")
        # No two tokenizers have the same card, and most files the same name.
        tokenizer = from_bytes(raw, f"{name} {mark}", "file")
    except NotATokenizer as problem:
        st.session_state.tokenizer_said = f"tokenizer_problem.{problem.reason}", name
        return
    code = f"file-{mark}"
    before = st.session_state.get(BROUGHT, {})
    # One a visitor: they are large.
    st.session_state[BROUGHT] = {code: tokenizer}
    st.session_state.tokenizers = [c for c in st.session_state.tokenizers if c not in before]
    _choose_too(code)
    st.session_state.tokenizer_said = "tokenizer.brought", name


def _choose_too(code: str) -> None:
    address.touch()
    chosen = st.session_state.get("tokenizers") or []
    st.session_state.tokenizers = list(dict.fromkeys((*chosen, code)))


def say_what_is_missing(standings: dict[str, Standing], text: Text) -> None:
    """Of those that are chosen and not at hand: how far they are, and how to get them."""
    for code, standing in standings.items():
        if standing.state in ("absent", "failed"):
            _offer(code, standing, text)
    waiting = [code for code, standing in standings.items() if standing.state == "on_its_way"]
    if waiting:
        _watch(waiting, text)


def _offer(code: str, standing: Standing, text: Text) -> None:
    source = shelf.source_of(code)
    words = {"name": source.name, "place": source.place, "limit": LARGEST / MEGABYTE}
    said, offer = st.columns([5, 1], vertical_alignment="center")
    if standing.state == "failed":
        problem = text(f"tokenizer_problem.{standing.reason}", **words)
        said.warning(problem, icon=":material/cloud_off:")
    else:
        said.info(text("tokenizer.absent", **words), icon=":material/cloud_download:")
    again = "model.retry" if standing.state == "failed" else "tokenizer.fetch"
    offer.button(text(again), key=f"fetch_{code}", on_click=shelf.request, args=(code,))


@st.fragment(run_every=0.5)
def _watch(codes: list[str], text: Text) -> None:
    for code in codes:
        standing = shelf.look(code)
        if standing.state != "on_its_way":
            st.rerun()
        source, progress = shelf.source_of(code), standing.progress
        if progress is None or progress.stage == "waiting":
            st.progress(
                0.0, text=text("tokenizer.on_its_way", name=source.name, place=source.place)
            )
        elif progress.stage == "fetching" and progress.total_bytes:
            done, total = progress.done_bytes, progress.total_bytes
            words = {"done": done / MEGABYTE, "total": total / MEGABYTE}
            st.progress(
                min(1.0, done / total), text=text("tokenizer.fetching", name=source.name, **words)
            )
        else:
            st.progress(1.0, text=text("tokenizer.loading", name=source.name))
