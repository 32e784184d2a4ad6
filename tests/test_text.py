"""Both languages say the same: same keys, same fields, same formulas; and every figure is told."""

import re
import tomllib
from pathlib import Path

import pytest

from pages.text import LANGUAGES

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "pages/text").glob("*.toml"))
FIELD = re.compile(r"(?<!%)\{(\w+)[^}]*\}")  # {count}, {share:.0%}; not Plotly's %{x}
FORMULA = re.compile(r"\$[^$]+\$")
TOLD = {"title", "alt", "reading", "provenance"}
SHOWN = re.compile(r"show_figure\(\s*\"(\w+)\"")


def entries(tree, path=()):
    if tree and all(isinstance(words, str) for words in tree.values()):
        yield ".".join(path), tree
    else:
        for name, branch in tree.items():
            yield from entries(branch, (*path, name))


def table(file):
    return tomllib.loads(file.read_text("utf-8"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_languages_agree(file):
    for key, words in entries(table(file)):
        assert words.keys() == LANGUAGES.keys(), key
        assert all(text.strip() for text in words.values()), key
        without_math = [FORMULA.sub("", text) for text in words.values()]
        assert len({frozenset(FIELD.findall(text)) for text in without_math}) == 1, key
        assert len({tuple(sorted(FORMULA.findall(text))) for text in words.values()}) == 1, key


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_entry_holds_fields_or_formulas(file):
    for key, words in entries(table(file)):
        for text in words.values():
            assert not (FORMULA.search(text) and FIELD.search(FORMULA.sub("", text))), key


def figures_of(page):
    return SHOWN.findall((ROOT / f"pages/{page}.py").read_text("utf-8"))


PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))


@pytest.mark.parametrize("page", PAGES)
def test_every_figure_is_told(page):
    words = table(ROOT / f"pages/text/{page}.toml")
    assert figures_of(page), "a page without a figure"
    for name in figures_of(page):
        assert words[name].keys() >= TOLD, name


def test_every_figure_has_its_own_name_and_its_recipe():
    names = [name for page in PAGES for name in figures_of(page)]
    assert len(names) == len(set(names))
    assert sorted(names) == sorted(path.stem for path in (ROOT / "pages/recipes").glob("*.py"))


def test_the_words_of_the_chinese_reader_are_chinese():
    same = {
        key
        for file in FILES
        for key, words in entries(table(file))
        if words["en"] == words["zh"] and re.search(r"[A-Za-z]{4,}", FIELD.sub("", words["en"]))
    }
    names_of_the_field = {
        "station.logits.title",
        "columns.logit",
        "method.yarn",
        "name.unigram",
        "name.wordpiece",
    }
    assert same <= {"icon", "stages.hover_number"} | names_of_the_field


@pytest.mark.parametrize("topic", PAGES)
def test_a_topic_does_not_hide_common_words(topic):
    common, own = (table(ROOT / f"pages/text/{name}.toml") for name in ("common", topic))
    assert common.keys() & own.keys() == set()
