"""The evaluation counted by other hands: the log of an incident becomes facts, facts become figures.

Written from the words of the product's description alone: it reads no formula of the pack and asks the program for none.
"""

import csv
import dataclasses
import datetime
import math

import chinese_calendar

from end2end.clock_oracle import PERIODS, UNIT_MINUTES, count
from end2end.themes_sent import moment

ZONE = datetime.timezone(datetime.timedelta(hours=8))
MINUTE = datetime.timedelta(minutes=1)
ZERO = datetime.timedelta(0)
DONE = ("resolved", "checked", "closed")
# So long something may wait to be filed, and somebody may take to look first.
FILE, LOOK = 15 * MINUTE, 30 * MINUTE
# From which extension on, and beyond how many days of suspension, two have to say yes.
TWO_FROM_EXTENSION, TWO_BEYOND = 2, datetime.timedelta(days=30)


def worked(since, until):
    """Work time between two moments, one work period after the other."""
    total, day = ZERO, since.astimezone(ZONE).date()
    while day <= until.astimezone(ZONE).date():
        if chinese_calendar.is_workday(day):
            for opens, closes in PERIODS:
                begins = max(since, datetime.datetime.combine(day, datetime.time(opens), ZONE))
                ends = min(until, datetime.datetime.combine(day, datetime.time(closes), ZONE))
                total += max(ends - begins, ZERO)
        day += datetime.timedelta(days=1)
    return total


class Limits:
    """How long a kind may take, and on which clock."""

    def __init__(self, pack):
        with (pack / "categories.csv").open(encoding="utf-8") as file:
            rows = {row["code"]: row for row in csv.DictReader(file)}
        self.kinds = {code: row["clock"] for code, row in rows.items()}
        self.lengths = {code: float(row["limit"]) * UNIT_MINUTES[row["clock"]] * MINUTE for code, row in rows.items()}


class Clock:
    """What is left of a limit from a moment on."""

    def __init__(self, kind, start, left):
        self.kind, self.start, self.left, self.stands = kind, start, left, False

    def left_at(self, at):
        if self.stands:
            return self.left
        in_work_time = self.kind in ("work_hour", "work_day")
        return self.left - (worked(self.start, at) if in_work_time else at - self.start)

    def has_run_out(self, at):
        return self.left_at(at) <= ZERO

    def stop(self, at):
        self.left, self.stands = max(self.left_at(at), ZERO), True

    def go_on(self, at):
        if self.stands:
            self.start, self.stands = at, False

    def due(self):
        """By the counter of deadlines, which walks forward where this looks back."""
        if self.stands:
            return None
        # Of what nothing was left the time had come already, in work time or not.
        return count(self.start.astimezone(ZONE), self.kind, self.left) if self.left > ZERO else self.start


