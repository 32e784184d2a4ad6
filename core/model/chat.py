"""The model's own chat template: found in its folder, run in transformers' sandbox.

A template is a program that came with the weights. It runs where it can reach nothing: no
attributes of objects, no files, and only copies of what was typed.

Also the conversation that is on screen before a model is there: made by `python -m
core.model.chat`.
"""

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.chat_template import Marked, Rendered, Span, TemplateRefuses, Turn, marked, rendered
from core.tokenizer.cut import Card, Cut, spans_of_bytes
from core.tokenizer.library import Tokenizer
from core.tokenizer.steps import taken_whole
from core.tokens import Token

FILE = Path(__file__).parent / "stored_chat.json"
LONGEST = 200_000  # characters of what a template may write
DEFAULT = (
    Turn("user", "What is 2 + 3?"),
    Turn("assistant", "2 + 3 = 5."),
    Turn("user", "And 4 + 4?"),
)
TELLS_ANSWERS = re.compile(r"\{%-?\s*generation\s*-?%\}")


@dataclass(frozen=True)
class ChatTemplate:
    """A template, and the special tokens that it calls by their part."""

    source: str  # Jinja
    special: dict[str, str] = field(hash=False)  # bos_token, eos_token …

    def render(self, turns: Sequence[Turn], prompted: bool) -> str:
        """The conversation as one text.

        Raises:
            TemplateRefuses: the template does not take it.
        """
        return self._rendered(turns, prompted, False)[0]

    def answers(self, turns: Sequence[Turn], prompted: bool) -> list[Span]:
        """Where the template itself says that the assistant writes; most do not say.

        Raises:
            TemplateRefuses: the template does not take it.
        """
        if not TELLS_ANSWERS.search(self.source):
            return []
        return self._rendered(turns, prompted, True)[1]

    def _rendered(self, turns, prompted, tells_answers) -> tuple[str, list[Span]]:
        from transformers.utils.chat_template_utils import render_jinja_template

        messages = [{"role": turn.role, "content": turn.content} for turn in turns]
        try:
            texts, spans = render_jinja_template(
                conversations=[messages],
                chat_template=self.source,
                add_generation_prompt=prompted,
                return_assistant_tokens_mask=tells_answers,
                **self.special,
            )
        except Exception as error:
            # A template is a program of others: it may break in any way.
            raise TemplateRefuses(str(error)[:200] or type(error).__name__) from error
        if len(texts[0]) > LONGEST:
            raise TemplateRefuses(f"it writes {len(texts[0]):,} characters")
        return texts[0], [tuple(span) for span in (spans[0] if spans else [])]


def read(folder: Path) -> ChatTemplate | None:
    """The template in a model's folder: chat_template.jinja, or in tokenizer_config.json."""
    config = _json_of(folder / "tokenizer_config.json")
    own_file = folder / "chat_template.jinja"
    source = own_file.read_text("utf-8") if own_file.is_file() else config.get("chat_template")
    if isinstance(source, list):  # several by name
        source = {one["name"]: one["template"] for one in source}.get("default")
    if not isinstance(source, str):
        return None
    named = _json_of(folder / "special_tokens_map.json") | config
    special = {
        key: value["content"] if isinstance(value, dict) else value
        for key, value in named.items()
        if key.endswith("_token") and isinstance(value, str | dict)
    }
    return ChatTemplate(source, special)


def converse(
    template: ChatTemplate, tokenizer: Tokenizer, turns: Sequence[Turn], prompted: bool
) -> Marked:
    """The conversation in tokens.

    Raises:
        TemplateRefuses: the template does not take it.
        EmptyText, TextTooLong, UnusableText: the tokenizer does not.
    """
    found = rendered(template.render, turns, prompted, template.answers(turns, prompted))
    return marked(found, tokenizer.cut(found.text), taken_whole(tokenizer, found.text))


def _json_of(file: Path) -> dict:
    if not file.is_file():
        return {}
    found = json.loads(file.read_text("utf-8"))
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Stored:
    """The conversation that comes with the program."""

    model_name: str
    template: str
    by_prompted: dict[bool, Marked]


def stored() -> Stored:
    """The conversation DEFAULT in tokens of the packaged model."""
    kept = json.loads(FILE.read_text("utf-8"))
    card = Card(kept["name"], "bpe", kept["d_vocab"], True, "model")
    found = {
        words == "prompted": _from_json(one, card) for words, one in kept["conversations"].items()
    }
    return Stored(kept["name"], kept["template"], found)


def _from_json(kept: dict, card: Card) -> Marked:
    text = kept["text"]
    raw, n_bytes = text.encode("utf-8"), np.array(kept["n_bytes"], np.int64)
    starts, stops, byte_stops = spans_of_bytes(raw, n_bytes)
    spelled = [
        raw[stop - size : stop] for stop, size in zip(byte_stops.tolist(), n_bytes, strict=True)
    ]
    tokens = tuple(map(Token, kept["ids"], spelled))
    cut = Cut(
        card=card,
        text=text,
        ids=np.array(kept["ids"], np.int64),
        starts=starts,
        stops=stops,
        byte_stops=byte_stops,
        tokens=tokens,
        names=tuple(token.visible for token in tokens),
        is_unknown=np.zeros(len(tokens), bool),
    )
    contents = tuple(tuple(span) for span in kept["contents"])
    answers = tuple(tuple(span) for span in kept["answers"])
    found = Rendered(DEFAULT, text, contents, answers, kept["told_by"])
    return marked(found, cut, [tuple(span) for span in kept["special"]])


def _as_json(found: Marked, tokenizer: Tokenizer) -> dict:
    text = found.rendered.text
    return {
        "text": text,
        "contents": found.rendered.contents,
        "answers": found.rendered.answers,
        "told_by": found.rendered.told_by,
        "ids": found.cut.ids.tolist(),
        "n_bytes": [len(token.bytes) for token in found.cut.tokens],
        "special": taken_whole(tokenizer, text),
    }


def main():
    """Write the stored conversation, with the packaged model's template and tokenizer."""
    from core.model import load, sources

    prepared = sources.prepare(sources.SMOLLM2)
    template = read(prepared.folder)
    tokenizer = load.from_tokenizers(load.read_tokenizer(prepared.folder), prepared.name, "model")
    conversations = {
        words: _as_json(converse(template, tokenizer, DEFAULT, words == "prompted"), tokenizer)
        for words in ("prompted", "unprompted")
    }
    kept = {
        "name": prepared.name,
        "d_vocab": tokenizer.card.d_vocab,
        "template": template.source,
        "conversations": conversations,
    }
    FILE.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")
    sys.stdout.write(f"{len(conversations['prompted']['ids'])} tokens\n")


if __name__ == "__main__":
    main()
