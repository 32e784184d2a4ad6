"""The tree of what is written: how it grows, and where it is kept.

It belongs to its text. While the visitor is on other pages or texts it stays in the session; the
address holds it as long as it is short, and a file at any length.
"""

from dataclasses import dataclass, field, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import writing
from core.model.forward_pass import ForwardPass
from core.model.writing import Writing, Written
from core.sampling import Step
from core.writing import MOST_BRANCHES, ROOT, Manner, Passage, Tree
from pages.figures import sampling as sampling_figures
from pages.figures import writing as figures
from pages.text import Text
from pages.ui import address, cached, prompt
from pages.ui.asking import answer_to, request, requested
from pages.ui.component import component
from pages.ui.number import type_number
from pages.ui.page import choose, is_lecture
from pages.ui.written import Underway, View, run_of, show_news, show_written, speed

KEY = "write"
LONGEST_IN_ADDRESS = 1_500  # characters, beside the sentence and the chain
LARGEST_FILE = 1_000_000  # bytes
MOST_TEXTS = 20  # whose trees are kept
USUAL, MOST_NEW, LARGEST_SEED = 24, 64, 999_999
AS_IT_WAS = ""  # in place of the address's tree, once it is taken over
_TREE_FILE = component(
    "tree_file",
    "view_file.js",
    css="view_file.css",
    html="<label><span></span><input type='file' accept='.json' hidden></label>",
)


@dataclass(frozen=True)
class Kept:
    """A text's tree in the session."""

    tree: Tree = field(default_factory=Tree)
    answers: tuple[tuple[tuple[int, ...], Written], ...] = ()  # by the path that they are of
    first: Writing | None = None  # what the page had written by itself
    first_tree: Tree | None = None  # and what came of it
    ending: str = "asked"  # of the last writing

    def with_branch(self, answer: Written, manner: Manner, chosen_at: int | None) -> "Kept":
        """With what was written, if there is any. Raises ValueError where the tree is full."""
        kept = replace(self, ending=answer.ending)
        if not answer.ids:
            return kept
        tree, _ = self.tree.add(answer.ids, manner, chosen_at)
        return replace(kept, tree=tree).with_answers({answer.ids: answer})

    def with_answers(self, more: dict[tuple[int, ...], Written]) -> "Kept":
        """With further answers; those of no branch are let go."""
        known = dict(self.answers) | more
        paths = [self.tree.path(number) for number in range(len(self.tree))]
        return replace(self, answers=tuple((p, known[p]) for p in paths if p in known))


@dataclass(frozen=True)
class Settings:
    """How what comes next is written, and how all of it is shown."""

    n_new: int
    manner: Manner
    shade: str


@dataclass(frozen=True, eq=False)
class Grown:
    """A tree with its numbers, and where the visitor is in it."""

    tree: Tree
    answers: tuple[Written, ...]  # one for each branch
    passages: tuple[Passage, ...]
    branch: int  # ROOT: nothing is written
    place: int
    settings: Settings
    is_live: bool  # it can go on
    stand: DeltaGenerator | None = None  # where its figure is to be shown

    @property
    def current(self) -> Passage | None:
        """From the text to the end of the chosen branch."""
        return None if self.branch == ROOT else self.passages[self.branch]

    @property
    def forks(self) -> tuple[int, ...]:
        """Where other branches part from the chosen one."""
        others = (n for n in range(len(self.tree)) if n != self.branch)
        return tuple(sorted({self.tree.common(self.branch, other) for other in others}))


