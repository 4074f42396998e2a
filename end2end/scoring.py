"""Plays a simulated day through the public door and holds what became of it against what is true.

`python3 -m end2end.scoring SEED...` prints the scores and every miss. With `--named` every call brings its true category,
which shows what fusion alone makes of the day.
"""

import collections
import concurrent.futures
import datetime
import itertools
import json
import math
import pathlib
import sys
import tempfile
import time

from end2end.harness import Server, gulou

METRES_A_DEGREE = 111_195
BATCH = 1_000
READERS = 6
# Besides those of the day's matters; nobody needs three thousand to see whether one is judged rightly.
SENSORS = 200
# The day ends this long before it is played, so that nothing of it lies in the future.
ENDED_S = 2


class Day:
    """One seed's observations, in the order they are sent, and what is true of them."""

    def __init__(self, seed, folder, *options):
        folder = pathlib.Path(folder)
        out, truth = folder / f"{seed}.ndjson", folder / f"{seed}.truth.ndjson"
        # The date decides who answers for what, and the server goes by today's.
        today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date().isoformat()
        gulou("simulate", "--seed", str(seed), "--date", today, "--units", "0", "--sensors", str(SENSORS),
              "--out", str(out), "--truth", str(truth), *options)
        self.seed = seed
        self.observations = [json.loads(line) for line in out.read_text().splitlines()]
        truths = [json.loads(line) for line in truth.read_text().splitlines()]
        self.evidence = {(one["source"], one["id"]): one for one in truths if one["of"] == "evidence"}
        self.matters = {one["id"]: one for one in truths if one["of"] == "matter"}
        self.sent = {}
        for one in self.observations:
            self.sent[one["source"], one["id"]] = one

    def name_the_calls(self):
        """Gives every report the category a good operator would."""
        for one in self.observations:
            truth = self.evidence.get((one["source"], one["id"]))
            if one["kind"] == "report" and truth and truth["category"]:
                one["category"] = truth["category"]

    def shifted(self):
        """Batches of the day as it would have been sent in the 24 hours up to now."""
        now = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=ENDED_S)
        last = max(moment(one.get("sent_at", one["time"])) for one in self.observations)
        moved = []
        for one in self.observations:
            one = {name: value for name, value in one.items() if name != "sent_at"}
            one["time"] = (moment(one["time"]) + (now - last)).isoformat(timespec="milliseconds")
            moved.append(one)
        return [moved[first:first + BATCH] for first in range(0, len(moved), BATCH)]


