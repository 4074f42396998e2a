#!/usr/bin/env python3
"""Checks the product's deadlines against a counter that shares nothing with it.

Working days come from the PyPI package chinesecalendar, hours from plain arithmetic on Python datetimes, one work
period after the other. Prints how many cases were compared and every mismatch; exits 1 on any.

    python3 end2end/clock_oracle.py [--cases 10000] [--seed 20261123] [--program PATH]

Without --program it runs `cargo run -p domain --example clock_cases`.
"""

import argparse
import datetime as dt
import pathlib
import random
import subprocess
import sys

import chinese_calendar

ROOT = pathlib.Path(__file__).resolve().parent.parent
CALENDAR = ROOT / "server" / "cities" / "dongguan" / "calendar.csv"
SHANGHAI = dt.timezone(dt.timedelta(hours=8))
FIRST = dt.datetime(2025, 1, 1, tzinfo=SHANGHAI)
LAST = dt.datetime(2026, 12, 31, 23, 59, tzinfo=SHANGHAI)
PERIODS = ((8, 12), (14, 18))
DAY_MINUTES = 8 * 60

# Amounts in the clock's own unit, as a limit table writes them.
AMOUNTS = {
    "urgent_hour": ["0.25", "0.5", "1", "2", "4", "12", "24", "72"],
    "work_hour": ["0.25", "0.5", "1", "1.5", "2", "3", "4", "6", "7.75", "8", "12", "16", "40"],
    "work_day": ["0.5", "1", "1.5", "2", "3", "5", "7", "10", "15", "20", "30", "60"],
    "natural_day": ["0.5", "1", "2", "3", "5", "7", "10", "15", "30"],
}
UNIT_MINUTES = {"urgent_hour": 60, "work_hour": 60, "work_day": DAY_MINUTES, "natural_day": 1440}


def count(start, clock, limit):
    """The deadline, or None if it lies beyond what is published."""
    if clock in ("urgent_hour", "natural_day"):
        return start + limit
    left = limit
    day = start.date()
    while day <= LAST.date():
        if chinese_calendar.is_workday(day):
            for opens, closes in PERIODS:
                period_start = dt.datetime.combine(day, dt.time(opens), SHANGHAI)
                period_end = dt.datetime.combine(day, dt.time(closes), SHANGHAI)
                begin = max(start, period_start)
                if begin >= period_end:
                    continue
                if begin + left <= period_end:
                    return begin + left
                left -= period_end - begin
        day += dt.timedelta(days=1)
    return None


def cases(number, seed):
    chance = random.Random(seed)
    span = int((LAST - FIRST).total_seconds())
    for _ in range(number):
        start = FIRST + dt.timedelta(seconds=chance.randrange(span))
        # Half of them on the minute, and some exactly where a period opens or closes.
        kind = chance.random()
        if kind < 0.5:
            start = start.replace(second=0)
        elif kind < 0.65:
            start = start.replace(hour=chance.choice((0, 8, 12, 14, 18)), minute=0, second=0)
        clock = chance.choice(list(AMOUNTS))
        yield start, clock, chance.choice(AMOUNTS[clock])


def written(moment):
    """RFC 3339 with milliseconds only where there are any, as the product writes it."""
    if moment is None:
        return ""
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--program", help="a built clock_cases")
    options = parser.parse_args()

    program = [options.program] if options.program else [
        "cargo", "run", "--quiet", "-p", "domain", "--example", "clock_cases", "--"]
    asked = list(cases(options.cases, options.seed))
    lines = "".join(f"{written(start)},{clock},{amount}\n" for start, clock, amount in asked)
    answered = subprocess.run(
        [*program, str(CALENDAR), "2025,2026", "-"],
        input=lines, capture_output=True, text=True, cwd=ROOT)
    if answered.returncode != 0:
        sys.exit(f"clock_cases failed: {answered.stderr}")
    answers = answered.stdout.splitlines()
    if len(answers) != len(asked):
        sys.exit(f"{len(asked)} cases asked, {len(answers)} answered")

    mismatches = deadlines = missing = 0
    for (start, clock, amount), answer in zip(asked, answers):
        limit = dt.timedelta(minutes=float(amount) * UNIT_MINUTES[clock])
        due, warn = count(start, clock, limit), count(start, clock, limit * 4 / 5)
        certainty = "missing 2027" if due is None else "certain"
        expected = f"{written(start)},{clock},{amount},{written(due)},{written(warn)},{certainty}"
        deadlines += due is not None
        missing += due is None
        if answer != expected:
            mismatches += 1
            if mismatches <= 20:
                print(f"MISMATCH\n  product {answer}\n  oracle  {expected}")
    print(f"compared {len(asked)} cases (seed {options.seed}): "
          f"{deadlines} deadlines, {missing} said to be missing, {mismatches} mismatches")
    return 1 if mismatches or not deadlines else 0


if __name__ == "__main__":
    sys.exit(main())
