"""What strangers, faulty devices and impatient people send: each gets its status and reason, and nothing else suffers."""

import asyncio
import datetime
import gzip
import json
import unittest
import urllib.error
import urllib.request
import uuid

import websockets

from end2end.harness import Server, gulou

SQUARE = [113.7518, 23.0207]
MEBIBYTE = 1024 * 1024


def now(**shift):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**shift)).isoformat(timespec="seconds")


def report(**changes):
    return {"source": "hotline-1", "id": str(uuid.uuid4()), "kind": "report", "time": now(), "position": SQUARE,
            "category": "C0101", "text": "井盖缺失", **changes}


def raw(server, key, body, headers=None):
    """Status and answer of bytes sent as they are."""
    given = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(server.base + "/api/v1/observations", body, {name: value for name, value in given.items() if value})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


class BadInput(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.server = self.enterContext(Server())
        self.feed = self.server.add_key("hotline-*")
        self.reads = self.server.add_key("*", reads=True)

    def tearDown(self):
        status, answer = self.server.post(self.feed, [report()])
        self.assertEqual((status, answer["accepted"]), (200, 1), "a good report is taken after all that")
        self.assertEqual(self.server.stop(), 0)

    def test_batches_that_cannot_be_read_are_refused_whole(self):
        revoked = self.server.add_key("hotline-*")
        listed = gulou("key", "list", "--data", self.server.data)
        self.assertNotIn(revoked, listed, "a key is shown once")
        good = json.dumps([report()]).encode()
        deep = b'[{"a":' + b"[" * 70 + b"]" * 70 + b"}]"
        many = json.dumps([report(id=str(index)) for index in range(10_001)]).encode()
        cases = [
            ("no key", good, {"Authorization": ""}, 401),
            ("a wrong key", good, {"Authorization": "Bearer nobody"}, 401),
            ("a key for other sources", json.dumps([report(source="police-1")]).encode(), {}, 403),
            ("not JSON", b"[{]", {}, 400),
            ("NaN", json.dumps([report(position=[float("nan"), 23.0])]).encode(), {}, 400),
            ("not UTF-8", b'["\xff\xfe"]', {}, 400),
            ("too deep", deep, {}, 400),
            ("empty", b"", {}, 400),
            ("a wrong content type", good, {"Content-Type": "text/plain"}, 415),
            ("an unknown compression", good, {"Content-Encoding": "lzma"}, 415),
            ("broken gzip", gzip.compress(good)[:-9], {"Content-Encoding": "gzip"}, 400),
            ("a bomb", gzip.compress(b" " * 64 * MEBIBYTE), {"Content-Encoding": "gzip"}, 413),
            ("too long", b" " * 11 * MEBIBYTE, {}, 413),
            ("too many", many, {}, 413),
        ]
        for name, body, headers, expected in cases:
            with self.subTest(name):
                status, problem = raw(self.server, self.feed, body, headers)
                self.assertEqual(status, expected, problem)
                self.assertTrue({"type", "title", "status", "detail"} <= set(problem), problem)
        self.assertEqual(self.server.incidents(self.reads), [], "nothing of them was taken")

    def test_a_bad_item_is_told_where_and_why_and_spoils_nothing(self):
        cases = [
            ("/position", {"position": [113.75, 123.4]}), ("/position", {"position": [23.0207, 113.7518]}),
            ("/position", {"position": [113.75]}), ("/position", {"position": "here"}), ("/position", {"position": [113.75, 23.0, 5.0]}),
            ("/crs", {"crs": "MARS-2000"}), ("/category", {"category": "Z9999"}), ("/category", {"category": 7}),
            ("/severity", {"severity": 0}), ("/severity", {"severity": 5}), ("/accuracy_m", {"accuracy_m": -1}),
            ("/time", {"time": "1989-12-31T23:59:59Z"}), ("/time", {"time": now(minutes=6)}), ("/time", {"time": "yesterday"}),
            ("/id", {"id": ""}), ("/id", {"id": "x" * 201}), ("/id", {"id": "a\u0007b"}), ("/id", {"id": 12}),
            ("/text", {"text": "长" * 22_000}), ("/kind", {"kind": "rumour"}), ("/source", {"source": "police-1"}),
        ]
        status, answer = self.server.post(self.feed, [report(**changes) for _, changes in cases] + [report()])
        self.assertEqual((status, answer["accepted"]), (200, 1), answer)
        told = {rejected["index"]: rejected for rejected in answer["rejected"]}
        for index, (pointer, changes) in enumerate(cases):
            with self.subTest(changes=str(changes)[:60]):
                self.assertIn(index, told)
                self.assertEqual(told[index]["pointer"], pointer, told[index]["reason"])
        self.assertRegex(told[1]["reason"], "(?i)swap|order|longitude first")
        self.assertEqual(len(self.server.incidents(self.reads)), 1)
        with urllib.request.urlopen(self.server.base + "/metrics", timeout=60) as metrics:
            self.assertIn("rejected", metrics.read().decode(), "they are counted")

    def test_commands_that_may_not_be(self):
        operator = self.server.add_person("operator", "operator").log_in()
        water = self.server.add_person("water", "department", "--department", "swj").log_in()
        self.server.post(self.feed, [report(category=None, text="一件说不清的事")])
        (incident,) = self.server.incidents(self.reads)
        stale = {**incident, "revision": incident["revision"] + 5}
        cases = [
            (operator.command({**incident, "id": str(uuid.uuid4())}, "comment", text="?"), 404, "an incident that is not"),
            (operator.command(incident, "register"), 403, "a command of another role"),
            (water.command(incident, "comment", text="?"), 404, "an incident outside the department's scope"),
            (operator.command(incident, "comment"), 422, "an argument that is needed"),
            (operator.command(incident, "dance"), 422, "a command that is not"),
            (operator.command(stale, "set_severity", severity=1), 409, "a revision that moved"),
        ]
        for (status, problem), expected, name in cases:
            with self.subTest(name):
                self.assertEqual(status, expected, problem)
        heard = str(uuid.uuid4())
        status, first = operator.command(incident, "comment", text="内部", id=heard)
        self.assertEqual(status, 200, first)
        status, problem = water.command(incident, "comment", text="?", id=heard)
        self.assertEqual(status, 404, f"another's id says nothing to who may not read: {problem}")
        status, again = operator.command(incident, "comment", text="内部", id=heard)
        self.assertEqual((status, again), (200, first), "who gave it hears the same again")
        status, _ = self.server.call(f"/api/v1/incidents/{incident['id']}/commands", {"command": "comment"}, {"Content-Type": "application/json"})
        self.assertEqual(status, 401, "nobody is logged in")

    async def test_frames_that_make_no_sense_harm_only_their_sender(self):
        address = self.server.base.replace("http", "ws") + "/api/v1/live"
        headers = {"Authorization": f"Bearer {self.reads}"}
        subscribe = {"bbox": [113.0, 22.0, 115.0, 24.0], "zoom": 10, "layers": ["incidents"], "filter": None, "resume": None}

        def connect():
            return websockets.connect(address, subprotocols=["gulou.v1.json"], additional_headers=headers, max_size=None)

        async with connect() as bystander:
            await bystander.send(json.dumps({"subscribe": subscribe}))
            self.assertIn("snapshot", json.loads(await asyncio.wait_for(bystander.recv(), 30)))
            absurd = [{**subscribe, "bbox": bbox} for bbox in ([115, 22, 113, 24], [0, 0, 0], [-1e300, -90, 1e300, 90], ["w", 1, 2, 3])]
            frames = ["garbage", "{}", "[]", '{"subscribe": 5}', "\u0000", json.dumps({"digest": "maybe"}), b"\x00\xff" * 50,
                      json.dumps({"subscribe": {**subscribe, "filter": "((((severity<=2"}}), *(json.dumps({"subscribe": one}) for one in absurd),
                      "x" * 4 * MEBIBYTE]
            for frame in frames:
                with self.subTest(frame=str(frame)[:60]):
                    async with connect() as stranger:
                        try:
                            await stranger.send(frame)
                            answer = json.loads(await asyncio.wait_for(stranger.recv(), 30))
                            self.assertIn("error", answer, "told what is wrong")
                        except (websockets.ConnectionClosed, ConnectionError):
                            # Shown the door; one who is still sending megabytes may not hear the last word.
                            self.assertGreater(len(frame), 64 * 1024, "only what is too long is not answered in words")
            self.server.post(self.feed, [report()])
            while True:
                message = json.loads(await asyncio.wait_for(bystander.recv(), 30))
                if "delta" in message and message["delta"]["incidents"]:
                    break
        with self.assertRaises(websockets.InvalidStatus):
            async with websockets.connect(address, subprotocols=["gulou.v1.json"]):
                pass


if __name__ == "__main__":
    unittest.main()
