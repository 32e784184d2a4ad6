"""`python -m tests.pictures` takes the README's pictures, on the real model."""

from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import CHROMIUM, SWITCHES
from tests.server import serving

FOLDER = Path(__file__).parent
SIZE = {"width": 1280, "height": 800}
# In English and light; and one of each other kind.
SHOWN = (
    "attention", "atlas", "stages", "ablation", "rope", "sampling", "tokens", "divergence",
    "entropy",
)  # fmt: skip
OTHERS = {
    "attention-zh-dark": ("attention", "lang=zh", "dark"),
    "attention-lecture": ("attention", "lang=en&lecture=true", "light"),
}
DRAWN = "() => [...document.querySelectorAll('.stage')].some(stage => stage.dataset.drawn)"


def main() -> None:
    """One picture per page and kind, into this folder."""
    wanted = {topic: (topic, "lang=en", "light") for topic in SHOWN} | OTHERS
    with serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        page = browser.new_page(viewport=SIZE)
        page.goto(address)
        page.locator(".st-key-model_state").get_by_text("live").wait_for(timeout=300_000)
        for name, (topic, query, scheme) in wanted.items():
            page.emulate_media(color_scheme=scheme)
            page.goto(f"{address}/{'' if topic == 'home' else topic}?{query}")
            _take(page, FOLDER / f"{name}.png")
        browser.close()


def _take(page: Page, file: Path) -> None:
    page.wait_for_function(DRAWN)
    page.wait_for_timeout(2500)
    page.screenshot(path=file)


if __name__ == "__main__":
    main()
