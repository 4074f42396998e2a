"""A WebSocket client that is not ours follows the city by the published contract alone, over a bad line."""

import asyncio
import hashlib
import json
import random
import threading
import time
import unittest

import websockets

from end2end.harness import Server

SEED = 20261123
INCIDENTS = 1000
DISCONNECTS = 200
COLUMNS, ROWS = 40, 25
WEST, SOUTH, EAST, NORTH = 113.50, 22.70, 114.26, 23.17
CITY = [113.3, 22.5, 114.5, 23.4]
FILTER = "severity<=2"
LAST_WORD_S = 30


def report(index):
    """One of a thousand things, each more than a kilometre from the next, so that none are the same."""
    column, row = index % COLUMNS, index // COLUMNS
    position = [round(WEST + (EAST - WEST) * column / (COLUMNS - 1), 6), round(SOUTH + (NORTH - SOUTH) * row / (ROWS - 1), 6)]
    return {"source": "hotline-1", "id": f"R{index}", "kind": "report", "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "position": position, "category": "C0101", "severity": index % 4 + 1, "text": f"第{index}处井盖"}


def digest(incidents):
    """The contract's digest, computed here from what this client holds."""
    lines = []
    for incident in incidents.values():
        longitude, latitude = incident["position"]
        lines.append(f"incidents|{incident['id']}|{incident['revision']}|{round(longitude * 1e6)}|{round(latitude * 1e6)}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


class Follower:
    """The picture as a client of the contract keeps it: a snapshot, then numbered deltas, never a guess."""

    def __init__(self, chance):
        self.chance = chance
        self.incidents = {}
        self.position = None
        self.resume = None
        self.counts = {"snapshot": 0, "delta": 0, "enter": 0, "resync": 0, "resumed": 0}
        self.digest = None
        self.fresh = True

    def view(self):
        west, south = self.chance.uniform(WEST, EAST - 0.1), self.chance.uniform(SOUTH, NORTH - 0.1)
        return [west, south, west + self.chance.uniform(0.05, 0.5), south + self.chance.uniform(0.05, 0.4)]

    def subscription(self, box):
        return json.dumps({"subscribe": {"bbox": box, "zoom": 12, "layers": ["incidents"], "filter": FILTER, "resume": self.resume}})

    def take(self, text):
        message = json.loads(text)
        kind = next(iter(message))
        body = message[kind]
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if kind == "snapshot":
            self.incidents = {incident["id"]: incident for incident in body["incidents"]}
            self.position, self.resume = body["position"], body["resume"]
        elif kind == "delta":
            assert body["from"] == self.position, f"a gap: at {self.position}, the delta starts from {body['from']}"
            self.merge(body)
            self.position = body["to"]
            self.counts["resumed"] += self.fresh
        elif kind == "enter":
            self.merge({**body, "removed": message["removed"]})
            self.position = body["position"]
        elif kind == "digest":
            self.digest = body
        else:
            assert kind == "resync", f"unexpected {text}"
        self.fresh = False

    def merge(self, body):
        self.incidents.update((incident["id"], incident) for incident in body["incidents"])
        for gone in body["removed"]:
            self.incidents.pop(gone["id"], None)
        self.resume = body["resume"]


class ForeignClient(unittest.IsolatedAsyncioTestCase):
    async def test_a_thousand_incidents_over_two_hundred_disconnects(self):
        print(f"seed {SEED}")
        chance = random.Random(SEED)
        with Server() as server:
            feed, reads = server.add_key("hotline-*"), server.add_key("*", reads=True)
            operator = server.add_person("operator", "operator").log_in()
            city = threading.Thread(target=keep_the_city_busy, args=(server, feed, reads, operator, failures := []))
            city.start()
            follower = Follower(chance)
            address = server.base.replace("http", "ws") + "/api/v1/live"
            for _ in range(DISCONNECTS):
                await self.follow_for_a_moment(address, reads, follower)
            await asyncio.to_thread(city.join)
            self.assertEqual(failures, [])
            await self.compare_at_rest(address, server, reads, follower)
            print(follower.counts)
            self.assertGreater(follower.counts["delta"], 0)
            self.assertGreater(follower.counts["enter"], 0)
            self.assertGreater(follower.counts["resumed"], 0, "a held token brings the deltas missed")

    def connect(self, address, key):
        return websockets.connect(address, subprotocols=["gulou.v1.json"], max_size=None,
                                  additional_headers={"Authorization": f"Bearer {key}"})

    async def follow_for_a_moment(self, address, key, follower):
        line = await self.connect(address, key)
        box, follower.fresh = follower.view(), True
        await line.send(follower.subscription(box))
        follower.take(await asyncio.wait_for(line.recv(), LAST_WORD_S))
        for _ in range(follower.chance.randrange(12)):
            if follower.chance.random() < 0.3:
                await line.send(follower.subscription(box := follower.view()))
            try:
                follower.take(await asyncio.wait_for(line.recv(), 0.1))
            except TimeoutError:
                break
        if follower.chance.random() < 0.5:
            line.transport.abort()
        else:
            await line.close()

    async def compare_at_rest(self, address, server, key, follower):
        """The whole city in view: the client's picture, the server's digest and the list must be one."""
        async with self.connect(address, key) as line:
            await line.send(follower.subscription(CITY))
            until = time.monotonic() + LAST_WORD_S
            while True:
                await line.send('{"digest": true}')
                follower.digest = None
                while follower.digest is None:
                    follower.take(await asyncio.wait_for(line.recv(), LAST_WORD_S))
                if follower.digest["position"] == follower.position:
                    break
                self.assertLess(time.monotonic(), until, "digest and picture never met at one position")
        listed = {incident["id"]: incident for incident in await asyncio.to_thread(server.incidents, key)}
        self.assertEqual(len(listed), INCIDENTS)
        wanted = {name: incident for name, incident in listed.items() if incident["severity"] <= 2}
        self.assertEqual(sorted(follower.incidents), sorted(wanted))
        self.assertEqual(follower.digest["count"], len(wanted))
        self.assertEqual(follower.digest["sha256"], digest(follower.incidents))
        self.assertEqual(follower.digest["sha256"], digest(wanted))


def keep_the_city_busy(server, feed, reads, operator, failures):
    """A thousand reports, and meanwhile people change severities, so that incidents enter and leave the filter."""
    chance = random.Random(SEED + 1)
    try:
        for start in range(0, INCIDENTS, 10):
            status, answer = server.post(feed, [report(index) for index in range(start, start + 10)])
            assert (status, answer["accepted"] if status == 200 else None) == (200, 10), f"{status} {answer}"
            _, page = server.call("/api/v1/incidents?limit=50", headers={"Authorization": f"Bearer {reads}"})
            for incident in chance.sample(page["incidents"], 2):
                status, answer = operator.command(incident, "set_severity", severity=chance.randint(1, 4))
                assert status in (200, 409), f"set_severity: {status} {answer}"
    except Exception as failure:  # said by the test, in its own thread
        failures.append(repr(failure))


if __name__ == "__main__":
    unittest.main()
