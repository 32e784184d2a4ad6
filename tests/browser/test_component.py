"""Data that come in another order than they were sent, as a new component may get them."""

from pages.ui.component import IN_ORDER

STUB = "const render = ({ data }) => { globalThis.drawn.push(data.words) }"


def test_what_comes_late_is_not_drawn(page):
    page.evaluate("globalThis.drawn = []")
    page.evaluate(
        """async (source) => {
          const address = `data:text/javascript,${encodeURIComponent(source)}`
          const { default: show } = await import(address)
          const [one, other] = [{}, {}]
          show({ data: { number: 2, words: "second" }, parentElement: one })
          show({ data: { number: 1, words: "first" }, parentElement: one })
          show({ data: { number: 2, words: "second again" }, parentElement: one })
          show({ data: { number: 1, words: "elsewhere" }, parentElement: other })
        }""",
        STUB + IN_ORDER,
    )
    assert page.evaluate("globalThis.drawn") == ["second", "second again", "elsewhere"]
