"""Languages: what the same paragraph costs in each of them, in each tokenizer."""

from core import languages
from core.tokenizer import paragraphs
from pages.figures import languages as figures
from pages.ui import address
from pages.ui.cutting import all_at_hand, usable_sentence
from pages.ui.page import choose, open_page, show_figure, show_metrics, show_source

LONGEST = 20_000  # characters of one's own sentence: every tokenizer cuts it at each change

text = open_page("languages")
measure = choose(
    text("control.measure"),
    languages.MEASURES,
    key="measure",
    names=lambda code: text(f"measure.{code}"),
)
tokenizers = all_at_hand()
own = usable_sentence((one for one in tokenizers if one.card.is_byte_level), text, instead="")
texts = paragraphs.texts() | ({languages.OWN: own[:LONGEST]} if own else {})
cuttings = paragraphs.known(tokenizers, texts)
found = languages.costs(texts, cuttings)

labels = tuple(text(f"language.{code}") for code in found.languages)
row, choose_row = address.place("tongue", len(labels), found.languages.index("zh"))
column, choose_column = address.place("cut_by", len(cuttings), 1)
cutting, language = cuttings[column], found.languages[row]
parts = cutting.cuts.get(language, ())
values = {
    "text": own[:LONGEST],
    "longest": LONGEST,
    "measure": measure,
    "name": text(f"measure.{measure}"),
    "tongue": language,
    "cut_by": cutting.name,
    "language": labels[row],
    "how": text("cut.live" if cutting.is_live else "cut.stored"),
    "live": ", ".join(one.name for one in cuttings if one.is_live),
    "stored": ", ".join(one.name for one in cuttings if not one.is_live) or "–",
    **figures.numbers(found, row, column, text),
}
show_figure(
    "costs",
    figures.costs(found, measure, (row, column), labels, text),
    text,
    values,
    click=lambda clicked, on_row: (choose_column(clicked), choose_row(on_row)),
)
show_metrics(text, ("tokens", "relative", "per_character", "bytes_per_token"), values)
show_figure("language_cut", figures.cut(parts, text), text, values)
show_figure("reasons", figures.reasons(found, column, labels, text), text, values)
show_source(languages.Costs.of, languages.costs, paragraphs.known, text=text)
