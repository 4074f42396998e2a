"""What was answered 200 is on the disk: under a tracer, through kills at any moment, a full disk, and a drained stop."""

import concurrent.futures
import contextlib
import datetime
import http.client
import json
import os
import pathlib
import random
import re
import resource
import shutil
import stat
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
import uuid

from websockets.sync.client import connect

from end2end.harness import BINARY, Server, gulou

SEED = int(os.environ.get("SEED", random.SystemRandom().randrange(1_000_000)))
KILLS = int(os.environ.get("KILLS", 5))
INCIDENTS = int(os.environ.get("INCIDENTS", 5_000))
# Timed where the program is built as people run it; a debug build in a crowd says nothing.
RESTART_LIMIT_S = float(os.environ.get("RESTART_LIMIT_S", 0))
FEEDERS = 4
CLERKS = 3
BATCH = 10_000
COLUMNS = 400
STOP_LIMIT_S = 15


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")


def report(name, place, **changes):
    return {"source": "hotline-1", "id": name, "kind": "report", "time": now(), "position": place,
            "category": "C0101", "severity": 3, "text": f"井盖缺失 {name}", **changes}


def spot(index):
    """Places 200 m and more apart, so that no two reports are of one thing."""
    column, row = index % COLUMNS, index // COLUMNS
    return [round(113.50 + 0.002 * column, 6), round(22.70 + 0.002 * row, 6)]


def counts(answer):
    return {part: answer[part] for part in ("accepted", "duplicates", "conflicts")} | {"rejected": len(answer["rejected"])}


def all_of(part, number):
    return {"accepted": 0, "duplicates": 0, "conflicts": 0, "rejected": 0, part: number}


