"""Tokens: how the text is cut before the model reads it."""

from core import tokens
from pages.figures import tokens as figures
from pages.ui import address
from pages.ui.current import current_run, measured_on
from pages.ui.page import open_page, show_figure, show_metrics, show_source
from pages.ui.ribbon import ribbon

text = open_page("tokens")
forward = current_run(text)
chosen, choose = address.place("token", len(forward.tokens), 0)

ribbon(forward.tokens, chosen, label=text("ribbon.label"), on_click=choose)
counts = tokens.count(forward.text, forward.tokens)
token = forward.tokens[chosen]
values = {
    "text": forward.text,
    "n_tokens": counts.n_tokens,
    "n_characters": counts.n_characters,
    "characters_per_token": counts.characters_per_token,
    "bytes_per_token": counts.bytes_per_token,
    "token": token.visible,
    "token_id": token.id,
    "bytes": token.bytes.hex(" ").upper(),
    "vocabulary": forward.model.d_vocab,
    "model": measured_on(forward, text),
}
show_metrics(text, ("n_tokens", "n_characters", "characters_per_token", "bytes_per_token"), values)
show_figure(
    "pieces",
    figures.pieces(forward.tokens, chosen, text),
    text,
    values,
    click=lambda clicked, _: choose(clicked),
)
show_source(tokens.Token, tokens.count, text=text)
