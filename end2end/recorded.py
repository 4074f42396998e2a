"""Recorded feeds for the tests: those that ship, those that lie beside the project, or made ones of the same shape.

Air quality and bus positions may not be shipped. They are read from the folder named by GULOU_REPLAY, else from
`../shared/replay`; where neither is, the same number of rows is made from a fixed seed, and the test says so.
"""

import csv
import datetime
import json
import math
import os
import random

from end2end.harness import ROOT

SCENARIOS = ROOT / "server/scenarios"
FETCHED = [os.environ.get("GULOU_REPLAY"), ROOT.parent / "shared/replay"]
STATIONS = ["Aotizhongxin", "Dongsi", "Wanliu"]
AIR_HOURS = 10_200
BUS_ROWS = 942
SEED = 2016


def shipped(name):
    return json.loads((SCENARIOS / name).read_text())


def fetched(name):
    for folder in FETCHED:
        path = folder and os.path.join(folder, "fetched", name)
        if path and os.path.exists(path):
            with open(path, newline="") as rows:
                return list(csv.DictReader(rows))
    print(f"{name} is not beside the project: rows are made from seed {SEED}")
    return None


def air_quality():
    """(station, time, PM2.5, O3) in the order of time: 30,600 rows of three stations."""
    if rows := fetched("airquality_beijing_hourly.csv"):
        beijing = datetime.timezone(datetime.timedelta(hours=8))
        measured = [(row["station"], datetime.datetime(*(int(row[part]) for part in ("year", "month", "day", "hour")), tzinfo=beijing),
                     float(row["PM2.5"]), float(row["O3"])) for row in rows]
    else:
        chance, start = random.Random(SEED), datetime.datetime(2016, 1, 1, tzinfo=datetime.timezone.utc)
        measured = []
        for station in STATIONS:
            level = 60.0
            for hour in range(AIR_HOURS):
                level = max(3.0, level + chance.gauss(0, 14) + (60 - level) * 0.02)
                ozone = max(2.0, 90 + 110 * math.sin((hour % 24 - 8) * math.pi / 12) + chance.gauss(0, 25))
                measured.append((station, start + datetime.timedelta(hours=hour), round(level, 1), round(ozone, 1)))
    return sorted(measured, key=lambda row: row[1])


def buses():
    """(vehicle, time, [longitude, latitude], heading) in the order of time."""
    if rows := fetched("bus_liverpool_route14_gps.csv"):
        seen = [(row["vehicle_id"], datetime.datetime.fromisoformat(row["timestamp"]).replace(tzinfo=datetime.timezone.utc),
                 [float(row["longitude"]), float(row["latitude"])], int(float(row["bearing"] or 0))) for row in rows]
    else:
        chance, start = random.Random(SEED), datetime.datetime(2026, 1, 26, 15, 55, tzinfo=datetime.timezone.utc)
        seen = [(str(4836 + row % 8), start + datetime.timedelta(seconds=4 * row),
                 [-2.91 + chance.uniform(-0.05, 0.05), 53.44 + chance.uniform(-0.05, 0.05)], chance.randrange(360))
                for row in range(BUS_ROWS)]
    return sorted(seen, key=lambda row: row[1])