def grown_tree(forward: ForwardPass, chain: tuple[Step, ...], text: Text) -> Grown:
    """Buttons, and what is written; while something is, its tokens as they come."""
    with st.container(horizontal=True, key="write_row", vertical_alignment="center"):
        settings = _settings(chain, text)
        buttons = st.empty()
    above = st.container()  # in a lecture the figure has the screen
    status = st.container(key="write_status")
    sheet = st.container(key="write_sheet")
    stand = above if is_lecture() else st.container()
    kept = None if forward.is_stored else _begun(forward, settings)
    grown = None if kept is None else _with_numbers(kept, forward.text, settings, status, text)
    if grown is None:
        return replace(_stored(forward, settings, buttons, status, sheet, text), stand=stand)
    _show_buttons(grown, forward, buttons, text)
    underway = st.session_state.get("write_underway")
    with sheet:
        _show_sheet(grown, forward, underway, text)
    if underway is not None:
        _write(forward.text, underway, status, text)
    else:
        status.caption(_outcome(kept, grown, text))
    _publish(kept, settings)
    return replace(grown, stand=stand)


def _settings(chain: tuple[Step, ...], text: Text) -> Settings:
    with st.popover(text("control.more"), icon=":material/tune:", key="write_settings"):
        n_new = st.slider(
            text("control.n_more"), 1, MOST_NEW, USUAL, key="n_more", bind="query-params"
        )
        seed = type_number(text("control.draw_seed"), 0, LARGEST_SEED, 0, key="draw_seed")
        shade = choose(
            text("control.shade"),
            figures.SHADES,
            key="shade",
            names=lambda code: text(f"shade.{code}"),
        )
    return Settings(n_new, Manner(chain, seed), shade)


# What is kept, and what is under way


def _trees() -> dict[str, Kept]:
    return st.session_state.setdefault("trees", {})


def _keep(sentence: str, kept: Kept) -> None:
    trees = _trees()
    trees.pop(sentence, None)
    trees[sentence] = kept
    while len(trees) > MOST_TEXTS:
        trees.pop(next(iter(trees)))


def _begun(forward: ForwardPass, settings: Settings) -> Kept:
    """The text's tree; where there is none, writing begins."""
    sentence, trees = forward.text, _trees()
    _settle()
    linked = address.follow("tree", "none", str)
    st.session_state.tree = AS_IT_WAS
    if linked != AS_IT_WAS:  # the address has moved
        found = _read(linked, forward.model.d_vocab)
        long_one = sentence in trees and not _fits(trees[sentence].tree)
        if found is not None:
            _keep(sentence, Kept(found))
        elif not long_one:  # which no address could hold
            trees.pop(sentence, None)
    if sentence not in trees:
        asked = _asked(sentence, settings)
        _keep(sentence, Kept(first=asked))
        _begin(Underway(asked))
    underway = st.session_state.get("write_underway")
    if underway is not None and underway.asked.text != sentence:
        _stop()
    return trees[sentence]


def _asked(sentence: str, settings: Settings, prefix: tuple[int, ...] = ()) -> Writing:
    manner = settings.manner
    return Writing(sentence, settings.n_new, manner.chain, manner.seed, prefix)


def _read(words: str, d_vocab: int) -> Tree | None:
    try:
        tree = writing.from_words(words)
    except ValueError:
        return None
    return tree if len(tree) and tree.suits(d_vocab) else None


def _fits(tree: Tree) -> bool:
    return len(writing.in_words(tree)) <= LONGEST_IN_ADDRESS


def _publish(kept: Kept, settings: Settings) -> None:
    # What the page writes by itself is written again by whoever opens the link.
    first = kept.first
    by_itself = kept.tree == kept.first_tree and first == _asked(first.text, settings)
    words = writing.in_words(kept.tree) if len(kept.tree) and not by_itself else ""
    address.publish("tree", words if 0 < len(words) <= LONGEST_IN_ADDRESS else None)


def _begin(underway: Underway) -> None:
    """Have this written next; what was being written stays as far as it had come."""
    _settle()
    st.session_state.write_underway = underway
    request(underway.asked, key=KEY)


def _stop() -> None:
    st.session_state.write_underway = None
    request(None, key=KEY)


