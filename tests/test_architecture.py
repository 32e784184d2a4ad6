"""The rules of the house, as tests that fail when one is broken. See README, "How it is built"."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
TOPICS = [page for page in PAGES if page != "home"]  # home only joins what the others compute
CORE = sorted((ROOT / "core").rglob("*.py"))
TORCH_USERS = {"torch", "transformers"}
TOKENIZER_USERS = {"tokenizers", "tiktoken"}

FORBIDDEN_IMPORTS = {
    "core": {"streamlit", "plotly", "pandas", "pages"},
    "pages": {"torch", "transformers", "plotly", "pandas", "numpy"},
    "pages/figures": {"torch", "transformers", "streamlit", "pandas"},
    "pages/ui": {"torch", "transformers"},
}
FORBIDDEN_IN_A_PAGE = ["session_state", "unsafe_allow_html"]
# An import between two topics stands only where the mathematics says so.
ALLOWED_BETWEEN_TOPICS = {
    ("absolute", "attention"),
    ("absolute", "masks"),
    ("absolute", "model"),
    ("absolute", "rope"),
    ("alibi", "absolute"),
    ("alibi", "attention"),
    ("alibi", "masks"),
    ("alibi", "model"),
    ("atlas", "attention"),
    ("atlas", "model"),
    ("interpolation", "model"),
    ("interpolation", "rope"),
    ("bits_per_byte", "perplexity"),
    ("bpe", "tokenizer"),
    ("vocabulary_extension", "tokenizer"),
    ("vocabulary_extension", "tokens"),
    ("self_supervision", "tokens"),
    ("wordpiece", "tokenizer"),
    ("unigram", "tokenizer"),
    ("languages", "tokenizer"),
    ("pre_tokenisation", "tokenizer"),
    ("chat_template", "tokenizer"),
    ("writing", "model"),
    ("writing", "sampling"),
    ("switched", "attention"),
    ("switched", "interpolation"),
    ("switched", "model"),
    ("lines", "attention"),
    ("lines", "model"),
    ("stages", "attention"),
    ("stages", "model"),
    ("ablation", "model"),
    ("cross_attention", "model"),
    ("decoding", "attention"),
    ("decoding", "model"),
    ("embedding", "model"),
    ("race", "bpe"),
    ("race", "unigram"),
    ("race", "wordpiece"),
    ("masks", "attention"),
    ("masks", "model"),
    ("attention", "model"),
    ("comparison", "attention"),
    ("comparison", "model"),
    ("grouped_query", "attention"),
    ("grouped_query", "model"),
    ("repetition", "model"),
    ("sliding_window", "perplexity"),
    ("speculative", "model"),
    ("repetition", "sampling"),
    ("key_value_cache", "model"),
    ("divergence", "alibi"),
    ("divergence", "model"),
    ("draws", "sampling"),
    ("temperature", "sampling"),
    ("scaling", "attention"),
    ("scaling", "model"),
    ("rope", "model"),
    ("relative", "attention"),
    ("relative", "model"),
    ("relative", "rope"),
    ("pairing", "attention"),
    ("pairing", "model"),
    ("pairing", "rope"),
}
CACHES = {"cache", "lru_cache", "cached_property", "cache_data", "cache_resource"}
MOST_LINES = {"app.py": 60}


def imports(path: Path) -> set[str]:
    """Dotted names of all that a file imports, inside functions too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def packages(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def decorators(path: Path) -> set[str]:
    """Names of all decorators in a file, without what they hang on and what they are given."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        for decorator in getattr(node, "decorator_list", []):
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            found.add(called.attr if isinstance(called, ast.Attribute) else called.id)
    return found


@pytest.mark.parametrize("folder", FORBIDDEN_IMPORTS)
def test_a_layer_does_not_reach_up(folder):
    files = CORE if folder == "core" else sorted((ROOT / folder).glob("*.py"))
    assert files
    broken = {p.name: packages(p) & FORBIDDEN_IMPORTS[folder] for p in files}
    assert {name: found for name, found in broken.items() if found} == {}


def test_torch_is_known_in_one_package_only():
    users = {path for path in CORE if packages(path) & TORCH_USERS}
    assert users
    assert {path.parent.name for path in users} == {"model"}


def test_the_tokenizer_libraries_are_known_where_tokenizers_and_models_are_loaded():
    users = {path.parent.name for path in CORE if packages(path) & TOKENIZER_USERS}
    assert users == {"tokenizer", "model"}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_only_asks_and_shows(page):
    source = (ROOT / f"pages/{page}.py").read_text("utf-8")
    assert [word for word in FORBIDDEN_IN_A_PAGE if word in source] == []
    nodes = list(ast.walk(ast.parse(source)))
    assert not any(isinstance(node, ast.Try) for node in nodes)
    # Arithmetic belongs to core; the last index of something is the one sum that a page may do.
    # A bar joins types or tables.
    sums = [n for n in nodes if isinstance(n, ast.BinOp) and not isinstance(n.op, ast.BitOr)]
    assert all(isinstance(n.op, ast.Sub | ast.Add) and is_one(n.right) for n in sums)
    assert len(source.splitlines()) <= 80


def is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_has_one_name_in_every_layer(topic):
    parts = ["core/{}.py", "pages/{}.py", "pages/figures/{}.py", "pages/text/{}.toml"]
    parts += ["tests/core/test_{}.py", "tests/figures/test_{}.py"]
    assert [part for part in parts if not (ROOT / part.format(topic)).exists()] == []


def test_no_topic_of_core_is_without_its_page():
    assert sorted(path.stem for path in (ROOT / "core").glob("[!_]*.py")) == sorted(TOPICS)


@pytest.mark.parametrize("topic", TOPICS)
def test_topics_of_core_do_not_lean_on_each_other(topic):
    found = imports(ROOT / f"core/{topic}.py")
    others = {name.split(".")[1] for name in found if name.startswith("core.")} - {topic}
    assert {other for other in others if (topic, other) not in ALLOWED_BETWEEN_TOPICS} == set()


def test_nothing_is_cached_in_core():
    # Position encodings cached under too few arguments are a bug class of this field.
    cached = {p.name: decorators(p) & CACHES for p in CORE}
    assert {name: found for name, found in cached.items() if found} == {}


def test_all_streamlit_caches_are_in_one_file_and_bounded():
    users = [p.name for p in (ROOT / "pages").rglob("*.py") if decorators(p) & CACHES]
    assert users == ["cached.py"]


@pytest.mark.parametrize("name", MOST_LINES)
def test_the_entry_stays_short(name):
    assert len((ROOT / name).read_text("utf-8").splitlines()) <= MOST_LINES[name]


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [(f"core.{topic}", "torch") for topic in TOPICS]
    + [(f"core.{topic}", "streamlit") for topic in TOPICS]
    + [(f"pages.figures.{page}", "streamlit") for page in PAGES]
    + [("core.model.service", "torch"), ("core.model.stored", "torch")]
    + [("core.tokenizer.shelf", "torch"), ("core.tokenizer.shelf", "transformers")],
)
def test_an_import_stays_light(module, unwanted):
    program = f"import {module}, sys; sys.exit({unwanted!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_the_check_for_light_imports_can_fail():
    program = "import torch, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 1
