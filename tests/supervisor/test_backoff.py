from proxy.supervisor.backoff import Backoff


def test_waits_grow_to_ten_seconds():
    backoff = Backoff()
    waits = [backoff.wait(0.0) for _ in range(10)]
    assert waits == [0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


def test_a_minute_of_life_begins_anew():
    backoff = Backoff()
    for _ in range(5):
        backoff.wait(0.0)
    assert backoff.wait(60.0) == 0.0


def test_thousands_of_deaths_are_no_overflow():
    backoff = Backoff()
    assert [backoff.wait(0.0) for _ in range(3000)][-1] == 10.0
