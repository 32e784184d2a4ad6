import threading
import time
from dataclasses import dataclass

import pytest

from core.model import jobs
from core.model.jobs import Jobs
from core.model.refusals import Busy


@dataclass(frozen=True)
class Asked:
    """A question, of which the queue only needs to know which are equal."""

    name: str

    def n_tokens(self, model):
        raise NotImplementedError

    def steps(self, model, is_stopped):
        raise NotImplementedError


def texts(batch):
    return [job.asked for job in batch]


def test_equal_texts_are_one_job():
    queue = Jobs()
    first, second = queue.join("a", 3), queue.join("a", 3)
    assert first is second
    assert first.n_waiters == 2
    assert texts(queue.next_batch(0.0)) == ["a"]
    assert queue.join("a", 3) is first  # also while it runs
    assert queue.next_batch(0.0) == []


def test_a_job_that_nobody_waits_for_is_dropped():
    queue = Jobs()
    job, _ = queue.join("a", 3), queue.join("b", 3)
    queue.join("a", 3)
    queue.leave(job)
    assert queue.place(job)[0] == 1
    queue.leave(job)
    assert texts(queue.next_batch(0.0)) == ["b"]


def test_short_texts_are_run_together_in_their_order():
    queue = Jobs()
    for number in range(10):
        queue.join(str(number), 10)
    assert texts(queue.next_batch(0.0)) == list("01234567")
    assert texts(queue.next_batch(0.0)) == list("89")


def test_a_batch_counts_its_filling():
    queue = Jobs()
    for name, n_tokens in (("a", 100), ("b", 128), ("c", 10), ("d", 600), ("e", 1)):
        queue.join(name, n_tokens)
    assert texts(queue.next_batch(0.0)) == ["a", "b"]
    assert texts(queue.next_batch(0.0)) == ["c"]
    assert texts(queue.next_batch(0.0)) == ["d"]
    assert texts(queue.next_batch(0.0)) == ["e"]


def test_a_question_comes_alone_and_ends_a_batch():
    queue = Jobs()
    for asked in ("a", Asked("long"), "b", "c"):
        queue.join(asked, 1)
    assert texts(queue.next_batch(0.0)) == ["a"]
    assert texts(queue.next_batch(0.0)) == [Asked("long")]
    assert texts(queue.next_batch(0.0)) == ["b", "c"]


def test_in_the_pauses_of_a_question_only_texts_come_and_the_other_questions_keep_their_place():
    queue = Jobs()
    for asked in (Asked("first"), "a", Asked("second"), "b"):
        queue.join(asked, 1)
    queue.next_batch(0.0)
    assert texts(queue.next_batch(0.0, only_texts=True)) == ["a", "b"]
    assert queue.next_batch(0.0, only_texts=True) == []
    assert texts(queue.next_batch(0.0)) == [Asked("second")]


def test_equal_questions_are_one_job_and_a_text_is_no_question():
    queue = Jobs()
    assert queue.join(Asked("a"), 9) is queue.join(Asked("a"), 9)
    assert queue.join("a", 1) is not queue.join(Asked("a"), 9)
    assert queue.join(Asked("a"), 9).n_waiters == 4
    assert not queue.join(Asked("a"), 9).is_text


def test_of_a_question_only_the_rest_counts():
    queue = Jobs(tokens_per_second=100.0)
    long, short = queue.join(Asked("long"), 1000), queue.join("a", 100)
    assert queue.place(long) == (1, 10.0)
    queue.next_batch(0.0)
    long.share = 0.75
    assert queue.place(long) == (0, 2.5)
    assert queue.place(short) == (1, 3.5)


def test_a_question_that_is_given_back_starts_anew():
    queue = Jobs()
    job = queue.join(Asked("long"), 1000)
    queue.next_batch(0.0)
    job.share = 0.5
    queue.give_back([job])
    assert job.share == 0
    assert queue.next_batch(0.0) == [job]


def test_too_many_are_refused_but_joining_is_always_possible():
    queue = Jobs()
    for number in range(jobs.MAX_WAITING):
        queue.join(str(number), 1)
    with pytest.raises(Busy) as refusal:
        queue.join("one more", 1)
    assert refusal.value.n_waiting == jobs.MAX_WAITING
    assert queue.join("0", 1).n_waiters == 2


def test_the_place_counts_down_and_the_estimate_counts_everything_ahead():
    queue = Jobs(tokens_per_second=100.0)
    for name in "abc":
        queue.join(name, 200)
    last = queue.join("d", 200)
    assert queue.place(last) == (4, 8.0)
    (running,) = queue.next_batch(0.0)
    place, seconds = queue.place(last)
    assert place == 3
    assert 7.5 < seconds <= 8
    assert queue.place(running)[0] == 0
    assert queue.place(running)[1] <= 2
    queue.finish(running, None)
    assert queue.place(last) == (3, 6.0)


def test_the_estimate_learns_and_is_never_negative():
    queue = Jobs(tokens_per_second=100.0)
    for _ in range(30):
        queue.learn_speed(1000, 1.0)
    job = queue.join("a", 1000)
    assert queue.place(job)[1] == pytest.approx(1.0, rel=0.01)
    queue.next_batch(0.0)
    queue._running_since -= 60
    assert queue.place(job) == (0, 0.0)


def test_a_stopped_run_that_somebody_joined_comes_first_again():
    queue = Jobs()
    left, joined = queue.join("left", 200), queue.join("joined", 1)
    batch = queue.next_batch(0.0) + queue.next_batch(0.0)
    queue.join("later", 200)
    queue.leave(left)
    assert not queue.is_abandoned(batch)
    queue.leave(joined)
    assert queue.is_abandoned(batch)
    assert queue.join("joined", 1) is joined
    queue.give_back(batch)
    assert texts(queue.next_batch(0.0)) == ["joined"]


def test_everybody_hears_that_the_program_ends():
    queue = Jobs()
    waiting = [queue.join(name, 200) for name in "ab"]
    queue.next_batch(0.0)
    queue.refuse_all(error := RuntimeError("the end"))
    assert all(job.done.is_set() and job.error is error for job in waiting)


def test_the_worker_wakes_as_soon_as_a_text_comes():
    queue = Jobs()
    threading.Timer(0.05, queue.join, ("a", 1)).start()
    started = time.monotonic()
    assert texts(queue.next_batch(timeout=10.0)) == ["a"]
    assert time.monotonic() - started < 5
