"""People: what is said of callers stays in the vault, everything done is in the audit log, sessions end when they are ended,
passwords are good ones, and another site's page writes nothing."""

import contextlib
import datetime
import http.client
import http.cookiejar
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
import uuid

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from end2end.harness import BINARY, Server, Session, gulou

NAME = "欧阳扶摇"
PHONE = "13905270188"
PLACE = [113.7463, 23.0234]
ELSEWHERE = [113.7663, 23.0434]
EVERYTHING = {"subscribe": {"bbox": [113, 22, 115, 24], "zoom": 12, "layers": ["incidents"], "filter": None, "resume": None}}


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")


def report(name, **changes):
    return {"source": "hotline-1", "id": name, "kind": "report", "time": now(), "position": PLACE, "category": "C0101",
            "severity": 3, "text": "井盖缺失", **changes}


def caller(name=NAME, phone=PHONE, confidential=False):
    return {"name": name, "phone": phone, "confidential": confidential}


def run(*parameters):
    """Exit code and output of a command of the program."""
    done = subprocess.run([BINARY, *parameters], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


class Person(Session):
    """One who also asks and sends what is not a command."""

    def __init__(self, known):
        super().__init__(known.server, known.name, known.password)
        self.log_in()

    def ask(self, path, **headers):
        return self.server.call(path, headers=headers, opener=self.opener)

    def fetch(self, path, **headers):
        """What a path answers, as bytes."""
        request = urllib.request.Request(self.server.base + path, headers=headers)
        return self.opener.open(request, timeout=60).read()

    def send(self, path, body, origin=None):
        """Status and JSON of a write from this site's own pages."""
        request = urllib.request.Request(
            self.server.base + path, json.dumps(body).encode(),
            {"Origin": origin or self.server.base, "Content-Type": "application/json"})
        try:
            with self.opener.open(request, timeout=60) as answer:
                text = answer.read().decode()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.loads(refusal.read().decode())

    def cookie(self):
        jar = next(one.cookiejar for one in self.opener.handlers if isinstance(one, urllib.request.HTTPCookieProcessor))
        return {one.name: one.value for one in jar}

    def session_token(self):
        return self.cookie()["gulou_session"]


def signed_in(server, name, role, *scope):
    return Person(server.add_person(name, role, *scope))


def again(person):
    """The same person at another browser."""
    return Person(Session(person.server, person.name, person.password))


def audit(person, query=""):
    status, page = person.ask(f"/api/v1/audit?limit=200{query}")
    if status != 200:
        raise RuntimeError(f"audit: {status} {page}")
    return page["entries"]


class Vault(unittest.TestCase):
    def eventually(self, what, check, limit_s=30):
        until = time.monotonic() + limit_s
        while time.monotonic() < until:
            if found := check():
                return found
            time.sleep(0.2)
        self.fail(f"never: {what}")

    def holding(self, places, secret):
        """The files below some places, and the texts, that hold a secret."""
        found = []
        for place in places:
            place = pathlib.Path(place)
            files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
            found += [str(path) for path in files if secret in path.read_bytes()]
        return found

    def secrets(self):
        utf16 = [text.encode(form) for text in (NAME, PHONE) for form in ("utf-16-le", "utf-16-be")]
        return [NAME.encode(), PHONE.encode(), json.dumps(NAME)[1:-1].encode(), *utf16]

    def test_a_callers_name_and_phone_are_in_no_file_and_once_erased_nowhere(self):
        aside = self.enterContext(tempfile.TemporaryDirectory(prefix="gulou-aside-"))
        with Server() as server:
            feed, reads = server.add_key("hotline-*"), server.add_key("*", reads=True)
            operator, leader = signed_in(server, "operator", "operator"), signed_in(server, "leader", "shift_leader")
            dispatcher, auditor = signed_in(server, "dispatcher", "dispatcher"), signed_in(server, "auditor", "auditor")
            status, receipt = server.post(feed, [report("R1", reporter=caller())])
            self.assertEqual((status, receipt["accepted"]), (200, 1), receipt)
            status, receipt = server.post(feed, [report("R1", reporter=caller()), report("R1", text="另有说法", reporter=caller())])
            self.assertEqual(receipt["accepted"], 0, "duplicates and conflicts")
            # One that is turned away keeps a sample of itself.
            _, receipt = server.post(feed, [report("R2", position=[200, 100], reporter=caller()),
                                            report("R3", reporter={"name": NAME, "phone": [PHONE]}),
                                            report("R4", reporter=NAME + PHONE)])
            self.assertEqual(len(receipt["rejected"]), 3, receipt)
            status, mine = operator.send("/api/v1/incidents", {
                "position": ELSEWHERE, "text": "沿江路积水", "category": "E0301", "reporter": caller(confidential=True)})
            self.assertEqual(status, 201, mine)
            status, shut = operator.send("/api/v1/incidents", {"position": ELSEWHERE, "text": "", "reporter": caller()})
            self.assertEqual(status, 422, shut)

            found = [one for one in server.incidents(reads) if one["id"] != mine["id"]][0]
            for incident in (found, mine):
                self.work(server, operator, leader, dispatcher, incident)
                self.look(operator, auditor, incident, confidential=incident is mine)
            with contextlib.closing(sqlite3.connect(f"file:{server.data}/journal.db?mode=ro", uri=True)) as journal:
                self.eventually("callers nobody refers to are removed", lambda: journal.execute(
                    "SELECT count(*) FROM vault").fetchone()[0] == 2)
            keys = self.keys(server)
            self.assertEqual(len(keys), 2)

            told = []
            for path in ("/api/v1/incidents", "/api/v1/alarms", "/api/v1/units", "/api/v1/sensors"):
                for form in ("text/csv", "application/geo+json", "application/json"):
                    told.append(operator.fetch(path, Accept=form))
            for path in (f"/api/v1/incidents/{found['id']}", "/api/v1/feeds", "/metrics", "/desk", "/api/v1/past"):
                told.append(operator.fetch(path))
            told.append(auditor.fetch("/api/v1/audit?limit=200"))
            backup, day = os.path.join(aside, "city.backup"), os.path.join(aside, "day.ndjson")
            gulou("backup", "--data", server.data, "--to", backup)
            today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date().isoformat()
            gulou("export-day", "--data", server.data, "--day", today, "--to", day, "--with-words")
            (pathlib.Path(aside) / "audit.txt").write_text(gulou("audit", "list", "--data", server.data))
            for round in ("while it runs", "after it stopped"):
                for secret in self.secrets():
                    self.assertEqual(self.holding([server.data, aside], secret), [], f"{round}: {secret}")
                    self.assertFalse(any(secret in text for text in told), f"{round}: {secret}")
                    self.assertNotIn(secret.decode(errors="replace"), "\n".join(server.log))
                if round == "while it runs":
                    self.assertEqual(server.stop(), 0)
            self.assertTrue(list(pathlib.Path(server.data, "snapshots").iterdir()), "there is a snapshot to look into")

            # The search does find what is there: the keys.
            for key in keys.values():
                self.assertTrue(self.holding([server.data], key))
            server.start()
            first, second = keys
            gulou("erase", "--data", server.data, "--token", first)
            server.stop()
            gulou("erase", "--data", server.data, "--token", second)
            for key in keys.values():
                self.assertEqual(self.holding([server.data], key), [])
                self.assertTrue(self.holding([backup], key), "a backup of before holds it, as its manual says")
            self.assertEqual(run("erase", "--data", server.data, "--token", "p0")[0], 1)
            code, said = run("verify", "--data", server.data)
            self.assertEqual(code, 0, said)
            self.assertIn("2 entries, 2 erased", said)
            server.start()
            operator = again(operator)
            status, page = operator.ask(f"/api/v1/incidents/{found['id']}/reporter")
            self.assertEqual((status, [one["erased"] for one in page["reporters"]]), (200, [True]), page)
            status, problem = operator.send(f"/api/v1/incidents/{found['id']}/reporter/reveal", {"reason": "回访"})
            self.assertEqual(status, 409, problem)
            erased = audit(again(auditor), "&what=erase")
            self.assertEqual({(one["who"], one["about"]) for one in erased},
                             {("@command-line", first), ("@command-line", second)})

    def keys(self, server):
        with contextlib.closing(sqlite3.connect(f"file:{server.data}/journal.db?mode=ro", uri=True)) as journal:
            return dict(journal.execute("SELECT token, key FROM vault WHERE key IS NOT NULL"))

    def work(self, server, operator, leader, dispatcher, incident):
        """Leads an incident through some of its life."""
        def current():
            return operator.ask(f"/api/v1/incidents/{incident['id']}")[1]

        for person, command, details in [
                (operator, "claim", {}), (operator, "comment", {"text": "已回访"}), (leader, "register", {}),
                (dispatcher, "dispatch", {"lead": "cgj"}), (leader, "urge", {"text": "尽快"}),
                (leader, "force_close", {"reason": "演习结束"})]:
            now_so = current()
            if command in now_so["allowed"] or person is not operator:
                status, answer = person.command(now_so, command, **details)
                self.assertIn(status, (200, 409), answer)

    def look(self, operator, auditor, incident, confidential):
        """Masked for who may read it, in full with a reason for who may, and never without an entry in the log."""
        path = f"/api/v1/incidents/{incident['id']}/reporter"
        status, page = operator.ask(path)
        self.assertEqual(status, 200, page)
        [shown] = page["reporters"]
        masked = ("*", "****") if confidential else ("欧*", "139****0188")
        self.assertEqual((shown["name"], shown["phone"], shown["confidential"], shown["erased"]),
                         (*masked, confidential, False))
        self.assertTrue(shown["may_reveal"])
        status, of_auditor = auditor.ask(path)
        self.assertEqual((status, of_auditor["reporters"][0]["may_reveal"]), (200, False), of_auditor)
        before = len(audit(auditor, "&what=reveal"))
        for body, status in [({"reason": " "}, 422), ({}, 422), ({"reason": f"找{NAME}"}, 422),
                             ({"reason": f"call {PHONE}"}, 422), ({"reason": "回访", "evidence": "e999-0"}, 404),
                             ({"reason": "回访", "evidence": "../x"}, 404), ({"reason": 7}, 400), ("回访", 400)]:
            self.assertEqual(operator.send(f"{path}/reveal", body)[0], status, body)
        self.assertEqual(auditor.send(f"{path}/reveal", {"reason": "查"})[0], 403)
        self.assertEqual(len(audit(auditor, "&what=reveal")), before, "what was refused was not told")
        status, told = operator.send(f"{path}/reveal", {"reason": "回访核实位置", "evidence": shown["evidence"]})
        self.assertEqual((status, told["name"], told["phone"]), (200, NAME, PHONE), told)
        entry = audit(auditor, "&what=reveal")[0]
        self.assertEqual((entry["who"], entry["about"]), ("operator", shown["token"]))
        self.assertEqual(entry["detail"], f"{incident['id']} {shown['evidence']}: 回访核实位置")

    def test_only_those_in_scope_are_told_who_called(self):
        with Server() as server:
            people = {role: signed_in(server, role, role) for role in
                      ("operator", "shift_leader", "dispatcher", "commander", "administrator", "auditor", "wall")}
            people["collector here"] = signed_in(server, "here", "collector", "--town", "441900003")
            people["collector elsewhere"] = signed_in(server, "there", "collector", "--town", "441900121")
            people["lead"] = signed_in(server, "cgj", "department", "--department", "cgj")
            people["other"] = signed_in(server, "xfj", "department", "--department", "xfj")
            reads = server.add_key("*", reads=True)
            opened = {}
            for secret in (False, True):
                status, opened[secret] = people["operator"].send("/api/v1/incidents", {
                    "position": PLACE, "text": f"井盖缺失 {secret}", "category": "C0101", "reporter": caller(confidential=secret)})
                self.assertEqual(status, 201, opened[secret])
                for person, command, details in [("shift_leader", "register", {}), ("dispatcher", "dispatch", {"lead": "cgj"})]:
                    now_so = people["operator"].ask(f"/api/v1/incidents/{opened[secret]['id']}")[1]
                    self.assertEqual(people[person].command(now_so, command, **details)[0], 200, command)
            town = people["operator"].ask(f"/api/v1/incidents/{opened[False]['id']}")[1]["town_code"]
            here = 403 if town == "441900003" else 404
            told = {"operator": (200, 200), "shift_leader": (200, 200), "dispatcher": (200, 200), "lead": (200, 403),
                    "other": (404, 404), "commander": (403, 403), "administrator": (403, 403), "auditor": (403, 403),
                    "wall": (403, 403), "collector here": (here, here), "collector elsewhere": (404, 404)}
            self.assertEqual(set(told), set(people))
            for who, statuses in told.items():
                for secret, status in zip((False, True), statuses):
                    path = f"/api/v1/incidents/{opened[secret]['id']}/reporter"
                    self.assertEqual(people[who].send(f"{path}/reveal", {"reason": "回访"})[0], status, f"{who}, secret {secret}")
                    self.assertEqual(people[who].ask(path)[0], 404 if status == 404 else 200, who)
            status, _ = server.call(f"/api/v1/incidents/{opened[False]['id']}/reporter", headers={"Authorization": f"Bearer {reads}"})
            self.assertEqual(status, 403, "a key learns nothing of callers")


class Audit(unittest.TestCase):
    def test_everything_people_do_is_in_the_log_and_whoever_touches_it_is_found_out(self):
        with Server() as server:
            feed = server.add_key("hotline-*")
            leader, auditor = signed_in(server, "leader", "shift_leader"), signed_in(server, "auditor", "auditor")
            admin, operator = signed_in(server, "admin", "administrator"), signed_in(server, "operator", "operator")
            server.post(feed, [report("R1")])
            incident = operator.ask("/api/v1/incidents")[1]["incidents"][0]
            self.assertIn(leader.command(incident, "urge", text="尽快")[0], (200,))
            operator.fetch("/api/v1/incidents", Accept="text/csv")
            operator.opener.open(urllib.request.Request(f"{server.base}/logout", b"", {"Origin": server.base}), timeout=60)
            guess = Session(server, "leader", "not it at all")
            with self.assertRaises(urllib.error.HTTPError):
                guess.log_in()
            with self.assertRaises(urllib.error.HTTPError):
                Session(server, "my secret password", "x").log_in()
            gulou("user", "disable", "--data", server.data, "--name", "operator")
            for person in (leader, operator):
                self.assertEqual(person.ask("/api/v1/audit")[0], 403 if person is leader else 401)
            told = [(one["who"], one["what"], one["about"]) for one in audit(admin)]
            for entry in [("@command-line", "city", "dongguan"), ("@command-line", "account", "leader"),
                          ("leader", "login", ""), ("leader", "command", incident["id"]), ("operator", "export", "incidents"),
                          ("leader", "login_failed", ""), ("@unknown", "login_failed", ""),
                          ("@command-line", "account", "operator")]:
                self.assertIn(entry, told)
            self.assertIn("logout", [what for who, what, _ in told if who == "operator"])
            self.assertNotIn("my secret password", json.dumps(audit(admin)), "a name nobody has may be a password")
            self.assertEqual(len([one for one in told if one[1] == "command"]), 1)

            self.assertEqual({one["what"] for one in audit(auditor, "&actor=leader&what=command")}, {"command"})
            self.assertEqual(audit(auditor, f"&since={urllib.parse.quote(now())}"), [])
            page = auditor.ask("/api/v1/audit?limit=2")[1]
            following = auditor.ask(f"/api/v1/audit?limit=2&cursor={page['next']}")[1]
            self.assertEqual([one["entry"] for one in page["entries"]], [len(told), len(told) - 1])
            self.assertLess(following["entries"][0]["entry"], page["entries"][-1]["entry"])
            for query in ("what=songs", "limit=0", "limit=201", "cursor=x", "cursor=-1", "cursor=99999999999999999999", "since=noon"):
                self.assertEqual(auditor.ask(f"/api/v1/audit?{query}")[0], 422, query)
            exported = auditor.fetch("/api/v1/audit", Accept="text/csv").decode()
            self.assertIn(",'@command-line\n", exported)
            self.assertEqual(audit(auditor)[0]["what"], "export")

            code, said = run("audit", "verify", "--data", server.data)
            self.assertEqual(code, 0, said)
            head = said.rsplit(" ", 1)[1].strip()
            self.assertEqual(run("audit", "verify", "--data", server.data, "--head", head)[0], 0)
            server.kill()
            server.start()
            code, said = run("audit", "verify", "--data", server.data, "--head", head)
            self.assertEqual(code, 0, f"after a kill: {said}")
            server.stop()
            self.spoil(server, head)

    def spoil(self, server, head):
        """Flipped bytes of the file itself, rows removed, rows that change places."""
        path = os.path.join(server.data, "journal.db")
        with contextlib.closing(sqlite3.connect(path)) as journal:
            journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            [(victim, detail)] = journal.execute("SELECT entry, detail FROM audit WHERE what = 'command'").fetchall()
            last = journal.execute("SELECT max(entry) FROM audit").fetchone()[0]
        good = pathlib.Path(path).read_bytes()
        at = good.index(detail.encode())

        def verify():
            code, said = run("audit", "verify", "--data", server.data)
            self.assertEqual(code, 2, said)
            return int(re.search(r"audit entry (\d+)", said)[1])

        pathlib.Path(path).write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
        self.assertEqual(verify(), victim, "a flipped byte")
        for deed, entry in [(f"DELETE FROM audit WHERE entry = {victim}", victim),
                            (f"DELETE FROM audit WHERE entry = {last}", last),
                            (f"UPDATE audit SET entry = -1 WHERE entry = 2; UPDATE audit SET entry = 2 WHERE entry = 3;"
                             f"UPDATE audit SET entry = 3 WHERE entry = -1", 2)]:
            pathlib.Path(path).write_bytes(good)
            with contextlib.closing(sqlite3.connect(path)) as journal:
                journal.executescript(deed)
                journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            for file in ("-wal", "-shm"):
                pathlib.Path(path + file).unlink(missing_ok=True)
            self.assertEqual(verify(), entry, deed)
        pathlib.Path(path).write_bytes(good)
        self.assertEqual(run("audit", "verify", "--data", server.data, "--head", head)[0], 0)

    def test_nothing_is_told_or_done_that_the_log_cannot_take(self):
        with Server() as server:
            operator = signed_in(server, "operator", "operator")
            status, mine = operator.send("/api/v1/incidents", {
                "position": PLACE, "text": "井盖缺失", "category": "C0101", "reporter": caller()})
            self.assertEqual(status, 201, mine)
            with contextlib.closing(sqlite3.connect(os.path.join(server.data, "journal.db"))) as journal:
                journal.execute("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(FAIL, 'no room'); END")
            status, problem = operator.send(f"/api/v1/incidents/{mine['id']}/reporter/reveal", {"reason": "回访"})
            self.assertEqual(status, 503, problem)
            self.assertNotIn(PHONE, json.dumps(problem))
            self.assertEqual(operator.ask("/api/v1/incidents", Accept="text/csv")[0], 503)
            self.assertEqual(operator.command(mine, "claim")[0], 503)
            with self.assertRaises(urllib.error.HTTPError) as refused:
                Session(server, operator.name, operator.password).log_in()
            self.assertEqual(refused.exception.code, 503)
            sessions = operator.ask("/api/v1/sessions")[1]["sessions"]
            self.assertEqual(len(sessions), 1)
            self.assertEqual(operator.send(f"/api/v1/sessions/{sessions[0]['id']}/revoke", {})[0], 503)
            self.assertEqual(operator.ask("/api/v1/me")[0], 200, "the session runs on")


class Sessions(unittest.TestCase):
    def test_sessions_are_seen_and_ended_by_their_owner_and_the_administrator_alone(self):
        with Server() as server:
            leader, admin = signed_in(server, "leader", "shift_leader"), signed_in(server, "admin", "administrator")
            other, auditor = signed_in(server, "operator", "operator"), signed_in(server, "auditor", "auditor")
            phone = again(leader)
            mine = leader.ask("/api/v1/sessions")[1]["sessions"]
            self.assertEqual([one["account"] for one in mine], ["leader", "leader"])
            self.assertEqual(sum(one["current"] for one in mine), 1)
            self.assertTrue(all(one["client"] == "Python" for one in mine), mine)
            said = json.dumps(admin.ask("/api/v1/sessions")[1])
            for person in (leader, phone, admin):
                self.assertNotIn(person.session_token(), said)
            self.assertEqual(len(json.loads(said)["sessions"]), 5)
            self.assertEqual(len(admin.ask("/api/v1/sessions?account=leader")[1]["sessions"]), 2)
            for person in (other, auditor):
                self.assertEqual(person.ask("/api/v1/sessions?account=leader")[0], 403)
                self.assertEqual(person.send(f"/api/v1/sessions/{mine[0]['id']}/revoke", {})[0], 404)
                self.assertEqual(person.send("/api/v1/sessions/revoke", {"account": "leader"})[0], 403)
            for wrong in ("0" * 16, "..%2Fme", "x" * 5_000):
                self.assertEqual(leader.send(f"/api/v1/sessions/{wrong}/revoke", {})[0], 404)
            self.assertEqual(leader.send("/api/v1/sessions/revoke", {"all": True})[0], 400)

            there = next(one for one in leader.ask("/api/v1/sessions")[1]["sessions"] if not one["current"])
            with self.live(phone) as socket, self.live(leader) as own:
                self.assertEqual(leader.send(f"/api/v1/sessions/{there['id']}/revoke", {})[0], 204)
                self.assertLess(self.closes_after_s(socket), 1)
                self.assertEqual(phone.ask("/api/v1/me")[0], 401)
                self.assertEqual(leader.ask("/api/v1/me")[0], 200)
                own.send(json.dumps({"digest": True}))
                while "digest" not in own.recv(timeout=10):
                    pass
            phone = again(leader)
            self.assertEqual(leader.send("/api/v1/sessions/revoke", {}), (200, {"revoked": 1}))
            self.assertEqual((leader.ask("/api/v1/me")[0], phone.ask("/api/v1/me")[0]), (200, 401))
            self.assertEqual(admin.send("/api/v1/sessions/revoke", {"account": "leader"}), (200, {"revoked": 1}))
            self.assertEqual(leader.ask("/api/v1/me")[0], 401)
            gulou("user", "disable", "--data", server.data, "--name", "operator")
            self.assertNotIn("operator", json.dumps(admin.ask("/api/v1/sessions")[1]), "a disabled account is nowhere signed in")
            told = [(one["who"], one["about"], one["detail"]) for one in audit(auditor, "&what=session_revoked")]
            self.assertEqual([one[0] for one in told], ["admin", "leader", "leader"])
            self.assertIn(("leader", there["id"], "of leader"), told)

    def live(self, person):
        cookies = "; ".join(f"{name}={value}" for name, value in person.cookie().items())
        base = person.server.base
        socket = connect(base.replace("http", "ws") + "/api/v1/live", subprotocols=["gulou.v1.json"],
                         additional_headers={"Cookie": cookies}, origin=base)
        socket.send(json.dumps(EVERYTHING))
        socket.recv(timeout=10)
        return socket

    def closes_after_s(self, socket):
        begun = time.monotonic()
        try:
            while True:
                socket.recv(timeout=10)
        except ConnectionClosed:
            return time.monotonic() - begun

    def test_a_planted_cookie_is_never_taken_over(self):
        with Server() as server:
            known = server.add_person("leader", "shift_leader")
            thief = signed_in(server, "operator", "operator")
            planted = thief.session_token()
            for plant in ("A" * 43, planted):
                victim = Session(server, known.name, known.password)
                jar = next(one.cookiejar for one in victim.opener.handlers if isinstance(one, urllib.request.HTTPCookieProcessor))
                host = urllib.parse.urlsplit(server.base).hostname
                cookie = http.cookiejar.Cookie(0, "gulou_session", plant, None, False, host, False, False, "/", True,
                                               False, None, False, None, None, {})
                victim.log_in(before_sending=lambda: jar.set_cookie(cookie))
                tokens = [one.value for one in jar if one.name == "gulou_session"]
                self.assertNotIn(plant, tokens)
                request = urllib.request.Request(f"{server.base}/api/v1/me", headers={"Cookie": f"gulou_session={plant}"})
                with self.assertRaises(urllib.error.HTTPError) as refused:
                    urllib.request.urlopen(request, timeout=60)
                self.assertEqual(refused.exception.code, 401, "the planted one is nobody's, or over")


class Passwords(unittest.TestCase):
    def test_one_changes_ones_own_and_everybody_else_must_sign_in_anew(self):
        with Server() as server:
            leader, auditor = signed_in(server, "leader", "shift_leader"), signed_in(server, "auditor", "auditor")
            elsewhere = again(leader)
            good = "七点半的码头下着小雨呢"
            for new in ("short", "password2026", "leader-2026", "aaaaaaaaaaaaaaa", "x" * 300, "qwertyuiop"):
                status, problem = leader.send("/api/v1/me/password", {"old": leader.password, "new": new})
                self.assertEqual((status, problem["errors"][0]["pointer"]), (422, "/new"), new)
            status, problem = leader.send("/api/v1/me/password", {"old": "not it at all", "new": good})
            self.assertEqual((status, problem["errors"][0]["pointer"]), (422, "/old"), problem)
            for body in ({}, [], {"old": 1, "new": good}, {"old": "", "new": good, "name": "auditor"}):
                status, problem = leader.send("/api/v1/me/password", body)
                self.assertEqual(status, 400, problem)
                self.assertNotIn(good, json.dumps(problem, ensure_ascii=False))
            self.assertEqual(elsewhere.ask("/api/v1/me")[0], 200)
            self.assertEqual(leader.send("/api/v1/me/password", {"old": leader.password, "new": good})[0], 204)
            self.assertEqual((leader.ask("/api/v1/me")[0], elsewhere.ask("/api/v1/me")[0]), (200, 401))
            with self.assertRaises(urllib.error.HTTPError):
                Session(server, "leader", leader.password).log_in()
            server.kill()
            server.start()
            Session(server, "leader", good).log_in()
            self.assertEqual(leader.ask("/api/v1/me")[0], 200, "the session that changed it goes on, over a restart too")
            told = [(one["who"], one["what"]) for one in audit(auditor, "&actor=leader")]
            self.assertIn(("leader", "password"), told)
            self.assertIn(("leader", "session_revoked"), told)
            for kept in pathlib.Path(server.data).rglob("*"):
                self.assertFalse(kept.is_file() and good.encode() in kept.read_bytes(), kept)

    def test_the_command_line_takes_no_worse_ones(self):
        data = self.enterContext(tempfile.TemporaryDirectory(prefix="gulou-aside-"))
        folder = os.path.join(data, "data")
        for name, password, word in [("leader", "short", "at least 10"), ("leader", "dragon2026!", "tried first"),
                                     ("shuiwu", "shuiwu2026", "own name"), ("@gulou", "七点半的码头下着小雨呢", "begin with")]:
            done = subprocess.run([BINARY, "user", "add", "--data", folder, "--name", name, "--role", "operator", "--password-stdin"],
                                  input=password + "\n", capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 1, password)
            self.assertIn(word, done.stderr)

    def test_the_demonstrations_password_is_good_in_the_demonstration_alone(self):
        data = tempfile.mkdtemp(prefix="gulou-test-")
        self.addCleanup(shutil.rmtree, data, ignore_errors=True)
        known = "zhonggu-2026"
        with Server("--demo", data=data) as server:
            leader = Person(Session(server, "leader", known))
            self.assertEqual(leader.ask("/api/v1/me")[0], 200)
            status, _ = leader.send("/api/v1/me/password", {"old": known, "new": "七点半的码头下着小雨呢"})
            self.assertEqual(status, 403, "it is everybody's")
            server.stop()
        with Server(data=data) as server:
            with self.assertRaises(urllib.error.HTTPError) as refused:
                Session(server, "leader", known).log_in()
            self.assertEqual(refused.exception.code, 401)
            leader.server = server
            self.assertEqual(leader.ask("/api/v1/me")[0], 401, "nor does a session of it go on")

    def guess(self, server, name):
        try:
            Session(server, name, "wrong guess").log_in()
        except urllib.error.HTTPError as refused:
            page = refused.read().decode()
            words = re.sub(r"<[^>]*>", " ", re.sub(r"(?s)<(script|style)\b.*?</\1>", "", page))
            return refused.code, refused.headers.get("Retry-After"), words
        return None

    def test_a_failure_does_not_say_whether_there_is_such_an_account(self):
        with Server() as server:
            server.add_person("leader", "shift_leader")
            server.add_person("gone", "operator")
            gulou("user", "disable", "--data", server.data, "--name", "gone")
            names = ("leader", "nobody", "gone")
            took, answers = {name: [] for name in names}, {name: [] for name in names}
            # In turn, so that whoever else keeps the machine busy keeps all three waiting.
            for _ in range(5):
                for name in names:
                    begun = time.monotonic()
                    answers[name].append(self.guess(server, name)[:2])
                    took[name].append(time.monotonic() - begun)
            for name in names:
                answers[name].append(self.guess(server, name)[0])
            self.assertEqual(answers["leader"], [(401, None)] * 5 + [429])
            self.assertEqual(answers["nobody"], answers["leader"])
            self.assertEqual(answers["gone"], answers["leader"])
            pages = {name: self.guess(server, name)[2] for name in took}
            self.assertEqual(pages["leader"], pages["nobody"])
            least = {name: min(times) for name, times in took.items()}
            for name in ("nobody", "gone"):
                self.assertLess(least[name], 2 * least["leader"], least)
                self.assertLess(least["leader"], 2 * least[name], least)


class OtherSites(unittest.TestCase):
    """Whatever writes by a session's cookie wants to be asked from this site's own pages."""

    def test_no_write_of_the_documentation_is_done_for_another_site(self):
        with Server() as server:
            feed = server.add_key("hotline-*")
            server.post(feed, [report("R1")])
            people = [signed_in(server, role, role) for role in ("shift_leader", "operator", "administrator")]
            leader = people[0]
            document = server.call("/api/v1/openapi.json")[1]
            incident = leader.ask("/api/v1/incidents")[1]["incidents"][0]
            session = leader.ask("/api/v1/sessions")[1]["sessions"][0]
            names = {"/incidents/{id}": incident["id"], "/sessions/{id}": session["id"], "/alarms/{id}": "a1-0"}
            body = {"id": str(uuid.uuid4()), "command": "force_close", "reason": "从别处", "text": "从别处", "position": PLACE,
                    "old": leader.password, "new": "七点半的码头下着小雨呢", "account": "operator", "page": "desk",
                    "bbox": [113, 22, 115, 24], "theme": "overview", "as_of": 1, "evidence": None}
            before = len(audit(people[2]))
            position = leader.ask("/api/v1/wall")[1]["position"]
            walked = []
            for path, methods in document["paths"].items():
                filled = path
                for start, name in names.items():
                    filled = filled.replace(start, start.replace("{id}", name))
                # Of what is new something that is not there: where a write comes from is looked at first.
                filled = re.sub(r"\{\w+\}", "operator", filled)
                for method in set(methods) - {"get"}:
                    walked.append((method, filled))
                    for person in people:
                        for origin in (None, "https://evil.example", "null", f"{server.base}.evil.example",
                                       server.base.replace("http://", "http://evil.example@"), "http://127.0.0.1:1"):
                            for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
                                with self.subTest(f"{method} {path} by {person.name} from {origin} as {kind}"):
                                    self.refused(person, method, filled, body, origin, kind)
            self.assertGreater(len(walked), 8, walked)
            after = [one for one in audit(people[2])][:-before]
            self.assertEqual({one["what"] for one in after} - {"login_failed"}, set(), "nothing was done")
            self.assertEqual(leader.ask("/api/v1/wall")[1]["position"], position, "nothing happened to the city")
            self.assertEqual([person.ask("/api/v1/me")[0] for person in people], [200] * 3)
            self.own_pages_are_heard(leader, walked, body)
            self.assertGreater(len(audit(people[2])), before, "and something was done")

    def own_pages_are_heard(self, leader, walked, body):
        """It was for where they came from that the others were refused."""
        for method, path in sorted(walked, key=lambda one: "/sessions/" in one[1]):
            if path not in ("/login", "/logout", "/api/v1/observations"):
                status, said = self.sent(leader, method, path, body, leader.server.base, "application/json")
                self.assertNotIn("Origin", said, f"{method} {path}: {status}")

    def refused(self, person, method, path, body, origin, kind):
        if path == "/login" and origin is None:
            # Tools that are no browser sign in without one; a browser always says it with a form.
            return
        status, said = self.sent(person, method, path, body, origin, kind)
        if path == "/api/v1/observations":
            self.assertEqual(status, 401, "a feed has a key and no session")
            return
        self.assertEqual(status, 403, said[:300])
        if path != "/login":
            self.assertIn("Origin", said, "because of where it comes from")

    def sent(self, person, method, path, body, origin, kind):
        headers = {"Content-Type": kind, "Cookie": "; ".join(f"{name}={value}" for name, value in person.cookie().items())}
        if origin:
            headers["Origin"] = origin
        data = json.dumps(body).encode()
        if path == "/login":
            # Even whoever knows the hidden field of the page.
            csrf = person.cookie().get("gulou_csrf") or next(
                (value for name, value in person.cookie().items() if "csrf" in name), "")
            data = urllib.parse.urlencode({"name": person.name, "password": person.password, "csrf": csrf}).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        host = urllib.parse.urlsplit(person.server.base)
        connection = http.client.HTTPConnection(host.hostname, host.port, timeout=60)
        try:
            connection.request(method.upper(), path, data, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


if __name__ == "__main__":
    unittest.main()
