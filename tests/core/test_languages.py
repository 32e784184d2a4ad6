import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from core import languages
from core.tokenizer import library, paragraphs, shelf
from core.tokenizer.paragraphs import Cutting

TEXTS = {"en": "the cat", "zh": "猫猫", "own": "a猫"}
CUTTINGS = (
    Cutting("words", False, {"en": (b"the", b" cat"), "zh": (b"\xe7\x8c\xab",) * 2}),
    Cutting(
        "bytes",
        True,
        {code: tuple(bytes([byte]) for byte in text.encode()) for code, text in TEXTS.items()},
    ),
)


def test_a_worked_example():
    found = languages.costs(TEXTS, CUTTINGS)
    assert found.tokenizers == ("words", "bytes")
    assert found.is_live == (False, True)
    np.testing.assert_array_equal(found.of("tokens"), [[2, 7], [2, 6], [np.nan, 4]])
    np.testing.assert_allclose(found.of("relative"), [[1, 1], [1, 6 / 7], [np.nan, np.nan]])
    np.testing.assert_allclose(found.of("tokens_per_character")[1], [1, 3])
    np.testing.assert_allclose(found.of("characters_per_token")[0], [3.5, 1])
    np.testing.assert_allclose(found.of("bytes_per_token")[1], [3, 1])
    np.testing.assert_allclose(found.shares(1)[:, 1], [2 / 7, 6 / 7, 6 / 7])


@given(text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=30))
def test_without_merges_a_language_pays_by_the_byte_whatever_its_script(text):
    by_byte = {
        code: tuple(bytes([byte]) for byte in words.encode())
        for code, words in {"en": "cats", "xx": text}.items()
    }
    found = languages.costs({"en": "cats", "xx": text}, [Cutting("bytes", True, by_byte)])
    np.testing.assert_array_equal(found.of("bytes_per_token"), [[1], [1]])
    assert found.of("relative")[1, 0] == len(text.encode()) / 4
    np.testing.assert_allclose(
        found.of("tokens_per_character") * found.of("characters_per_token"), 1
    )


def test_words_that_a_vocabulary_lacks_are_no_cheap_ones():
    lacking = Cutting("few", True, {"en": (b"a",), "zh": (b"[UNK]",)}, frozenset({"zh"}))
    found = languages.costs({"en": "a", "zh": "猫猫猫"}, [lacking])
    np.testing.assert_array_equal(found.of("tokens"), [[1], [np.nan]])


def test_where_a_tokenizer_finds_no_token_nothing_is_counted():
    made = Tokenizer(models.WordPiece(vocab={"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = library.from_tokenizers(made, "letters", "file")
    found = paragraphs.live(tokenizer, {"en": "a a", "zh": "  ", "own": "a b"})
    assert found.cuts == {"en": (b"a", b"a"), "zh": (), "own": (b"a", b"[UNK]")}
    assert found.unwritable == {"zh", "own"}


def test_what_is_no_measure_or_has_no_english_is_refused():
    with pytest.raises(ValueError, match="'price'"):
        languages.costs(TEXTS, CUTTINGS).of("price")
    with pytest.raises(ValueError, match=r"\['zh'\]"):
        languages.costs({"zh": "猫"}, CUTTINGS)


def test_the_paragraph_is_there_in_twelve_languages_and_every_stored_cut_spells_it():
    texts = paragraphs.texts()
    assert len(texts) == 12
    stored = paragraphs.stored()
    assert {one.name for one in stored} >= {"r50k_base", "cl100k_base", "o200k_base"}
    for cutting in stored:
        assert not cutting.is_live
        for language, text in texts.items():
            assert b"".join(cutting.cuts[language]) == text.encode()


def test_the_stored_cuts_are_those_of_the_tokenizers_at_hand():
    texts, cl100k = paragraphs.texts(), shelf.packaged("cl100k_base")
    kept = {one.name: one for one in paragraphs.stored()}
    assert kept["cl100k_base"].cuts == paragraphs.live(cl100k, texts).cuts


@pytest.mark.weights
def test_the_stored_cuts_are_those_of_the_real_model(real_model):
    kept = {one.name: one for one in paragraphs.stored()}
    now = paragraphs.live(real_model.tokenizer, paragraphs.texts())
    assert kept[real_model.tokenizer.card.name].cuts == now.cuts


def test_a_tokenizer_at_hand_takes_the_place_of_its_stored_cuts(load_tiny):
    texts = paragraphs.texts() | {languages.OWN: "a b"}
    tiny, cl100k = load_tiny().tokenizer, shelf.packaged("cl100k_base")
    found = paragraphs.known([tiny, cl100k], texts)
    assert [one.name for one in found] == [
        *(one.name for one in paragraphs.stored()), tiny.card.name,
    ]  # fmt: skip
    assert {one.name for one in found if one.is_live} == {"cl100k_base", tiny.card.name}
    numbers = languages.costs(texts, found).of("tokens")
    assert np.isfinite(numbers[:12]).all()
    assert np.isnan(numbers[12]).tolist() == [not one.is_live for one in found]


def test_chinese_costs_what_is_told_about_the_vocabularies():
    found = languages.costs(paragraphs.texts(), paragraphs.stored())
    per_character = found.of("tokens_per_character")[found.languages.index("zh")]
    told = {"SmolLM2-135M-Instruct": 1.7, "cl100k_base": 1.2, "o200k_base": 0.8}
    for name, number in told.items():
        assert round(float(per_character[found.tokenizers.index(name)]), 1) == number


def test_what_is_saved_is_read_again(tmp_path, monkeypatch):
    file = tmp_path / "cuts.json"
    paragraphs.save(paragraphs.stored(), file)
    assert json.loads(file.read_text()) == json.loads(paragraphs.CUTS.read_text())
    monkeypatch.setattr(paragraphs, "CUTS", file)
    assert paragraphs.stored() == paragraphs.stored()
