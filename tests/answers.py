"""Questions to a model, worked on to the end."""


def answer(model, question, is_stopped=lambda: False):
    """The answer to a question whose steps tell the shares that are done."""
    steps, shares = question.steps(model, is_stopped), []
    while True:
        try:
            shares.append(next(steps))
        except StopIteration as end:
            assert shares == sorted(shares)
            assert all(0 <= share < 1 for share in shares)
            return end.value