def _settle() -> None:
    """Take over what was written before the page's run was broken off, and go on from there."""
    underway = st.session_state.get("write_underway")
    part: Written | None = st.session_state.pop("write_part", None)
    if underway is None:
        return
    asked = underway.asked
    if part is not None:
        _add(part, underway)
    if requested(KEY) != asked:  # the visitor has stopped it
        _stop()
        return
    n_left = asked.n_new - (0 if part is None else len(part.ids) - len(asked.prefix))
    if part is not None and n_left > 0:
        asked = replace(asked, n_new=n_left, prefix=part.ids)
        st.session_state.write_underway = Underway(asked, len(part.ids))
        request(asked, key=KEY)


def _add(answer: Written, underway: Underway) -> None:
    """Put what was written into its text's tree, and turn to it."""
    asked, kept = underway.asked, _trees().get(underway.asked.text, Kept())
    try:
        grown = kept.with_branch(answer, Manner(asked.chain, asked.seed), underway.chosen_at)
    except ValueError:  # the tree is full, which the page says
        return
    first, is_over = kept.first, answer.ending in ("ended", "full", "nothing_left")
    if first and kept.first_tree is None and len(grown.tree) < 2:
        n_tokens = grown.tree.n_tokens
        if n_tokens == first.n_new or (is_over and n_tokens < first.n_new):
            grown = replace(grown, first_tree=grown.tree)
    _keep(asked.text, grown)
    if answer.ids:
        _turn_to(grown.tree.nearest(answer.ids)[0], underway.chosen_at)


def _turn_to(branch: int, place: int | None = None) -> None:
    address.touch()
    st.session_state.branch = branch
    st.session_state.written_at = place


def _write(sentence: str, underway: Underway, status: DeltaGenerator, text: Text) -> None:
    """Write, showing what comes; then start over with all of it."""
    with st.container(key="news"):
        slot = st.empty()

    def show_part(part: Written) -> None:
        st.session_state.write_part = part
        show_news(slot, underway, part, text)

    with status:
        answer = answer_to(underway.asked, text, key=KEY, on_request=True, show_part=show_part)
    st.session_state.pop("write_part", None)
    _stop()
    if answer is not None:
        _add(answer, underway)
        st.rerun()


# What is shown


def _with_numbers(
    kept: Kept, sentence: str, settings: Settings, status: DeltaGenerator, text: Text
) -> Grown | None:
    """The tree with all its numbers; those that came by a link are measured first."""
    tree, known = kept.tree, dict(kept.answers)
    for number, branch in enumerate(tree.branches):
        path = tree.path(number)
        if path not in known:
            asked = Writing(sentence, 0, branch.manner.chain, branch.manner.seed, path)
            with status:
                answer = answer_to(asked, text, key="branch_numbers")
            if answer is None:
                _trees().pop(sentence)
                return None
            known[path] = answer
    if len(known) > len(kept.answers):
        _keep(sentence, kept.with_answers(known))
    return _grown(tree, [known[tree.path(n)] for n in range(len(tree))], settings, is_live=True)


def _grown(tree: Tree, answers: list[Written], settings: Settings, *, is_live: bool) -> Grown:
    passages = tuple(writing.passage(tree, answers, number) for number in range(len(tree)))
    last = len(tree) - 1
    branch, _ = address.place("branch", MOST_BRANCHES, last)
    branch = min(branch, last)
    end = len(passages[branch]) - 1 if len(tree) else 0
    place, _ = address.place("written_at", end + 1, end)
    return Grown(tree, tuple(answers), passages, branch, place, settings, is_live)


def choose_branch(number: int) -> None:
    """Turn to another branch, at the same place."""
    address.touch()
    st.session_state.branch = number


def choose_mark(grown: Grown, branch: int, place: int) -> None:
    """Turn to a token; to its branch too, where it is not one of the branch that is shown."""
    if grown.tree.owners(grown.branch)[place : place + 1] == (branch,):
        choose_place(place)
    else:
        _turn_to(branch, place)


def choose_place(place: int) -> None:
    """Turn to another token of the same branch."""
    address.touch()
    st.session_state.written_at = place


def _stored(forward: ForwardPass, settings: Settings, buttons, status, sheet, text: Text) -> Grown:
    found = cached.stored_writing()
    grown = _grown(found.tree, list(found.answers), settings, is_live=False)
    with buttons.container(horizontal=True):
        _show_steps(grown, text)
    status.caption(text("outcome.stored"))
    with sheet:
        _show_sheet(grown, forward, None, text)
    return grown


