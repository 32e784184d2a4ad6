"""One model and one worker thread for all people who use the process.

The worker fetches and loads the model, then runs what is asked for, one batch after the other. The
people's threads wait in a queue. A question that takes many runs pauses between them, so that those
who only typed a sentence do not wait for it, and several questions go on in turns. Importing this
module is cheap: torch is imported by the worker.
"""

import atexit
import gc
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, repeat

from core.model import sources
from core.model.chat import ChatTemplate
from core.model.forward_pass import ForwardPass, ModelCard
from core.model.jobs import Job, Jobs
from core.model.questions import Partial, Question
from core.model.refusals import (
    Busy,
    Cancelled,
    EmptyText,
    NotFinite,
    RunFailed,
    TextTooLong,
    Unanswerable,
    UnusableText,
)
from core.model.results import Answer, Results
from core.model.sources import Progress, SourceError
from core.tokenizer.library import Tokenizer

__all__ = [
    "Busy",
    "EmptyText",
    "NotFinite",
    "NotReady",
    "RunFailed",
    "Service",
    "SourceError",
    "Status",
    "TextTooLong",
    "Unanswerable",
    "UnusableText",
    "ready",
    "shared",
]

POLL_SECONDS = 0.1
WORTH_RESUMING = 32  # tokens of a text; a shorter one is quickly run as a whole
N_RESUMED = 4  # texts of late that a new one may go on from
QUESTIONS_AT_ONCE = 4  # each may keep what it has read so far in memory
N_SIZES = 32  # questions whose tokens need not be counted again
CACHE_MEGABYTES = 512  # unless GLASSBOX_CACHE_MB says otherwise
PAUSES = (5.0, 15.0, 60.0, 300.0)  # seconds between attempts to get the model
STATE_OF_STAGE = {
    "waiting": "fetching",
    "fetching": "fetching",
    "checking": "fetching",
    "converting": "converting",
    "loading": "loading",
}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Status:
    """How far the model is."""

    state: str = "starting"  # starting, fetching, converting, loading, ready, failed or stopped
    progress: Progress | None = None
    bytes_per_second: float = 0.0
    error: SourceError | None = None  # of the last attempt, when failed
    model: ModelCard | None = None  # when ready


class NotReady(RuntimeError):
    """The model cannot be asked yet, or no more. `status` says why."""

    def __init__(self, status: Status):
        super().__init__(f"the model is {status.state}")
        self.status = status


