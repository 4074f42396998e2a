"""A hundred people report one thing at once; it is one incident, whatever the order, and people can take it apart."""

import concurrent.futures
import datetime
import math
import random
import unittest

from end2end.harness import Server

SEED = 100
PEOPLE = 100
SQUARE = [113.7518, 23.0207]
METRES_A_DEGREE = 111_195


def away(place, east, north):
    longitude = place[0] + east / (METRES_A_DEGREE * math.cos(math.radians(place[1])))
    return [round(longitude, 6), round(place[1] + north / METRES_A_DEGREE, 6)]


def report(name, place, seconds_ago=0):
    time = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=seconds_ago)
    return {"source": f"phone-{name}", "id": name, "kind": "report", "time": time.isoformat(timespec="seconds"),
            "position": place, "accuracy_m": 20, "category": "C0101", "severity": 3, "text": "路口井盖缺失"}


def all_at_once(work, items):
    with concurrent.futures.ThreadPoolExecutor(len(items)) as pool:
        return list(pool.map(work, items))


class SameThing(unittest.TestCase):
    def outcomes(self, server, key, reports):
        """Each in a request of its own, all at once."""
        answers = all_at_once(lambda one: server.post(key, [one]), reports)
        self.assertEqual({status for status, _ in answers}, {200}, answers[0])
        return [sum(answer[part] for _, answer in answers) for part in ("accepted", "duplicates", "conflicts")]

    def detail(self, server, key, incident):
        status, answer = server.call(f"/api/v1/incidents/{incident}", headers={"Authorization": f"Bearer {key}"})
        self.assertEqual(status, 200, answer)
        return answer

    def test_a_hundred_reports_of_one_thing_taken_apart_and_joined_again(self):
        print(f"seed {SEED}")
        chance = random.Random(SEED)
        reports = []
        for index in range(PEOPLE):
            distance, angle = chance.uniform(0, 25), chance.uniform(0, 2 * math.pi)
            place = away(SQUARE, distance * math.cos(angle), distance * math.sin(angle))
            reports.append(report(f"caller-{index}", place, chance.randrange(600)))
        with Server() as server:
            feed, reads = server.add_key("phone-*"), server.add_key("*", reads=True)
            operator = server.add_person("operator", "operator").log_in()
            self.assertEqual(self.outcomes(server, feed, reports), [PEOPLE, 0, 0])
            (incident,) = server.incidents(reads)
            self.assertEqual(incident["evidence_count"], PEOPLE)
            self.assertEqual(self.outcomes(server, feed, reports), [0, PEOPLE, 0])
            self.assertEqual([one["evidence_count"] for one in server.incidents(reads)], [PEOPLE])

            before = self.detail(server, reads, incident["id"])
            pieces = sorted(piece["id"] for piece in before["evidence"])
            status, answer = operator.command(before, "split", evidence=[pieces[-1]])
            self.assertEqual(status, 200, answer)
            parts = {one["id"]: one for one in server.incidents(reads)}
            self.assertEqual(sorted(one["evidence_count"] for one in parts.values()), [1, PEOPLE - 1])
            (apart,) = [one for one in parts.values() if one["evidence_count"] == 1]
            status, answer = operator.command(apart, "merge", into=incident["id"])
            self.assertEqual(status, 200, answer)

            after = self.detail(server, reads, incident["id"])
            self.assertEqual(sorted(piece["id"] for piece in after["evidence"]), pieces)
            for attribute in ("category", "severity", "title", "position", "town", "confidence", "opened_at", "evidence_count"):
                self.assertEqual(after[attribute], before[attribute], attribute)
            self.assertEqual(len(after["timeline"]), len(before["timeline"]) + 2)
            self.assertEqual(self.detail(server, reads, apart["id"])["state"], "merged")
            self.assertEqual(server.stop(), 0)

    def test_a_hundred_things_three_hundred_metres_apart(self):
        reports = [report(f"caller-{index}", away(SQUARE, 300 * (index % 10), 300 * (index // 10))) for index in range(PEOPLE)]
        with Server() as server:
            feed, reads = server.add_key("phone-*"), server.add_key("*", reads=True)
            self.assertEqual(self.outcomes(server, feed, reports), [PEOPLE, 0, 0])
            listed = server.incidents(reads)
            self.assertEqual([one["evidence_count"] for one in listed], [1] * PEOPLE)
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