def _show_sheet(grown: Grown, forward: ForwardPass, underway: Underway | None, text: Text) -> None:
    passage = grown.current
    if underway is not None:
        base = grown.tree.nearest(underway.asked.prefix)[0] if underway.n_known else ROOT
        passage = None if base == ROOT else grown.passages[base].first(underway.n_known)
    view = View(
        given=forward.text,
        shade=grown.settings.shade,
        place=grown.place,
        forks=grown.forks if underway is None and passage is not None else (),
        can_branch=grown.is_live and len(grown.tree) < MOST_BRANCHES,
        run=None if underway is None else run_of(underway.asked),
    )

    def branch_off(place: int, token_id: int) -> None:
        _settle()  # what is under way is a branch by now, and the one that is shown
        branch = grown.branch if underway is None else st.session_state.branch
        _branch_off(grown, forward.text, branch, place, token_id)

    show_written(passage, view, text, on_place=choose_place, on_alternative=branch_off)


def _branch_off(grown: Grown, sentence: str, branch: int, place: int, token_id: int) -> None:
    """Write on from an alternative; where that was done already, turn to it."""
    tree = _trees()[sentence].tree
    prefix = (*tree.path(branch)[:place], token_id)
    found, n_shared = tree.nearest(prefix)
    if n_shared == len(prefix):
        _stop()
        _turn_to(found, place)
    else:
        _begin(Underway(_asked(sentence, grown.settings, prefix), place, chosen_at=place))


def _show_buttons(grown: Grown, forward: ForwardPass, slot, text: Text) -> None:
    is_full = len(grown.tree) >= MOST_BRANCHES
    sentence, settings = forward.text, grown.settings
    path = grown.tree.path(grown.branch) if len(grown.tree) else ()
    with slot.container(horizontal=True, vertical_alignment="center"):
        st.button(
            text("button.go_on", n=settings.n_new),
            key="write_go_on",
            icon=":material/east:",
            type="primary",
            disabled=not path,
            on_click=_begin,
            args=(Underway(_asked(sentence, settings, path), len(path)),),
        )
        st.button(
            text("button.anew"),
            key="write_anew",
            icon=":material/refresh:",
            disabled=is_full,
            help=text("button.anew_help"),
            on_click=_begin,
            args=(Underway(_asked(sentence, settings)),),
        )
        st.button(
            text("button.seed"),
            key="write_seed",
            icon=":material/casino:",
            disabled=is_full,
            on_click=_another_seed,
            args=(sentence, settings),
        )
        _show_steps(grown, text)
        if not is_lecture():
            st.button(
                ":material/delete:",
                key="write_remove",
                help=text("button.remove"),
                type="tertiary",
                disabled=len(grown.tree) < 2,
                on_click=_remove,
                args=(sentence, grown.branch),
            )
            _show_keeping(grown, sentence, text)


def _show_steps(grown: Grown, text: Text) -> None:
    """To the branch before and after, for those who do not click into the figure."""
    for name, icon, to in (("earlier", "chevron_left", -1), ("later", "chevron_right", 1)):
        st.button(
            f":material/{icon}:",
            key=f"write_{name}",
            help=text(f"button.{name}"),
            type="tertiary",
            disabled=not 0 <= grown.branch + to < len(grown.tree),
            on_click=choose_branch,
            args=(grown.branch + to,),
        )


def _another_seed(sentence: str, settings: Settings) -> None:
    seed = (settings.manner.seed + 1) % (LARGEST_SEED + 1)
    address.touch()
    st.session_state.draw_seed = seed
    manner = replace(settings.manner, seed=seed)
    _begin(Underway(_asked(sentence, replace(settings, manner=manner))))


