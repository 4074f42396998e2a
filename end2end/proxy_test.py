"""Behind a trusted proxy it is who asks that is slowed down for guessing; without one, nobody's word is taken for it."""

import re
import unittest
import urllib.error
import urllib.parse
import urllib.request

from end2end.harness import Server

FREE_GUESSES = 5


def guess(base, asker):
    """The status of one wrong password, as told to whoever stands at `asker`."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = opener.open(f"{base}/login").read().decode()
    field = re.search(r'<input[^>]*name="(csrf[^"]*)"[^>]*value="([^"]*)"', page) or re.search(r'value="([^"]*)"[^>]*name="(csrf[^"]*)"', page)
    form = {"name": "leader", "password": "wrong", field.group(1): field.group(2)}
    request = urllib.request.Request(f"{base}/login", urllib.parse.urlencode(form).encode(), {"Origin": base, "X-Forwarded-For": asker})
    try:
        return opener.open(request).status
    except urllib.error.HTTPError as refused:
        return refused.code


class Proxy(unittest.TestCase):
    def test_the_asker_behind_the_proxy_is_slowed_down_and_his_neighbour_is_not(self):
        with Server("--trusted-proxy", "127.0.0.0/8") as server:
            self.assertEqual([guess(server.base, "203.0.113.9") for _ in range(FREE_GUESSES)], [401] * FREE_GUESSES)
            self.assertEqual(guess(server.base, "203.0.113.9"), 429)
            self.assertEqual(guess(server.base, "198.51.100.1, 203.0.113.9"), 429, "what he writes himself is not believed")
            self.assertEqual(guess(server.base, "203.0.113.10"), 401)

    def test_without_a_proxy_nobody_names_his_own_address(self):
        with Server() as server:
            said = [guess(server.base, f"203.0.113.{number}") for number in range(FREE_GUESSES + 1)]
            self.assertEqual(said, [401] * FREE_GUESSES + [429])


if __name__ == "__main__":
    unittest.main()
