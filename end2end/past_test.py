"""The past is told, and says what it lacks, while what it does not need cannot be written and while it cannot be written itself."""

import contextlib
import datetime
import os
import sqlite3
import time
import unittest

from end2end.harness import Server

# A look that waits for what cannot come waits 5 seconds.
SOON_S = 3
ROW_S = 6
PLACE = [113.75, 23.02]


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")


def moment(text):
    return datetime.datetime.fromisoformat(text)


def reading(name):
    return {"source": "air-1", "id": name, "kind": "reading", "time": now(), "position": PLACE, "thing": "air-1",
            "property": "pm25", "value": 35.0, "unit": "ug/m3"}


def report(name):
    return {"source": "hotline-1", "id": name, "kind": "report", "time": now(), "position": PLACE, "category": "C0101",
            "severity": 3, "text": "井盖缺失"}


def refuse(server, file, table, statement):
    """Somebody's own tool has seen to it that a table of a file takes nothing in."""
    with contextlib.closing(sqlite3.connect(os.path.join(server.data, file))) as there:
        there.execute(f"CREATE TRIGGER no_{table} BEFORE {statement} ON {table} BEGIN SELECT RAISE(FAIL, 'no'); END")
        there.commit()


class Past(unittest.TestCase):
    def eventually(self, what, check):
        for _ in range(300):
            if found := check():
                return found
            time.sleep(0.1)
        self.fail(f"never: {what}")

    def test_it_is_told_while_readings_cannot_be_written(self):
        with Server() as server:
            feed, reads = server.add_key("*"), {"Authorization": f"Bearer {server.add_key('*', reads=True)}"}
            self.assertEqual(server.post(feed, [report("R1"), reading("M1")])[0], 200)
            since = now()
            refuse(server, "readings.db", "position", "UPDATE")
            self.assertEqual(server.post(feed, [reading("M2")])[0], 200)
            asked = ["", "/density?every=1h", f"/picture?at={since.replace('+', '%2B')}",
                     f"/changes?since={since.replace('+', '%2B')}&step=1s"]
            for question in asked:
                begun = time.monotonic()
                status, answer = server.call(f"/api/v1/past{question}", headers=reads)
                took = time.monotonic() - begun
                self.assertEqual(status, 200, answer)
                self.assertLess(took, SOON_S, question)

    def test_recordings_that_are_given_up_at_a_start_are_told_as_a_time_of_which_nothing_is_known(self):
        with Server() as server:
            feed, reads = server.add_key("*"), {"Authorization": f"Bearer {server.add_key('*', reads=True)}"}
            self.assertEqual(server.post(feed, [report("R1")])[0], 200)
            ask = lambda question: server.call(f"/api/v1/past{question}", headers=reads)[1]
            told = ask("")
            self.assertEqual(told["gaps"], [])
            for table in ("keyframes", "changes"):
                refuse(server, "recordings.db", table, "INSERT")
            # Longer than a row may span: now one has to be written.
            self.assertEqual(server.post(feed, [report("R2")])[0], 200)
            time.sleep(ROW_S)
            self.assertEqual(server.post(feed, [report("R3")])[0], 200)
            self.eventually("what is not recorded is said", lambda: ask("")["gaps"])
            # A start has to write it as well, and goes on without.
            server.kill()
            server.start()
            self.assertEqual(server.post(feed, [report("R4")])[0], 200)
            horizon = ask("")
            self.assertEqual(horizon["gaps"][-1]["since"], horizon["until"])
            at = horizon["gaps"][-1]["until"]
            picture = ask(f"/picture?at={at.replace('+', '%2B')}")
            self.assertEqual(picture["gap"], {"since": horizon["until"], "until": picture["at"]})
            density = ask("/density?every=1h")
            self.assertEqual(density["alarms_unknown"][-1]["since"], horizon["until"])
            self.assertLess(moment(horizon["until"]), moment(at))


if __name__ == "__main__":
    unittest.main()
