"""Files of incidents over the network: what is taken, what is refused and why, who may read; kills, backups, a full folder."""

import concurrent.futures
import hashlib
import http.client
import json
import os
import pathlib
import random
import struct
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
import uuid
import zlib

from end2end.harness import Server, gulou

LARGEST = 20 << 20
PLACE = b"+23.0234+113.7463/"
KILLS = int(os.environ.get("KILLS", 5))
SEED = int(os.environ.get("SEED", random.SystemRandom().randrange(1_000_000)))


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width=600, height=300, told=b""):
    rows = b"".join(b"\0" + bytes((x * 7 + y) % 256 for x in range(width)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", head)]
    if told:
        parts.append(chunk(b"tEXt", b"Comment\0" + told))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def pdf(size=0):
    return b"%PDF-1.4\n" + b"%" * size + b"\n%%EOF\n"


class Answer:
    def __init__(self, answer):
        self.status, self.headers, self.bytes = answer.status, answer.headers, answer.read()

    def json(self):
        return json.loads(self.bytes)


class Desk:
    """A person with a session, and what he sends."""

    def __init__(self, server, name, role, *scope):
        self.server = server
        self.session = server.add_person(name, role, *scope).log_in()

    def ask(self, path, data=None, headers=None):
        request = urllib.request.Request(self.server.base + path, data=data, headers={"Origin": self.server.base, **(headers or {})})
        try:
            with self.session.opener.open(request, timeout=60) as answer:
                return Answer(answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Answer(refusal)

    def open(self, text="井盖缺失"):
        body = {"position": [113.7463, 23.0234], "text": text, "category": "C0101", "severity": 3}
        answer = self.ask("/api/v1/incidents", json.dumps(body).encode(), {"Content-Type": "application/json"})
        assert answer.status == 201, answer.bytes
        return answer.json()["id"]

    def attach(self, incident, content, kind="application/octet-stream", **query):
        path = f"/api/v1/incidents/{incident}/attachments?{urllib.parse.urlencode(query)}"
        return self.ask(path, content, {"Content-Type": kind})

    def attach_form(self, incident, content, file_name="photo.png", kind="image/png", **fields):
        mark = uuid.uuid4().hex
        parts = [f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n'
                 f"Content-Type: {kind}\r\n\r\n".encode() + content + b"\r\n"]
        for name, value in fields.items():
            parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
        body = b"".join(parts) + f"--{mark}--\r\n".encode()
        return self.ask(f"/api/v1/incidents/{incident}/attachments", body, {"Content-Type": f"multipart/form-data; boundary={mark}"})


class Attachments(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__, None, None, None)
        cls.desk = Desk(cls.server, "li.na", "operator")
        cls.incident = cls.desk.open()

    def test_a_photo_comes_back_without_its_place_and_whole_or_in_part(self):
        sent = png(told=PLACE)
        answer = self.desk.attach_form(self.incident, sent, "../../井盖\u202e.png")
        self.assertEqual(answer.status, 201, answer.bytes)
        told = answer.json()
        self.assertEqual(answer.headers["Location"], told["url"])
        self.assertEqual((told["name"], told["media_type"], told["width"], told["height"], told["by"]), ("井盖.png", "image/png", 600, 300, "li.na"))
        whole = self.desk.ask(told["url"])
        self.assertEqual(whole.status, 200)
        self.assertIn(PLACE, sent)
        self.assertNotIn(PLACE, whole.bytes)
        self.assertEqual((len(whole.bytes), hashlib.sha256(whole.bytes).hexdigest()), (told["bytes"], told["sha256"]))
        for name, value in [("Content-Type", "image/png"), ("X-Content-Type-Options", "nosniff"), ("ETag", f'"{told["sha256"]}"')]:
            self.assertEqual(whole.headers[name], value)
        self.assertTrue(whole.headers["Content-Disposition"].startswith("inline;"))
        self.assertIn("filename*=UTF-8''%E4%BA%95%E7%9B%96.png", whole.headers["Content-Disposition"])
        self.assertTrue(whole.headers["Content-Security-Policy"].startswith("sandbox;"))
        self.assertIn("private", whole.headers["Cache-Control"])
        part = self.desk.ask(told["url"], headers={"Range": "bytes=10-19"})
        self.assertEqual((part.status, part.bytes), (206, whole.bytes[10:20]))
        self.assertEqual(part.headers["Content-Range"], f"bytes 10-19/{told['bytes']}")
        self.assertEqual(self.desk.ask(told["url"], headers={"Range": f"bytes={told['bytes']}-"}).status, 416)
        self.assertEqual(self.desk.ask(told["url"], headers={"If-None-Match": whole.headers["ETag"]}).status, 304)
        small = self.desk.ask(told["preview_url"])
        self.assertEqual((small.status, small.headers["Content-Type"]), (200, "image/jpeg"))
        self.assertLess(len(small.bytes), 40_000)
        detail = self.desk.ask(f"/api/v1/incidents/{self.incident}").json()
        self.assertIn(told, detail["attachments"])
        self.assertTrue(any("井盖.png" in line["text"] for line in detail["timeline"]))
        listed = self.desk.ask(f"/api/v1/incidents/{self.incident}/attachments").json()
        self.assertIn(told, listed["attachments"])

    def test_the_same_id_again_gets_the_first_answer(self):
        name = str(uuid.uuid4())
        first = self.desk.attach(self.incident, png(40, 30), id=name, name="一.png")
        again = self.desk.attach_form(self.incident, png(50, 30), id=name)
        self.assertEqual((first.status, again.status), (201, 201), again.bytes)
        self.assertEqual(first.json(), again.json())
        self.assertEqual(self.desk.attach(self.incident, png(4, 3), id="one").status, 422)

    def test_twenty_mebibytes_are_taken_and_one_byte_more_is_not(self):
        most = pdf(LARGEST - len(pdf()))
        self.assertEqual(len(most), LARGEST)
        answer = self.desk.attach(self.incident, most, "application/pdf", name="计划.pdf")
        self.assertEqual(answer.status, 201, answer.bytes)
        saved = self.desk.ask(answer.json()["url"])
        self.assertEqual(saved.bytes, most)
        self.assertTrue(saved.headers["Content-Disposition"].startswith("attachment;"))
        for refused in [self.desk.attach(self.incident, most + b"\n"), self.desk.attach_form(self.incident, most + b"\n", "x.pdf", "application/pdf")]:
            self.assertEqual(refused.status, 413, refused.bytes)
            self.assertIn("20 MiB", refused.json()["detail"])

    def test_files_that_lie_bombs_and_half_files_are_refused_with_what_was_found(self):
        page = b"<!DOCTYPE html><script>alert(1)</script>"
        great = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(bytes(10_000_000))) + chunk(b"IEND", b"")
        before = len(self.desk.ask(f"/api/v1/incidents/{self.incident}/attachments").json()["attachments"])
        for content, kind, status, found in [
            (page, "image/jpeg", 415, "a web page"),
            (b"MZ\x90\0" + bytes(500), "application/pdf", 415, "a program"),
            (png(8, 8), "image/jpeg", 415, "image/png"),
            (b"", "image/png", 415, "empty"),
            (png(64, 64)[:-20], "image/png", 422, "cut off"),
            (great, "image/png", 422, "there may be"),
        ]:
            for answer in [self.desk.attach(self.incident, content, kind), self.desk.attach_form(self.incident, content, "photo.png", kind)]:
                self.assertEqual(answer.status, status, answer.bytes)
                self.assertIn(found, answer.json()["detail"])
        self.assertEqual(self.desk.attach_form(self.incident, png(4, 4), extra="x").status, 400)
        self.assertEqual(self.desk.ask(f"/api/v1/incidents/{self.incident}/attachments", b"--x", {"Content-Type": "multipart/form-data"}).status, 400)
        self.assertEqual(len(self.desk.ask(f"/api/v1/incidents/{self.incident}/attachments").json()["attachments"]), before)

    def test_who_may_not_read_the_incident_reads_no_file_by_guessing(self):
        told = self.desk.attach(self.incident, png(20, 20)).json()
        stranger = Desk(self.server, "xfj.1", "department", "--department", "xfj")
        auditor = Desk(self.server, "shen.ji", "auditor")
        other = self.desk.open("另一件")
        for path in [told["url"], told["preview_url"], f"/api/v1/incidents/{self.incident}/attachments"]:
            self.assertEqual(stranger.ask(path).status, 404)
            self.assertEqual(auditor.ask(path).status, 200)
        self.assertEqual(stranger.attach(self.incident, png(4, 4)).status, 404)
        self.assertEqual(auditor.attach(self.incident, png(4, 4)).status, 403)
        self.assertEqual(self.desk.ask(f"/api/v1/incidents/{other}/attachments/{told['id']}").status, 404)
        self.assertEqual(self.desk.ask(f"/api/v1/incidents/{self.incident}/attachments/f999-0").status, 404)
        self.assertEqual(self.server.call(told["url"])[0], 401)
        elsewhere = self.desk.ask(f"/api/v1/incidents/{self.incident}/attachments", png(4, 4), {"Origin": "https://evil.example", "Content-Type": "image/png"})
        self.assertEqual(elsewhere.status, 403)

    def test_those_who_send_a_byte_a_second_do_not_keep_the_others_out(self):
        host = urllib.parse.urlsplit(self.server.base).netloc
        cookie = "; ".join(f"{one.name}={one.value}" for handler in self.desk.session.opener.handlers if hasattr(handler, "cookiejar") for one in handler.cookiejar)
        slow = []
        for _ in range(6):
            line = http.client.HTTPConnection(host, timeout=20)
            line.putrequest("POST", f"/api/v1/incidents/{self.incident}/attachments")
            for name, value in [("Cookie", cookie), ("Origin", self.server.base), ("Content-Type", "image/png"), ("Content-Length", "1000000")]:
                line.putheader(name, value)
            line.endheaders()
            line.send(b"\x89")
            slow.append(line)
        time.sleep(1)
        self.assertEqual(self.desk.attach(self.incident, png(4, 4)).status, 503, "four of one account at a time")
        colleague = Desk(self.server, "sun.li", "operator")
        self.assertEqual(colleague.attach(self.incident, png(4, 4)).status, 201)
        for line in slow:
            line.close()
        until = time.monotonic() + 20
        while self.desk.attach(self.incident, png(4, 4)).status != 201:
            self.assertLess(time.monotonic(), until, "their places are free again when they have gone")
            time.sleep(0.2)


class Keeping(unittest.TestCase):
    def test_what_was_answered_201_is_there_after_any_kill_and_in_a_backup(self):
        print(f"seed {SEED}")
        chance = random.Random(SEED)
        with Server() as server, tempfile.TemporaryDirectory() as away:
            desk = Desk(server, "li.na", "operator")
            incident = desk.open()
            promised = {}
            for _ in range(KILLS):
                stop = threading.Event()

                def send(number):
                    while not stop.is_set():
                        try:
                            answer = desk.attach(incident, png(chance.randrange(20, 400), 30 + number))
                        except (OSError, http.client.HTTPException):
                            return
                        if answer.status == 201:
                            told = answer.json()
                            promised[told["id"]] = told
                        elif answer.status == 409:
                            return

                with concurrent.futures.ThreadPoolExecutor(3) as clerks:
                    sending = [clerks.submit(send, number) for number in range(3)]
                    time.sleep(chance.uniform(0.2, 1.2))
                    server.kill()
                    stop.set()
                    for one in sending:
                        one.result()
                server.start()
                listed = {one["id"]: one for one in desk.ask(f"/api/v1/incidents/{incident}/attachments").json()["attachments"]}
                for name, told in promised.items():
                    self.assertEqual(listed.get(name), told)
                for told in listed.values():
                    content = desk.ask(told["url"])
                    self.assertEqual((content.status, hashlib.sha256(content.bytes).hexdigest()), (200, told["sha256"]))
                if len(listed) > 70:
                    incident, promised = desk.open(), {}
            self.assertIn("all good", gulou("verify", "--data", server.data))
            told = desk.attach(incident, png(33, 33)).json()
            saved = pathlib.Path(away) / "city.backup"
            gulou("backup", "--data", server.data, "--to", str(saved))
            back = pathlib.Path(away) / "back"
            gulou("restore", str(saved), "--data", str(back))
            self.assertIn("all good", gulou("verify", "--data", str(back)))
            file = back / "attachments" / told["sha256"][:2] / told["sha256"]
            self.assertEqual(hashlib.sha256(file.read_bytes()).hexdigest(), told["sha256"])
            self.assertEqual((file.stat().st_mode & 0o777, (back / "attachments").stat().st_mode & 0o777), (0o600, 0o700))
            file.unlink()
            with self.assertRaises(RuntimeError) as missing:
                gulou("verify", "--data", str(back))
            self.assertIn(f"incident {incident}: its file {told['sha256']} is missing", str(missing.exception))

    def test_a_full_folder_says_so_and_everything_else_goes_on(self):
        with Server("--attachments-gb", "0.00001") as server:
            desk = Desk(server, "li.na", "operator")
            incident = desk.open()
            self.assertEqual(desk.attach(incident, png(30, 30)).status, 201)
            full = desk.attach(incident, pdf(20_000))
            self.assertEqual(full.status, 507, full.bytes)
            self.assertIn("limit", full.json()["detail"])
            desk.open("照常登记")
            with urllib.request.urlopen(server.base + "/metrics", timeout=20) as answer:
                metrics = answer.read().decode()
            self.assertIn("gulou_attachments_limit_bytes 10737", metrics)
            self.assertRegex(metrics, r"gulou_attachments_bytes [1-9]")


if __name__ == "__main__":
    unittest.main(verbosity=2)
