"""Writing: a text goes on token by token, and every token could have been another one."""

from core import writing
from pages.figures import writing as figures
from pages.ui.branches import choose_mark, choose_place, grown_tree, show_branches
from pages.ui.current import current_run, measured_on
from pages.ui.page import open_page, show_figure, show_metrics, show_source
from pages.ui.sampler import choose_steps

text = open_page("writing")
forward = current_run(text)
chain = choose_steps(forward, text)
grown = grown_tree(forward, chain, text)
tree, current = grown.tree, grown.current
values = {
    "text": forward.text,
    "tree": writing.in_words(tree),
    "branch": grown.branch,
    "place": grown.place,
    "shade": text(f"shade.{grown.settings.shade}"),
    "n_branches": len(tree),
    "model": measured_on(forward, text),
}
if current is None:
    found = writing.choices(forward)
    tokens = tuple(forward.token(int(token_id)) for token_id in found.token_ids)
    with grown.stand:
        show_figure("written_choices", figures.choices(found, tokens, text), text, values)
else:
    values |= {
        "n": len(current),
        "total": current.total,
        "per_token": current.per_token,
        "perplexity": current.perplexity,
        "token": current.answer.tokens[grown.place].visible,
    }
    drawn = figures.written_tree(tree, grown.passages, grown.branch, grown.settings.shade, text)
    with grown.stand:
        show_figure(
            "written_tree",
            drawn,
            text,
            values,
            click=lambda mark, _: choose_mark(grown, *figures.mark(drawn, mark)),
        )
    show_metrics(text, ("n", "total", "per_token", "perplexity"), values)
    show_branches(grown, text)
    show_figure(
        "written_course",
        figures.written_course(grown.passages, grown.branch, grown.place, text),
        text,
        values,
        click=lambda clicked, _: choose_place(clicked),
    )
show_source(writing.passage, writing.Passage, writing.Tree, writing.parting, text=text)
