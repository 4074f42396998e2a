"""Every figure of every theme is counted again, from the lists of the public interface and from what was sent.

A varied day is posted in ten moments; people work on what comes of it. (`played_day_soak.py` does the same with the demo's
day.) After each moment all eight themes, the statistics and the readings are recounted by other means, and every link to the cases holds
exactly those cases.
"""

import datetime
import pathlib
import random
import shutil
import tempfile
import time
import tomllib
import unittest
import urllib.parse

from end2end.harness import ROOT, Server
from end2end.themes_sent import DAY, HOUR, MOMENTS, SAME_PROPERTY, SAME_UNIT, SEED, Stream, moment, written

PACK = ROOT / "server/cities/dongguan"
ZONE = datetime.timezone(datetime.timedelta(hours=8))
OPEN = ("reported", "registered", "dispatched", "acknowledged", "handling", "resolved", "checked")


def median(values):
    values = sorted(values)
    return (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2 if values else None


def pack_with_short_times():
    """The pack as it ships, but a minute to accept and ten seconds between positions, so that something is late."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gulou-pack-")) / "city"
    shutil.copytree(PACK, folder)
    city = folder / "city.toml"
    city.write_text(city.read_text().replace('accept = "15 urgent_minute"', 'accept = "1 urgent_minute"'))
    for theme in (folder / "themes").glob("*.toml"):
        theme.write_text(theme.read_text().replace("period_seconds = 60\n", "period_seconds = 10\n"))
    return folder


class City:
    """Everything the interface lists, taken at one moment."""

    def __init__(self, server, key, stream, due_of):
        self.stream = stream
        ask = lambda path: server.call(path, headers={"Authorization": f"Bearer {key}"})[1]
        everything = server.incidents(key)
        self.incidents = [one for one in everything if not one["drill"]]
        self.units = [one for one in ask("/api/v1/units")["units"] if not one["drill"]]
        self.sensors = [one for one in ask("/api/v1/sensors")["sensors"] if not one["drill"]]
        self.alarms = [one for one in ask("/api/v1/alarms")["alarms"] if not one["drill"]]
        for one in self.incidents:
            one["opened"] = moment(one["opened_at"])
            known = stream.timelines.get(one["id"], (None, None))
            if known[0] != one["updated_at"]:
                known = stream.timelines[one["id"]] = (one["updated_at"], ask(f"/api/v1/incidents/{one['id']}")["timeline"])
            timeline = known[1]
            times = {}
            for entry in timeline:
                times.setdefault(entry["command"], []).append(moment(entry["at"]))
            closes = sorted(times.get("close", []) + times.get("force_close", []))
            one["closed"] = closes[-1] if one["state"] == "closed" else None
            one["dispatched"] = times["dispatch"][0] if "dispatch" in times else None
            one["accurate"] = not ({"return", "rework"} & set(times))
            one["in_time"] = None
            if one["id"] in due_of and "resolve" in times and one["state"] in ("resolved", "checked", "closed"):
                one["in_time"] = times["resolve"][-1] <= due_of[one["id"]]
            elif one["state"] == "closed" and one["id"] in due_of:
                one["in_time"] = one["closed"] <= due_of[one["id"]]


def under(one, beginnings):
    return not beginnings or any((one["category"] or "").startswith(start) for start in beginnings)


class Recount:
    """One figure, counted by hand: the value, how many cases stand behind it, and what it was before."""

    def __init__(self, city, theme, indicator, at):
        self.city, self.of, self.at = city, indicator, at
        self.kinds = indicator.get("categories", theme.get("categories", []))
        self.midnight = at.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        self.within = datetime.timedelta(seconds=3 * indicator.get("period_seconds", 20))
        self.property, self.unit = indicator.get("property"), indicator.get("reading_unit")

    def value(self):
        """The figure, and the number of cases behind it."""
        return getattr(self, self.of["measure"])()

    def mine(self):
        return [one for one in self.city.incidents
                if under(one, self.kinds) and one["severity"] in self.of.get("severities", (1, 2, 3, 4))]

    def count(self, condition):
        number = sum(1 for one in self.mine() if condition(one))
        return number, number

    def today(self, when):
        return when is not None and when >= self.midnight

    def incidents_open(self):
        return self.count(lambda one: one["state"] in OPEN)

    def is_late(self, one):
        deadline = one["deadline"]
        return one["state"] in OPEN and deadline is not None and deadline["due_at"] is not None and moment(deadline["due_at"]) < self.at

    def incidents_late(self):
        return self.count(self.is_late)

    def incidents_opened_today(self):
        return self.count(lambda one: self.today(one["opened"]))

    def incidents_closed_today(self):
        return self.count(lambda one: self.today(one["closed"]))

    def incidents_share_in_time(self):
        known = [one["in_time"] for one in self.mine() if self.today(one["closed"]) and one["in_time"] is not None]
        return (100 * sum(known) / len(known) if known else None), len(known)

    def incidents_median_to_dispatch(self):
        took = [(one["dispatched"] - one["opened"]).total_seconds() / 60 for one in self.mine() if self.today(one["dispatched"])]
        return median(took), len(took)

    def alarms_standing(self):
        number = sum(1 for one in self.city.alarms if one["state"].startswith("active") and under(one, self.kinds))
        return number, number

    def units_heard(self):
        kinds = self.of.get("kinds")
        ours = [one for one in self.city.units if not kinds or one["kind"] in kinds]
        number = sum(1 for one in ours if moment(one["heard_at"]) >= self.at - self.within)
        return (number if ours else None), number

    def measured(self, sensor):
        """The newest value of the property that a sensor says it has, and when."""
        values = [(moment(one["observed_at"]), one["value"]) for one in sensor["latest"]
                  if self.property is None or (SAME_PROPERTY.get(one["property"], one["property"]) == self.property
                      and (self.unit is None or SAME_UNIT.get(one["unit"], one["unit"]) == self.unit))]
        return max(values) if values else None

    def sensors_where(self, condition):
        known = [(sensor, self.measured(sensor)) for sensor in self.city.sensors if self.measured(sensor)]
        number = sum(1 for sensor, (when, _) in known if condition(sensor, when))
        return (number if known else None), number

    def sensors_reporting(self):
        return self.sensors_where(lambda _, when: when >= self.at - self.within)

    def sensors_silent(self):
        return self.sensors_where(lambda _, when: when < self.at - self.within)

    def sensors_in_alarm(self):
        return self.sensors_where(lambda sensor, _: sensor["in_alarm"])

    def over(self, values):
        if not values:
            return None
        limit = self.of.get("limit")
        return {"readings_mean": lambda: sum(values) / len(values), "readings_max": lambda: max(values),
                "readings_min": lambda: min(values), "sensors_reporting": lambda: len(values),
                "latest": lambda: values[0],
                "readings_share_above": lambda: 100 * sum(1 for value in values if value > limit) / len(values)}[self.of["measure"]]()

    def readings(self):
        values = [self.measured(sensor) for sensor in self.city.sensors if self.measured(sensor)]
        values = [value for when, value in values if when >= self.at - self.within]
        # What the list of sensors says last is what was sent last.
        sent = self.city.stream.last(self.property, self.unit, self.at + HOUR, self.within + HOUR)
        assert set(values) <= set(sent.values()), (values, sent)
        return self.over(values), len(values)

    readings_mean = readings_max = readings_min = readings_share_above = readings

    def latest(self):
        found = [self.measured(sensor) for sensor in self.city.sensors if sensor["id"] == self.of["thing"]]
        return (found[0][1] if found else None), None

    def has_history(self):
        measure = self.of["measure"]
        return measure.startswith("readings") or measure == "latest" or (measure in ("sensors_reporting", "sensors_silent") and self.property)

    def as_of(self, at, full_hour):
        found = self.city.stream.last(self.property, self.unit, at, self.within, before=full_hour)
        if self.of["measure"] == "sensors_silent":
            known = self.city.stream.known(self.property, at, before=full_hour)
            return len(known - set(found)) if known else None
        if self.of["measure"] == "latest":
            found = {thing: value for thing, value in found.items() if thing == self.of["thing"]}
        return self.over(list(found.values()))

    def course(self, days_before):
        """Points at the full hours of a day until now."""
        points, hour = [], self.midnight
        while hour < self.at:
            value = self.as_of(hour - days_before * DAY, True)
            if value is not None:
                points.append((hour - days_before * DAY, value))
            hour += HOUR
        return points


class Counted(unittest.TestCase):
    """Sends a day and counts after each moment; what day it is the tests say."""

    maxDiff = None

    def ask(self, path, key=None):
        status, answer = self.server.call(path, headers={"Authorization": f"Bearer {key or self.reads}"})
        self.assertEqual(status, 200, f"{path}: {answer}")
        return answer

    def counted(self, stream, then):
        pack = pack_with_short_times()
        self.addCleanup(shutil.rmtree, pack.parent)
        self.themes = {}
        for file in (pack / "themes").glob("*.toml"):
            theme = tomllib.loads(file.read_text())
            self.themes[theme["id"]] = theme
        with Server("--city", str(pack)) as self.server:
            self.feed, self.reads = self.server.add_key("*"), self.server.add_key("*", reads=True)
            self.people = {role: self.server.add_person(role, role).log_in() for role in ("operator", "shift_leader", "dispatcher")}
            self.departments, self.due_of = {}, {}
            self.stream = stream(self.ask("/api/v1/city")["towns"])
            names = self.ask("/api/v1/themes")["themes"]
            self.assertEqual([one["id"] for one in names], ["overview", "ecology", "economy", "emergency", "fire", "resources",
                                                            "services", "health"])
            begun, self.figures, self.links = time.monotonic(), 0, 0
            for number in range(MOMENTS):
                if number == MOMENTS - 1:
                    # By now what nobody accepted within a minute is late.
                    time.sleep(max(0, 65 - (time.monotonic() - begun)))
                self.one_moment(number)
            self.assertTrue(self.seen_late, "something was late in the end")
            self.department_sees_its_own()
            then(names)
            print(f"{self.figures} figures and {self.links} links recounted")
            self.assertEqual(self.server.stop(), 0)

    def one_moment(self, number):
        batch = self.stream.moment(number, datetime.datetime.now(datetime.timezone.utc))
        fresh = {(one["source"], one["id"], one.get("version", 0)) for one in batch} - self.stream.sent
        self.stream.sent |= fresh
        self.assertEqual(self.post(batch), (len(fresh), len(batch) - len(fresh)))
        self.assertEqual(self.post(batch[:1000]), (0, len(batch[:1000])))
        self.work(number)
        views = {theme: self.ask(f"/api/v1/themes/{theme}") for theme in self.themes}
        stats = self.ask("/api/v1/stats")
        city = City(self.server, self.reads, self.stream, self.due_of)
        for theme, view in views.items():
            self.recount_theme(number, theme, view, city)
        self.recount_stats(stats, city)
        self.recount_readings(city)

    def post(self, batch):
        accepted = duplicates = 0
        for first in range(0, len(batch), 5000):
            status, answer = self.server.post(self.feed, batch[first:first + 5000])
            self.assertEqual((status, answer["conflicts"], answer["rejected"]), (200, 0, []), answer)
            accepted, duplicates = accepted + answer["accepted"], duplicates + answer["duplicates"]
        return accepted, duplicates

    def person(self, department):
        if department not in self.departments:
            name = f"of-{department}"
            self.departments[department] = self.server.add_person(name, "department", "--department", department).log_in()
        return self.departments[department]

    def work(self, number):
        """People take some of what is open a few steps further."""
        chance = random.Random(SEED + number)
        listed = [one for one in self.server.incidents(self.reads) if one["state"] in OPEN and not one["drill"]]
        # The newest of a long list are enough to work on.
        for one in sorted(listed, key=lambda one: one["id"])[-60:]:
            if chance.random() < 0.45:
                self.steps(one["id"], chance)

    def steps(self, incident, chance):
        for _ in range(chance.randrange(1, 6)):
            one = self.ask(f"/api/v1/incidents/{incident}")
            state, lead = one["state"], one["lead"]
            if state == "reported":
                given = ("shift_leader", "reject", {"reason": "不属实"}) if chance.random() < 0.2 else None
            elif state == "registered":
                given = ("shift_leader", "void", {"reason": "重复"}) if chance.random() < 0.2 else None
            else:
                given = {
                    "dispatched": (lead, "return", {"reason": "不归我管"}) if chance.random() < 0.15 else (lead, "acknowledge", {}),
                    "acknowledged": (lead, "resolve", {"text": "处置好了"}),
                    "handling": (lead, "resolve", {"text": "又处置好了"}),
                    "resolved": ("dispatcher", "rework", {"reason": "没修好"}) if chance.random() < 0.15
                    else ("operator", "check", {"passed": True, "text": "看过"}),
                    "checked": ("shift_leader", "close", {"standard": (one["standards"] or [""])[0]}),
                }.get(state)
            if given is None:
                return
            who, command, arguments = given
            if command == "resolve" and one["deadline"]:
                self.due_of[incident] = moment(one["deadline"]["due_at"])
            session = self.people.get(who) or self.person(who)
            status, answer = session.command(one, command, **arguments)
            self.assertEqual(status, 200, f"{command}: {answer}")

    seen_late = False

    def recount_theme(self, number, theme, view, city):
        at = moment(view["at"])
        self.assertEqual([one["id"] for one in view["indicators"]], [one["id"] for one in self.themes[theme]["indicator"]])
        for shown, indicator in zip(view["indicators"], self.themes[theme]["indicator"]):
            where = f"moment {number}, {theme}/{shown['id']}: {shown}"
            if "measure" not in indicator:
                self.assertIsNone(shown["value"], where)
                self.assertEqual((shown["missing"], shown["freshness"]), (indicator["missing"], "gone"))
                continue
            recount = Recount(city, self.themes[theme], indicator, at)
            value, cases = recount.value()
            self.same(shown["value"], value, where)
            self.assertEqual(shown["missing"] is None, value is not None, where)
            self.seen_late |= indicator["measure"] == "incidents_late" and bool(value)
            self.figures += 1
            if shown["drill"] is not None:
                self.follow(shown["drill"], shown, recount, cases, where)
            if recount.has_history():
                self.recount_course(shown, recount, where)
            else:
                self.assertIsNone(shown["trend"], where)
                self.assertEqual(shown["yesterday"], [], where)
            if indicator["measure"].startswith(("incidents", "alarms")) and value is not None:
                self.same(shown["series"][-1]["value"], value, where)
                self.assertEqual((shown["age_ms"], shown["freshness"]), (0, "live"), where)

    def recount_course(self, shown, recount, where):
        before = recount.as_of(recount.at - DAY, False)
        trend = shown["trend"]
        known = before is not None and shown["value"] is not None
        self.assertEqual(trend is not None, known, f"{where} before {before}")
        if known:
            self.same(trend["before"], before, where)
            self.same(trend["change"], shown["value"] - before, where)
        if shown["series"] or shown["yesterday"]:
            for name, days in (("series", 0), ("yesterday", 1)):
                points = [(moment(one["at"]), one["value"]) for one in shown[name]]
                full = [point for point in points if point[0] < recount.at - days * DAY]
                expected = recount.course(days)
                self.assertEqual([at for at, _ in full], [at for at, _ in expected], f"{where} {name}")
                for (_, value), (_, again) in zip(full, expected):
                    self.same(value, again, f"{where} {name}")

    def same(self, value, again, where):
        if value is None or again is None:
            self.assertEqual(value, again, where)
        else:
            self.assertAlmostEqual(value, again, places=6, msg=where)

    def follow(self, drill, shown, recount, cases, where):
        """The list behind a figure holds what it counts."""
        self.links += 1
        if drill.startswith("/api/v1/incidents"):
            rows = self.server.incidents(self.reads, urllib.parse.urlsplit(drill).query)
            if recount.of["measure"] == "incidents_late":
                # More may have become late since.
                rows = [one for one in rows if recount.is_late(one)]
            self.assertEqual(len(rows), cases, where)
            return
        answer = self.ask(drill)
        if "/readings" in drill:
            self.same(answer["readings"][-1][1], shown["value"], where)
            return
        (rows,) = [answer[name] for name in ("alarms", "units", "sensors") if name in answer]
        self.assertEqual(len(rows), cases, where)
        if recount.of["measure"].startswith("readings"):
            self.same(recount.over([recount.measured(sensor)[1] for sensor in rows]), shown["value"], where)

    def recount_stats(self, stats, city):
        at, midnight = moment(stats["at"]), moment(stats["day_begins"])
        standing = [one for one in city.incidents if one["state"] in OPEN]
        dispatched = [one for one in city.incidents if one["dispatched"] and one["dispatched"] >= midnight]
        late = Recount(city, {}, {}, at).is_late
        expected = {
            "open": len(standing), "tray": sum(1 for one in city.incidents if one["tray"]),
            "overdue": sum(1 for one in standing if late(one)),
            "opened_today": sum(1 for one in city.incidents if one["opened"] >= midnight),
            "closed_today": sum(1 for one in city.incidents if one["closed"] and one["closed"] >= midnight),
            "hops": sum(one["hops"] for one in dispatched) / len(dispatched) if dispatched else None,
            "accurate": 100 * sum(one["accurate"] for one in dispatched) / len(dispatched) if dispatched else None,
        }
        for name, value in expected.items():
            self.same(stats[name]["value"], value, f"{name}: {stats[name]}")
        parts = {"by_severity": lambda one: [str(one["severity"])], "by_town": lambda one: [one["town_code"]] if one["town_code"] else [],
                 "by_department": lambda one: ([one["lead"]] if one["lead"] else []) + one["supporting"]}
        for name, of in parts.items():
            counts = {}
            for one in standing:
                for part in of(one):
                    counts[part] = counts.get(part, 0) + 1
            self.assertEqual({part: figure["value"] for part, figure in stats[name].items()}, counts, name)
        states = {}
        for one in city.incidents:
            states[one["state"]] = states.get(one["state"], 0) + 1
        self.assertEqual({state: figure["value"] for state, figure in stats["by_state"].items()}, states)
        links = [(name, stats[name]) for name in ("open", "tray", "overdue", "opened_today", "closed_today", "hops", "accurate", "in_time")]
        links += [(name, figure) for name in (*parts, "by_state") for figure in stats[name].values()]
        for name, figure in links:
            rows = self.server.incidents(self.reads, urllib.parse.urlsplit(figure["drill"]).query)
            if name == "overdue":
                rows = [one for one in rows if late(one)]
            expected = figure["value"] if figure["of"] is None else figure["of"]
            self.assertEqual(len(rows), expected, f"{name}: {figure}")
            self.links += 1

    def recount_readings(self, city):
        """What a station measured, one by one and by the hour, is what was sent."""
        for (thing, prop, _, drill), sent in self.stream.readings.items():
            if drill and not any(key[0] == thing and not key[3] for key in self.stream.readings):
                continue
            path = f"/api/v1/sensors/{urllib.parse.quote(thing)}/readings?property={urllib.parse.quote(prop)}&drill={str(drill).lower()}"
            since = written(datetime.datetime.now(datetime.timezone.utc) - 2 * DAY).replace("+00:00", "Z")
            raw = self.ask(f"{path}&since={since}")
            self.assertEqual([(moment(at), value) for at, value in raw["readings"]], sorted(sent.items()), path)
            hours = {}
            for when, value in sent.items():
                hours.setdefault(when.replace(minute=0, second=0, microsecond=0), []).append(value)
            answer = self.ask(f"{path}&since={since}&every=1h")
            self.assertEqual([moment(one[0]) for one in answer["readings"]], sorted(hours))
            for at, mean, least, most, count in answer["readings"]:
                values = hours[moment(at)]
                self.assertEqual((least, most, count), (min(values), max(values), len(values)))
                self.assertAlmostEqual(mean, sum(values) / len(values), places=6)

    def department_sees_its_own(self):
        department, session = max(self.departments.items(), key=lambda item: item[0])
        status, view = self.server.call("/api/v1/themes/overview", opener=session.opener)
        self.assertEqual(status, 200)
        figures = {one["id"]: one for one in view["indicators"]}
        rows, cursor = [], ""
        while True:
            path = f"{figures['open']['drill']}&limit=200{cursor}"
            page = self.server.call(path, opener=session.opener)[1]
            rows += page["incidents"]
            if not page["next"]:
                break
            cursor = "&cursor=" + urllib.parse.quote(page["next"])
        self.assertEqual(figures["open"]["value"], len(rows), department)
        self.assertIsNone(figures["alarms"]["value"])
        self.assertIn("duty room", figures["alarms"]["missing"]["en"])

    def after_a_start(self, names):
        """Killed and started again, everything counts as before."""
        before = {name["id"]: self.ask(f"/api/v1/themes/{name['id']}") for name in names}
        self.server.kill()
        self.server.start()
        for theme, view in before.items():
            again = {one["id"]: one for one in self.ask(f"/api/v1/themes/{theme}")["indicators"]}
            for one in view["indicators"]:
                lately = ("units", "engines", "ambulances", "late", "reporting", "water-sensors-silent")
                if one["id"] not in lately and one["unit"] not in ("μg/m³", "m", "mg/L"):
                    self.same(again[one["id"]]["value"], one["value"], f"{theme}/{one['id']} after a start")
        status, _ = self.server.call("/api/v1/themes/none", headers={"Authorization": f"Bearer {self.reads}"})
        self.assertEqual(status, 404)
        for query, pointer in (("property=PM10", "?property"), ("property=O3&every=0h", "?every"), ("property=O3&since=soon", "?since")):
            status, said = self.server.call(f"/api/v1/sensors/air-1/readings?{query}", headers={"Authorization": f"Bearer {self.reads}"})
            self.assertEqual(status, 422, said)
            self.assertIn(pointer, said)
        status, _ = self.server.call("/api/v1/sensors/nowhere/readings", headers={"Authorization": f"Bearer {self.reads}"})
        self.assertEqual(status, 404)
        self.feeds_say_who_speaks()

    def feeds_say_who_speaks(self):
        ahead = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=3)
        bus = {"source": "bus-7", "id": "p1", "kind": "position", "time": written(ahead), "thing": "bus-7-1", "position": [113.75, 23.02]}
        self.assertEqual(self.server.post(self.feed, [bus, {**bus, "id": "p2", "position": None}])[0], 200)
        answer = self.ask("/api/v1/feeds")
        feeds = {one["source"]: one for one in answer["feeds"]}
        seen = feeds["bus-7"]
        self.assertEqual((seen["feed"], seen["state"], seen["period_ms"]), ("bus-positions", "live", 15000))
        self.assertEqual((seen["received"], seen["accepted"], seen["rejected"]), (2, 1, 1), seen)
        self.assertEqual(seen["clock"]["state"], "ahead", seen)
        self.assertEqual(feeds["reading-feed"]["state"], "unknown")
        self.assertEqual(feeds["reading-feed"]["accepted"], 0, "counts begin anew, what was heard does not")
        self.assertIn("usgs-earthquakes", [one["feed"] for one in answer["not_heard"]])


class Themes(Counted):
    def test_every_figure_counted_again(self):
        print(f"seed {SEED}")
        self.counted(Stream, self.after_a_start)


if __name__ == "__main__":
    unittest.main()
