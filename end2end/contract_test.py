"""Whatever the OpenAPI document allows is sent: nothing is answered with 5xx, and nothing with a status that is not documented."""

import datetime
import os
import pathlib
import re
import subprocess
import sys
import unittest

from end2end.harness import ROOT, Server

EXAMPLES = os.environ.get("CONTRACT_EXAMPLES", "3")
SEED = os.environ.get("SEED", "7")
# A WebSocket, a stream that never ends; and what would end the session that asks.
NOT_ASKED = r"/live|/notices/stream|/logout|/login|/sessions|/password"
LIMIT_S = 1_500
FUZZER = pathlib.Path(sys.executable).parent / "schemathesis"


class Contract(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server())
        self.key = self.server.add_key("*", reads=True)
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        report = {"source": "hotline-1", "id": "1", "kind": "report", "time": now, "position": [113.7463, 23.0234],
                  "category": "C0101", "text": "井盖缺失"}
        status, answer = self.server.post(self.key, [report])
        self.assertEqual(status, 200, answer)

    def holds(self, *headers):
        """Runs the fuzzer over every route; prints what it found."""
        command = [str(FUZZER), "run", f"{self.server.base}/api/v1/openapi.json", "--checks", "not_a_server_error,status_code_conformance",
                   "--max-examples", EXAMPLES, "--exclude-path-regex", NOT_ASKED, "--phases", "examples,coverage,fuzzing",
                   "--continue-on-failure", "--request-timeout", "30", "--seed", SEED, "--no-color"]
        for header in headers:
            command += ["--header", header]
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": "end2end.contract_hooks", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, env=environment, cwd=self.server.data)
        tested = re.search(r"Tested: (\d+)", done.stdout)
        cases = re.search(r"(\d+) generated", done.stdout)
        print(f"{tested and tested[1]} operations, {cases and cases[1]} cases, seed {SEED}")
        self.assertEqual(done.returncode, 0, done.stdout[-8_000:] + done.stderr[-2_000:])
        self.assertEqual([after for line, after in zip(self.server.log, self.server.log[1:]) if "panicked" in line], [])
        self.assertGreater(int(tested[1]), 40)

    def test_people_are_answered_as_the_document_says(self):
        leader = self.server.add_person("leader", "shift_leader").log_in()
        jars = [handler.cookiejar for handler in leader.opener.handlers if hasattr(handler, "cookiejar")]
        cookie = "; ".join(f"{one.name}={one.value}" for jar in jars for one in jar)
        self.holds(f"Cookie: {cookie}", f"Origin: {self.server.base}")

    def test_keys_are_answered_as_the_document_says(self):
        self.holds(f"Authorization: Bearer {self.key}")


if __name__ == "__main__":
    unittest.main()