def _remove(sentence: str, number: int) -> None:
    _stop()
    st.session_state.pop("write_part", None)
    kept = _trees()[sentence]
    parent = kept.tree.branches[number].parent
    tree = kept.tree.without(number)
    if not len(tree):
        return
    _keep(sentence, replace(kept, tree=tree).with_answers({}))
    _turn_to(max(parent, 0))


def _show_keeping(grown: Grown, sentence: str, text: Text) -> None:
    """The tree as a file, and the trees of other texts."""
    with st.popover(
        text("keep.menu"), icon=":material/account_tree:", key="tree_menu", type="tertiary"
    ):
        st.markdown(text("keep.about", limit=LONGEST_IN_ADDRESS))
        st.download_button(
            text("keep.save"),
            lambda: writing.as_file(grown.tree, sentence, grown.answers),
            "tree.glassbox.json",
            "application/json",
            on_click="ignore",
            disabled=not len(grown.tree),
        )
        _TREE_FILE(
            key="tree_file",
            data={"label": text("keep.open"), "most": LARGEST_FILE},
            on_chosen_change=_open_file,
        )
        if st.session_state.pop("tree_problem", False):
            st.warning(text("keep.unreadable"))
        others = [other for other in reversed(_trees()) if other != sentence]
        if others:
            st.caption(text("keep.others"))
        for number, other in enumerate(others):
            st.button(
                other if len(other) <= 60 else "…" + other[-60:],
                key=f"tree_of_{number}",
                type="tertiary",
                on_click=prompt.put,
                args=(other,),
            )


def _open_file() -> None:
    try:
        sentence, tree = writing.from_file(st.session_state.tree_file.chosen or "")
    except ValueError:
        st.session_state.tree_problem = True
        return
    if not len(tree):
        st.session_state.tree_problem = True
        return
    _stop()
    _keep(sentence, Kept(tree))
    prompt.put(sentence)
    st.session_state.tree = AS_IT_WAS
    _turn_to(0)


def _outcome(kept: Kept, grown: Grown, text: Text) -> str:
    """How the branch ended, and what a link does not hold."""
    if grown.current is None:
        return text("outcome.nothing_at_once" if kept.ending == "nothing_left" else "outcome.none")
    answer = grown.answers[grown.branch]
    ending = answer.ending if answer.ending in ("ended", "full", "nothing_left") else "asked"
    place = text("outcome.place", branch=grown.branch, n_branches=len(grown.tree))
    parts = [place, text(f"outcome.{ending}", n=len(grown.current)), speed(answer, text)]
    if not _fits(grown.tree):
        parts.append(text("outcome.too_long", limit=LONGEST_IN_ADDRESS))
    if len(grown.tree) >= MOST_BRANCHES:
        parts.append(text("outcome.full_tree", most=MOST_BRANCHES))
    return " · ".join(filter(None, parts))


def show_branches(grown: Grown, text: Text) -> None:
    """All branches in a table: what each costs, and where it parts from the chosen one."""
    if grown.current is None or is_lecture():
        return
    rows, stages = [], cached.words("sampling", text.language)
    for number, passage in enumerate(grown.passages):
        manner = grown.tree.branches[number].manner
        parting = writing.parting(grown.current, passage)
        is_own = number == grown.branch
        chain = [sampling_figures.name_of(step, stages) for step in manner.chain]
        rows.append(
            {
                text("axis.branch"): f"{number} ◀" if is_own else str(number),
                text("table.n"): len(passage),
                text("table.total"): -passage.total,
                text("table.per_token"): passage.per_token,
                text("table.perplexity"): passage.perplexity,
                text("table.parts"): "–" if is_own else str(parting.place),
                text("table.difference"): parting.difference,
                text("table.chain"): " → ".join(chain) or text("table.no_chain"),
                text("table.seed"): manner.seed,
                text("table.text"): passage.answer.text,
            }
        )
    numbers = ("total", "per_token", "perplexity", "difference")
    st.dataframe(
        rows,
        hide_index=True,
        key="branch_table",
        column_config={
            text(f"table.{name}"): st.column_config.NumberColumn(format="%.2f") for name in numbers
        },
    )
