"""How huggingface_hub tells what it does, and how its exceptions become our one error."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

from core.storage.fetching import SourceError, Watch, reason_of


def bar(watch: Watch, total: int) -> type:
    """What huggingface_hub takes for a progress bar; it reports instead of drawing."""
    from tqdm.auto import tqdm

    class Bar(tqdm):
        def __init__(self, *args, **kwargs):
            kwargs.pop("name", None)
            super().__init__(*args, **{**kwargs, "file": io.StringIO(), "disable": False})

        def update(self, n=1):
            super().update(n)
            if self.unit == "B":
                watch.tell("fetching", min(int(self.n), total), total)

    return Bar


@contextmanager
def explained(repo_id: str) -> Iterator[None]:
    """Turn the exceptions of huggingface_hub into a SourceError with their reason."""
    import httpx2
    from huggingface_hub import errors

    # The first that fits counts: most of these are OSErrors as well.
    reasons = (
        ((errors.RepositoryNotFoundError, errors.RevisionNotFoundError), "not_found"),
        ((errors.HFValidationError, errors.DisabledRepoError), "not_found"),
        ((errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled), "no_network"),
        ((errors.EntryNotFoundError,), "not_found"),
        ((httpx2.HTTPError, ConnectionError, TimeoutError), "no_network"),
    )
    try:
        yield
    except (OSError, ValueError, httpx2.HTTPError) as error:
        found = [reason for types, reason in reasons if isinstance(error, types)]
        if not found:
            found = [reason_of(error) if isinstance(error, OSError) else "failed"]
        text = next(iter(str(error).splitlines()), "")
        raise SourceError(found[0], f"{repo_id}: {type(error).__name__}: {text}"[:300]) from error
