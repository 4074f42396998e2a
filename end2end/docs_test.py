"""The documentation is held against the running server: its routes answer, its examples are taken, its shapes are kept."""

import datetime
import json
import pathlib
import re
import struct
import unittest
import urllib.error
import urllib.request
import zlib

from end2end.harness import Server

PAGE = "/api/v1/docs"
DOCUMENT = "/api/v1/openapi.json"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def get(server, path, key=None):
    """Status, headers and text of a GET that follows no redirect."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    opener = urllib.request.build_opener(NoRedirect)
    try:
        with opener.open(urllib.request.Request(server.base + path, headers=headers), timeout=60) as answer:
            return answer.status, answer.headers, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers, refusal.read().decode()


KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float), "null": type(None)}


def mismatches(document, schema, value, at=""):
    """Where a value is not of its documented shape: a wrong type or word, a promised field missing, an unknown one there."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in schema and "properties" not in schema:
        tried = [list(mismatches(document, one, value, at)) for one in schema["anyOf"]]
        yield from min(tried, key=len)
        return
    if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is not one of the documented words"
    if "type" in schema and not isinstance(value, KINDS[schema["type"]]):
        yield f"{at}: {value!r} is not {schema['type']}"
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from mismatches(document, schema.get("items", {}), item, f"{at}/{index}")
    if isinstance(value, dict):
        known, required = fields(document, schema)
        yield from (f"{at}/{name} is missing" for name in required - set(value))
        for name in set(value) & set(known):
            yield from mismatches(document, known[name], value[name], f"{at}/{name}")
        if known:
            yield from (f"{at}/{name} is not documented" for name in set(value) - set(known))


def fields(document, schema):
    """What an object may and must have, through references and allOf."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    known, required = dict(schema.get("properties", {})), set(schema.get("required", []))
    for part in schema.get("allOf", []):
        more = fields(document, part)
        known, required = known | more[0], required | more[1]
    return known, required


def attached(server, incident):
    """A file of an incident: one grey dot."""
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
    dot = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")
    keeper = server.add_person("keeper", "operator").log_in()
    request = urllib.request.Request(f"{server.base}/api/v1/incidents/{incident}/attachments?name=dot.png", dot,
                                     {"Origin": server.base, "Content-Type": "image/png"})
    with keeper.opener.open(request, timeout=60) as answer:
        return json.load(answer)["id"]


class Documentation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # A town of no inhabitants, so that there is a file of tiles to ask for.
        tiles = pathlib.Path(__file__).parent / "tiles" / "town.pmtiles"
        cls.server = cls.enterClassContext(Server("--basemap-pmtiles", str(tiles)))
        cls.reads = cls.server.add_key("*", reads=True)
        status, _, text = get(cls.server, DOCUMENT)
        assert status == 200, text
        cls.document = json.loads(text)
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        schema = cls.document["components"]["schemas"]["Observation"]
        cls.examples = [{**example, "time": now} for example in schema["examples"]]
        cls.status, cls.receipt = cls.server.post(cls.reads, cls.examples)
        cls.incident = cls.server.incidents(cls.reads)[0]
        cls.sensor = next(one["thing"] for one in cls.examples if one["kind"] == "reading")
        cls.attachment = attached(cls.server, cls.incident["id"])
        cls.moment = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def filled(self, path):
        """The path with a name of something that is there."""
        names = {"/incidents/{id}": self.incident["id"], "/sensors/{id}": self.sensor, "/themes/{id}": "overview"}
        for start, name in names.items():
            path = path.replace(start, start.replace("{id}", name))
        for name, value in {"{layer}": "land.geojson", "{sensor}": self.sensor, "{theme}": "overview", "{name}": "basemap.pmtiles", "{attachment}": self.attachment}.items():
            path = path.replace(name, value)
        if path == "/api/v1/evaluation/cases":
            return f"{path}?indicator=closed"
        needed = {"/api/v1/past/picture": "at", "/api/v1/past/changes": "since", "/api/v1/past/views": "at"}
        return f"{path}?{needed[path]}={self.moment}" if path in needed else path

    @staticmethod
    def is_for_people(methods):
        """Whether a key, which is nobody, is refused."""
        return methods["get"]["security"] == [{"session": []}]

    def test_the_examples_of_observations_are_taken(self):
        self.assertEqual(self.status, 200, self.receipt)
        self.assertEqual(self.receipt["accepted"], len(self.examples), self.receipt)
        shape = {"$ref": "#/components/schemas/Receipt"}
        self.assertEqual(list(mismatches(self.document, shape, self.receipt)), [])

    def test_every_documented_path_is_served(self):
        for path, methods in self.document["paths"].items():
            filled = self.filled(path)
            self.assertTrue("{" not in filled or "get" not in methods, filled)
            with self.subTest(path):
                status, _, text = get(self.server, filled, self.reads)
                if "get" not in methods:
                    self.assertEqual(status, 405, "it is there, for another method")
                elif path == "/api/v1/live":
                    self.assertNotIn(status, (200, 404), "only a WebSocket is answered")
                elif self.is_for_people(methods):
                    self.assertEqual(status, 403, text[:200])
                else:
                    self.assertIn(status, (200, 303), text[:200])

    def test_what_the_server_sends_has_the_documented_shape(self):
        for path, methods in self.document["paths"].items():
            content = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
            if "application/json" not in content or path == DOCUMENT or self.is_for_people(methods):
                continue
            with self.subTest(path):
                status, _, text = get(self.server, self.filled(path), self.reads)
                self.assertEqual(status, 200)
                shape = content["application/json"]["schema"]
                self.assertEqual(list(mismatches(self.document, shape, json.loads(text))), [])

    def test_only_what_is_for_anyone_opens_without_a_key(self):
        for path, methods in self.document["paths"].items():
            if not path.startswith("/api/") or "get" not in methods or path == "/api/v1/live":
                continue
            with self.subTest(path):
                expected = 401 if methods["get"]["security"] else 200
                self.assertEqual(get(self.server, self.filled(path))[0], expected)

    def test_the_page_needs_no_login_no_script_and_nothing_from_elsewhere(self):
        status, headers, html = get(self.server, PAGE)
        self.assertEqual(status, 200)
        policy = headers["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("script-src", policy)
        self.assertNotIn("unsafe", policy)
        self.assertNotIn("<script", html)
        self.assertEqual(re.findall(r"https?://", html), [])
        _, _, table = get(self.server, "/api/v1/lifecycle")
        for row in json.loads(table)["commands"]:
            self.assertIn(f"<code>{row['command']}</code>", html)
        self.assertIn("立案", html)
        for sheet in re.findall(r'<link rel="stylesheet" href="([^"]+)"', html):
            self.assertEqual(get(self.server, sheet)[0], 200, sheet)


if __name__ == "__main__":
    unittest.main()
