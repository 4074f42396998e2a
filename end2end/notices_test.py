"""Notices over the network: pages and webhooks, silence within a second of an acknowledgement, restarts, bad receivers, duty."""

import base64
import datetime
import hashlib
import hmac
import http.client
import http.server
import json
import os
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
import uuid

from end2end.harness import Server

ALARMS = int(os.environ.get("ALARMS", 1_000))
MINUTE_S = float(os.environ.get("MINUTE_S", 60))
SILENCE_LIMIT_S = float(os.environ.get("SILENCE_LIMIT_S", 1.0))


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")


def eventually(what, limit_s=20, every_s=0.05):
    until = time.monotonic() + limit_s
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError("it did not come to be in time")
        time.sleep(every_s)


class Person:
    def __init__(self, server, name, role, *scope):
        self.server, self.name = server, name
        self.session = server.add_person(name, role, *scope).log_in()

    def ask(self, path, body=None, method=None, headers=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Origin": self.server.base, "Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(self.server.base + path, data=data, method=method, headers=headers)
        try:
            with self.session.opener.open(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.loads(refusal.read() or b"{}")

    def cookie(self):
        jars = [handler.cookiejar for handler in self.session.opener.handlers if hasattr(handler, "cookiejar")]
        return "; ".join(f"{one.name}={one.value}" for jar in jars for one in jar)

    def acknowledge(self, notice):
        return self.ask(f"/api/v1/notices/{notice}/acknowledge", {}, "POST")

    def command(self, incident, command, **details):
        body = {"id": str(uuid.uuid4()), "command": command, **details}
        return self.ask(f"/api/v1/incidents/{incident}/commands", body)


class Page:
    """A page that follows notices: what it shows, and when each came and went."""

    def __init__(self, person):
        self.open, self.came, self.went = {}, {}, {}
        self.ended = threading.Event()
        host = urllib.parse.urlsplit(person.server.base).netloc
        self.line = http.client.HTTPConnection(host, timeout=30)
        self.line.request("GET", "/api/v1/notices/stream", headers={"Cookie": person.cookie()})
        self.answer = self.line.getresponse()
        assert self.answer.status == 200, self.answer.read()
        self.ready = threading.Event()
        threading.Thread(target=self._follow, daemon=True).start()
        assert self.ready.wait(10)

    def _follow(self):
        kind = None
        try:
            for line in self.answer:
                line = line.decode().rstrip("\n")
                if line.startswith("event:"):
                    kind = line[6:].strip()
                elif line.startswith("data:"):
                    self._take(kind, json.loads(line[5:]))
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            pass
        self.ended.set()

    def _take(self, kind, data):
        at = time.monotonic()
        if kind == "notices":
            self.open = {one["id"]: one for one in data["notices"]}
            self.came.update((name, self.came.get(name, at)) for name in self.open)
            self.ready.set()
        elif data["state"] == "open":
            self.came[data["id"]] = at
            self.open[data["id"]] = data
        else:
            self.open.pop(data["id"], None)
            self.went[data["id"]] = at

    def close(self):
        self.line.sock and self.line.sock.shutdown(2)
        self.line.close()


class Receiver:
    """A receiver of webhooks that checks what it gets; `treat` may answer otherwise."""

    def __init__(self, treat=None):
        self.secret, self.letters, self.seen, self.at = None, [], {}, {}
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.take(self.headers, body)
                if treat:
                    return treat(self)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.house = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.house.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.house.server_port}/gulou"
        threading.Thread(target=self.house.serve_forever, daemon=True).start()

    def take(self, headers, body):
        at = time.monotonic()
        name = headers["webhook-id"]
        letter = json.loads(body)
        if self.secret:
            key = base64.b64decode(self.secret.removeprefix("whsec_"))
            signed = f"{name}.{headers['webhook-timestamp']}.{body}".encode()
            wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            assert headers["webhook-signature"] == wanted, "the signature does not fit"
        self.letters.append((name, letter))
        self.seen[name] = self.seen.get(name, 0) + 1
        self.at.setdefault((letter["data"]["id"], letter["type"]), at)

    def close(self):
        self.house.shutdown()
        self.house.server_close()


def alarm(name, category="E0301"):
    return {"source": "gauges", "id": name, "kind": "alarm", "time": now(), "thing": f"thing-{name}", "category": category,
            "severity": 2, "text": f"水位超限 {name}"}


class Notices(unittest.TestCase):
    def town(self, *options):
        server = Server("--webhook-network", "127.0.0.0/8", *options)
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        return server

    def receiver(self, admin, name="duty", treat=None, posts=("room",), receiver=None):
        receiver = receiver or Receiver(treat)
        self.addCleanup(receiver.close)
        status, told = admin.ask(f"/api/v1/webhooks/{name}", {"url": receiver.url, "posts": list(posts)}, "PUT")
        self.assertEqual(status, 200, told)
        receiver.secret = told["secret"]
        return receiver

    def test_an_order_is_heard_by_its_department_alone_until_it_is_acknowledged(self):
        server = self.town()
        desk, admin = Person(server, "li.na", "operator"), Person(server, "admin", "administrator")
        leader = Person(server, "zhang.wei", "shift_leader")
        status, departments = desk.ask("/api/v1/departments")
        lead = next(one["id"] for one in departments["departments"] if one["id"] == "swj")
        responder = Person(server, "swj.1", "department", "--department", lead)
        stranger = Person(server, "xfj.1", "department", "--department", "xfj")
        receiver = self.receiver(admin, posts=[f"department:{lead}"])
        page, other = Page(responder), Page(stranger)
        opening = {"position": [113.7463, 23.0234], "text": "井盖缺失", "category": "C0101", "severity": 2}
        incident = desk.ask("/api/v1/incidents", opening)[1]["id"]
        self.assertEqual(leader.command(incident, "register")[0], 200)
        dispatcher = Person(server, "wang.fang", "dispatcher")
        self.assertEqual(dispatcher.command(incident, "dispatch", lead=lead)[0], 200)
        notice = eventually(lambda: next(iter(page.open.values()), None))
        self.assertEqual((notice["reason"], notice["to"], notice["incident"], notice["state"]), ("order", f"department:{lead}", incident, "open"))
        self.assertIn("新工单", notice["text"])
        eventually(lambda: (notice["id"], "notice.opened") in receiver.at)
        self.assertEqual(stranger.acknowledge(notice["id"])[0], 404)
        self.assertEqual(desk.acknowledge(notice["id"])[0], 404)
        self.assertEqual(server.call("/api/v1/notices")[0], 401)
        # The order itself is acknowledged: its notice is over, too.
        self.assertEqual(responder.command(incident, "acknowledge")[0], 200)
        eventually(lambda: notice["id"] in page.went)
        eventually(lambda: (notice["id"], "notice.over") in receiver.at)
        self.assertEqual((page.open, other.came), ({}, {}))
        status, over = responder.acknowledge(notice["id"])
        self.assertEqual((status, over["state"]), (200, "settled"))
        status, log = admin.ask("/api/v1/webhooks/log")
        sent = {(one["channel"], one["receiver"], one["letter"]) for one in log["sent"]}
        self.assertIn(("webhook", "duty", f"{notice['id']}.duty.opened"), sent)
        self.assertIn(("page", "swj.1", notice["id"]), sent)
        self.assertEqual(desk.ask("/api/v1/webhooks/log")[0], 403)
        self.assertEqual(desk.ask("/api/v1/webhooks")[0], 403)
        # An ended session hears nothing more.
        self.assertFalse(page.ended.is_set())
        urllib.request.urlopen(urllib.request.Request(server.base + "/logout", b"", {"Origin": server.base, "Cookie": responder.cookie()}))
        self.assertTrue(page.ended.wait(5))
        other.close()

    def test_a_thousand_alarms_in_a_minute_fall_silent_within_a_second_of_being_acknowledged(self):
        server = self.town()
        desk, admin = Person(server, "li.na", "operator"), Person(server, "admin", "administrator")
        colleague = Person(server, "sun.li", "operator")
        receiver = self.receiver(admin)
        page, theirs = Page(desk), Page(colleague)
        key = server.add_key("gauges")
        pressed, answered, failed = {}, {}, []
        all_in = threading.Event()

        def acknowledge(mine):
            while True:
                name = next((one for one in list(page.open) if one not in pressed and int(one.split("-")[1]) % 4 == mine), None)
                if name is None:
                    if all_in.is_set() and len(pressed) >= ALARMS:
                        return
                    time.sleep(0.005)
                    continue
                if time.monotonic() - page.came[name] < 0.3:
                    time.sleep(0.01)
                    continue
                pressed[name] = time.monotonic()
                status, told = desk.acknowledge(name)
                answered[name] = time.monotonic()
                if status != 200:
                    failed.append((name, status, told))

        people = [threading.Thread(target=acknowledge, args=(mine,), daemon=True) for mine in range(4)]
        for one in people:
            one.start()
        begun = time.monotonic()
        for number in range(ALARMS):
            until = begun + number * MINUTE_S / ALARMS
            time.sleep(max(0, until - time.monotonic()))
            status, receipt = server.post(key, [alarm(f"a{number}")])
            self.assertEqual((status, receipt["accepted"]), (200, 1), receipt)
        took = time.monotonic() - begun
        all_in.set()
        for one in people:
            one.join(60)
        self.assertEqual(failed, [])
        eventually(lambda: len(theirs.went) >= ALARMS and len(page.went) >= ALARMS, 30)
        told = [name for name in pressed if (name, "notice.opened") in receiver.at]
        eventually(lambda: all((name, "notice.over") in receiver.at for name in told), 30)
        time.sleep(1)
        silence = []
        for name, at in pressed.items():
            ends = [page.went[name], theirs.went[name]]
            over = receiver.at.get((name, "notice.over"))
            opened = receiver.at.get((name, "notice.opened"))
            if over:
                ends.append(over)
            if opened:
                ends.append(opened)
            silence.append(max(ends) - at)
        silence.sort()
        p50, p99, most = silence[len(silence) // 2], silence[int(len(silence) * 0.99) - 1], silence[-1]
        print(f"{len(silence)} alarms in {took:.0f} s, {len(told)} told by webhook, load {os.getloadavg()[0]:.1f}: "
              f"acknowledge to silence p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, most {most * 1000:.0f} ms")
        self.assertEqual(len(silence), ALARMS)
        self.assertGreater(len(told), ALARMS * 0.9)
        self.assertLessEqual(p99, SILENCE_LIMIT_S)
        doubled = {name: count for name, count in receiver.seen.items() if count > 1}
        self.assertEqual(doubled, {})
        page.close()
        theirs.close()

    def test_a_restart_neither_loses_nor_doubles_and_the_secret_stays(self):
        server = self.town()
        admin = Person(server, "admin", "administrator")
        fails = threading.Event()
        fails.set()

        def treat(handler):
            handler.send_response(500 if fails.is_set() else 200)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        receiver = self.receiver(admin, treat=treat)
        key = server.add_key("gauges")
        server.post(key, [alarm(f"r{number}") for number in range(20)])
        eventually(lambda: len(receiver.seen) == 20)
        server.kill()
        fails.clear()
        server.start()
        eventually(lambda: all(count >= 2 for count in receiver.seen.values()) and len(receiver.seen) == 20, 90)
        time.sleep(2)
        self.assertEqual(len(receiver.seen), 20, "under the same ids")
        status, endpoints = Person(server, "admin.2", "administrator").ask("/api/v1/webhooks")
        self.assertEqual((endpoints["endpoints"][0]["waiting"], endpoints["endpoints"][0]["dead"]), (0, 0))
        self.assertEqual(endpoints["endpoints"][0]["secret"], receiver.secret)
        with open(os.path.join(server.data, "journal.db"), "rb") as journal:
            self.assertNotIn(receiver.secret.removeprefix("whsec_").encode(), journal.read())

    def test_receivers_of_every_bad_kind_hold_up_nobody(self):
        server = self.town()
        admin, desk = Person(server, "admin", "administrator"), Person(server, "li.na", "operator")
        inner = Receiver()
        self.addCleanup(inner.close)

        def redirect(handler):
            handler.send_response(302)
            handler.send_header("Location", inner.url)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        def flood(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", str(10_000_000))
            handler.end_headers()
            try:
                handler.wfile.write(bytes(10_000_000))
            except OSError:
                pass
            handler.close_connection = True

        def hang(handler):
            time.sleep(30)
            handler.close_connection = True

        def cut(handler):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le")
            handler.close_connection = True

        def gone(handler):
            handler.send_response(410)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        for name, treat in [("redirect", redirect), ("flood", flood), ("hang", hang), ("cut", cut), ("gone", gone)]:
            self.receiver(admin, name, treat)
        good = self.receiver(admin, "good")
        key = server.add_key("gauges")
        begun = time.monotonic()
        server.post(key, [alarm(f"b{number}") for number in range(10)])
        eventually(lambda: sum(1 for letter in good.letters if letter[1]["type"] == "notice.opened") >= 10, 5)
        self.assertLess(time.monotonic() - begun, 5, "the good one did not wait for the others")

        def states():
            shown = {}
            for state in ["dead", "pending", "sent"]:
                for one in admin.ask(f"/api/v1/webhooks/letters?state={state}")[1]["letters"]:
                    shown.setdefault(one["endpoint"], []).append((state, one["answer"]))
            return shown

        shown = eventually(lambda: (lambda found: found if all(answer for state, answer in found["hang"][:4]) else None)(states()) or None, 40, 1)
        self.assertTrue(all(state == "pending" and "redirects are not followed" in answer for state, answer in shown["redirect"] if answer), shown["redirect"])
        self.assertEqual(inner.letters, [], "no redirect was followed")
        self.assertEqual({state for state, _ in shown["flood"]}, {"sent"})
        self.assertEqual({state for state, _ in shown["cut"]}, {"pending"})
        self.assertEqual({state for state, _ in shown["gone"]}, {"dead"})
        # The tray: sent again, discarded.
        dead = admin.ask("/api/v1/webhooks/letters?state=dead")[1]["letters"]
        self.assertEqual(admin.ask(f"/api/v1/webhooks/letters/{dead[0]['id']}/discard", {}, "POST")[1]["state"], "discarded")
        self.assertEqual(admin.ask(f"/api/v1/webhooks/letters/{dead[1]['id']}/retry", {}, "POST")[1]["state"], "pending")
        self.assertEqual(desk.ask(f"/api/v1/webhooks/letters/{dead[2]['id']}/retry", {}, "POST")[0], 403)
        self.assertEqual(admin.ask("/api/v1/webhooks/letters/none/retry", {}, "POST")[0], 404)
        # Everything is acknowledged: nothing waits any more, whatever hangs.
        status, listed = desk.ask("/api/v1/notices")
        for notice in listed["notices"]:
            self.assertEqual(desk.acknowledge(notice["id"])[0], 200)

        def still_opened():
            waiting = admin.ask("/api/v1/webhooks/letters?state=pending")[1]["letters"]
            return [one for one in waiting if one["id"].endswith(".opened")]

        eventually(lambda: not still_opened(), 5)

    def test_private_addresses_are_refused_unless_allowed(self):
        with Server() as server:
            admin = Person(server, "admin", "administrator")
            for url in ["http://127.0.0.1:9/x", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.8/", "http://duty.example.org", "ftp://x", "https://a:b@c.example/", ""]:
                status, told = admin.ask("/api/v1/webhooks/bad", {"url": url}, "PUT")
                if url == "http://duty.example.org":
                    # A name is looked at when it is resolved; without https nothing public is sent.
                    self.assertEqual(status, 200, told)
                    continue
                self.assertEqual((status, told["errors"][0]["pointer"]), (422, "/url"), url)
            self.assertEqual(admin.ask("/api/v1/webhooks/Bad_Id", {"url": "https://duty.example"}, "PUT")[0], 422)
            self.assertEqual(admin.ask("/api/v1/webhooks/bad", {"url": "https://duty.example", "x": 1}, "PUT")[0], 400)

    def test_who_is_on_duty_and_cannot_be_reached_is_said_to_the_shift_leader(self):
        server = self.town()
        leader = Person(server, "zhang.wei", "shift_leader")
        responder = Person(server, "swj.1", "department", "--department", "swj")
        stranger = Person(server, "xfj.1", "department", "--department", "xfj")
        desk = Person(server, "li.na", "operator")
        began = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
        shift = {"person": "swj.1", "from": began.isoformat(timespec="seconds"), "until": (began + datetime.timedelta(hours=8)).isoformat(timespec="seconds"), "channels": ["page"]}
        self.assertEqual(stranger.ask("/api/v1/duty/department:swj", {"shifts": [shift]}, "PUT")[0], 403)
        self.assertEqual(desk.ask("/api/v1/duty/department:swj", {"shifts": [shift]}, "PUT")[0], 403)
        self.assertEqual(leader.ask("/api/v1/duty/nowhere", {"shifts": []}, "PUT")[0], 404)
        self.assertEqual(leader.ask("/api/v1/duty/department:nobody", {"shifts": []}, "PUT")[0], 422)
        for bad in [{**shift, "until": shift["from"]}, {**shift, "channels": []}, {**shift, "person": "nobody"}, {**shift, "channels": [{"webhook": "none"}]}]:
            status, told = leader.ask("/api/v1/duty/department:swj", {"shifts": [bad]}, "PUT")
            self.assertEqual(status, 422, told)
        status, roster = responder.ask("/api/v1/duty/department:swj", {"shifts": [shift]}, "PUT")
        self.assertEqual((status, roster["on_duty"]), (200, ["swj.1"]))
        self.assertEqual(len(leader.ask("/api/v1/duty")[1]["rosters"]), 1)
        self.assertEqual(stranger.ask("/api/v1/duty")[1]["rosters"], [])
        screen = Page(leader)
        missing = eventually(lambda: next((one for one in screen.open.values() if one["reason"] == "nobody_reached"), None), 30)
        self.assertEqual((missing["post"], missing["severity"]), ("department:swj", 2))
        page = Page(responder)
        eventually(lambda: missing["id"] in screen.went, 30)
        page.close()
        eventually(lambda: any(one["reason"] == "nobody_reached" for one in screen.open.values()), 30)
        note = {"id": str(uuid.uuid4()), "post": "room", "text": "水位偏高，夜间复核"}
        first, again = desk.ask("/api/v1/duty/handover", note), desk.ask("/api/v1/duty/handover", note)
        self.assertEqual((first[0], first), (201, again))
        self.assertEqual(responder.ask("/api/v1/duty/handover", note)[0], 403)
        self.assertEqual(responder.ask("/api/v1/duty/handover")[1]["handovers"], [])
        status, read = leader.ask(f"/api/v1/duty/handover/{first[1]['id']}/read", {}, "POST")
        self.assertEqual((status, [one["name"] for one in read["read_by"]]), (200, ["zhang.wei"]))
        self.assertEqual(responder.ask(f"/api/v1/duty/handover/{first[1]['id']}/read", {}, "POST")[0], 404)
        screen.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
