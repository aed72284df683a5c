"""Waiting for what must come, without guessing how long it takes."""

import time


def until(holds, what: str = "", seconds: float = 20):
    """Asks again and again until there is an answer, and gives it."""
    end = time.monotonic() + seconds
    while True:
        answer = holds()
        if answer:
            return answer
        assert time.monotonic() < end, f"not within {seconds} s: {what or holds}"
        time.sleep(0.02)
