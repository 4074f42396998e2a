"""Real input through the public door only; every count is worked out here, independently of the program."""

import copy
import datetime
import math
import unittest

from end2end import recorded
from end2end.harness import Server

# What the city pack says (fusion.toml, alarms.toml), written down a second time on purpose.
EARTH_RADIUS_M = 6_371_008.8
UNSTATED_ACCURACY_M = 50
REACH_M = {"earthquake": 20_000 + 2 * UNSTATED_ACCURACY_M, "explosion": 1_000 + 2 * UNSTATED_ACCURACY_M}
WINDOW_MS = 10 * 60_000
LIMITS = {"PM2.5": (75, 65), "O3": (200, 180)}
BATCH = 5_000
MOST_A_PAGE = 200


def metres(a, b):
    (lon_a, lat_a), (lon_b, lat_b) = ([math.radians(degrees) for degrees in place] for place in (a, b))
    chord = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(chord))


def same_things(features):
    """The sizes of the connected components of "near in place and time, of one family"."""
    family = {"earthquake": "earthquake", "quarry blast": "explosion", "explosion": "explosion"}
    pieces = [(family[feature["properties"]["type"]], feature["properties"]["time"], feature["geometry"]["coordinates"][:2])
              for feature in features]
    parent = list(range(len(pieces)))

    def root(index):
        while parent[index] != index:
            parent[index] = index = parent[parent[index]]
        return index

    for a, (kind, time, place) in enumerate(pieces):
        for b in range(a):
            other_kind, other_time, other_place = pieces[b]
            if kind == other_kind and abs(time - other_time) <= WINDOW_MS and metres(place, other_place) <= REACH_M[kind]:
                parent[root(a)] = root(b)
    sizes = {}
    for index in range(len(pieces)):
        sizes[root(index)] = sizes.get(root(index), 0) + 1
    return sorted(sizes.values())


def episodes(values, limits):
    """How often an alarm is raised and how often cleared, with hysteresis."""
    above, below = limits
    raised = cleared = 0
    active = False
    for value in values:
        if not active and value > above:
            active, raised = True, raised + 1
        elif active and value <= below:
            active, cleared = False, cleared + 1
    return raised, cleared


class RealFeeds(unittest.TestCase):
    def outcome(self, server, key, body, feed=None):
        status, answer = server.post(key, body, feed)
        self.assertEqual(status, 200, answer)
        return answer["accepted"], answer["duplicates"], answer["conflicts"], len(answer["rejected"])

    def test_a_week_of_earthquakes_and_a_weather_alert(self):
        week, alert = recorded.shipped("earthquakes.geojson"), recorded.shipped("weather-alert.geojson")
        features = week["features"]
        with Server() as server:
            feed, reads = server.add_key("*"), server.add_key("*", reads=True)
            self.assertEqual(self.outcome(server, feed, week, "usgs-earthquakes"), (len(features), 0, 0, 0))
            self.assertEqual(self.outcome(server, feed, week, "usgs-earthquakes"), (0, len(features), 0, 0))
            sizes = sorted(incident["evidence_count"] for incident in server.incidents(reads))
            self.assertEqual(sizes, same_things(features))

            altered = copy.deepcopy(features[:7])
            for feature in altered[:3]:
                feature["properties"]["title"] += " (altered)"
            for feature in altered[3:5]:
                feature["properties"]["title"] += " (revised)"
                feature["properties"]["updated"] += 60_000
            altered[5]["id"], altered[5]["geometry"]["coordinates"] = "made-up", [10.0, 123.4, 1.0]
            self.assertEqual(self.outcome(server, feed, {**week, "features": altered}, "usgs-earthquakes"), (2, 1, 3, 1))

            self.assertEqual(self.outcome(server, feed, alert, "nws-alerts"), (len(alert["features"]), 0, 0, 0))
            warnings = server.incidents(reads, "category=E0412")
            self.assertEqual([(warning["evidence_count"], warning["severity"], warning["state"]) for warning in warnings], [(1, 2, "reported")])
            self.assertEqual(len(server.incidents(reads)), len(same_things(features)) + 1)
            self.assertEqual(server.stop(), 0)

    def test_fourteen_months_of_air_and_its_exceedances(self):
        rows = recorded.air_quality()
        readings = [{"source": "air-beijing", "id": f"{station}-{name}-{time:%Y%m%d%H}", "kind": "reading", "time": time.isoformat(),
                     "thing": station, "property": name, "value": value, "unit": "ug/m3"}
                    for station, time, *values in rows for name, value in zip(LIMITS, values)]
        with Server() as server:
            feed, reads = server.add_key("air-*"), server.add_key("*", reads=True)
            totals = [0, 0, 0, 0]
            for start in range(0, len(readings), BATCH):
                outcome = self.outcome(server, feed, readings[start:start + BATCH])
                totals = [total + part for total, part in zip(totals, outcome)]
            self.assertEqual(totals, [len(readings), 0, 0, 0])
            recent = readings[-BATCH:]
            self.assertEqual(self.outcome(server, feed, recent), (0, len(recent), 0, 0))

            listed = server.incidents(reads)
            for code, (name, limits) in zip(["E0407", "E0408"], LIMITS.items()):
                column = list(LIMITS).index(name) + 2
                expected = [episodes([row[column] for row in rows if row[0] == station], limits) for station in recorded.STATIONS]
                raised, cleared = (sum(counts) for counts in zip(*expected))
                alarms = self.alarms(server, reads, code)
                self.assertEqual(len(alarms), raised, name)
                self.assertEqual(sum(alarm["cleared_at"] is not None for alarm in alarms), cleared, name)
                self.assertEqual(sum(incident["evidence_count"] for incident in listed if incident["category"] == code), raised, name)
                print(f"{name}: {raised} raised, {cleared} cleared")
            self.assertEqual(server.stop(), 0)

    def alarms(self, server, key, category):
        found, cursor = [], ""
        while True:
            status, page = server.call(f"/api/v1/alarms?category={category}&limit={MOST_A_PAGE}{cursor}",
                                       headers={"Authorization": f"Bearer {key}"})
            self.assertEqual(status, 200, page)
            found += [alarm for alarm in page["alarms"] if alarm["category"] == category]
            if not page.get("next"):
                return found
            cursor = f"&cursor={page['next']}"

    def test_buses_are_units_at_their_newest_position(self):
        rows = recorded.buses()
        shift = datetime.datetime.now(datetime.timezone.utc) - rows[-1][1]
        sightings = [{"source": "bus-route-14", "id": f"{vehicle}-{index}", "kind": "position", "time": (time + shift).isoformat(),
                      "thing": vehicle, "position": place, "attributes": {"heading_deg": heading}}
                     for index, (vehicle, time, place, heading) in enumerate(rows)]
        newest = {vehicle: place for vehicle, _, place, _ in rows}
        with Server() as server:
            feed, reads = server.add_key("bus-*"), server.add_key("*", reads=True)
            self.assertEqual(self.outcome(server, feed, sightings), (len(sightings), 0, 0, 0))
            self.assertEqual(self.outcome(server, feed, sightings), (0, len(sightings), 0, 0))
            status, answer = server.call("/api/v1/units", headers={"Authorization": f"Bearer {reads}"})
            self.assertEqual(status, 200, answer)
            shown = {unit["id"]: unit["position"] for unit in answer["units"]}
            self.assertEqual(sorted(shown), sorted(newest))
            for vehicle, place in newest.items():
                self.assertLess(metres(shown[vehicle], place), 1.0, vehicle)
            self.assertEqual(server.incidents(reads), [], "positions open nothing")
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
