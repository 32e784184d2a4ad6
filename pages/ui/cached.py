"""The app's only caches. What they hold is read-only and shared by every session.

The runs of the model are kept by its service (core/model/service.py), bounded in bytes: a
visitor's "clear cache" must not unload what others look at.
"""

from collections.abc import Callable

import streamlit as st

from core import (
    atlas,
    bpe,
    comparison,
    interpolation,
    race,
    unigram,
    vocabulary_extension,
    wordpiece,
)
from core.model import chat, long_run, reverser_weights, stored
from core.model import stored_contrast as contrasts
from core.model import stored_predictions as predictions
from core.model import stored_table as tables
from core.model import stored_writing as writings
from core.model.contrast import Contrasted
from core.model.forward_pass import ForwardPass
from core.model.predictions import Predicted
from core.tokenizer import trained
from core.tokenizer.cut import Card, Cut
from core.tokenizer.library import Tokenizer
from pages.text import Text, load_text

SHORT = 5_000  # characters; the cuts of longer texts are large


@st.cache_resource(max_entries=64, show_spinner=False)
def words(topic: str, language: str) -> Text:
    """A topic's words in one language."""
    return load_text(topic, language)


@st.cache_resource(show_spinner=False)
def stored_long_run() -> long_run.LongRun:
    """The long run that comes with the program."""
    return long_run.load()


@st.cache_resource(show_spinner=False)
def stored_chat() -> chat.Stored:
    """The conversation that comes with the program."""
    return chat.stored()


@st.cache_resource(show_spinner=False)
def long_text() -> str:
    """The text that the long run is of."""
    return long_run.text()


@st.cache_resource(show_spinner=False)
def stored_run() -> ForwardPass:
    """The run that comes with the program."""
    return stored.load()


@st.cache_resource(show_spinner=False)
def stored_table() -> tables.StoredTable:
    """The answers about the embeddings that come with the program."""
    return tables.load()


@st.cache_resource(show_spinner=False)
def stored_predictions() -> Predicted:
    """What the model predicted for the tokens of the stored run."""
    return predictions.load(stored_run())


@st.cache_resource(show_spinner=False)
def stored_contrasts() -> dict[str, Contrasted]:
    """The contrasts that come with the program, by what A and B are."""
    return contrasts.load(stored_run())


@st.cache_resource(max_entries=8, show_spinner=False)
def race_on(words: tuple[str, ...], n_shown: int) -> race.Race:
    """Three tokenizers trained on some words: about a second, so kept."""
    found = race.race(words, n_shown)
    for array in (
        found.sizes,
        *(one for course in found.courses.values() for one in (course.n_vocab, course.n_tokens)),
    ):
        array.setflags(write=False)
    return found


@st.cache_resource(show_spinner=False)
def stored_writing() -> writings.StoredWriting:
    """The tree that comes with the program, of what was written after the stored run's text."""
    return writings.load(stored_run())


def whole_atlas(forward: ForwardPass, repeated: ForwardPass | None) -> atlas.Atlas:
    """The atlas of a run: up to a second for a long text, so kept.

    The repeated tokens may have gone through another network than a stored run: then they say
    nothing about it.
    """
    repeated = repeated if repeated and repeated.model == forward.model else None
    of = (str(forward.model), forward.text, forward.is_stored, repeated is None)
    return _atlas(of, lambda: atlas.atlas(forward, repeated))


@st.cache_resource(max_entries=32, show_spinner=False)
def _atlas(of: tuple[str | bool, ...], _compute: Callable[[], atlas.Atlas]) -> atlas.Atlas:
    return _compute()


