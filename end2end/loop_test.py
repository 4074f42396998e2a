"""The closed loop over the network: a whole case with everybody in it, people who act at the same moment, commands sent again, and
a department that asks ten thousand times."""

import concurrent.futures
import datetime
import http.client
import json
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request
import uuid

from end2end.harness import Server

PAIRS = 50
REQUESTS = 10_000
CLERKS = 4
NANCHENG = [113.7463, 23.0234]


def spot(index):
    """Far enough from one another to be different things."""
    return [round(113.60 + 0.004 * (index % 40), 6), round(22.95 + 0.004 * (index // 40), 6)]


class Loop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.key = cls.server.add_key("*", reads=True)
        people = {
            "operator": ("operator",), "operator-2": ("operator",), "leader": ("shift_leader",), "leader-2": ("shift_leader",),
            "dispatcher": ("dispatcher",), "dispatcher-2": ("dispatcher",), "commander": ("commander",),
            "water": ("department", "--department", "swj"), "water-2": ("department", "--department", "swj"),
            "traffic": ("department", "--department", "jjzd"), "city": ("department", "--department", "cgj"),
        }
        cls.people = {name: cls.server.add_person(name, *role).log_in() for name, role in people.items()}
        cls.count = 0

    def open(self, category="E0405", place=None):
        """Written down at the desk, so that it moves only by hand."""
        type(self).count += 1
        body = {"position": place or spot(self.count), "text": f"积水 {self.count}", "category": category}
        headers = {"Origin": self.server.base, "Content-Type": "application/json"}
        status, incident = self.server.call("/api/v1/incidents", body, headers, self.people["operator"].opener)
        self.assertEqual(status, 201, incident)
        return incident

    def does(self, who, incident, command, expected=200, **details):
        status, answer = self.people[who].command(self.seen(incident), command, **details)
        self.assertEqual(status, expected, f"{who} {command}: {answer}")
        return answer if status == 200 else json.loads(answer)

    def seen(self, incident):
        status, detail = self.server.call(f"/api/v1/incidents/{incident['id']}", headers={"Authorization": f"Bearer {self.key}"})
        self.assertEqual(status, 200, detail)
        return detail

    def waits_for(self, *whats):
        """The ids that the list gives of what waits."""
        path = f"/api/v1/incidents?limit=200&waiting={','.join(whats)}"
        status, page = self.server.call(path, headers={"Authorization": f"Bearer {self.key}"})
        self.assertEqual(status, 200, page)
        self.assertTrue(all(set(whats) & set(one["waiting"]) for one in page["incidents"]), page)
        return {one["id"] for one in page["incidents"]}

    def asked_of_the_leader(self):
        status, told = self.server.call("/api/v1/overview", opener=self.people["leader"].opener)
        self.assertEqual(status, 200, told)
        return {(one["incident"]["id"], one["decision"]) for one in told["waiting"]}

    def dispatched(self, lead="swj", supporting=("jjzd",), **how):
        incident = self.open(**how)
        self.does("leader", incident, "register")
        self.does("dispatcher", incident, "dispatch", lead=lead, supporting=list(supporting))
        return incident

    def test_a_whole_case_with_support_a_return_a_dispute_an_extension_rework_and_its_end(self):
        incident = self.dispatched(lead="cgj")
        self.does("city", incident, "acknowledge")
        due = self.seen(incident)["deadline"]["due_at"]
        self.does("city", incident, "return", reason="积水不属城管职责")
        returned = self.seen(incident)
        self.assertEqual((returned["state"], returned["waiting"], returned["deadline"]["due_at"]), ("registered", ["dispute"], due))
        self.assertIn(incident["id"], self.waits_for("dispute", "appeal"))
        self.assertNotIn(incident["id"], self.waits_for("extension"))
        self.assertIn((incident["id"], "decide_dispute"), self.asked_of_the_leader())
        self.assertEqual(self.does("dispatcher", incident, "decide_dispute", 403, lead="swj", reason="-")["status"], 403)
        self.does("leader", incident, "decide_dispute", lead="swj", reason="道路积水由水务负责")
        decided = self.seen(incident)
        self.assertEqual((decided["state"], decided["lead"], decided["hops"], decided["deadline"]["due_at"]), ("dispatched", "swj", 2, due))
        self.assertEqual(self.does("water", incident, "return", 409, reason="还是不归我们")["status"], 409)

        self.does("water", incident, "acknowledge")
        self.does("traffic", incident, "accept_support")
        self.does("traffic", incident, "set_out", eta_minutes=12)
        self.does("traffic", incident, "arrive", position=NANCHENG)
        self.assertEqual(self.seen(incident)["state"], "handling", "whoever is there first")
        self.does("water", incident, "request_extension", reason="水泵在途")
        self.assertIn(incident["id"], self.waits_for("extension"))
        self.assertEqual(self.does("water", incident, "request_extension", 409, reason="再申请")["status"], 409)
        self.does("dispatcher", incident, "decide_extension", approved=True)
        self.assertGreater(self.seen(incident)["deadline"]["due_at"], due)
        self.does("commander", incident, "instruct", text="注意人员安全")
        self.does("commander", incident, "urge", text="请加快")
        self.does("water", incident, "answer_instruction", text="已设警戒")

        self.does("traffic", incident, "resolve", text="已恢复通行")
        self.assertEqual(self.seen(incident)["state"], "handling", "a part is done, not the whole")
        self.does("water", incident, "arrive")
        self.does("water", incident, "resolve", text="积水已排")
        self.does("operator", incident, "check", passed=False, text="仍有积水")
        again = self.seen(incident)
        self.assertEqual((again["state"], again["lead"]), ("handling", "swj"))
        self.does("traffic", incident, "resolve", text="现场仍畅通")
        self.does("water", incident, "resolve", text="再次排清")
        self.does("operator", incident, "check", passed=True)
        self.does("leader", incident, "close", standard=again["standards"][0])
        self.does("operator", incident, "record_feedback", satisfied=True)
        self.does("water", incident, "appeal", reason="暴雨期间超时")
        self.assertIn(incident["id"], self.waits_for("appeal"))
        self.assertIn((incident["id"], "decide_appeal"), self.asked_of_the_leader())
        self.does("leader", incident, "decide_appeal", approved=True)
        self.assertNotIn(incident["id"], self.waits_for("appeal", "dispute", "extension"))
        self.assertEqual(self.server.call("/api/v1/incidents?waiting=nothing", headers={"Authorization": f"Bearer {self.key}"})[0], 422)
        whole = self.seen(incident)
        self.assertEqual((whole["state"], whole["hops"], whole["urged"], whole["waiting"]), ("closed", 2, 1, []))
        told = [entry["command"] for entry in whole["timeline"] if entry["command"]]
        for command in ("return", "decide_dispute", "accept_support", "set_out", "instruct", "answer_instruction", "check", "close", "appeal"):
            self.assertIn(command, told)
        parts = {one["department"]: one for one in whole["assignments"]}
        self.assertEqual(set(parts), {"swj", "jjzd"})
        self.assertTrue(all(one["resolved_at"] for one in parts.values()))

    def test_of_two_who_act_at_once_one_wins_and_the_other_is_told_what_happened(self):
        ways = [
            ("registered", ("dispatcher", "dispatch", {"lead": "swj"}), ("dispatcher-2", "dispatch", {"lead": "cgj"})),
            ("reported", ("leader", "register", {}), ("leader-2", "reject", {"reason": "重复"})),
            ("dispatched", ("water", "acknowledge", {}), ("water-2", "return", {"reason": "不归我们"})),
            ("reported", ("operator", "set_severity", {"severity": 1}), ("operator-2", "set_severity", {"severity": 4})),
            ("resolved", ("operator", "check", {"passed": True}), ("dispatcher", "rework", {"reason": "不合格"})),
        ]
        together = threading.Barrier(2)

        def act(incident, who, command, details):
            together.wait()
            return self.people[who].command(incident, command, **details)

        with concurrent.futures.ThreadPoolExecutor(2) as both:
            for pair in range(PAIRS):
                state, one, other = ways[pair % len(ways)]
                incident = self.led_to(state)
                answers = [both.submit(act, incident, *each) for each in (one, other)]
                answers = [answer.result() for answer in answers]
                with self.subTest(pair=pair, state=state):
                    self.assertEqual(sorted(status for status, _ in answers), [200, 409], answers)
                    won = one if answers[0][0] == 200 else other
                    told = json.loads(next(answer for status, answer in answers if status == 409))["detail"]
                    self.assertIn(won[0], told, "who")
                    self.assertIn(won[1], told, "what")
                    commands = [entry["command"] for entry in self.seen(incident)["timeline"]]
                    self.assertEqual(commands.count(won[1]), 1)

    def led_to(self, state):
        incident = self.open()
        steps = [
            ("registered", "leader", "register", {}),
            ("dispatched", "dispatcher", "dispatch", {"lead": "swj"}),
            ("acknowledged", "water", "acknowledge", {}),
            ("resolved", "water", "resolve", {"text": "已处理"}),
        ]
        for reached, who, command, details in steps:
            if state == "reported":
                break
            self.does(who, incident, command, **details)
            if reached == state:
                break
        return self.seen(incident)

    def test_a_command_sent_again_is_carried_out_once_and_an_old_one_changes_nothing(self):
        incident = self.dispatched()
        name = str(uuid.uuid4())
        body = {"id": name, "command": "acknowledge"}
        headers = {"Origin": self.server.base, "Content-Type": "application/json"}
        path = f"/api/v1/incidents/{incident['id']}/commands"
        first = self.server.call(path, body, headers, self.people["water"].opener)
        self.does("water", incident, "arrive")
        self.does("water", incident, "resolve", text="好了")
        for _ in range(3):
            self.assertEqual(self.server.call(path, body, headers, self.people["water"].opener), first)
        self.assertEqual(self.seen(incident)["state"], "resolved")
        # What must come first has not been carried out: nothing happens, and the reason is said.
        late = {"id": str(uuid.uuid4()), "command": "comment", "text": "后到", "after": str(uuid.uuid4())}
        status, answer = self.server.call(path, late, headers, self.people["water"].opener)
        self.assertEqual(status, 409, answer)

    def test_ten_thousand_requests_for_an_extension_leave_one_to_decide(self):
        incident = self.dispatched()
        self.does("water", incident, "acknowledge")
        address = urllib.parse.urlsplit(self.server.base).netloc
        cookie = "; ".join(f"{one.name}={one.value}" for handler in self.people["water"].opener.handlers
                           if hasattr(handler, "cookiejar") for one in handler.cookiejar)
        path = f"/api/v1/incidents/{incident['id']}/commands"

        def ask(times):
            line = http.client.HTTPConnection(address, timeout=60)
            found = []
            for _ in range(times):
                body = json.dumps({"id": str(uuid.uuid4()), "command": "request_extension", "reason": "再给一点时间"})
                line.request("POST", path, body, {"Origin": self.server.base, "Content-Type": "application/json", "Cookie": cookie})
                answer = line.getresponse()
                answer.read()
                found.append(answer.status)
            line.close()
            return found

        with concurrent.futures.ThreadPoolExecutor(CLERKS) as clerks:
            statuses = [status for found in clerks.map(ask, [REQUESTS // CLERKS] * CLERKS) for status in found]
        self.assertEqual((statuses.count(200), statuses.count(409)), (1, REQUESTS - 1))
        whole = self.seen(incident)
        self.assertEqual(whole["waiting"], ["extension"])
        self.assertEqual([entry["command"] for entry in whole["timeline"]].count("request_extension"), 1)

    def test_a_suspension_names_its_end_and_the_clock_stands_meanwhile(self):
        incident = self.dispatched()
        self.does("water", incident, "acknowledge")
        day = datetime.timedelta(days=1)
        now = datetime.datetime.now(datetime.timezone.utc)
        for until, reason in ((now - day, "past"), (now + 400 * day, "year")):
            problem = self.does("water", incident, "request_suspension", 422, reason="等材料", until=until.isoformat())
            self.assertEqual(problem["errors"][0]["pointer"], "/until", reason)
        self.does("water", incident, "request_suspension", reason="等材料", until=(now + 200 * day).isoformat())
        self.does("dispatcher", incident, "decide_suspension", approved=True)
        self.assertEqual(self.seen(incident)["waiting"], ["suspension_leader"])
        self.assertEqual(self.does("dispatcher", incident, "decide_suspension", 409, approved=True)["status"], 409)
        self.does("commander", incident, "decide_suspension", approved=True)
        suspended = self.seen(incident)
        self.assertTrue(suspended["suspended"])
        self.assertIsNone(suspended["deadline"]["due_at"])

    def test_views_given_to_a_role_are_there_for_it_alone(self):
        views = {"views": [{"name": "虎门 积水", "tab": "all", "words": "虎门 积水"}]}

        def put(who, role, body):
            request = {"Origin": self.server.base, "Content-Type": "application/json"}
            return self.written(who, "PUT", f"/api/v1/views/{role}", body, request)

        self.assertEqual(put("operator", "operator", views)[0], 403)
        self.assertEqual(put("leader", "operator", views)[0], 200)
        self.assertEqual(put("leader", "emperor", views)[0], 404)
        status, problem = put("leader", "operator", {"views": [{"name": "", "tab": "x"}]})
        self.assertEqual((status, [one["pointer"] for one in problem["errors"]]), (422, ["/views/0/name", "/views/0/tab"]))
        seen = lambda who: self.written(who, "GET", "/api/v1/views", None, {})[1]["shared"]
        self.assertEqual([one["views"][0]["name"] for one in seen("operator")], ["虎门 积水"])
        self.assertEqual(seen("dispatcher"), [])
        self.assertEqual([one["role"] for one in seen("leader")], ["operator"])

    def written(self, who, verb, path, body, headers):
        """One request of a person, whatever its verb; status and body."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.server.base + path, data, headers, method=verb)
        try:
            with self.people[who].opener.open(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)


if __name__ == "__main__":
    unittest.main()