class Case:
    """One incident as it is judged. `said` are the arguments of the commands that people gave it, in their order."""

    def __init__(self, detail, said, limits):
        self.id, self.number, self.state = detail["id"], detail["number"], detail["state"]
        self.category, self.town, self.department = detail["category"], detail["town_code"], detail["lead"]
        self.limits, self.opened = limits, moment(detail["opened_at"])
        log = detail["timeline"]
        openers = [piece["source"] for piece in detail["evidence"] if piece["score"] is None]
        self.by_role = log[0]["role"]
        self.source = openers[0] if self.by_role is None and openers else None
        self.filed = self.dispatched = self.acknowledged = self.arrived = self.first_handled = self.handled = None
        self.checked = self.closed = self.in_time = self.filed_in_time = self.satisfied = self.work = None
        self.hops = self.returns = self.reworks = self.extensions = self.suspensions = 0
        self.exempted = self.verifying = self.filing_missed = False
        self.filing = Clock("urgent_hour", self.opened, FILE)
        self.yes, self.until, self.kind = 0, None, None
        said = list(said)
        for entry in log:
            name = entry["command"]
            by_hand = name is not None and entry["role"] is not None
            given, arguments = said.pop(0) if by_hand and said else (None, {})
            assert not by_hand or given == name, (self.id, name, given)
            if name is not None:
                # A word of Python's own.
                step = getattr(self, {"return": "give_back"}.get(name, name), None)
                if step:
                    step(moment(entry["at"]), arguments)
        assert not said, (self.id, said)

    def limit(self):
        return self.limits.lengths[self.kind]

    def set_category(self, _, arguments):
        self.kind = arguments["category"]

    # Filing.

    def request_verification(self, at, _):
        self.filing_begins(at, LOOK)
        self.verifying = True

    def verify(self, at, _):
        if self.verifying:
            self.filing_begins(at, FILE)
            self.verifying = False

    def filing_begins(self, at, length):
        self.filing_missed |= self.filing.has_run_out(at)
        self.filing = Clock("urgent_hour", at, length)

    def register(self, at, _):
        self.filed = at
        self.filed_in_time = not self.filing_missed and not self.filing.has_run_out(at)

    def filing_overdue(self, at):
        return self.state == "reported" and (self.filing_missed or self.filing.has_run_out(at))

    # Work.

    def dispatch(self, at, arguments):
        self.dispatched = self.dispatched or at
        self.hops += 1
        self.yes = 0
        self.kind = self.kind or self.category
        if self.work is None:
            self.work = Clock(self.limits.kinds[self.kind], at, self.limit())

    decide_dispute = dispatch

    def acknowledge(self, at, _):
        self.acknowledged = self.acknowledged or at

    def arrive(self, at, _):
        self.arrived = self.arrived or at

    def give_back(self, at, _):
        self.returns += 1
        self.work.go_on(at)

    def resolve(self, at, arguments):
        if arguments.get("of_the_lead", True):
            self.is_done(at)

    def is_done(self, at):
        if self.handled is None:
            self.first_handled = self.first_handled or at
            self.handled = at
            self.in_time = None if self.work is None else not self.work.has_run_out(at)

    def check(self, at, arguments):
        if arguments["passed"]:
            self.checked = self.checked or at
        else:
            self.rework(at, arguments)

    def rework(self, at, _):
        self.reworks += 1
        self.handled = self.in_time = None
        self.work = Clock(self.limits.kinds[self.kind], at, self.limit())

    def overdue(self, at):
        is_open = self.state not in ("closed", "rejected", "voided", "merged")
        return is_open and self.handled is None and self.work is not None and self.work.has_run_out(at)

    # The end, and what comes after it.

    def close(self, at, _):
        self.closed = at

    def force_close(self, at, _):
        """What ends ends the work with it."""
        self.is_done(at)
        self.closed = at

    def reopen(self, at, _):
        if self.filed is None:
            self.filed, self.filed_in_time = at, None
        self.closed = self.handled = self.in_time = self.work = None

    def record_feedback(self, _, arguments):
        self.satisfied = arguments["satisfied"]

    def decide_appeal(self, _, arguments):
        self.exempted |= arguments["approved"]

    # Requests.

    def request_extension(self, at, _):
        self.yes = 0

    def decide_extension(self, at, arguments):
        if self.is_granted(arguments, self.extensions + 1 >= TWO_FROM_EXTENSION):
            self.extensions += 1
            self.work.left += self.limit()

    def request_suspension(self, at, arguments):
        self.yes, self.until, self.asked_at = 0, arguments["until"], at

    def decide_suspension(self, at, arguments):
        if self.is_granted(arguments, self.until - self.asked_at > TWO_BEYOND):
            self.suspensions += 1
            self.work.stop(at)
            # What was asked for may be over when it is granted.
            self.until = max(self.until, at)

    def is_granted(self, arguments, needs_two):
        self.yes = self.yes + 1 if arguments["approved"] else 0
        granted = self.yes == (2 if needs_two else 1)
        if granted:
            self.yes = 0
        return granted

    def resume(self, at, arguments):
        # By itself at the moment it was granted to, whenever that is noticed.
        self.work.go_on(at if arguments else self.until)


@dataclasses.dataclass
class Figure:
    """`part` says whether a case counts in the numerator, or how often; with `of` times it is None and `took` says how long."""

    counts_in: str
    of: object
    part: object = None
    took: tuple = None
    percent: int = None
    lower_is_better: bool = False

    def cases(self, cases, period, at):
        since, until = period
        def counts(case):
            when = getattr(case, self.counts_in)
            return when is not None and since <= when < until
        return [case for case in cases if counts(case) and self.of(case, at)
                and (self.took is None or all(getattr(case, name) is not None for name in self.took))]

    def numerator(self, cases, at):
        return None if self.part is None else sum(int(self.part(case, at)) for case in cases)

    def minutes(self, case):
        begins, ends = self.took
        return max(getattr(case, ends) - getattr(case, begins), ZERO) / MINUTE

    def value(self, cases, at, mean=False):
        if not cases:
            return None
        if self.took:
            took = sorted(self.minutes(case) for case in cases)
            return took[max(math.ceil(self.percent * len(took) / 100), 1) - 1]
        return self.numerator(cases, at) / len(cases) * (1 if mean else 100)


def judged_in_time(case, at):
    """What had to be handled by now: done, or due and not done."""
    return case.in_time is not None or case.overdue(at)


def happened(name):
    return lambda case, at: getattr(case, name) is not None


def found_by_citizens(case, at):
    return case.source == "hotline-12345"


def found_by_anybody(case, at):
    citizens_or_patrols = case.source in ("hotline-12345", "grid-worker") or case.by_role == "collector"
    return citizens_or_patrols and case.state != "rejected"