def status_of(server, path):
    try:
        with urllib.request.urlopen(server.base + path, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code


def digests(server):
    """The picture's digest and the one stepped from the journal's first block, of the same block."""
    while True:
        shown = gulou("digest", "--data", server.data).split()
        stepped = gulou("digest", "--data", server.data, "--from-journal").split()
        # A deadline's light may have made a block between the two.
        if shown[0] == stepped[0]:
            return shown, stepped


def opened(server, place):
    """An incident opened through the feeds' door, found by its text."""
    feed, reads = server.add_key("hotline-*"), server.add_key("*", reads=True)
    status, answer = server.post(feed, [report(f"first-{index}", spot(index)) for index in place])
    assert (status, answer["accepted"]) == (200, len(place)), answer
    return feed, reads, server.incidents(reads)


# --- what a system-call trace tells ---

CALL = re.compile(r"^(\d+) +([\d.]+) (?:<\.\.\. (?P<resumed>\w+) resumed>|(?P<name>\w+)\()(?P<rest>.*)$")
RETURNED = re.compile(r"= (-?\d+)")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
FILE = re.compile(r"^\d+<(?P<file>.*?)>(?:,|\)| )")


def system_calls(trace):
    """(begun, ended, name, file, text, result) of each call, begun and ended being line numbers: the order in which the
    tracer let them begin and saw them return."""
    open_calls, calls = {}, []
    for number, line in enumerate(trace.splitlines()):
        found = CALL.match(line)
        if not found:
            continue
        thread, rest = found[1], found["rest"]
        if found["resumed"]:
            begun, text = open_calls.pop(thread)
            text += rest
        elif rest.endswith("<unfinished ...>"):
            open_calls[thread] = (number, rest.removesuffix("<unfinished ...>"))
            calls.append([number, None, found["name"], rest, None])
            continue
        else:
            begun, text = number, rest
        returned = RETURNED.search(text, text.rfind(") "))
        calls.append([begun, number, found["resumed"] or found["name"], text, int(returned[1]) if returned else -1])
    return calls


def file_of(text):
    named = FILE.match(text)
    return named["file"] if named else ""


def answers_in(trace, journal):
    """For each POST answered 200: what it asked for, and whether a sync of the journal lies between its last byte read and
    the first byte of its answer."""
    calls = system_calls(trace)
    syncs = [(begun, ended) for begun, ended, name, text, result in calls
             if name in ("fsync", "fdatasync") and ended is not None and result == 0 and file_of(text).startswith(journal)]
    said, heard, told = {}, {}, []
    # A read counts from its return, an answer from its beginning.
    moments = []
    for begun, ended, name, text, result in calls:
        socket = file_of(text)
        if not socket.startswith("TCP"):
            continue
        if name in ("read", "recvfrom", "recvmsg", "readv") and ended is not None and result > 0:
            moments.append((ended, "read", socket, text))
        elif name in ("write", "writev", "sendto", "sendmsg"):
            moments.append((begun, "write", socket, text))
    for moment, kind, socket, text in sorted(moments):
        if kind == "read":
            heard[socket] = moment
            # The first line may come in pieces.
            said[socket] = said.get(socket, "") + QUOTED.search(text)[1]
        elif '"HTTP/1.1 ' in text:
            asked = re.match(r"POST (\S+)", said.pop(socket, ""))
            if asked and '"HTTP/1.1 200' in text:
                between = any(heard[socket] < begun and ended < moment for begun, ended in syncs)
                told.append((asked[1], between))
    return told


class Durable(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        print(f"seed {SEED}")
        self.chance = random.Random(SEED)

    def test_the_trace_reader_knows_a_late_answer_from_an_early_one(self):
        read = '7 1.0 recvfrom(9<TCP:[a->b]>, "POST /x HTTP/1.1\\r\\n"..., 8192, 0, NULL, NULL) = 99'
        wrote = '7 1.4 writev(9<TCP:[a->b]>, [{iov_base="HTTP/1.1 200 OK"..., iov_len=9}], 1) = 9'
        begun, ended = '8 1.1 fdatasync(5</d/journal.db-wal> <unfinished ...>', '8 1.3 <... fdatasync resumed>) = 0'
        other = '8 1.2 fdatasync(6</d/records.db-wal>) = 0'
        for lines, between in [
            ([read, begun, ended, wrote], True),
            ([read, begun, wrote, ended], False),
            ([begun, read, ended, wrote], False),
            ([begun, ended, read, wrote], False),
            ([read, other, wrote], False),
            ([read, begun, ended.replace("= 0", "= -1 EIO"), wrote], False),
        ]:
            self.assertEqual(answers_in("\n".join(lines), "/d/journal.db"), [("/x", between)], lines)

    def test_the_disk_has_it_before_the_giver_hears_so(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="gulou-trace-"))
        trace = pathlib.Path(folder, "trace")
        tracer = ["strace", "-D", "-f", "-ttt", "-yy", "-s", "120", "-o", str(trace), "-e",
                  "trace=read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg,fsync,fdatasync"]
        with Server(under=tracer) as server:
            feed, _, incidents = opened(server, range(CLERKS))
            clerk = server.add_person("leader", "shift_leader").log_in()

            def feeds(feeder):
                for turn in range(8):
                    size = 1 if turn % 2 else 300
                    batch = [report(f"f{feeder}-{turn}-{item}", spot(100 + item), text="井盖缺失" * 20) for item in range(size)]
                    status, answer = server.post(feed, batch)
                    self.assertEqual((status, answer["accepted"]), (200, size), answer)

            def works(incident):
                for turn in range(6):
                    status, answer = clerk.command(incident, "comment", text=f"第{turn}次回访")
                    self.assertEqual(status, 200, answer)
                    incident = answer

            with concurrent.futures.ThreadPoolExecutor(FEEDERS + CLERKS) as pool:
                done = [pool.submit(feeds, feeder) for feeder in range(FEEDERS)]
                done += [pool.submit(works, incident) for incident in incidents]
                for one in done:
                    one.result()
            self.assertEqual(server.stop(), 0)
            # The tracer is a process of its own and ends a moment after; its last line says so.
            while not re.search(rf"^{server.child.pid} .*\+\+\+ exited", trace.read_text(errors="replace"), re.MULTILINE):
                os.sched_yield()
            told = answers_in(trace.read_text(errors="replace"), os.path.join(server.data, "journal.db"))
        feeds_told = [between for path, between in told if path.startswith("/api/v1/observations")]
        commands_told = [between for path, between in told if path.endswith("/commands")]
        print(f"{len(feeds_told)} batches and {len(commands_told)} commands under the tracer")
        self.assertEqual(len(feeds_told), FEEDERS * 8 + 1)
        self.assertEqual(len(commands_told), CLERKS * 6)
        self.assertTrue(all(feeds_told) and all(commands_told), told)

    # --- kills ---

    def test_nothing_acknowledged_is_lost_to_a_kill(self):
        with Server() as server:
            feed, reads, incidents = opened(server, range(CLERKS))
            given = {f"first-{index}" for index in range(CLERKS)}
            clerk = server.add_person("leader", "shift_leader").log_in()
            commands = {}
            for kill in range(KILLS):
                crowd = Crowd(server, feed, clerk, incidents, f"k{kill}", self.chance)
                crowd.start()
                crowd.warmed_up()
                # Also within a commit, a snapshot or a half-read body.
                time.sleep(self.chance.uniform(0, 0.4))
                server.kill()
                crowd.join()
                print(f"kill {kill + 1}: {len(crowd.acknowledged)} batches and {len(crowd.answered)} commands acknowledged, "
                      f"{len(crowd.unsure)} and {len(crowd.unanswered)} in flight")
                if kill % 2:
                    gulou("verify", "--data", server.data)
                server.start()
                for batch in crowd.acknowledged:
                    status, answer = server.post(feed, batch)
                    self.assertEqual((status, counts(answer)), (200, all_of("duplicates", len(batch))))
                for batch in crowd.unsure:
                    status, answer = server.post(feed, batch)
                    self.assertEqual(status, 200, answer)
                    self.assertIn(counts(answer), [all_of("duplicates", len(batch)), all_of("accepted", len(batch))],
                                  "a batch is there whole or not at all")
                given |= {one["id"] for batch in crowd.acknowledged + crowd.unsure for one in batch}
                for path, body, first in crowd.answered:
                    self.assertEqual(crowd.give(path, body), (200, first), "the same id gets the first answer")
                for path, body in crowd.unanswered:
                    status, first = crowd.give(path, body)
                    self.assertEqual(status, 200, first)
                    crowd.answered.append((path, body, first))
                commands |= {body["id"]: body for _, body, _ in crowd.answered}
                incidents = crowd.latest()
                shown, stepped = digests(server)
                self.assertEqual(shown, stepped)
            kept = sum(one["evidence_count"] for one in server.incidents(reads))
            self.assertEqual(kept, len(given), "every report once")
            told = [entry for one in incidents for entry in self.detail(server, reads, one["id"])["timeline"]]
            for body in commands.values():
                self.assertEqual(sum(body["text"] in json.dumps(entry, ensure_ascii=False) for entry in told), 1, body)
            self.assertEqual(server.stop(), 0)
            print(gulou("verify", "--data", server.data))
            shown, stepped = digests(server)
            self.assertEqual(shown, stepped)

    def detail(self, server, key, incident):
        status, answer = server.call(f"/api/v1/incidents/{incident}", headers={"Authorization": f"Bearer {key}"})
        self.assertEqual(status, 200, answer)
        return answer

    # --- starts, backups ---

    def test_a_start_with_many_incidents(self):
        with Server() as server:
            feed, reads = server.add_key("hotline-*"), server.add_key("*", reads=True)
            begun = time.monotonic()
            for first in range(0, INCIDENTS, BATCH):
                batch = [report(f"r{index}", spot(index)) for index in range(first, min(first + BATCH, INCIDENTS))]
                status, answer = server.post(feed, batch)
                self.assertEqual((status, counts(answer)), (200, all_of("accepted", len(batch))))
            print(f"{INCIDENTS} reports taken in {time.monotonic() - begun:.1f} s")
            self.assertEqual(server.stop(), 0)
            taken = {"after a stop": self.start_until_ready(server)}
            status, page = server.call("/api/v1/incidents?limit=1", headers={"Authorization": f"Bearer {reads}"})
            self.assertEqual((status, len(page["incidents"])), (200, 1))
            # What came since the last snapshot is stepped again.
            more = [report(f"late{index}", spot(INCIDENTS + index)) for index in range(200)]
            status, answer = server.post(feed, more)
            self.assertEqual((status, counts(answer)), (200, all_of("accepted", len(more))))
            server.kill()
            taken["after a kill"] = self.start_until_ready(server)
            status, answer = server.post(feed, [report(one["id"], one["position"], time=one["time"]) for one in more])
            self.assertEqual((status, counts(answer)), (200, all_of("duplicates", len(more))))
            print(", ".join(f"ready {when} in {seconds:.2f} s" for when, seconds in taken.items()))
            if RESTART_LIMIT_S:
                for when, seconds in taken.items():
                    self.assertLessEqual(seconds, RESTART_LIMIT_S, when)
            else:
                shown, stepped = digests(server)
                self.assertEqual(shown, stepped)
            self.assertEqual(server.stop(), 0)

    def start_until_ready(self, server):
        begun = time.monotonic()
        server.start()
        while status_of(server, "/readyz") != 200:
            os.sched_yield()
        return time.monotonic() - begun

    def test_a_backup_taken_while_feeds_go_on(self):
        away = self.enterContext(tempfile.TemporaryDirectory(prefix="gulou-backup-"))
        file, other = os.path.join(away, "backup"), os.path.join(away, "other")
        with Server() as server:
            feed, reads, incidents = opened(server, range(CLERKS))
            clerk = server.add_person("leader", "shift_leader").log_in()
            crowd = Crowd(server, feed, clerk, incidents, "b", self.chance)
            crowd.start()
            crowd.warmed_up()
            said = gulou("backup", "--data", server.data, "--to", file)
            position = re.search(r"backed up to block (\d+)", said)[1]
            crowd.stop()
            self.assertGreater(int(gulou("digest", "--data", server.data).split()[0]), int(position), "feeds went on")
            self.assertIn(f"block {position}", gulou("restore", file, "--data", other))
            gulou("verify", "--data", other)
            shown = gulou("digest", "--data", other).split()
            stepped = gulou("digest", "--data", other, "--from-journal").split()
            self.assertEqual(shown, stepped)
            self.assertEqual(shown[0], position)
            there = {one["id"]: one for one in server.incidents(reads)}
            with Server(data=other) as second:
                found = second.incidents(reads)
                self.assertGreaterEqual(len(found), CLERKS)
                for one in found:
                    for lasting in ("number", "category", "town", "opened_at"):
                        self.assertEqual(one[lasting], there[one["id"]][lasting], lasting)
                # What the backup holds of the feeds is known to it; what came later is taken.
                for batch in crowd.acknowledged:
                    status, answer = second.post(feed, batch)
                    self.assertEqual(status, 200, answer)
                    self.assertIn(counts(answer), [all_of("duplicates", len(batch)), all_of("accepted", len(batch))])
                kept = [sum(one["evidence_count"] for one in place.incidents(reads)) for place in (server, second)]
                self.assertEqual(kept, [CLERKS + sum(map(len, crowd.acknowledged))] * 2)
                self.assertEqual(second.stop(), 0)
            self.assertEqual(server.stop(), 0)

    def test_a_backup_stands_for_its_block(self):
        """Nothing moves meanwhile, so the digest at the backup's block is the one the server shows."""
        away = self.enterContext(tempfile.TemporaryDirectory(prefix="gulou-backup-"))
        file, other = os.path.join(away, "backup"), os.path.join(away, "other")
        with Server() as server:
            opened(server, range(50))
            while True:
                shown = gulou("digest", "--data", server.data)
                said = gulou("backup", "--data", server.data, "--to", file)
                if said.split()[-1] == shown.split()[0]:
                    break
                os.remove(file)
            gulou("restore", file, "--data", other)
            self.assertEqual(gulou("digest", "--data", other), shown)
            self.assertEqual(server.stop(), 0)

    # --- no room ---

    def test_a_full_disk_is_said_and_mended_without_a_restart(self):
        with room_that_ends() as (data, fill, free, under), Server(data=data, under=under) as server:
            feed, reads, (incident,) = opened(server, range(1))
            clerk = server.add_person("leader", "shift_leader").log_in()
            fill(server)
            taken, refused = 1, None
            for turn in range(2_000):
                batch = [report(f"t{turn}-{item}", spot(item), text="井盖缺失" * 400) for item in range(5)]
                status, answer, headers = self.post(server, feed, batch)
                if status != 200:
                    refused = batch
                    break
                taken += len(batch)
            self.assertEqual(status, 503, answer)
            self.assertGreaterEqual(int(headers["Retry-After"]), 1)
            self.assertTrue({"type", "title", "status", "detail"} <= set(answer), answer)
            status, problem = clerk.command(incident, "comment", text="满盘时的回访")
            self.assertEqual(status, 503, problem)
            self.assertEqual(status_of(server, "/healthz"), 200)
            free(server)
            status, answer, _ = self.post(server, feed, refused)
            self.assertEqual((status, counts(answer)), (200, all_of("accepted", len(refused))), "nothing of it had been taken")
            status, answer = clerk.command(incident, "comment", text="有了空间的回访")
            self.assertEqual(status, 200, answer)
            taken += len(refused)
            self.assertEqual(sum(one["evidence_count"] for one in server.incidents(reads)), taken)
            self.assertNotIn("满盘时的回访", json.dumps(self.detail(server, reads, incident["id"]), ensure_ascii=False))
            self.assertEqual(status_of(server, "/readyz"), 200)
            shown, stepped = digests(server)
            self.assertEqual(shown, stepped)
            self.assertEqual(server.stop(), 0)
            gulou("verify", "--data", server.data)

    def post(self, server, key, batch):
        request = urllib.request.Request(server.base + "/api/v1/observations", json.dumps(batch).encode(),
                                         {"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer), answer.headers
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal), refusal.headers

    # --- stops ---

    def test_a_stop_finishes_what_is_open(self):
        with Server() as server:
            feed, reads, incidents = opened(server, range(CLERKS))
            clerk = server.add_person("leader", "shift_leader").log_in()
            with contextlib.ExitStack() as watching:
                for _ in range(5):
                    screen = watching.enter_context(connect(
                        server.base.replace("http", "ws") + "/api/v1/live", subprotocols=["gulou.v1.json"],
                        additional_headers={"Authorization": f"Bearer {reads}"}, max_size=None, close_timeout=1))
                    screen.send(json.dumps({"subscribe": {"bbox": [113.3, 22.5, 114.5, 23.4], "zoom": 12,
                                                          "layers": ["incidents"], "filter": "", "resume": None}}))
                    self.assertIn("snapshot", json.loads(screen.recv(timeout=30)))
                crowd = Crowd(server, feed, clerk, incidents, "s", self.chance)
                crowd.start()
                crowd.warmed_up()
                begun = time.monotonic()
                self.assertEqual(server.stop(), 0)
                print(f"stopped in {time.monotonic() - begun:.1f} s")
                self.assertLess(time.monotonic() - begun, STOP_LIMIT_S)
                crowd.join()
            shown, stepped = digests(server)
            self.assertEqual(shown, stepped)
            server.start()
            for batch in crowd.acknowledged:
                status, answer = server.post(feed, batch)
                self.assertEqual((status, counts(answer)), (200, all_of("duplicates", len(batch))))
            self.assertEqual(server.stop(), 0)

    def test_a_stop_is_heard_when_nobody_reads_the_log_any_more(self):
        with tempfile.TemporaryDirectory(prefix="gulou-test-") as data:
            child = subprocess.Popen(
                [BINARY, "serve", "--data", data, "--listen", "127.0.0.1:0"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/",
            )
            try:
                self.assertIn("listening on", child.stdout.readline())
                child.stdout.close()
                child.stderr.close()
                child.terminate()
                self.assertEqual(child.wait(30), 0)
            finally:
                child.kill()
                child.wait()

    def test_the_folder_is_its_owners_alone(self):
        with Server() as server:
            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(server.data, "control.sock")).st_mode), 0o600)
            self.assertEqual(stat.S_IMODE(os.stat(server.data).st_mode), 0o700)
            second = subprocess.run([BINARY, "serve", "--data", server.data, "--listen", "127.0.0.1:0"],
                                    capture_output=True, text=True, timeout=60)
            self.assertEqual(second.returncode, 1)
            self.assertIn(f"process {server.child.pid}", second.stderr)
            self.assertIn(os.path.join(server.data, "lock"), second.stderr)
            self.assertNotIn("listening", second.stdout)
            self.assertEqual(status_of(server, "/readyz"), 200, "the first is not disturbed")
            gulou("key", "list", "--data", server.data)
            self.assertEqual(server.stop(), 0)