class Service:
    """A model that is loaded in the background and asked by many."""

    def __init__(
        self,
        choose: Callable[[], sources.Source] = sources.chosen,
        cache_bytes: int = CACHE_MEGABYTES * 2**20,
        pauses: tuple[float, ...] = PAUSES,
    ):
        self._choose = choose
        self._pauses = pauses
        self._results = Results(cache_bytes)
        self._jobs = Jobs()
        self._status = Status()
        self._samples: deque[tuple[float, int]] = deque(maxlen=20)
        self._stage = ""
        self._model = None
        # Counted once for each question: a long text takes a tenth of a second, at every rerun.
        self._size = lru_cache(N_SIZES)(lambda question: question.n_tokens(self._model))
        self._has_served = False
        self._is_stopped = threading.Event()
        self._try_now = threading.Event()
        self._worker = threading.Thread(target=self._work, name="model", daemon=True)
        self._worker.start()

    @property
    def status(self) -> Status:
        """How far the model is, at this moment."""
        return self._status

    @property
    def tokenizer(self) -> Tokenizer | None:
        """The loaded model's own; None until it is there. Cutting a text waits for nobody."""
        return None if self._model is None else self._model.tokenizer

    @property
    def chat_template(self) -> ChatTemplate | None:
        """The loaded model's own; None until it is there, or if it has none."""
        return None if self._model is None else self._model.template

    @property
    def wanted(self) -> str:
        """The name of the model that is, or is to be, loaded."""
        return sources.name_of(self._choose())

    def retry(self):
        """After a failure: try again now instead of after the pause."""
        self._try_now.set()

    def cached(self, asked: str | Question) -> ForwardPass | Answer | None:
        """The run over a text, or the answer to a question, if it is at hand; never waits."""
        return self._results.get(asked)

    def forward_pass(
        self, text: str, on_wait: Callable[[int, float], None] = lambda place, seconds: None
    ) -> ForwardPass:
        """The run over a text, now or after waiting for it.

        While waiting, `on_wait` is called every 0.1 s in the caller's thread with the place in the
        queue (0: it runs) and the estimated seconds. If it raises, the caller no longer waits.

        Raises:
            NotReady: the model is not loaded.
            Busy: too many are waiting.
            EmptyText, TextTooLong, UnusableText: the text cannot be run.
            NotFinite, RunFailed: it was run, without success.
        """
        kept = self._results.get(text)
        if kept is not None:
            return kept
        job = self._job(text)
        return self._waited(job, lambda: on_wait(*self._jobs.place(job)))

    def ask(
        self,
        question: Question,
        on_wait: Callable[[float, float], None] = lambda share, seconds: None,
        on_part: Callable[[Answer], None] = lambda answer: None,
    ) -> Answer:
        """The answer to a question, now or after waiting for it.

        While waiting, `on_wait` is called every 0.1 s in the caller's thread with the share of the
        work that is done and the estimated seconds, and `on_part` with what there is of the answer,
        whenever there is more of it. If one of them raises, the caller no longer waits.

        Raises:
            Unanswerable: this network cannot be asked so.
            Also all that `forward_pass` raises.
        """
        kept = self._results.get(question)
        if kept is not None:
            return kept
        job = self._job(question)
        shown = None

        def tell():
            nonlocal shown
            part = job.part
            if part is not shown:
                shown = part
                on_part(part)
            on_wait(job.share, self._jobs.place(job)[1])

        return self._waited(job, tell)

    def seconds_for(self, question: Question) -> float:
        """About how long a question will take, once it is its turn. Raises what `ask` raises."""
        if self._status.state != "ready":
            raise NotReady(self._status)
        return self._size(question) / self._jobs.tokens_per_second

    def _job(self, asked: str | Question) -> Job:
        if self._status.state != "ready":
            raise NotReady(self._status)
        from core.model import run  # the worker has imported it already

        if isinstance(asked, str):
            return self._jobs.join(asked, len(run.token_ids(self._model, asked)))
        return self._jobs.join(asked, self._size(asked))

    def _waited(self, job: Job, tell: Callable[[], None]) -> Answer:
        try:
            while not job.done.wait(POLL_SECONDS):
                if not self._worker.is_alive():
                    raise NotReady(self._status)
                tell()
        finally:
            self._jobs.leave(job)
        if job.error is not None:
            raise job.error.with_traceback(None)
        return job.answer

    def drain(self, timeout: float = 10.0) -> bool:
        """Stop the worker, between two layers if it is running; whether it has stopped."""
        self._is_stopped.set()
        self._try_now.set()
        self._worker.join(timeout)
        return not self._worker.is_alive()

    def _work(self):
        try:
            for pause in chain(self._pauses, repeat(self._pauses[-1])):
                if self._is_stopped.is_set() or self._load():
                    break
                self._try_now.wait(pause)
                self._try_now.clear()
            self._work_on_jobs()
        finally:
            self._status = Status("stopped")
            self._jobs.refuse_all(NotReady(self._status))

    def _work_on_jobs(self):
        """Texts first; in their pauses the questions, each a step in its turn."""
        at_work: deque[tuple[Job, Iterator]] = deque()
        while not self._is_stopped.is_set():
            patience = 0.0 if at_work else POLL_SECONDS
            batch = self._jobs.next_batch(patience, only_texts=bool(at_work))
            if not batch and 0 < len(at_work) < QUESTIONS_AT_ONCE:
                batch = self._jobs.next_batch(0.0)
            if batch and batch[0].is_text:
                self._serve(batch)
                continue
            for job in batch:
                at_work.append((job, job.asked.steps(self._model, self._gives_up(job))))
            if at_work:
                job, steps = at_work.popleft()
                if self._goes_on(job, steps):
                    at_work.append((job, steps))

    def _gives_up(self, job: Job) -> Callable[[], bool]:
        return lambda: self._is_stopped.is_set() or self._jobs.is_abandoned([job])

    def _load(self) -> bool:
        """Whether the model is ready, or will never be because the program ends."""
        self._status, watch = Status(), sources.Watch(self._report, self._is_stopped.is_set)
        self._samples.clear()
        try:
            prepared = sources.prepare(self._choose(), watch)
            self._report(Progress("loading"))
            from core.model import load, run

            model = load.load(prepared, watch)
            run.warm_up(model)
        except sources.Stopped:
            return True
        except SourceError as error:
            log.warning("no model: %s", error)
            self._status = Status("failed", error=error)
            return False
        except Exception as error:
            if self._is_stopped.is_set():  # imports fail in an interpreter that is shutting down
                return True
            log.exception("no model")
            failure = SourceError("failed", f"{type(error).__name__}: {error}"[:300])
            self._status = Status("failed", error=failure)
            return False
        _freeze()
        self._model = model
        self._status = Status("ready", model=model.card)
        return True

    def _report(self, progress: Progress):
        now, done = time.monotonic(), progress.done_bytes
        if self._samples and (done < self._samples[-1][1] or self._stage != progress.stage):
            self._samples.clear()
        self._stage = progress.stage
        if not self._samples or now - self._samples[-1][0] >= 0.2:
            self._samples.append((now, done))
        (then, before), speed = self._samples[0], 0.0
        if now > then:
            speed = (done - before) / (now - then)
        self._status = Status(STATE_OF_STAGE[progress.stage], progress, speed)

    def _serve(self, batch: list[Job]):
        def is_stopped() -> bool:
            return self._is_stopped.is_set() or self._jobs.is_abandoned(batch)

        try:
            forwards = self._resumed(batch, is_stopped) or self._run(batch, is_stopped)
        except Cancelled:
            self._jobs.give_back(batch)
            return
        except Exception as error:
            if len(batch) > 1:  # one text may have spoilt it for the others
                for job in batch:
                    self._serve([job])
            else:
                self._jobs.finish(batch[0], None, _told(error))
            return
        if not self._has_served:
            _freeze()  # once more: by now the first pages have brought in all their modules
            self._has_served = True
        for job, forward in zip(batch, forwards, strict=True):
            self._results.keep(job.asked, forward)
            self._jobs.finish(job, forward)

    def _run(self, batch: list[Job], is_stopped: Callable[[], bool]) -> list[ForwardPass]:
        """The texts as a whole, in one pass, and what that teaches about the time it takes."""
        from core.model import run

        started = time.monotonic()
        forwards = run.run(self._model, [job.asked for job in batch], is_stopped)
        n_tokens = sum(len(forward.tokens) for forward in forwards)
        self._jobs.learn_speed(n_tokens, time.monotonic() - started)
        return forwards

    def _resumed(self, batch: list[Job], is_stopped: Callable[[], bool]) -> list[ForwardPass]:
        """A single text that goes on like one of late, run from where they part; or nothing."""
        from core.model import run

        if len(batch) > 1 or batch[0].n_tokens < WORTH_RESUMING:
            return []
        ids = run.token_ids(self._model, batch[0].asked)
        known = max(
            self._results.latest(N_RESUMED),
            key=lambda forward: run.shared_beginning(forward, ids),
            default=None,
        )
        if known is None or run.shared_beginning(known, ids) < len(ids) / 2:
            return []
        forward = run.resume(self._model, batch[0].asked, known, is_stopped)
        return [] if forward is None else [forward]

    def _goes_on(self, job: Job, steps: Iterator[float | Partial]) -> bool:
        """Do one step of a question; whether there are more."""
        try:
            job.report(next(steps))
            if self._gives_up(job)():
                raise Cancelled
            return True
        except StopIteration as end:
            self._results.keep(job.asked, end.value)
            self._jobs.finish(job, end.value)
        except Cancelled:
            self._jobs.give_back([job])
        except Exception as error:
            self._jobs.finish(job, None, _told(error))
        return False


