"""What the recount of themes sends to the city, and a note of all of it: a varied day of its own, and the demo's day."""

import datetime
import json
import pathlib
import random

from end2end.harness import gulou

SEED = 20261123
MOMENTS = 10
DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
KINDS = ("C0101", "C0106", "C0111", "C0402", "E0101", "E0102", "E0301", "E0403", "E0405", "E0406", "E0414", "E0416",
         "E0422", "E0504", "E0601", "E0602", "E0604", "E0607")
# Thing, property, unit, ordinary value, and what breaks a rule of the pack.
STATIONS = [(f"air-{n}", "PM2.5" if n % 3 else "pm25", "ug/m3" if n % 2 else "µg/m³", 40, 180) for n in range(6)]
STATIONS += [(f"air-{n}", "O3", "ug/m3", 90, 320) for n in range(6)]
STATIONS += [(f"outfall-{n}", "COD", "mg/L", 30, 80) for n in range(3)]
STATIONS += [(f"road-{n}", "water_depth", "m", 0.02, 0.4) for n in range(4)]
STATIONS += [("river-0", "river_level", "m", 1.4, 3.3), ("gas-0", "gas_lel", "%LEL", 1, 30)]
SAME_UNIT = {"µg/m³": "ug/m3"}
SAME_PROPERTY = {"pm25": "PM2.5"}


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def written(when):
    return when.isoformat(timespec="milliseconds")


class Stream:
    """What is sent, and a note of it."""

    def __init__(self, towns):
        self.chance = random.Random(SEED)
        self.towns = [town for town in towns if town["outline"] and town["point"]]
        self.count = 0
        # Of incidents, as they were read when they were last changed.
        self.timelines = {}
        self.sent, self.readings = set(), {}

    def item(self, kind, when, **rest):
        self.count += 1
        return {"source": f"{kind}-feed", "id": f"{kind}-{self.count}", "kind": kind, "time": written(when), **rest}

    def somewhere(self):
        longitude, latitude = self.chance.choice(self.towns)["point"]
        return [round(longitude + self.chance.uniform(-0.01, 0.01), 6), round(latitude + self.chance.uniform(-0.01, 0.01), 6)]

    def moment(self, number, now):
        batch = []
        for _ in range(self.chance.randrange(4, 10)):
            report = {"position": self.somewhere(), "severity": self.chance.randrange(1, 5), "text": "有情况"}
            if self.chance.random() < 0.85:
                report["category"] = self.chance.choice(KINDS)
            batch.append(self.item("report", now, drill=self.chance.random() < 0.15, **report))
        for n in range(8):
            if self.chance.random() < 0.6:
                state = {"status": self.chance.choice(["patrol", "responding"]),
                         "kind": ("fire_engine", "ambulance", "grid_worker", "patrol_car")[n % 4]}
                batch.append(self.item("position", now, thing=f"unit-{n}", position=self.somewhere(), attributes=state, drill=n == 7))
        for n in range(2):
            batch.append(self.item("alarm", now, thing=f"detector-{n}", category=("E0403", "E0406")[n], position=self.somewhere(),
                                   severity=2, drill=number % 5 == 4))
            if self.chance.random() < 0.5:
                batch.append(self.item("clear", now, thing=f"detector-{n}", category=("E0403", "E0406")[n]))
        if number == 6:
            batch.append(self.reading("city-power-use", "electricity_used", "GWh", 231.5, now - HOUR, False))
        for thing, prop, unit, usual, broken in STATIONS:
            value = broken if self.chance.random() < 0.1 else usual * self.chance.uniform(0.5, 1.5)
            age = self.chance.choice([0, 0, 0, 20, 50, 200, 1400, 1500])
            when = now - datetime.timedelta(minutes=age, seconds=self.chance.randrange(40))
            batch.append(self.reading(thing, prop, unit, round(value, 2), when, False))
            if self.chance.random() < 0.2:
                batch.append(self.reading(thing, prop, unit, broken * 10, when, True))
        self.chance.shuffle(batch)
        return batch

    def reading(self, thing, prop, unit, value, when, drill):
        item = self.item("reading", when, thing=thing, property=prop, value=value, unit=unit, drill=drill)
        when = moment(item["time"])
        self.readings.setdefault((thing, prop, unit, drill), {})[when] = value
        return item

    def last(self, prop, unit, at, within, before=False):
        """Thing and value of what each had last measured, not longer before `at` than `within`."""
        newest = {}
        for (thing, other, other_unit, drill), values in self.readings.items():
            if drill or SAME_PROPERTY.get(other, other) != prop or (unit and SAME_UNIT.get(other_unit, other_unit) != unit):
                continue
            for when, value in values.items():
                if at - within <= when and (when < at if before else when <= at) and when >= newest.get(thing, (when,))[0]:
                    newest[thing] = (when, value)
        return {thing: value for thing, (_, value) in newest.items()}

    def known(self, prop, at, before=False):
        """Things that had measured something by then, however long ago."""
        return {thing for (thing, other, _, drill), values in self.readings.items()
                if not drill and SAME_PROPERTY.get(other, other) == prop
                and any(when < at if before else when <= at for when in values)}


class PlayedDay(Stream):
    """The day of the scenario, a tenth of it between two moments: 2.4 hours become as many seconds as have passed."""

    SEED = 11
    TENTH = DAY / MOMENTS

    def __init__(self, towns, folder):
        super().__init__(towns)
        out = pathlib.Path(folder, "day.ndjson")
        gulou("simulate", "--seed", str(self.SEED), "--units", "40", "--sensors", "150",
              "--out", str(out), "--truth", str(pathlib.Path(folder, "truth")))
        self.day = [json.loads(line) for line in out.read_text().splitlines()]
        self.begins = min(moment(one["time"]) for one in self.day)
        self.moved, self.last_moment = {}, None

    def moment(self, number, now):
        first, end = self.begins + number * self.TENTH, self.begins + (number + 1) * self.TENTH
        passed = now - (self.last_moment or now - datetime.timedelta(seconds=12))
        self.last_moment = now
        batch = []
        for one in self.day:
            sent = moment(one.get("sent_at", one["time"]))
            if not (first <= sent < end or (number == MOMENTS - 1 and sent >= end)):
                continue
            name = (one["source"], one["id"], one.get("version", 0))
            if name not in self.moved:
                when = now - (end - moment(one["time"])) / self.TENTH * passed
                self.moved[name] = {**{key: value for key, value in one.items() if key != "sent_at"}, "time": written(min(when, now))}
            batch.append(self.moved[name])
        for one in batch:
            if one["kind"] == "reading":
                series = self.readings.setdefault((one["thing"], one["property"], one["unit"], one.get("drill", False)), {})
                series.setdefault(moment(one["time"]), one["value"])
        return batch
