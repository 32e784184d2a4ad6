"""The queue in front of the model: who waits for what, and what is run next.

What is asked is a text to be run, or a longer question (questions.py). Equal ones are one job,
however many wait for it. A job that nobody waits for any more is dropped. Short texts are run
together, because one pass over eight costs little more than over one.
"""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from core.model.questions import Partial, Question
from core.model.refusals import Busy
from core.model.results import Answer

MAX_WAITING = 32
BATCH = 8
BATCH_TOKENS = 256  # filling included


@dataclass(eq=False)
class Job:
    """What is asked, and the people who wait for it."""

    asked: str | Question
    n_tokens: int
    n_waiters: int = 0
    share: float = 0.0  # of a question's work that is done
    part: Answer | None = None  # what there is of its answer, where it comes in parts
    done: threading.Event = field(default_factory=threading.Event)
    answer: Answer | None = None
    error: Exception | None = None

    @property
    def is_text(self) -> bool:
        """Whether it is one run, which can be batched, and not a longer question."""
        return isinstance(self.asked, str)

    def report(self, news: float | Partial):
        """Take down how far a question is."""
        if isinstance(news, Partial):
            self.share, self.part = news.share, news.answer
        else:
            self.share = news


class Jobs:
    """The waiting jobs in their order, and the running ones. Safe to use from several threads."""

    def __init__(self, tokens_per_second: float = 200.0):
        self._changed = threading.Condition()
        self._waiting: OrderedDict[str | Question, Job] = OrderedDict()
        self._running: dict[str | Question, Job] = {}
        self._running_since = 0.0
        self.tokens_per_second = tokens_per_second

    def join(self, asked: str | Question, n_tokens: int) -> Job:
        """The job of what is asked, new or already there, with one more person waiting for it.

        Raises:
            Busy: it would be new, and too many are waiting.
        """
        with self._changed:
            job = self._running.get(asked) or self._waiting.get(asked)
            if job is None:
                if len(self._waiting) >= MAX_WAITING:
                    raise Busy(len(self._waiting))
                job = self._waiting[asked] = Job(asked, n_tokens)
                self._changed.notify_all()
            job.n_waiters += 1
            return job

    def leave(self, job: Job):
        """One person less waits for the job."""
        with self._changed:
            job.n_waiters -= 1
            if job.n_waiters == 0 and self._waiting.get(job.asked) is job:
                del self._waiting[job.asked]

    def place(self, job: Job) -> tuple[int, float]:
        """Place in the queue, 0 when it runs, and about how many seconds it will take."""
        with self._changed:
            waiting = list(self._waiting.values())
            ahead = waiting[: waiting.index(job) + 1] if job in waiting else []
            running = self._running.values()
            n_tokens = sum((1 - other.share) * other.n_tokens for other in (*ahead, *running))
            only_texts = running and all(other.is_text for other in running)
            elapsed = time.monotonic() - self._running_since if only_texts else 0.0
            return len(ahead), max(0.0, n_tokens / self.tokens_per_second - elapsed)

    def next_batch(self, timeout: float, only_texts: bool = False) -> list[Job]:
        """What is run next; empty if nothing has come until the time is out.

        A question comes alone. `only_texts` is for the pauses of a question, in which short runs
        are let through.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting, timeout)
            batch: list[Job] = []
            for job in self._waiting.values():
                if not job.is_text:
                    if only_texts:
                        continue
                    batch = batch or [job]
                    break
                longest = max([job.n_tokens, *(other.n_tokens for other in batch)])
                is_full = len(batch) == BATCH or longest * (len(batch) + 1) > BATCH_TOKENS
                if batch and is_full:
                    break
                batch.append(job)
            for job in batch:
                self._running[job.asked] = self._waiting.pop(job.asked)
            self._running_since = time.monotonic()
            return batch

    def is_abandoned(self, batch: list[Job]) -> bool:
        """Whether nobody waits for any of the jobs."""
        with self._changed:
            return all(job.n_waiters == 0 for job in batch)

    def finish(self, job: Job, answer: Answer | None, error: Exception | None = None):
        """Hand an answer or an error to all who wait for the job."""
        with self._changed:
            self._running.pop(job.asked, None)
            job.answer, job.error = answer, error
            job.done.set()

    def give_back(self, batch: list[Job]):
        """After a run that was stopped: jobs that somebody joined meanwhile wait in front."""
        with self._changed:
            for job in reversed(batch):
                self._running.pop(job.asked, None)
                job.share, job.part = 0.0, None
                if job.n_waiters:
                    self._waiting[job.asked] = job
                    self._waiting.move_to_end(job.asked, last=False)

    def refuse_all(self, error: Exception):
        """Hand an error to everybody who waits."""
        with self._changed:
            for job in (*self._waiting.values(), *self._running.values()):
                job.error = error
                job.done.set()
            self._waiting.clear()
            self._running.clear()

    def learn_speed(self, n_tokens: int, seconds: float):
        """Take a finished run into the estimate of how long the next ones will take."""
        with self._changed:
            seen = n_tokens / max(seconds, 1e-3)
            self.tokens_per_second += 0.3 * (seen - self.tokens_per_second)
