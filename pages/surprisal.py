"""Surprisal: how many bits each token of the sentence cost the model."""

from core import surprisal
from pages.figures import surprisal as figures
from pages.ui.current import current_run, measured_on
from pages.ui.page import open_page, show_figure, show_metrics, show_source

text = open_page("surprisal")
forward = current_run(text, at_least=2)
course = surprisal.course(forward.surprisals)
values = {
    "text": forward.text,
    "n_tokens": len(forward.tokens),
    "n_terms": len(course.surprisals),
    "cross_entropy": course.cross_entropy,
    "perplexity": course.perplexity,
    "total": course.total,
    "model": measured_on(forward, text),
}
show_metrics(text, ("n_terms", "total", "cross_entropy", "perplexity"), values)
show_figure("bits", figures.bits(course, forward.tokens, text), text, values)
show_source(surprisal.course, surprisal.Course, text=text)
