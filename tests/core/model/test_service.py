import gc
import os
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.model import run, service
from core.model.questions import Ablation, Continuation, Partial
from core.model.refusals import EmptyText, NotFinite, RunFailed, TextTooLong, Unanswerable
from core.model.service import NotReady, Service
from core.model.sources import Folder, Progress, SourceError

ROOT = Path(__file__).parents[3]


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def shared(tiny_folder):
    """One ready service; a test that spoils it makes its own."""
    made = Service(lambda: Folder(tiny_folder()))
    wait_for(lambda: made.status.state == "ready")
    yield made
    assert made.drain()


@pytest.fixture
def ready(shared):
    shared._results._kept.clear()
    shared._results.n_bytes = 0
    return shared


@pytest.fixture
def runs(monkeypatch):
    """The batches that were run; the gate holds the worker while it is not set."""
    seen, gate, true_run = [], threading.Event(), run.run

    def slow_run(model, texts, is_stopped):
        seen.append(list(texts))
        while not gate.wait(0.01):
            if is_stopped():
                raise run.capture.Cancelled
        return true_run(model, texts, is_stopped)

    monkeypatch.setattr(run, "run", slow_run)
    yield seen, gate
    gate.set()


def test_the_model_is_loaded_in_the_background_and_asked(ready, tiny_folder):
    assert ready.status.model.name == tiny_folder().name
    forward = ready.forward_pass("The cat")
    assert forward.text == "The cat"
    assert ready.cached("The cat") is forward
    assert ready.forward_pass("The cat") is forward
    assert ready.cached("The dog") is None


def test_the_model_is_kept_out_of_the_garbage_collection(ready):
    assert gc.get_freeze_count() > 100_000


def test_a_text_that_many_ask_for_is_run_once(ready, runs):
    seen, gate = runs
    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(ready.forward_pass, "The cat") for _ in range(16)]
        wait_for(lambda: seen and ready._jobs.join("The cat", 2).n_waiters >= 17)
        gate.set()
        assert len({id(each.result()) for each in asked}) == 1
    assert seen == [["The cat"]]


def test_texts_that_come_while_one_runs_are_run_together(ready, runs):
    seen, gate = runs
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(ready.forward_pass, "first")
        wait_for(lambda: seen)
        others = [pool.submit(ready.forward_pass, f"text {n}") for n in range(8)]
        wait_for(lambda: len(ready._jobs._waiting) == 8)
        gate.set()
        assert first.result().text == "first"
        assert [each.result().text for each in others] == [f"text {n}" for n in range(8)]
    assert [len(batch) for batch in seen] == [1, 8]


def test_who_waits_is_told_the_place(ready, runs):
    seen, gate = runs
    told = []
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ready.forward_pass, "first", lambda *about: told.append(about))
        wait_for(lambda: seen and told)
        second = pool.submit(ready.forward_pass, "second", lambda *about: told.append(about))
        wait_for(lambda: any(place == 1 for place, _ in told))
        gate.set()
        first.result(), second.result()
    assert {place for place, _ in told} == {0, 1}
    assert all(seconds >= 0 for _, seconds in told)


class Left(BaseException):
    """As Streamlit raises it in a script that is no longer wanted."""


def leave(*_):
    raise Left


def test_a_run_that_nobody_waits_for_is_stopped_and_the_next_one_starts(ready, runs):
    seen, gate = runs
    with pytest.raises(Left):
        ready.forward_pass("abandoned", leave)
    wait_for(lambda: not ready._jobs._running)
    gate.set()
    assert ready.forward_pass("wanted").text == "wanted"
    assert seen == [["abandoned"], ["wanted"]]
    assert ready.cached("abandoned") is None


def test_a_waiting_text_that_nobody_waits_for_is_never_run(ready, runs):
    seen, gate = runs
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ready.forward_pass, "first")
        wait_for(lambda: seen)
        with pytest.raises(Left):
            ready.forward_pass("abandoned", leave)
        gate.set()
        first.result()
    ready.forward_pass("last")
    assert seen == [["first"], ["last"]]


@pytest.mark.parametrize(("text", "refusal"), [("", EmptyText), ("a " * 1025, TextTooLong)])
def test_what_cannot_be_run_is_refused_without_waiting(ready, runs, text, refusal):
    with pytest.raises(refusal):
        ready.forward_pass(text)
    assert runs[0] == []


