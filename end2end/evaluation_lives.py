"""What happens in the city while it is judged: some days of reports through the public door, and people who work on them.

Everything is told by chance from a seed. What people say with a command is noted; when it happened only the server's log tells.
"""

import csv
import datetime
import random
import shutil
import tempfile
import pathlib

from end2end.evaluation_recount import ZONE
from end2end.harness import ROOT
from end2end.themes_sent import written

PACK = ROOT / "server/cities/dongguan"
SEED = 20261123
# Names that a spreadsheet would run, were they not guarded.
FORMULAS = ["=cmd|' /C calc'!A0", "+SUM(1,1)", "-2+3", "@SUM(A1:A2)", "＝1+1"]
NAMED = dict(zip(("swj", "cgj", "zjj", "swjt", "sthj"), FORMULAS))
# From a Friday over a month's end and the holiday of Qingming; powers move on some of these days.
MOMENTS = ("03-27 09:00", "03-27 09:20", "03-27 10:30", "03-27 14:30", "03-30 09:40", "03-31 08:20", "03-31 16:00",
           "04-01 08:30", "04-01 11:00", "04-02 15:00", "04-07 09:00")
KINDS = ("C0101", "C0106", "C0402", "E0101", "E0102", "E0301", "E0405", "E0504")
SOURCES = ("hotline-12345", "hotline-12345", "grid-worker", "wechat-1")
TOWNS = ("441900003", "441900004", "441900113", "441900121", "441900119", "441900116")
OPEN = ("reported", "registered", "dispatched", "acknowledged", "handling", "resolved", "checked")