class Crowd:
    """Feeders and clerks who go on until nobody answers, and remember what they were told."""

    def __init__(self, server, feed, clerk, incidents, name, chance):
        self.server, self.feed, self.clerk, self.name = server, feed, clerk, name
        self.incidents = list(incidents)
        self.seeds = [chance.random() for _ in range(FEEDERS)]
        self.acknowledged, self.unsure, self.answered, self.unanswered = [], [], [], []
        self.wrong = []
        self.ended = threading.Event()
        self.enough = threading.Semaphore(0)
        self.threads = [threading.Thread(target=self.feeding, args=(feeder,)) for feeder in range(FEEDERS)]
        self.threads += [threading.Thread(target=self.working, args=(clerk,)) for clerk in range(CLERKS)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def warmed_up(self):
        for _ in range(2 * len(self.threads)):
            if not self.enough.acquire(timeout=60):
                raise RuntimeError("the crowd gets no answers")

    def stop(self):
        self.ended.set()
        self.join()

    def join(self):
        for thread in self.threads:
            thread.join(60)
        if self.wrong:
            raise AssertionError(self.wrong[0])

    def feeding(self, feeder):
        chance = random.Random(self.seeds[feeder])
        turn = 0
        while not self.ended.is_set():
            turn += 1
            batch = [report(f"{self.name}-{feeder}-{turn}-{item}", spot(chance.randrange(40_000)))
                     for item in range(chance.choice([1, 1, 5, 40]))]
            try:
                status, answer = self.server.post(self.feed, batch)
            except (OSError, http.client.HTTPException, ValueError):
                # No answer, or one cut in the middle.
                self.unsure.append(batch)
                return
            if status == 503:
                self.unsure.append(batch)
                return
            if status != 200 or answer["accepted"] != len(batch):
                self.wrong.append((status, answer))
                return
            self.acknowledged.append(batch)
            self.enough.release()

    def give(self, path, body):
        return self.server.call(path, body, {"Origin": self.server.base, "Content-Type": "application/json"}, self.clerk.opener)

    def working(self, clerk):
        turn = 0
        while not self.ended.is_set():
            turn += 1
            incident = self.incidents[clerk]
            body = {"id": str(uuid.uuid4()), "command": "comment", "expected_revision": incident["revision"],
                    "text": f"回访 {self.name}-{clerk}-{turn}。"}
            path = f"/api/v1/incidents/{incident['id']}/commands"
            try:
                status, answer = self.give(path, body)
            except (OSError, http.client.HTTPException, ValueError):
                self.unanswered.append((path, body))
                return
            if status != 200:
                (self.unanswered if status == 503 else self.wrong).append((path, body))
                return
            self.answered.append((path, body, answer))
            self.incidents[clerk] = answer
            self.enough.release()

    def latest(self):
        for path, _, answer in self.answered:
            for place, incident in enumerate(self.incidents):
                if incident["id"] in path:
                    self.incidents[place] = answer
        return self.incidents


@contextlib.contextmanager
def room_that_ends():
    """A data folder, and how to take its room away and give it back: a small file system of its own where we may mount one,
    else a limit on how long a file may grow."""
    place = tempfile.mkdtemp(prefix="gulou-room-")
    size = 64 << 20
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], capture_output=True).returncode == 0
    data = os.path.join(place, "data")
    ballast = os.path.join(place, "ballast")

    def fill_disk(server):
        free = os.statvfs(place)
        with open(ballast, "wb") as heavy:
            heavy.write(b"\0" * (free.f_bavail * free.f_frsize - (256 << 10)))

    def fill_limit(server):
        longest = max(entry.stat().st_size for entry in os.scandir(server.data) if entry.is_file())
        resource.prlimit(server.child.pid, resource.RLIMIT_FSIZE, (longest + (256 << 10), resource.RLIM_INFINITY))

    def free_limit(server):
        resource.prlimit(server.child.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    print("a file system that is full" if mounted else "files that may not grow")
    try:
        if mounted:
            yield data, fill_disk, lambda server: os.remove(ballast), ()
        else:
            yield data, fill_limit, free_limit, ("env", "--ignore-signal=XFSZ")
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", place], check=True)
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    unittest.main()