def test_one_bad_text_does_not_spoil_the_others(ready, runs, monkeypatch):
    seen, gate = runs
    held = run.run

    def picky(model, texts, is_stopped):
        forwards = held(model, texts, is_stopped)
        if "bad" in texts:
            raise NotFinite("bad")
        return forwards

    monkeypatch.setattr(run, "run", picky)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(ready.forward_pass, "first")
        wait_for(lambda: seen)
        good, bad = (pool.submit(ready.forward_pass, text) for text in ("good", "bad"))
        wait_for(lambda: len(ready._jobs._waiting) == 2)
        gate.set()
        assert first.result().text == "first"
        assert good.result().text == "good"
        with pytest.raises(NotFinite):
            bad.result()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "no_memory"),
        (MemoryError(), "no_memory"),
        (RuntimeError("something new"), "failed"),
    ],
)
def test_a_run_that_breaks_off_is_said_and_the_next_one_works(ready, monkeypatch, error, reason):
    def fails(*_):
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(run, "run", fails)
        with pytest.raises(RunFailed) as failure:
            ready.forward_pass("The cat")
    assert failure.value.reason == reason
    assert ready.forward_pass("The cat").text == "The cat"


# Questions


@dataclass
class Number:
    """An answer that is quickly compared."""

    value: int

    @property
    def n_bytes(self):
        return 8


@dataclass(frozen=True)
class Slow:
    """A question of many steps, each of which waits for the test's gate."""

    name: str
    n_steps: int = 3
    error: Exception | None = None

    def n_tokens(self, model):
        return 10 * self.n_steps

    def steps(self, model, is_stopped):
        for step in range(self.n_steps):
            started.append((self.name, step))
            yield step / self.n_steps
            wait_for(lambda: gate.is_set() or is_stopped())  # or fail: a test must not hang
            if is_stopped():
                raise run.capture.Cancelled
        if self.error:
            raise self.error
        return Number(self.n_steps)


started, gate = [], threading.Event()


@pytest.fixture(autouse=True)
def closed():
    """The gate is closed and nothing has started."""
    started.clear()
    gate.clear()
    yield
    gate.set()


def test_a_question_is_answered_once_and_then_at_hand(ready):
    gate.set()
    question = Slow("a")
    assert ready.cached(question) is None
    found = ready.ask(question)
    assert found.value == 3
    assert ready.ask(Slow("a")) is found
    assert ready.cached(Slow("a")) is found
    assert started == [("a", 0), ("a", 1), ("a", 2)]


def test_a_question_that_many_ask_is_worked_on_once(ready):
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ready.ask, Slow("a")) for _ in range(8)]
        wait_for(lambda: started and ready._jobs.join(Slow("a"), 30).n_waiters >= 9)
        gate.set()
        assert len({id(each.result()) for each in asked}) == 1
    assert len(started) == 3


def test_short_runs_are_served_in_the_pauses_of_a_question(ready):
    class Pausing(Slow):
        def steps(self, model, is_stopped):
            yield 0.0
            wait_for(lambda: len(ready._jobs._waiting) == 3)
            yield 0.5
            return Number(sum(ready.cached(text) is not None for text in "xy"))

    with ThreadPoolExecutor(4) as pool:
        slow = pool.submit(ready.ask, Pausing("slow"))
        wait_for(lambda: ready._jobs._running)
        other = pool.submit(ready.ask, Slow("other"))
        texts = [pool.submit(ready.forward_pass, text) for text in "xy"]
        assert slow.result().value == 2
        gate.set()
        assert [each.result().text for each in texts] == ["x", "y"]
        assert other.result().value == 3  # another question waits for its turn
    assert started == [("other", 0), ("other", 1), ("other", 2)]


def test_a_text_with_another_last_word_is_run_from_there(ready, monkeypatch):
    text = "The cat sat on the mat because it was tired. " * 6
    ready.forward_pass(text + "It")
    resumed, true_resume = [], run.resume

    def noted(*given):
        resumed.append(true_resume(*given))
        return resumed[-1]

    monkeypatch.setattr(run, "resume", noted)
    speed = ready._jobs.tokens_per_second
    assert ready.forward_pass(text + "That").text == text + "That"
    assert resumed[0] is ready.cached(text + "That")
    assert ready._jobs.tokens_per_second == speed
    assert ready.forward_pass("To be, or not to be. " * 10).text.startswith("To be")
    assert len(resumed) == 1  # nothing in common


