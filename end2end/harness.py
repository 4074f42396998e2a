"""Starts the real program with an empty data folder and speaks to its public doors, with Python's own library."""

import http.cookiejar
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = os.environ.get("GULOU_BINARY", str(ROOT / "target/debug/gulou"))
START_LIMIT_S = 60
LOG_LINES = 60


def gulou(*parameters, text=""):
    """Runs one command of the program to its end and gives what it printed."""
    done = subprocess.run([BINARY, *parameters], input=text, capture_output=True, text=True, timeout=START_LIMIT_S)
    if done.returncode:
        raise RuntimeError(f"gulou {' '.join(parameters)} ended with {done.returncode}: {done.stderr or done.stdout}")
    return done.stdout


class Server:
    """One server with its data; `with Server() as server:` clears both away.

    `data` names a folder that somebody else clears away; `under` is a program that starts it, such as a tracer.
    """

    def __init__(self, *options, data=None, under=()):
        self.data = data or tempfile.mkdtemp(prefix="gulou-test-")
        self.kept = data is not None
        self.options = options
        self.under = under
        self.base = ""
        self.log = []
        self.child = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, error, trace):
        if error is not None:
            print("the server's log:\n" + "\n".join(self.log[-LOG_LINES:]))
        self.kill()
        if not self.kept:
            shutil.rmtree(self.data, ignore_errors=True)

    def start(self):
        """Starts, or starts again on the same port with the same data."""
        listen = urllib.parse.urlsplit(self.base).netloc or "127.0.0.1:0"
        self.child = subprocess.Popen(
            [*self.under, BINARY, "serve", "--data", self.data, "--listen", listen, *self.options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/", env={**os.environ, "RUST_BACKTRACE": "0"},
        )
        listening = threading.Event()
        threading.Thread(target=self._read_log, args=(self.child, listening), daemon=True).start()
        if not listening.wait(START_LIMIT_S):
            raise RuntimeError("no \"listening on\":\n" + "\n".join(self.log[-LOG_LINES:]))

    def _read_log(self, child, listening):
        with child.stdout:
            for line in child.stdout:
                self.log.append(line.rstrip())
                if address := re.search(r"listening on (http://\S+)", line):
                    self.base = address[1]
                    listening.set()

    def kill(self):
        if self.child and self.child.poll() is None:
            self.child.kill()
            self.child.wait()

    def stop(self):
        """Drains; gives the exit code."""
        self.child.terminate()
        return self.child.wait(START_LIMIT_S)

    def add_key(self, source, reads=False):
        return gulou("key", "add", "--data", self.data, "--source", source, *(["--read"] if reads else [])).strip()

    def add_person(self, name, role, *scope):
        password = f"{uuid.uuid4()}-Aa1"
        gulou("user", "add", "--data", self.data, "--name", name, "--role", role, *scope, "--password-stdin",
              text=password + "\n")
        return Session(self, name, password)

    def post(self, key, observations, feed=None):
        """A batch through the public door; gives status and answer."""
        kind = "application/geo+json" if isinstance(observations, dict) else "application/json"
        query = f"?feed={feed}" if feed else ""
        return self.call(f"/api/v1/observations{query}", observations, {"Authorization": f"Bearer {key}", "Content-Type": kind})

    def call(self, path, body=None, headers=None, opener=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, headers=headers or {})
        try:
            with (opener or urllib.request.build_opener()).open(request, timeout=START_LIMIT_S) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def incidents(self, key, query=""):
        """All incidents of a query, through its pages."""
        found, cursor = [], ""
        while True:
            status, page = self.call(f"/api/v1/incidents?limit=200&{query}{cursor}", headers={"Authorization": f"Bearer {key}"})
            if status != 200:
                raise RuntimeError(f"incidents: {status} {page}")
            found += page["incidents"]
            if not page["next"]:
                return found
            cursor = "&cursor=" + urllib.parse.quote(page["next"])


class Session:
    """What one logged-in person does."""

    def __init__(self, server, name, password):
        self.server = server
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self.name, self.password = name, password

    def log_in(self, before_sending=lambda: None):
        page = self.opener.open(self.server.base + "/login", timeout=START_LIMIT_S).read().decode()
        hidden = re.search(r'<input[^>]*name="(csrf[^"]*)"[^>]*>', page)
        value = re.search(r'value="([^"]*)"', hidden[0])
        form = {"name": self.name, "password": self.password, hidden[1]: value[1]}
        before_sending()
        request = urllib.request.Request(self.server.base + "/login", urllib.parse.urlencode(form).encode(),
                                         {"Origin": self.server.base})
        self.opener.open(request, timeout=START_LIMIT_S)
        return self

    def command(self, incident, command, **details):
        body = {"id": str(uuid.uuid4()), "command": command, "expected_revision": incident["revision"], **details}
        headers = {"Origin": self.server.base, "Content-Type": "application/json"}
        return self.server.call(f"/api/v1/incidents/{incident['id']}/commands", body, headers, self.opener)
