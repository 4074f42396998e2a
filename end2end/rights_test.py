"""Who may do what, whole: every account by role and scope, against every route of the documentation, every command of the table
on incidents of one's own and of others, and every layer of the live stream. A route that nobody thought of here fails."""

import datetime
import http.client
import json
import unittest
import urllib.parse
import urllib.request

from websockets.sync.client import connect

from end2end.harness import Server
from end2end.people_test import Person, caller, signed_in

HERE, THERE = "441900004", "441900121"
LAYERS = ["incidents", "alarms", "units", "sensors"]
CITY = {"operator", "shift_leader", "dispatcher", "commander", "administrator", "auditor", "wall"}
DUTY_ROOM = {"operator", "shift_leader", "dispatcher"}
OPENERS = DUTY_ROOM | {"collector", "commander"}

# Of every route who is let in at all; what he then sees and may is his scope's. Held against what the documentation says.
ANYONE, READER, WHOLE_CITY, FEEDER, SIGNED_IN, COMMANDS = "anyone", "reader", "of the whole city", "feeder", "signed in", "commands"
# Keys, and people who judge or are judged; of what, their scope decides.
JUDGED = "judged"
JUDGES = {"shift_leader", "commander", "auditor", "administrator", "department", "collector"}
ROUTES = {
    "GET /": ANYONE, "GET /desk": ANYONE, "GET /login": ANYONE, "POST /login": ANYONE, "POST /logout": ANYONE,
    "GET /wall": ANYONE, "GET /wall/{theme}": ANYONE, "GET /themes/{theme}": ANYONE, "GET /readings/{sensor}": ANYONE,
    "GET /sensors": ANYONE, "GET /units": ANYONE, "GET /alarms": ANYONE,
    "GET /orders": ANYONE, "GET /command": ANYONE, "GET /service-worker.js": ANYONE,
    "GET /api/v1/orders": {"department"}, "GET /api/v1/overview": {"commander", "shift_leader"},
    "GET /api/v1/docs": ANYONE, "GET /api/v1/openapi.json": ANYONE, "GET /api/v1/lifecycle": ANYONE,
    "GET /healthz": ANYONE, "GET /readyz": ANYONE, "GET /metrics": ANYONE,
    "POST /api/v1/observations": FEEDER,
    "GET /api/v1/me": READER, "GET /api/v1/feeds": READER, "GET /api/v1/city": READER, "GET /api/v1/places": READER,
    "GET /api/v1/departments": READER, "GET /api/v1/categories": READER, "GET /api/v1/jurisdictions.geojson": READER,
    "GET /api/v1/basemap/{layer}": READER, "GET /api/v1/basemap": READER, "GET /api/v1/imagery": READER,
    "GET /api/v1/tilesets/{name}": READER,
    "GET /api/v1/units": READER, "GET /api/v1/sensors": READER, "GET /api/v1/sensors/{id}/readings": READER,
    "GET /api/v1/themes": READER, "GET /api/v1/themes/{id}": READER, "GET /api/v1/stats": READER,
    "GET /api/v1/incidents": READER, "GET /api/v1/incidents/{id}": READER, "GET /api/v1/alarms": READER,
    "GET /api/v1/live": READER, "GET /api/v1/wall": WHOLE_CITY,
    "GET /api/v1/past": READER, "GET /api/v1/past/density": READER, "GET /api/v1/past/picture": READER,
    "GET /api/v1/past/changes": READER,
    "POST /api/v1/incidents": OPENERS, "POST /api/v1/incidents/preview": OPENERS,
    "POST /api/v1/incidents/{id}/commands": COMMANDS,
    "POST /api/v1/alarms/{id}/commands": DUTY_ROOM | {"administrator"},
    "POST /api/v1/alarms/commands": DUTY_ROOM | {"administrator"},
    "GET /api/v1/alarms/groups": WHOLE_CITY, "GET /api/v1/alarms/log": WHOLE_CITY, "GET /api/v1/alarms/performance": WHOLE_CITY,
    "GET /alarms/log": ANYONE, "GET /evaluation": ANYONE,
    "GET /duty": ANYONE, "GET /people": ANYONE, "GET /audit": ANYONE, "GET /letters": ANYONE,
    "GET /api/v1/duty/report": DUTY_ROOM | {"commander", "department", "administrator", "auditor"},
    "GET /api/v1/duty/choices": {"administrator", "shift_leader", "department"},
    "GET /api/v1/evaluation": JUDGED, "GET /api/v1/evaluation/cases": JUDGED, "GET /api/v1/evaluation/moves": JUDGED,
    "PUT /api/v1/wall": DUTY_ROOM | {"commander"},
    "GET /api/v1/views": SIGNED_IN, "PUT /api/v1/views/{role}": {"shift_leader", "administrator"},
    "GET /api/v1/past/views": {"administrator", "auditor", "shift_leader"},
    "POST /api/v1/past/views": SIGNED_IN,
    "GET /api/v1/sessions": SIGNED_IN, "POST /api/v1/sessions/revoke": SIGNED_IN,
    "POST /api/v1/sessions/{id}/revoke": SIGNED_IN, "POST /api/v1/me/password": SIGNED_IN,
    "GET /api/v1/audit": {"administrator", "auditor"},
    "GET /api/v1/incidents/{id}/reporter": SIGNED_IN,
    "POST /api/v1/incidents/{id}/reporter/reveal": DUTY_ROOM | {"department"},
    "POST /api/v1/incidents/{id}/attachments": COMMANDS, "GET /api/v1/incidents/{id}/attachments": READER,
    "GET /api/v1/incidents/{id}/attachments/{attachment}": READER,
    "GET /api/v1/notices": SIGNED_IN, "GET /api/v1/notices/stream": SIGNED_IN,
    "POST /api/v1/notices/{id}/acknowledge": SIGNED_IN,
    "GET /api/v1/duty": SIGNED_IN, "PUT /api/v1/duty/{post}": {"administrator", "shift_leader", "department"},
    "GET /api/v1/duty/handover": SIGNED_IN, "POST /api/v1/duty/handover": DUTY_ROOM | {"commander", "department"},
    "POST /api/v1/duty/handover/{id}/read": DUTY_ROOM | {"commander", "department"},
    "GET /api/v1/webhooks": {"administrator"}, "PUT /api/v1/webhooks/{id}": {"administrator"},
    "GET /api/v1/webhooks/letters": {"administrator", "auditor"}, "GET /api/v1/webhooks/log": {"administrator", "auditor"},
    "POST /api/v1/webhooks/letters/{id}/retry": {"administrator"}, "POST /api/v1/webhooks/letters/{id}/discard": {"administrator"},
}


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")