def survey(
    a: ForwardPass, b: ForwardPass, alignment: comparison.Alignment, layers: tuple[int, ...]
) -> comparison.Survey:
    """How much each head differs between two runs: up to a fifth of a second, so kept."""
    return _survey(
        (str(a.model), a.text, b.text, a.is_stored, b.is_stored),
        layers,
        lambda: comparison.survey(a, b, alignment, layers),
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def _survey(
    of: tuple[str | bool, ...], layers: tuple[int, ...], _compute: Callable[[], comparison.Survey]
) -> comparison.Survey:
    computed = _compute()
    computed.distances.setflags(write=False)
    return computed


@st.cache_resource(max_entries=32, show_spinner=False)
def fitted_score(
    method: str,
    trained: interpolation.Trained,
    plan: interpolation.Plan,
    digits: int,
    seed: int,
) -> interpolation.Score:
    """A score fitted inside the trained length: up to half a second, so kept."""
    scaled = interpolation.scaled(method, trained, plan)
    score = interpolation.fitted_score(trained, scaled, plan.length, digits, seed)
    for scores in (score.distances, score.extrapolated, score.interpolated, score.scaled):
        scores.setflags(write=False)
    return score


@st.cache_resource(max_entries=16, show_spinner=False)
def bpe_training(text: str, unit: str, n_merges: int) -> bpe.Training:
    """A training on a text: a tenth of a second for 10,000 characters, so kept."""
    return bpe.train(bpe.words(text, unit), n_merges)


def bpe_vocabulary(tokenizer: Tokenizer) -> bpe.Vocabulary:
    """What a tokenizer merges by: half a second to read, so kept. All cards are different."""
    return _bpe_vocabulary(tokenizer.card, tokenizer)


@st.cache_resource(max_entries=8, show_spinner=False)
def _bpe_vocabulary(card: Card, _tokenizer: Tokenizer) -> bpe.Vocabulary:
    return bpe.vocabulary(_tokenizer)


def extension(
    tokenizer: Tokenizer, text: str, n_words: int, n_shown: int
) -> vocabulary_extension.Extension:
    """A text with more and more added words: half a second for 4,000 characters, so kept.

    Raises what extending raises.
    """
    return _extension(tokenizer.card, text, n_words, n_shown, tokenizer)


@st.cache_resource(max_entries=16, show_spinner=False)
def _extension(
    card: Card, text: str, n_words: int, n_shown: int, _tokenizer: Tokenizer
) -> vocabulary_extension.Extension:
    found = vocabulary_extension.extend(_tokenizer, text, n_words, n_shown)
    for numbers in (found.n_tokens, found.n_chinese_tokens, found.kinds):
        numbers.setflags(write=False)
    return found


@st.cache_resource(max_entries=16, show_spinner=False)
def wordpiece_training(text: str, criterion: str, n_merges: int) -> wordpiece.Training:
    """A training on a text: up to half a second for 10,000 characters, so kept."""
    words = wordpiece.words(text, split_ideographs=False)
    return wordpiece.train(words, n_merges, criterion=criterion)


@st.cache_resource(max_entries=8, show_spinner=False)
def wordpiece_vocabulary(card: Card, _tokenizer: Tokenizer) -> wordpiece.Vocabulary:
    """The entries of a tokenizer: tens of thousands of names, so kept."""
    return wordpiece.vocabulary(_tokenizer)


@st.cache_resource(max_entries=16, show_spinner=False)
def unigram_training(text: str, n_vocab: int) -> unigram.Training:
    """A training on a text: up to a second for 10,000 characters, so kept."""
    return unigram.train(unigram.words(text), n_vocab)


@st.cache_resource(show_spinner=False)
def unigram_vocabulary() -> unigram.Vocabulary:
    """The pieces of the tokenizer that comes with the program, with their probabilities."""
    return unigram.vocabulary_of(trained.pieces())


@st.cache_resource(show_spinner=False)
def reverser() -> reverser_weights.Network:
    """The small network that writes words backwards: one for all."""
    return reverser_weights.load()


def cut(tokenizer: Tokenizer, sentence: str) -> Cut:
    """A text as a tokenizer cuts it: for a long one up to a second, so kept.

    No two tokenizers have the same card. Raises what cutting raises.
    """
    return (_cut if len(sentence) <= SHORT else _long_cut)(tokenizer.card, sentence, tokenizer)


@st.cache_resource(max_entries=256, show_spinner=False)
def _cut(card: Card, sentence: str, _tokenizer: Tokenizer) -> Cut:
    return _tokenizer.cut(sentence)


@st.cache_resource(max_entries=12, show_spinner=False)
def _long_cut(card: Card, sentence: str, _tokenizer: Tokenizer) -> Cut:
    return _tokenizer.cut(sentence)