def test_several_questions_go_on_in_turns(ready):
    class Turning(Slow):
        def steps(self, model, is_stopped):
            wait_for(lambda: started or len(ready._jobs._waiting) == 5)  # all have asked
            for step in range(3):
                started.append((self.name, step))
                yield step / 3
            return Number(3)

    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(ready.ask, Turning(name)) for name in "abcdef"]
        assert [each.result().value for each in asked] == [3] * 6
    names = [name for name, _ in started]
    first, second = list(dict.fromkeys(names))[:2]
    ends = {name: started.index((name, 2)) for name in "abcdef"}
    assert started.index((second, 0)) < ends[first]  # begun before the first was through
    for place, (name, _) in enumerate(started):
        at_work = {other for other, step in started[:place] if ends[other] >= place}
        assert len(at_work | {name}) <= service.QUESTIONS_AT_ONCE


def test_what_there_is_of_an_answer_is_told_while_it_grows(ready):
    class Growing(Slow):
        def steps(self, model, is_stopped):
            for step in range(3):
                yield Partial(step / 3, Number(step))
                wait_for(lambda step=step: step in told)
            return Number(99)

    told = []
    assert ready.ask(Growing("g"), on_part=lambda part: told.append(part.value)).value == 99
    assert told == [0, 1, 2]


def test_who_waits_for_a_question_is_told_how_far_it_is(ready):
    told = []

    def say(share, seconds):
        told.append((share, seconds))
        if share == 0 and started:
            gate.set()

    assert ready.ask(Slow("a"), say).value == 3
    assert all(0 <= share < 1 and seconds >= 0 for share, seconds in told)


def test_a_question_that_nobody_waits_for_is_given_up(ready):
    def leave_once_it_runs(*_):
        if started:
            raise Left

    with pytest.raises(Left):
        ready.ask(Slow("abandoned"), leave_once_it_runs)
    wait_for(lambda: not ready._jobs._running)
    assert ready.cached(Slow("abandoned")) is None
    assert started == [("abandoned", 0)]
    assert ready.forward_pass("wanted").text == "wanted"


def test_a_question_that_never_looks_whether_it_is_wanted_is_given_up_in_its_pause(ready):
    class Deaf(Slow):
        def steps(self, model, is_stopped):
            for step in range(1000):
                started.append(step)
                yield step / 1000
                time.sleep(0.01)

    def leave_once_it_runs(*_):
        if started:
            raise Left

    with pytest.raises(Left):
        ready.ask(Deaf("deaf"), leave_once_it_runs)
    wait_for(lambda: not ready._jobs._running)
    assert len(started) < 500


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Unanswerable("no"), Unanswerable),
        (NotFinite("no"), NotFinite),
        (RuntimeError("something new"), RunFailed),
        (MemoryError(), RunFailed),
    ],
)
def test_an_error_in_a_question_reaches_who_asked_and_the_worker_lives_on(ready, error, told):
    gate.set()
    with pytest.raises(told):
        ready.ask(Slow("bad", error=error))
    assert ready.cached(Slow("bad", error=error)) is None
    assert ready.ask(Slow("good")).value == 3
    assert ready.forward_pass("The cat").text == "The cat"


@pytest.mark.parametrize(
    ("question", "refusal"),
    [(Ablation("", ()), EmptyText), (Continuation("a " * 1025, 3), TextTooLong)],
)
def test_a_question_about_what_cannot_be_run_is_refused_without_waiting(ready, question, refusal):
    for asked in (ready.ask, ready.seconds_for):
        with pytest.raises(refusal):
            asked(question)


def test_the_questions_of_the_pages_are_answered(ready):
    found = ready.ask(Ablation("The cat", ((0, 1),)))
    assert ready.cached(Ablation("The cat", ((0, 1),))) is found
    assert ready.cached(Ablation("The cat", ((0, 2),))) is None
    assert len(ready.ask(Continuation("The cat", 2)).forward.tokens) >= 2


def test_a_question_costs_as_many_seconds_as_its_tokens(ready):
    ready.forward_pass("The cat")
    seconds = ready.seconds_for(Slow("a", n_steps=100))
    assert seconds == pytest.approx(1000 / ready._jobs.tokens_per_second)


def test_the_tokens_of_a_question_are_counted_once(ready):
    counted = []

    class Counted(Slow):
        def n_tokens(self, model):
            counted.append(self.name)
            if self.name == "refused":
                raise Unanswerable("it cannot be asked")
            return super().n_tokens(model)

    assert ready.seconds_for(Counted("a")) == ready.seconds_for(Counted("a")) > 0
    assert counted == ["a"]
    for _ in range(2):  # a refusal is not kept
        with pytest.raises(Unanswerable):
            ready.seconds_for(Counted("refused"))
    assert counted == ["a", "refused", "refused"]