class Rights(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        server = cls.server
        cls.keys = {"a key that feeds": server.add_key("*"), "a key that reads": server.add_key("*", reads=True)}
        cls.people = {role: signed_in(server, role, role) for role in sorted(CITY)}
        cls.people["collector here"] = signed_in(server, "here", "collector", "--town", HERE)
        cls.people["collector there"] = signed_in(server, "there", "collector", "--town", THERE)
        for name in ("cgj", "jjzd", "xfj", f"town-{HERE}"):
            cls.people[name] = signed_in(server, name, "department", "--department", name)
        cls.role = {name: person.ask("/api/v1/me")[1]["role"] for name, person in cls.people.items()}
        cls.document = server.call("/api/v1/openapi.json")[1]
        cls.table = server.call("/api/v1/lifecycle")[1]["commands"]
        towns = {town["code"]: town["point"] for town in cls.people["operator"].ask("/api/v1/city")[1]["towns"]}
        cls.places = {code: towns[code] for code in (HERE, THERE)}
        cls.things()
        cls.incidents = {name: cls.opened(*how) for name, how in {
            "here": (HERE, "cgj", ["jjzd"]), "there": (THERE, "xfj", [])}.items()}
        cls.attached = {one["id"]: cls.attach(one) for one in cls.incidents.values()}
        cls.moment = now()
        cls.alarm = cls.people["operator"].ask("/api/v1/alarms")[1]["alarms"][0]["id"]

    @classmethod
    def things(cls):
        """An alarm, a unit in each town and a sensor."""
        common = {"time": now(), "severity": 3}
        batch = [{**common, "source": "gps-1", "id": f"P-{code}", "kind": "position", "thing": f"car-{code}", "position": place,
                  "attributes": {"kind": "patrol_car"}} for code, place in cls.places.items()]
        batch += [{**common, "source": "air-1", "id": "M-1", "kind": "reading", "thing": "air-1", "position": cls.places[HERE],
                   "property": "pm25", "value": 35.0, "unit": "ug/m3"},
                  {**common, "source": "cover-1", "id": "A-1", "kind": "alarm", "thing": "cover-1", "position": cls.places[HERE],
                   "category": "C0101"}]
        status, receipt = cls.server.post(cls.keys["a key that feeds"], batch)
        assert (status, receipt["accepted"]) == (200, len(batch)), receipt

    @classmethod
    def opened(cls, town, lead, supporting):
        """An incident in a town that somebody called about, dispatched."""
        operator = cls.people["operator"]
        status, incident = operator.send("/api/v1/incidents", {
            "position": cls.places[town], "text": "井盖缺失", "category": "C0101", "reporter": caller()})
        assert status == 201 and incident["town_code"] == town, incident
        for person, command, details in [("shift_leader", "register", {}),
                                         ("dispatcher", "dispatch", {"lead": lead, "supporting": supporting})]:
            incident = operator.ask(f"/api/v1/incidents/{incident['id']}")[1]
            status, answer = cls.people[person].command(incident, command, **details)
            assert status == 200, answer
        return operator.ask(f"/api/v1/incidents/{incident['id']}")[1]

    @classmethod
    def attach(cls, incident):
        person = cls.people["operator"]
        cookie = "; ".join(f"{key}={value}" for key, value in person.cookie().items())
        request = urllib.request.Request(f"{cls.server.base}/api/v1/incidents/{incident['id']}/attachments", b"%PDF-1.4\n%%EOF\n",
                                         {"Cookie": cookie, "Origin": cls.server.base, "Content-Type": "application/pdf"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["id"]

    def may_read(self, name, incident):
        role = self.role.get(name, "key")
        if role == "collector":
            return incident["town_code"] == {"collector here": HERE, "collector there": THERE}[name]
        if role == "department":
            return name in [incident["lead"], *incident["supporting"]] or incident["town_code"] == name.removeprefix("town-")
        return True

    def test_no_route_is_missing_and_the_documentation_says_the_same(self):
        documented = {}
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                documented[f"{method.upper()} {path}"] = operation
        self.assertEqual(sorted(documented), sorted(ROUTES), "each route stands in this test's table")
        securities = {ANYONE: [], FEEDER: [{"key": []}], READER: [{"session": []}, {"key": []}],
                      WHOLE_CITY: [{"session": []}, {"key": []}], JUDGED: [{"session": []}, {"key": []}]}
        for route, who in ROUTES.items():
            operation = documented[route]
            with self.subTest(route):
                known = securities.get(who, [{"session": []}]) if isinstance(who, str) else [{"session": []}]
                self.assertEqual(operation["security"], known)
                self.assertEqual(set(operation["x-roles"]), set() if isinstance(who, str) else who)

    def call(self, method, path, headers, body):
        host = urllib.parse.urlsplit(self.server.base)
        connection = http.client.HTTPConnection(host.hostname, host.port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def headers_of(self, name):
        if name in self.keys:
            return {"Authorization": f"Bearer {self.keys[name]}"}
        if name in self.people:
            cookie = "; ".join(f"{key}={value}" for key, value in self.people[name].cookie().items())
            return {"Cookie": cookie, "Origin": self.server.base}
        return {"nobody": {}, "a key nobody made": {"Authorization": "Bearer gk_nonsense"},
                "a session nobody began": {"Cookie": f"gulou_session={'A' * 43}", "Origin": self.server.base}}[name]

    def filled(self, path, incident):
        for start, name in {"/incidents/{id}": incident, "/sensors/{id}": "air-1", "/themes/{id}": "overview",
                            "/notices/{id}": "n9-9", "/handover/{id}": "h9-9", "/webhooks/{id}": "duty", "/letters/{id}": "none",
                            "/alarms/{id}": self.alarm, "/sessions/{id}": "0" * 16}.items():
            path = path.replace(start, start.replace("{id}", name))
        for name, value in {"{layer}": "land.geojson", "{sensor}": "air-1", "{theme}": "overview", "{name}": "none",
                            "{role}": "operator", "{post}": "room", "{attachment}": self.attached[incident]}.items():
            path = path.replace(name, value)
        if path == "/api/v1/evaluation/cases":
            return f"{path}?indicator=closed"
        needed = {"/api/v1/past/picture": "at", "/api/v1/past/changes": "since", "/api/v1/past/views": "at"}
        return f"{path}?{needed[path]}={urllib.parse.quote(self.moment)}" if path in needed else path

    def let_in(self, who, name):
        """Whether somebody gets beyond 401 and 403; else the status."""
        if who == ANYONE:
            return None
        if name in ("nobody", "a key nobody made", "a session nobody began"):
            return 401
        if who == FEEDER:
            return None if name in self.keys else 401
        if name == "a key that feeds":
            return 403
        if name == "a key that reads":
            return None if who in (READER, WHOLE_CITY, JUDGED) else 403
        if who == JUDGED:
            return None if self.role[name] in JUDGES else 403
        if who == WHOLE_CITY:
            return None if self.role[name] in CITY else 403
        if isinstance(who, set):
            return None if self.role[name] in who else 403
        return None

    def test_everybody_is_let_in_where_he_belongs_and_nowhere_else(self):
        everybody = [*self.people, *self.keys, "nobody", "a key nobody made", "a session nobody began"]
        asked = 0
        for route, who in ROUTES.items():
            method, path = route.split(" ")
            # These end what they are asked with, want a form, or never end; people_test.py and notices_test.py look at them.
            if path in ("/logout", "/login", "/api/v1/live", "/api/v1/notices/stream") or who == COMMANDS:
                continue
            for name in everybody:
                for incident in self.incidents.values() if "/incidents/{id}" in path else [self.incidents["here"]]:
                    asked += 1
                    headers = {**self.headers_of(name), "Content-Type": "application/json"}
                    # Nothing that would be done: an alarm of before there was one.
                    body = b'{"command": "silence", "as_of": 0}' if "/alarms/{id}" in path else b"{}"
                    body = None if method == "GET" else body
                    status, said = self.call(method, self.filled(path, incident["id"]), headers, body)
                    expected = self.let_in(who, name)
                    where = f"{route} by {name} of {incident['id']}: {status} {said[:200]}"
                    if "/incidents/{id}" in path and name in self.people and not self.may_read(name, incident):
                        self.assertEqual(status, 404, where)
                    elif path.endswith("/reveal") and self.role.get(name) == "department" and name != incident["lead"]:
                        self.assertEqual(status, 403, where)
                    elif "/alarms/{id}" in path and self.role.get(name) == "administrator":
                        self.assertEqual(status, 403, f"he takes alarms out of service, and silences none: {where}")
                    elif expected:
                        self.assertEqual(status, expected, where)
                    else:
                        self.assertIn(status, (200, 201, 204, 303, 400, 404, 409, 422), where)
                        if method == "GET" and "{name}" not in path:
                            self.assertIn(status, (200, 303), where)
        self.assertGreater(asked, 1_000)

    def test_every_command_by_everybody_on_ones_own_and_on_others_incidents(self):
        asked = 0
        # Without an id nothing is done: 404 and 403 are said before 422.
        for incident in [*self.incidents.values(), {"id": "i999999-0"}]:
            for row in self.table:
                for name in [*self.people, *self.keys, "nobody"]:
                    asked += 1
                    headers = {**self.headers_of(name), "Content-Type": "application/json"}
                    body = json.dumps({"command": row["command"]}).encode()
                    path = f"/api/v1/incidents/{incident['id']}/commands"
                    status, said = self.call("POST", path, headers, body)
                    self.assertEqual(status, self.allowed(name, incident, row), f"{row['command']} by {name} on {incident['id']}: {said}")
        self.assertEqual(asked, 3 * len(self.table) * (len(self.people) + len(self.keys) + 1))
        for incident in self.incidents.values():
            self.assertEqual(self.people["operator"].ask(f"/api/v1/incidents/{incident['id']}")[1]["revision"], incident["revision"])

    def allowed(self, name, incident, row):
        if name not in self.people:
            return 401 if name == "nobody" else 403
        if "lead" not in incident or not self.may_read(name, incident):
            return 404
        if self.role[name] not in row["roles"]:
            return 403
        if self.role[name] == "department":
            leads, supports = name == incident["lead"], name in incident["supporting"]
            fits = {"lead": leads, "support": supports, "any": leads or supports}[row["department"]]
            return 422 if fits else 403
        return 422

    def test_the_buttons_are_those_of_the_table(self):
        rows = {row["command"]: row for row in self.table}
        for incident in self.incidents.values():
            for name, person in self.people.items():
                status, shown = person.ask(f"/api/v1/incidents/{incident['id']}")
                self.assertEqual(status, 200 if self.may_read(name, incident) else 404, name)
                for command in shown["allowed"] if status == 200 else []:
                    self.assertEqual(self.allowed(name, incident, rows[command]), 422, f"{command} for {name}")

    def seen(self, name):
        """The first snapshot of everything, and what changed after it."""
        headers = self.headers_of(name)
        origin = headers.pop("Origin", None)
        socket = connect(self.server.base.replace("http", "ws") + "/api/v1/live", subprotocols=["gulou.v1.json"],
                         additional_headers=headers, origin=origin)
        socket.send(json.dumps({"subscribe": {"bbox": [112, 21, 116, 25], "zoom": 14, "layers": LAYERS, "filter": None, "resume": None}}))
        return socket, json.loads(socket.recv(timeout=20))["snapshot"]

    def test_every_layer_of_the_live_stream_shows_to_each_what_is_his(self):
        everything = self.people["commander"].ask("/api/v1/incidents?limit=200")[1]["incidents"]
        self.assertGreaterEqual(len(everything), 2)
        sockets = {}
        for name in [*self.people, "a key that reads"]:
            sockets[name], snapshot = self.seen(name)
            ids = {layer: {one["id"] for one in snapshot[layer]} for layer in LAYERS}
            with self.subTest(name):
                readable = {one["id"] for one in everything if self.may_read(name, one)}
                self.assertEqual(ids["incidents"], readable)
                city = self.role.get(name, "key") in CITY | {"key"}
                self.assertEqual(ids["alarms"], {self.alarm} if city else set())
                own = {"collector here": {HERE}, "collector there": {THERE}, f"town-{HERE}": {HERE}}.get(name, set())
                self.assertEqual(ids["units"], {f"car-{code}" for code in ({HERE, THERE} if city else own)})
                self.assertEqual(ids["sensors"], {"air-1"})
                if name in self.people:
                    for layer in LAYERS:
                        listed = self.people[name].ask(f"/api/v1/{layer}?limit=200" if layer == "incidents" else f"/api/v1/{layer}")[1]
                        self.assertEqual({one["id"] for one in listed[layer]}, ids[layer], layer)
        # What changes is told to the same.
        for incident in self.incidents.values():
            status, answer = self.people["shift_leader"].command(incident, "set_severity", severity=2)
            self.assertEqual(status, 200, answer)
        self.incidents.update({name: self.people["operator"].ask(f"/api/v1/incidents/{one['id']}")[1] for name, one in self.incidents.items()})
        changed = {one["id"] for one in self.incidents.values()}
        for name, socket in sockets.items():
            with self.subTest(name), socket:
                told = set()
                expected = {one["id"] for one in self.incidents.values() if self.may_read(name, one)}
                try:
                    while not told >= expected or not expected:
                        message = json.loads(socket.recv(timeout=3 if expected else 1))
                        told |= {one["id"] for one in message.get("delta", {}).get("incidents", [])}
                except TimeoutError:
                    pass
                self.assertEqual(told & changed, expected)
        for name in ("nobody", "a key nobody made", "a session nobody began", "a key that feeds"):
            with self.subTest(name), self.assertRaises(Exception) as refused:
                self.seen(name)
            self.assertRegex(str(refused.exception), "401|403")


if __name__ == "__main__":
    unittest.main()