class Score:
    """What is right, what is wrong, and why."""

    def __init__(self, day, incidents):
        self.day = day
        self.incidents = incidents
        self.misses = []
        self.reasons = collections.Counter()
        self.pieces = [(piece, incident) for incident in incidents for piece in incident["evidence"]]
        self.found = {name_of(piece) for piece, _ in self.pieces}
        self.lost = [name for name in day.evidence if name not in self.found and is_said(day.sent[name])]
        self.unlabelled = [name for name in self.found if name not in day.evidence]
        self.fusion()
        self.categories()
        self.dispatches()

    def miss(self, what, reason, text):
        self.reasons[f"{what}: {reason}"] += 1
        self.misses.append(f"{what}: {reason}: {text}")

    def truth(self, piece):
        return self.day.evidence.get(name_of(piece), {})

    def matter(self, piece):
        """What it is about; of nothing, or of nobody knows what, each piece is its own."""
        return self.truth(piece).get("matter") or "/".join(name_of(piece))

    def fusion(self):
        by_incident = collections.Counter(incident["id"] for _, incident in self.pieces)
        by_matter = collections.Counter(self.matter(piece) for piece, _ in self.pieces)
        both = collections.Counter((self.matter(piece), incident["id"]) for piece, incident in self.pieces)
        pairs = lambda counts: sum(math.comb(count, 2) for count in counts.values())
        together, joined, right = pairs(by_matter), pairs(by_incident), pairs(both)
        self.precision = right / joined if joined else 1.0
        self.recall = right / together if together else 1.0
        self.f1 = 2 * right / (joined + together) if joined + together else 1.0
        self.split_matters(both)
        self.mixed_incidents()

    def split_matters(self, both):
        homes = collections.defaultdict(collections.Counter)
        for (matter, incident), count in both.items():
            homes[matter][incident] += count
        for matter, parts in homes.items():
            if len(parts) == 1:
                continue
            home = parts.most_common(1)[0][0]
            inside = [piece for piece, incident in self.pieces if incident["id"] == home and self.matter(piece) == matter]
            for piece, incident in self.pieces:
                if self.matter(piece) == matter and incident["id"] != home:
                    self.miss("apart", self.why_apart(piece, inside),
                              f"{matter} {self.described(matter)} {piece['category']} {piece['text']}")

    def why_apart(self, piece, others):
        if not piece["position"]:
            return "it has no position"
        if all(other["category"] != piece["category"] for other in others):
            return "its category is another" if piece["category"] else "its category is unknown"
        placed = [other for other in others if other["position"]]
        distance = min((metres(piece["position"], other["position"]) for other in placed), default=0)
        minutes = min((abs(moment(piece["time"]) - moment(other["time"])).total_seconds() / 60 for other in others), default=0)
        accuracy = self.day.sent[name_of(piece)].get("accuracy_m")
        if distance > 250:
            return f"far off (accuracy {'over' if (accuracy or 0) > 120 else 'up to'} 120 m)"
        if minutes > 30:
            return "later than half an hour"
        return "near in place and time"

    def mixed_incidents(self):
        for incident in self.incidents:
            matters = collections.Counter(self.matter(piece) for piece in incident["evidence"])
            if len(matters) > 1:
                (most, _), *others = matters.most_common()
                for other, count in others:
                    kinds = {self.day.matters.get(one, {}).get("category") for one in (most, other)}
                    reason = "two of one kind" if len(kinds) == 1 else "two of different kinds"
                    self.miss("joined", reason, f"{incident['number']}: {most} {self.described(most)} took {count} of {other} {self.described(other)}")

    def described(self, matter):
        known = self.day.matters.get(matter)
        return f"({known['category']}, {known['remark'] or 'ordinary'})" if known else "(no matter)"

    def categories(self):
        calls = [(piece, self.truth(piece)) for piece, _ in self.pieces]
        calls = [(piece, truth) for piece, truth in calls if piece["kind"] == "report" and truth and not truth["category_given"]]
        named = [(piece, truth) for piece, truth in calls if truth["category"]]
        right = 0
        for piece, truth in named:
            if piece["category"] == truth["category"]:
                right += 1
            else:
                self.miss("category", f"{truth['category']} taken for {piece['category'] or 'nothing'}", piece["text"])
        self.category = right / len(named) if named else 1.0
        self.calls = len(named)
        unclear = [piece for piece, truth in calls if not truth["category"]]
        self.unclear = (sum(piece["category"] is None for piece in unclear), len(unclear))

    def dispatches(self):
        sent = [incident for incident in self.incidents if incident["hops"] > 0]
        right = 0
        for incident in sent:
            answers = collections.Counter(self.truth(piece).get("department") for piece in incident["evidence"])
            wanted = answers.most_common(1)[0][0]
            if incident["lead"] == wanted:
                right += 1
                continue
            first = self.truth(incident["evidence"][0])
            if first.get("suspect"):
                reason = f"nothing is the matter ({first['suspect']})"
            elif not wanted:
                reason = "nobody could tell the kind"
            elif first["category"] != incident["category"]:
                reason = "the category is wrong"
            else:
                reason = "the town is another"
            self.miss("dispatch", reason, f"{incident['number']} {first.get('category')} taken for {incident['category']}: "
                                          f"{incident['lead']} instead of {wanted}: {incident['evidence'][0]['text']}")
        self.dispatch = right / len(sent) if sent else 0.0
        self.dispatched, self.undispatched = len(sent), len(self.incidents) - len(sent)

    def __str__(self):
        lines = [
            f"seed {self.day.seed}: fusion F1 {self.f1:.4f} (precision {self.precision:.4f}, recall {self.recall:.4f}), "
            f"category {self.category:.4f} of {self.calls} calls, dispatch {self.dispatch:.4f} of {self.dispatched} "
            f"({self.undispatched} wait for people), unclear calls left to people {self.unclear[0]} of {self.unclear[1]}",
            f"  {len(self.day.matters)} matters, {len(self.incidents)} incidents, {len(self.pieces)} pieces of evidence",
        ]
        lines += [f"  {count:4} {reason}" for reason, count in self.reasons.most_common()]
        return "\n".join(lines)


def played(day):
    """Sends the whole day to a fresh server and scores what it made of it."""
    with Server() as server:
        feed, reads = server.add_key("*"), server.add_key("*", reads=True)
        begun = time.monotonic()
        totals = collections.Counter()
        for batch in day.shifted():
            status, answer = server.post(feed, batch)
            if status != 200 or answer["rejected"] or answer["conflicts"]:
                raise RuntimeError(f"seed {day.seed}: {status} {str(answer)[:500]}")
            totals.update(accepted=answer["accepted"], duplicates=answer["duplicates"])
        posted = time.monotonic()
        listed = [one for one in server.incidents(reads) if one["state"] != "merged"]
        headers = {"Authorization": f"Bearer {reads}"}
        with concurrent.futures.ThreadPoolExecutor(READERS) as pool:
            read = lambda one: server.call(f"/api/v1/incidents/{one['id']}", headers=headers)[1]
            incidents = list(pool.map(read, listed))
        score = Score(day, incidents)
        score.totals = totals
        print(f"{score}\n  {dict(totals)} in {posted - begun:.0f} s, read back in {time.monotonic() - posted:.0f} s")
        return score


def is_said(observation):
    return observation["kind"] in ("report", "alarm")


def name_of(piece):
    return piece["source"], piece["observation"]


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def metres(here, there):
    east = (here[0] - there[0]) * METRES_A_DEGREE * math.cos(math.radians(here[1]))
    return math.hypot(east, (here[1] - there[1]) * METRES_A_DEGREE)


def main():
    with tempfile.TemporaryDirectory(prefix="gulou-score-") as folder:
        for seed in map(int, (word for word in sys.argv[1:] if word != "--named")):
            day = Day(seed, folder)
            if "--named" in sys.argv:
                day.name_the_calls()
            score = played(day)
            print("\n".join(itertools.chain([""], score.misses, [""])))


if __name__ == "__main__":
    main()