FIGURES = {
    # 按期处置率
    "handled-in-time": Figure("dispatched", judged_in_time, lambda case, at: case.in_time is True),
    # 结案率
    "closed": Figure("filed", lambda case, at: case.state != "rejected", lambda case, at: case.state == "closed"),
    # 返工率
    "rework": Figure("dispatched", happened("first_handled"), lambda case, at: case.reworks > 0, lower_is_better=True),
    # 超期未处置率
    "overdue": Figure("dispatched", judged_in_time, lambda case, at: case.overdue(at), lower_is_better=True),
    # 延期率
    "extended": Figure("dispatched", happened("dispatched"), lambda case, at: case.extensions > 0, lower_is_better=True),
    # 准确派遣率: no rework or return, of dispatched
    "dispatched-right": Figure("dispatched", happened("dispatched"), lambda case, at: case.returns == case.reworks == 0),
    # 漏报率: what citizens told first, of what citizens told and patrols found
    "missed": Figure("opened", found_by_anybody, found_by_citizens, lower_is_better=True),
    # 满意率
    "satisfied": Figure("closed", lambda case, at: case.satisfied is not None, lambda case, at: case.satisfied is True),
    # 按期立案率
    "filed-in-time": Figure("opened", lambda case, at: case.filed_in_time is not None or case.filing_overdue(at),
                            lambda case, at: case.filed_in_time is True),
    # Hops an order.
    "hops": Figure("dispatched", happened("dispatched"), lambda case, at: case.hops, lower_is_better=True),
}
for name, begins, ends in (("file", "opened", "filed"), ("dispatch", "opened", "dispatched"), ("acknowledge", "dispatched", "acknowledged"),
                           ("arrive", "acknowledged", "arrived"), ("handle", "dispatched", "handled"), ("close", "opened", "closed")):
    for percent in (50, 90):
        FIGURES[f"to-{name}-p{percent}"] = Figure(ends, happened(ends), took=(begins, ends), percent=percent, lower_is_better=True)
MEANS = {"hops"}


def is_case(case):
    return case.state not in ("merged", "voided")


def before(period):
    since, until = period
    return since - (until - since), since


def cell(name, cases, period, at):
    """One figure over some cases: what its list holds, and what it comes to."""
    figure = FIGURES[name]
    found = figure.cases(cases, period, at)
    earlier = figure.cases(cases, before(period), at)
    mean = name in MEANS
    return {"cases": found, "numerator": figure.numerator(found, at), "denominator": len(found),
            "exempted": sum(case.exempted for case in found), "value": figure.value(found, at, mean),
            "before": figure.value(earlier, at, mean)}


def score(values, weights):
    """Out of 100, over what could be judged: the points, and their weight."""
    points = weight = 0
    for name, value in values.items():
        if weights[name] and value is not None:
            points += weights[name] * (100 - value if FIGURES[name].lower_is_better else value)
            weight += weights[name]
    return (points / weight if weight else None), weight


def months(period):
    """The months that a period touches, each cut to it."""
    since, until = period
    first = since.astimezone(ZONE).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = {}
    while first < until:
        following = (first + datetime.timedelta(days=32)).replace(day=1)
        found[first.strftime("%Y-%m")] = (max(first, since), min(following, until))
        first = following
    return found


class Responsibilities:
    """The dated table of powers, and its moves."""

    def __init__(self, pack):
        with (pack / "responsibilities.csv").open(encoding="utf-8") as file:
            self.rows = list(csv.DictReader(file))

    def on(self, category, town, day):
        """The row that answers: the narrowest kind, then the town before the city."""
        fits = [row for row in self.rows if category.startswith(row["category"]) and row["jurisdiction"] in ("*", town)
                and row["valid_from"] <= day and (not row["valid_to"] or day < row["valid_to"])]
        return max(fits, key=lambda row: (len(row["category"]), row["jurisdiction"] != "*"), default=None)

    def moves(self, since, until):
        """By day, kind and place: the rows that end and those that begin."""
        found = {}
        for row in self.rows:
            for which, day in (("begins", row["valid_from"]), ("ends", row["valid_to"])):
                if day and since <= at_midnight(day) < until:
                    key = (day, row["category"], row["jurisdiction"])
                    found.setdefault(key, {"begins": [], "ends": []})[which].append(row)
        return found

    def is_moved(self, case, day, move):
        """Whether another row answers for such a case since that day."""
        if case.category is None:
            return False
        eve = (datetime.date.fromisoformat(day) - datetime.timedelta(days=1)).isoformat()
        return self.on(case.category, case.town, day) in move["begins"] or self.on(case.category, case.town, eve) in move["ends"]


def at_midnight(day):
    return datetime.datetime.combine(datetime.date.fromisoformat(day), datetime.time(0), ZONE)