def day(moment):
    return datetime.datetime.strptime(f"2026-{moment}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


def city_pack():
    """The pack as it ships, with names that look like formulas and some more powers that move."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gulou-pack-")) / "city"
    shutil.copytree(PACK, folder)

    def rewritten(name, change):
        path = folder / name
        with path.open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file)
            rows = [dict(row) for row in table]
        rows = change(rows)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, table.fieldnames, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def names(rows):
        for row in rows:
            row["name"] = NAMED.get(row["id"], row["name"])
        return rows

    def kinds(rows):
        for row in rows:
            row["name_en"] = "=1+1" if row["code"] == "C0101" else row["name_en"]
        return rows

    def powers(rows):
        more = []
        for row in rows:
            if row["category"] == "E01" and row["jurisdiction"] == "*":
                # The whole class goes to others; what has rows of its own stays.
                more.append({**row, "id": "R9001", "valid_from": "2026-04-02", "lead": "wgl", "basis": "移交"})
                row["valid_to"] = "2026-04-02"
            if row["category"] == "E03" and row["jurisdiction"] == "*":
                # Taken back from a town: nothing begins, the city's own row answers again.
                more.append({**row, "id": "R9002", "category": "E0301", "jurisdiction": "441900113", "valid_to": "2026-04-01",
                             "lead": "town-441900113", "supporting": "", "basis": "收回"})
        return rows + more

    rewritten("departments.csv", names)
    rewritten("categories.csv", kinds)
    rewritten("responsibilities.csv", powers)
    return folder


class City:
    """The people of the city and what they did."""

    def __init__(self, server, clock):
        self.server, self.clock = server, clock
        self.chance = random.Random(SEED)
        self.feed, self.reads = server.add_key("*"), server.add_key("*", reads=True)
        self.people, self.signed_in = {}, {}
        # Of each incident, as it was when it was last read, and what was said to it.
        self.known, self.said, self.binding = {}, {}, set()
        self.to_split, self.given, self.refused = None, {}, 0
        # What nobody touches for now, and what nobody ever looks at.
        self.left_alone = set()
        towns = {town["code"]: town["point"] for town in self.ask("/api/v1/city")["towns"]}
        self.spots = {code: self.spots_of(towns[code]) for code in TOWNS}
        self.count = 0

    @staticmethod
    def spots_of(point):
        """Far enough from one another to be different things."""
        for index in range(64):
            step = (index // 2 + 1) // 2 * (1 if index % 2 else -1), index // 16 - 2
            yield [round(point[0] + 0.0035 * step[0] / 2, 6), round(point[1] + 0.0045 * step[1], 6)]

    def ask(self, path):
        status, answer = self.server.call(path, headers={"Authorization": f"Bearer {self.reads}"})
        if status != 200:
            raise AssertionError(f"{path}: {status} {answer}")
        return answer

    # Who is there.

    def person(self, name, role=None, *scope):
        """Signed in, again where he has been away for too long."""
        now = self.clock.now()
        if name not in self.people:
            self.people[name] = self.server.add_person(name, role or name, *scope)
        last = self.signed_in.get(name)
        if last is None or now - last > datetime.timedelta(hours=11):
            self.people[name].log_in()
        self.signed_in[name] = now
        return self.people[name]

    def department(self, id):
        return self.person(f"of-{id}", "department", "--department", id)

    def collector(self):
        return self.person("collector", "collector", "--town", TOWNS[1])

    # What comes in.

    def report(self, drill=False):
        self.count += 1
        town = self.chance.choice(TOWNS)
        report = {"source": self.chance.choice(SOURCES), "id": f"r{self.count}", "kind": "report", "time": written(self.clock.now()),
                  "position": next(self.spots[town]), "severity": self.chance.randrange(1, 5), "text": f"有情况 {self.count}", "drill": drill}
        if self.chance.random() < 0.88:
            report["category"] = self.chance.choice(KINDS)
        return report

    def comes_in(self, number):
        batch = [self.report(drill=index == 0) for index in range(number)]
        status, answer = self.server.post(self.feed, batch)
        assert (status, answer["accepted"]) == (200, number), answer
        for who, town in ((self.collector(), TOWNS[1]), (self.person("operator"), TOWNS[0])):
            if self.chance.random() < 0.7:
                body = {"position": next(self.spots[town]), "text": "巡查发现", "category": self.chance.choice(KINDS)}
                headers = {"Origin": self.server.base, "Content-Type": "application/json"}
                status, answer = self.server.call("/api/v1/incidents", body, headers, who.opener)
                assert status == 201, answer
        self.look()

    def look(self):
        """As the list has it, once every suspension that is over has ended."""
        while True:
            found = [one for one in self.server.incidents(self.reads) if not one["drill"]]
            # By when and in which order they were opened: the same in every run.
            found.sort(key=lambda one: (one["opened_at"][:15], one["number"][-4:]))
            self.known = {one["id"]: one for one in found}
            if not any(one["suspended"] and self.ends(one["id"]) <= self.clock.now() for one in found):
                return

    def ends(self, incident):
        asked = [arguments["until"] for name, arguments in self.said[incident] if name == "request_suspension"]
        return asked[-1]

    # What people do.

    def does(self, who, incident, command, **arguments):
        """One command; its answer is how the incident stands now."""
        sent = {name: value.isoformat() if isinstance(value, datetime.datetime) else value for name, value in arguments.items()
                if name != "of_the_lead"}
        status, answer = who.command(self.known[incident], command, **sent)
        if status == 409 and command in ("request_extension", "resume"):
            # Once it is overdue there is no extension, and a suspension may just have ended by itself.
            self.refused += command == "request_extension"
            self.known[incident] = self.ask(f"/api/v1/incidents/{incident}")
            return False
        assert status == 200, f"{command} {sent}: {status} {answer}\n{self.known[incident]}\n{self.said.get(incident)}"
        self.known[incident] = answer
        self.said.setdefault(incident, []).append((command, {"by_hand": True, **arguments}))
        self.given[command] = self.given.get(command, 0) + 1
        return True

    def ways(self, one):
        """What may come next, by how often it does: who, which command, and what he says."""
        state, waiting, lead = one["state"], one["waiting"], one["lead"]
        chance, now = self.chance, self.clock.now().replace(microsecond=0)
        leader, dispatcher, operator, commander = "shift_leader", "dispatcher", "operator", "commander"
        for what, who in (("extension", dispatcher), ("extension_leader", commander), ("suspension", dispatcher), ("suspension_leader", commander)):
            if what in waiting:
                return [(1, who, f"decide_{what.split('_')[0]}", {"approved": chance.random() < 0.8})]
        if state == "reported":
            verifying = (one["deadline"] or {}).get("stage") == "verify"
            ways = [(1, leader, "reject", {"reason": "不属实"}), (0.5, leader, "void", {"reason": "重复"}), (0.4, leader, "force_close", {"reason": "自行解决"}),
                    (2, operator, "verify", {"confirmed": True}) if verifying else (2, operator, "request_verification", {})]
            if one["category"]:
                return ways + [(6, leader, "register", {}), (0.8, operator, "merge", None)]
            return ways + [(6, operator, "set_category", {"category": chance.choice(KINDS)})]
        if state == "registered":
            ways = [(0.2, leader, "void", {"reason": "查无此事"}), (0.3, leader, "force_close", {"reason": "自行解决"}),
                    (4, dispatcher, "dispatch", {"lead": chance.choice(list(NAMED))})]
            if "dispute" in waiting:
                ways.append((6, leader, "decide_dispute", {"lead": chance.choice(list(NAMED)), "reason": "由其负责"}))
            return ways
        at_work = [(1.2, lead, "return", {"reason": "不归我管"}), (0.5, leader, "force_close", {"reason": "自行解决"}),
                   (1.3, lead, "request_extension", {"reason": "材料在途"}), (0.3, commander, "urge", {"text": "请加快"}),
                   (1.2, lead, "request_suspension", {"reason": "等材料", "until": now + datetime.timedelta(hours=chance.choice((3, 30, 60, 24 * 40)))})]
        if one["suspended"]:
            at_work.append((2, dispatcher, "resume", {}))
        own_part_done = any(not arguments.get("of_the_lead", True) for _, arguments in self.said.get(one["id"], []))
        for_support = [(0.8, supporting, "resolve", {"text": "我们的部分好了", "of_the_lead": False})
                       for supporting in one["supporting"][:1] if not own_part_done]
        return {
            "dispatched": lambda: at_work + [(6, lead, "acknowledge", {})],
            "acknowledged": lambda: at_work + for_support + [(4, lead, "arrive", {}), (4, lead, "resolve", {"text": "处置好了"})],
            "handling": lambda: at_work + [(7, lead, "resolve", {"text": "又处置好了"})],
            "resolved": lambda: [(5, operator, "check", {"passed": True}), (1.5, operator, "check", {"passed": False, "text": "没修好"}),
                                 (0.8, dispatcher, "rework", {"reason": "没修好"}), (0.3, leader, "force_close", {"reason": "到此为止"})],
            "checked": lambda: [(6, leader, "close", {"standard": self.standard(one)}), (0.5, leader, "rework", {"reason": "又坏了"})],
            "closed": lambda: [(3, None, None, None), (0.4, leader, "reopen", {"reason": "又坏了"}),
                               (3, operator, "record_feedback", {"satisfied": chance.random() < 0.7}),
                               *([(3, leader, "decide_appeal", {"approved": chance.random() < 0.7})] if "appeal" in waiting
                                 else [(2, lead, "appeal", {"reason": "暴雨"})] if lead else [])],
        }[state]()

    def standard(self, one):
        return self.ask(f"/api/v1/incidents/{one['id']}")["standards"][0]

    def may(self, one, command):
        """What the contract does not let be done twice is not tried."""
        said = [name for name, _ in self.said.get(one["id"], [])]
        granted = self.granted(one["id"], "decide_suspension")
        return not (command == "return" and one["id"] in self.binding
                    or command == "request_suspension" and (granted or one["suspended"])
                    or command == "request_extension" and said.count("request_extension") > 2
                    or command == "appeal" and self.granted(one["id"], "decide_appeal"))

    def granted(self, incident, command):
        return any(name == command and arguments["approved"] for name, arguments in self.said.get(incident, []))

    def works(self):
        """Everybody takes some of what there is a few steps further."""
        for incident in list(self.known):
            if self.chance.random() < 0.75:
                for _ in range(self.chance.randrange(1, 6)):
                    if not self.step(incident):
                        break

    def step(self, incident):
        one = self.known[incident]
        if incident in self.left_alone or one["state"] not in (*OPEN, "closed") or one["state"] == "closed" and self.chance.random() < 0.5:
            return False
        ways = [way for way in self.ways(one) if self.may(one, way[2])]
        [(_, who, command, arguments)] = self.chance.choices(ways, [way[0] for way in ways])
        if command is None:
            return False
        if command == "merge":
            return self.merge(one)
        roles = ("operator", "shift_leader", "dispatcher", "commander")
        if command == "decide_dispute":
            self.binding.add(incident)
        if command == "reopen":
            self.binding.discard(incident)
        return self.does(self.person(who) if who in roles else self.department(who), incident, command, **arguments)

    def merge(self, one):
        """Into another of its kind and town that is open."""
        others = [other for other in self.known.values() if other["id"] != one["id"] and other["state"] in OPEN
                  and (other["category"], other["town_code"]) == (one["category"], one["town_code"])]
        if not others:
            return False
        self.does(self.person("operator"), one["id"], "merge", into=others[0]["id"])
        self.look()
        return False

    def merges_what_is_done(self):
        """Somebody takes work that was done for a part of another incident, and sees his mistake days later."""
        operator = self.person("operator")
        for one in list(self.known.values()):
            if one["state"] != "resolved":
                continue
            others = [other for other in self.known.values() if other["state"] in OPEN and other["category"] == one["category"] and other["id"] != one["id"]]
            if others:
                pieces = [piece["id"] for piece in self.ask(f"/api/v1/incidents/{one['id']}")["evidence"]]
                self.to_split = (one["id"], others[0]["id"], pieces)
                self.left_alone |= {one["id"], others[0]["id"]}
                self.does(operator, one["id"], "merge", into=others[0]["id"])
                self.look()
                return
        raise AssertionError("nothing was done yet")

    def takes_it_out_again(self):
        own, into, pieces = self.to_split
        if self.known[into]["state"] not in OPEN:
            raise AssertionError("it is too late")
        self.does(self.person("operator"), into, "split", evidence=pieces)
        self.look()
        assert self.known[own]["state"] == "resolved", self.known[own]
        self.left_alone -= {own, into}

    def lives(self, clock):
        for number, moment in enumerate(MOMENTS):
            if number:
                clock.set(day(moment))
            self.comes_in(self.chance.randrange(7, 11))
            if number == 0:
                self.left_alone.add(next(id for id, one in self.known.items() if one["category"] is None))
            if number == 4:
                self.merges_what_is_done()
            if number == 5:
                self.takes_it_out_again()
            self.works()
        self.is_not_at_its_end()
        self.look()

    def is_not_at_its_end(self):
        """What was done is being done again, and what was closed waits for somebody again."""
        for states, who, command in ((("resolved", "checked"), "dispatcher", "rework"), (("closed",), "shift_leader", "reopen")):
            found = next(id for id, one in self.known.items() if one["state"] in states and one["hops"])
            self.does(self.person(who), found, command, reason="又坏了")
