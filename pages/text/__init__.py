"""Words for the pages: one TOML file per topic, every entry in English and Chinese."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = {"en": "English", "zh": "简体中文"}
DEFAULT_LANGUAGE = "en"
FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Text:
    """The words of one topic in one language."""

    entries: dict[str, dict]
    language: str

    def __call__(self, key: str, /, **values: object) -> str:
        """The words under a dotted key; {name} fields are filled in from `values`.

        An entry holds either fields or formulas: the braces of a formula are left alone.
        """
        entry = self.entries
        for part in key.split("."):
            entry = entry[part]
        words = entry[self.language].strip()
        return words.format(**values) if values and "$" not in words else words


def load_text(topic: str, language: str) -> Text:
    """A topic's words together with the common ones."""
    common, own = (
        tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8")) for name in ("common", topic)
    )
    return Text(common | own, language)
