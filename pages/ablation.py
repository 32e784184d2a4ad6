"""Ablation: what the network predicts when a head is silent."""

import streamlit as st

from core import ablation
from core.model.questions import ABLATIONS, Ablation, HeadRanking
from pages.figures import ablation as figures
from pages.ui.asking import answer_to
from pages.ui.current import current_run, measured_on
from pages.ui.heads import choose_heads, code_of, put_heads
from pages.ui.page import choose, open_page, show_figure, show_metrics, show_source

DEFAULT, SHOWN, STRONGEST = ((0, 6),), 10, 10  # L0H6 changes most for the default sentence
RANKED = {"divergence": "divergences", "loss": "loss_changes"}

text = open_page("ablation")
forward = current_run(text)

with st.container(horizontal=True, vertical_alignment="bottom"):
    heads = choose_heads(forward, text, key="ablated", default=DEFAULT)
    kind = choose(
        text("control.ablation_kind"),
        ABLATIONS[::-1],  # the mean first: it takes the network less far from what it knows
        key="ablation_kind",
        names=lambda code: text(f"kind.{code}"),
    )
answer = answer_to(Ablation(forward.text, heads, kind), text, key="ablation")
effect = ablation.effect(answer or ablation.untouched(forward), SHOWN)
tokens = tuple(forward.token(int(token_id)) for token_id in effect.token_ids)
values = {
    "text": forward.text,
    "ablated": heads,
    "ablation_kind": kind,
    "names": ", ".join(code_of(*head) for head in heads) or text("no_head"),
    "n_ablated": len(heads),
    "kind_name": text(f"kind.{kind}"),
    "best": tokens[0].visible,
    "best_before": effect.probabilities_before[0],
    "best_after": effect.probabilities_after[0],
    "effect": effect,
    "model": measured_on(forward, text),
}
known = "changed" if answer else "unchanged"
loss = known if len(effect.changes) else "none"
show_figure("ablation_next", figures.next_tokens(effect, tokens, text), text, values)
metrics = f"divergence_{known}", f"best_{known}", f"loss_{loss}", f"perplexity_{loss}"
show_metrics(text, metrics, values)
st.markdown(text("caution"))
show_figure("ablation_loss", figures.losses(effect, forward.tokens, text), text, values)

st.markdown(text("offer", card=forward.model))
rank_by = choose(
    text("control.rank_by"), [*RANKED], key="rank_by", names=lambda code: text(f"rank.{code}")
)
ranking = answer_to(HeadRanking(forward.text, kind), text, key="ranking", on_request=True)
if ranking:
    sizes = getattr(ranking, RANKED[rank_by])
    strongest = ablation.strongest(sizes, STRONGEST)
    values |= {"rank_by": rank_by, "rank_name": text(f"rank.{rank_by}")}
    left, right = st.columns([3, 2], gap="medium")
    with left:
        show_figure(
            "ranking",
            figures.ranking(sizes, heads, rank_by, text),
            text,
            values,
            click=lambda head, layer: put_heads("ablated", (layer, head)),
        )
    with right:
        show_figure("strongest", figures.strongest(strongest, rank_by, text), text, values)
show_source(ablation.effect, ablation.divergence, ablation.strongest, text=text)