def _freeze():
    """Keep what is there now out of the garbage collection.

    Streamlit collects the garbage after every rerun. A model is a million objects that never are;
    frozen, they are not walked through (measured: 270 ms less for each rerun).
    """
    gc.collect()
    gc.freeze()


def _told(error: Exception) -> Exception:
    """The error as pages know it."""
    told = (EmptyText, TextTooLong, Unanswerable, UnusableText, NotFinite, RunFailed)
    if isinstance(error, told):
        return error
    text = f"{type(error).__name__}: {error}"
    no_memory = isinstance(error, MemoryError) or "memory" in text.lower()
    log.error("the run failed", exc_info=error)
    return RunFailed("no_memory" if no_memory else "failed", text[:300])


_one_at_a_time = threading.Lock()
_started: list[Service] = []  # none or one


def shared() -> Service:
    """The one service of this process, started by the first call.

    It is not in a cache of Streamlit's: one visitor's "clear cache" must not unload the model.
    GLASSBOX_CACHE_MB bounds the runs that are kept.
    """
    with _one_at_a_time:
        if not _started:
            _started.append(Service(cache_bytes=_cache_bytes()))
            atexit.register(_started[0].drain)
        return _started[0]


def ready(patience: float = 600.0) -> Service:
    """The same, once its model is loaded: for programs, which have nothing to show until then.

    Raises:
        SourceError: the model cannot be had.
        NotReady: it is not there after `patience` seconds.
    """
    model, end = shared(), time.monotonic() + patience
    while model.status.state != "ready":
        if model.status.state == "failed":
            raise model.status.error
        if time.monotonic() > end:
            raise NotReady(model.status)
        time.sleep(POLL_SECONDS)
    return model


def _cache_bytes() -> int:
    words = os.environ.get("GLASSBOX_CACHE_MB", "")
    if words and not words.isdecimal():
        log.warning("GLASSBOX_CACHE_MB must be a whole number of megabytes, got %r", words)
    return (int(words) if words.isdecimal() else CACHE_MEGABYTES) * 2**20