def test_without_a_model_the_reason_is_known_and_the_next_try_works(tiny_folder, tmp_path):
    missing = tmp_path / "model"
    made = Service(lambda: Folder(missing), pauses=(600.0,))
    wait_for(lambda: made.status.state == "failed")
    assert made.status.error.reason == "bad_folder"
    with pytest.raises(NotReady) as refusal:
        made.forward_pass("The cat")
    assert refusal.value.status.state == "failed"
    missing.symlink_to(tiny_folder())
    made.retry()
    wait_for(lambda: made.status.state == "ready")
    assert made.forward_pass("The cat").text == "The cat"
    assert made.drain()


def test_failures_are_followed_by_pauses_and_further_attempts():
    attempts = []

    def choose():
        attempts.append(time.monotonic())
        if len(attempts) < 4:
            raise SourceError("no_network", "no")
        raise KeyError("a mistake of ours")

    made = Service(choose, pauses=(0.05, 0.05, 0.05, 600.0))
    wait_for(lambda: len(attempts) == 4 and made.status.state == "failed")
    assert made.status.error.reason == "failed"
    assert "a mistake of ours" in made.status.error.detail
    assert made.drain()


@pytest.fixture
def made(tiny_folder):
    """A ready service of the test's own."""
    made = Service(lambda: Folder(tiny_folder()))
    wait_for(lambda: made.status.state == "ready")
    yield made
    assert made.drain()


def test_the_end_of_the_program_is_told_to_those_who_wait(made, runs):
    seen, _ = runs
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(made.forward_pass, "running")]
        wait_for(lambda: seen)
        asked.append(pool.submit(made.forward_pass, "waiting"))
        wait_for(lambda: made._jobs._waiting)
        assert made.drain()
        for each in asked:
            with pytest.raises(NotReady):
                each.result()
    assert made.status.state == "stopped"
    with pytest.raises(NotReady):
        made.forward_pass("late")


def test_the_end_of_the_program_breaks_off_a_question(made):
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(made.ask, Slow("a"))
        wait_for(lambda: started)
        assert made.drain()
        with pytest.raises(NotReady):
            asked.result()
    with pytest.raises(NotReady):
        made.ask(Slow("late"))
    with pytest.raises(NotReady):
        made.seconds_for(Slow("late"))


def test_the_end_of_the_program_breaks_off_the_fetching(monkeypatch):
    def fetching(source, watch):
        for done in range(10**6):
            watch.tell("fetching", done, 10**6)
            time.sleep(0.01)

    monkeypatch.setattr(service.sources, "prepare", fetching)
    made = Service(lambda: Folder(Path("nowhere")))
    wait_for(lambda: made.status.state == "fetching")
    assert made.drain()


def test_the_speed_is_the_bytes_of_the_last_seconds(monkeypatch):
    class Clock:
        now = 100.0

        def monotonic(self):
            return self.now

    made = Service(lambda: Folder(Path("nowhere")))
    made.drain()
    clock = Clock()
    monkeypatch.setattr(service, "time", clock)
    for second in range(60):
        clock.now = 100.0 + second
        made._report(Progress("fetching", 1000 * second if second < 40 else 40_000 + second, 10**6))
    assert made.status.state == "fetching"
    assert made.status.progress.done_bytes == 40_059
    assert made.status.bytes_per_second == pytest.approx(1, rel=0.1)
    made._report(Progress("checking", 0, 10**6))
    assert made.status.bytes_per_second == 0


def test_the_process_has_one_service(monkeypatch):
    monkeypatch.setattr(service, "_started", [])
    monkeypatch.setattr(service.atexit, "register", lambda function: None)
    monkeypatch.setattr(Service, "_work", lambda self: None)
    with ThreadPoolExecutor(8) as pool:
        assert len({id(each) for each in pool.map(lambda _: service.shared(), range(8))}) == 1


@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.5])
def test_a_program_that_ends_while_the_model_is_loaded_ends_quietly(tiny_folder, seconds):
    script = f"""
        import time
        from core.model import service
        service.shared()
        time.sleep({seconds})
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=ROOT,
        env={**os.environ, "GLASSBOX_MODEL": str(tiny_folder())},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # torch's own clean-up may complain when it is caught half imported; ours may not.
    assert (done.returncode, "core/model" in done.stderr) == (0, False), done.stderr
