"""Why a text is not cut into tokens. Pages put these into words; the numbers are attributes."""


class EmptyText(ValueError):
    """There is not a single token in the text."""


class TextTooLong(ValueError):
    """The text is longer than what is worked on."""

    def __init__(self, count: int, limit: int, unit: str):
        super().__init__(f"the text has {count:,} {unit}, the limit is {limit:,}")
        self.count = count
        self.limit = limit
        self.unit = unit  # tokens or characters


class UnusableText(ValueError):
    """The tokenizer cannot take the text, for example for half of a character (a surrogate)."""


class NotATokenizer(ValueError):
    """What was brought cannot be used as a tokenizer. `reason`: too_large or no_tokenizer."""

    def __init__(self, reason: str, detail: str):
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
