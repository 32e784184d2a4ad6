"""What happens to a sentence in a language model, station by station."""

from core import attention, sampling, surprisal
from pages.figures import home as figures
from pages.ui.current import current_run, measured_on
from pages.ui.page import go_to, open_page, show_figure, show_source

text = open_page("home")
forward = current_run(text)

show_figure(
    "journey",
    figures.journey(forward, text),
    text,
    {
        "text": forward.text,
        "model": measured_on(forward, text),
        "n_tokens": len(forward.tokens),
        "n_layers": forward.model.n_layers,
        "n_heads": forward.model.n_heads,
    },
    click=lambda station, _: go_to(figures.STATIONS[station].page),
)
show_source(attention.head, sampling.stage, surprisal.course, text=text)
