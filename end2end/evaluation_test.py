"""Every figure of the evaluation is counted again, by other hands: from the logs of the incidents and what people said, with formulas
written from the product's description and not from the pack's. The clock on the wall is set, so that days pass and nobody waits.
"""

import csv
import datetime
import io
import itertools
import json
import pathlib
import random
import shutil
import unittest
import urllib.parse
import urllib.request

import openpyxl

from end2end import evaluation_recount as again
from end2end.evaluation_lives import MOMENTS, SEED, City, city_pack, day
from end2end.harness import Server
from end2end.set_clock import SetClock
from end2end.themes_sent import moment

PARTS = ("numerator", "denominator", "exempted")
WHOLE = (day("03-20 00:00"), day("04-08 00:00"))
PERIODS = {"whole": WHOLE, "April": (day("04-01 00:00"), day("04-08 00:00")), "a day": (day("03-31 00:00"), day("04-01 00:00")),
           "an hour": (day("03-27 09:10"), day("03-27 10:10"))}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BEGIN_FORMULAS = tuple("=+-@\t\r\n＝＋－＠")
TITLES = ["=cmd|' /C calc'!A0", "+1", "-1", "@A1", "\t=1", "\r=1", "＝1+1"]
# Of what each figure counts as good or bad something must have happened, or the test says little.
MUST_HAPPEN = ("return", "rework", "check", "decide_extension", "decide_suspension", "resume", "decide_dispute", "decide_appeal", "force_close",
               "void", "reject", "merge", "split", "reopen", "record_feedback", "arrive", "close", "request_verification")


def asked(period):
    return {"since": period[0].isoformat(), "until": period[1].isoformat()}


def of(by):
    """What a case is counted under."""
    return lambda case: getattr(case, by) or "-"


class Evaluation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        print(f"seed {SEED}")
        cls.pack = city_pack()
        cls.addClassCleanup(shutil.rmtree, cls.pack.parent)
        clock = cls.enterClassContext(SetClock(day(MOMENTS[0])))
        cls.server = cls.enterClassContext(Server("--city", str(cls.pack), under=clock.under))
        cls.city = City(cls.server, clock)
        cls.city.lives(clock)
        limits = again.Limits(cls.pack)
        cls.all = [again.Case(cls.city.ask(f"/api/v1/incidents/{id}"), cls.city.said.get(id, []), limits) for id in sorted(cls.city.known)]
        cls.cases = [case for case in cls.all if again.is_case(case)]
        cls.at = clock.now()
        cls.links = cls.figures = 0

    @classmethod
    def tearDownClass(cls):
        print(f"{len(cls.all)} incidents, {sum(cls.city.given.values())} commands, {cls.figures} figures and {cls.links} lists counted again")

    def ask(self, path, opener=None, **query):
        query = urllib.parse.urlencode(query)
        path = f"{path}?{query}" if query else path
        if opener is None:
            return self.city.ask(path)
        status, answer = self.server.call(path, opener=opener)
        self.assertEqual(status, 200, answer)
        return answer

    def fetched(self, path, accept, **headers):
        request = urllib.request.Request(self.server.base + path, headers={"Authorization": f"Bearer {self.city.reads}", "Accept": accept, **headers})
        with urllib.request.urlopen(request, timeout=60) as answer:
            self.assertTrue(answer.headers["Content-Type"].startswith(accept), answer.headers)
            return answer.read()

    def test_enough_happened_for_the_figures_to_mean_something(self):
        for command in MUST_HAPPEN:
            self.assertGreater(self.city.given.get(command, 0), 0, f"nobody did {command}: {self.city.given}")
        values = {name: again.cell(name, self.cases, WHOLE, self.at) for name in again.FIGURES}
        for name, cell in values.items():
            self.assertGreater(cell["denominator"], 1, name)
            if cell["numerator"] is not None and name not in again.MEANS:
                self.assertTrue(0 < cell["numerator"] < cell["denominator"], f"{name}: {cell['numerator']} of {cell['denominator']}")
        for what, happened in {
            "two extensions": any(case.extensions == 2 for case in self.all), "an exemption": any(case.exempted for case in self.cases),
            "overdue while suspended": any(case.suspensions and case.overdue(self.at) for case in self.cases),
            "being done again": any(case.first_handled and not case.handled and case.state == "handling" for case in self.cases),
            "opened again": any(case.first_handled and case.state == "registered" and case.work is None for case in self.cases),
            "late to file": any(case.filed_in_time is False for case in self.cases),
            "still to file": any(case.filing_overdue(self.at) for case in self.cases),
            "an extension refused because it was late": self.city.refused > 0,
        }.items():
            self.assertTrue(happened, what)

    def test_every_figure_by_department_town_category_and_period(self):
        for (name, period), by in itertools.product(PERIODS.items(), ("department", "town", "category")):
            with self.subTest(period=name, by=by):
                view = self.ask("/api/v1/evaluation", by=by, at=self.at.isoformat(), **asked(period))
                self.same_period(view["period"], period)
                self.same_period(view["before"], again.before(period))
                self.recount(view, self.cases, by, period)
                self.same_row(view["total"], self.cases, period, view)
                self.assertIsNone(view["others"])
                self.follow(view, by, period, everything=name == "whole" and by == "department")

    def test_every_figure_by_month(self):
        period = (day("03-29 12:00"), day("04-07 12:00"))
        view = self.ask("/api/v1/evaluation", by="month", at=self.at.isoformat(), **asked(period))
        parts = again.months(period)
        self.assertEqual([row["key"] for row in view["rows"]], list(parts))
        for row in view["rows"]:
            self.same_period(row["period"], parts[row["key"]])
            self.same_row(row, self.cases, parts[row["key"]], view)
        self.same_row(view["total"], self.cases, period, view)
        self.follow(view, "month", period)

    def test_a_choice_leaves_the_others_out(self):
        for by, chosen in (("town", {"category": "E01"}), ("category", {"town": "441900003"}), ("town", {"department": "cgj"}),
                           ("category", {"department": "-"}), ("department", {"category": "-", "town": "441900121"})):
            with self.subTest(by=by, chosen=chosen):
                def fits(case):
                    return all((case.category or "-").startswith(value) if name == "category" else of(name)(case) == value
                               for name, value in chosen.items())
                cases = [case for case in self.cases if fits(case)]
                view = self.ask("/api/v1/evaluation", by=by, at=self.at.isoformat(), **asked(WHOLE), **chosen)
                self.recount(view, cases, by, WHOLE)
                self.same_row(view["total"], cases, WHOLE, view)
                self.follow(view, by, WHOLE)

    def test_this_month_is_shown_unless_another_time_is_asked_for(self):
        view = self.ask("/api/v1/evaluation")
        self.assertEqual(view["by"], "department")
        self.same_period(view["period"], (day("04-01 00:00"), day("04-08 00:00")))
        self.assertLess(abs(moment(view["at"]) - self.city.clock.now()), datetime.timedelta(minutes=1))

    # Counting.

    def recount(self, view, cases, by, period):
        """The rows are those that have something to count, the best first, each with its own cases."""
        self.assertEqual([one["id"] for one in view["indicators"]], list(again.FIGURES))
        groups = {}
        for case in cases:
            groups.setdefault(of(by)(case), []).append(case)
        names = list(again.FIGURES)
        expected = {key for key, group in groups.items() if any(again.cell(name, group, period, self.at)["denominator"] for name in names)}
        self.assertEqual({row["key"] for row in view["rows"]}, expected)
        rank = [(row["score"]["value"] is None, -(row["score"]["value"] or 0), row["key"]) for row in view["rows"]]
        self.assertEqual(rank, sorted(rank))
        for row in view["rows"]:
            self.same_row(row, groups[row["key"]], period, view)

    def same_row(self, row, cases, period, view):
        weights = {one["id"]: one["weight"] for one in view["indicators"]}
        now, earlier = {}, {}
        for (name, shown), indicator in zip(zip(again.FIGURES, row["cells"]), view["indicators"]):
            where = f"{row['key']}, {name}: {shown}"
            cell = again.cell(name, cases, period, self.at)
            now[name], earlier[name] = cell["value"], cell["before"]
            for part in PARTS:
                self.assertEqual(shown[part], cell[part], where)
            self.same(shown["value"], cell["value"], where)
            self.same(shown["before"], cell["before"], where)
            self.assertEqual(indicator["better"], "lower" if again.FIGURES[name].lower_is_better else "higher", where)
            type(self).figures += 1
        value, weight = again.score(now, weights)
        self.same(row["score"]["value"], value, f"the score of {row['key']}")
        self.assertEqual((row["score"]["weight"], row["score"]["of"]), (weight, sum(weights.values())))
        self.same(row["score_before"], again.score(earlier, weights)[0], f"the score of {row['key']} before")

    def same(self, value, expected, where):
        if value is None or expected is None:
            self.assertEqual(value, expected, where)
        else:
            self.assertAlmostEqual(value, expected, places=6, msg=where)

    def same_period(self, shown, period):
        self.assertEqual((moment(shown["since"]), moment(shown["until"])), period)

    # The lists behind the figures.

    def follow(self, view, by, period, everything=False):
        """The list behind a figure holds exactly the cases it counts: all of them, or some by chance."""
        links = []
        for row in view["rows"] + [view["total"]]:
            for name, shown in zip(again.FIGURES, row["cells"]):
                self.assertEqual(shown["indicator"], name)
                links += [(row, name, part, shown["cases"][part]) for part in PARTS]
        chosen = links if everything else random.Random(SEED).sample(links, min(len(links), 40))
        for row, name, part, link in chosen:
            asked_for = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query))
            own = [case for case in self.cases if all(
                (case.category or "-").startswith(value) if key == "category" else of(key)(case) == value
                for key, value in asked_for.items() if key in ("department", "town", "category"))]
            if row is not view["total"] and by != "month":
                self.assertEqual(asked_for[by], row["key"], link)
            rows_period = (moment(row["period"]["since"]), moment(row["period"]["until"]))
            cases = again.FIGURES[name].cases(own, rows_period, self.at)
            if part == "exempted":
                cases = [case for case in cases if case.exempted]
            elif part == "numerator" and again.FIGURES[name].part and name not in again.MEANS:
                cases = [case for case in cases if again.FIGURES[name].part(case, self.at)]
            self.same_list(self.listed(link), cases, name, link)

    def listed(self, link, limit=200):
        found, cursor = [], ""
        while True:
            answer = self.city.ask(f"{link}&limit={limit}{cursor}")
            found += answer["cases"]
            if not answer["next"]:
                self.assertEqual(answer["count"], len(found), link)
                return found
            self.assertEqual(len(answer["cases"]), limit)
            cursor = f"&cursor={answer['next']}"

    def same_list(self, listed, cases, name, link):
        type(self).links += 1
        self.assertEqual(sorted(one["id"] for one in listed), sorted(case.id for case in cases), link)
        known = {case.id: case for case in cases}
        for one in listed:
            case = known[one["id"]]
            for field in ("number", "state", "category", "town", "department", "hops", "returns", "reworks", "extensions", "suspensions",
                          "exempted", "satisfied", "in_time", "filed_in_time"):
                self.assertEqual(one[field], getattr(case, field), f"{field} of {one}")
            for field in ("opened", "filed", "dispatched", "handled", "closed"):
                shown = one[f"{field}_at"]
                self.assertEqual(shown and moment(shown), getattr(case, field), f"{field} of {one}")
            self.assertEqual(one["found_by"], case.source or case.by_role, one)
            if case.work and case.state != "rejected":
                self.assertEqual(one["due_at"] and moment(one["due_at"]), case.work.due(), f"due: {one}")
            took = again.FIGURES[name].took
            self.same(one["minutes"], again.FIGURES[name].minutes(case) if took else None, one)

    def test_a_long_list_comes_in_pages(self):
        link = f"/api/v1/evaluation/cases?indicator=hops&{urllib.parse.urlencode({**asked(WHOLE), 'at': self.at.isoformat()})}"
        whole = self.listed(link)
        self.assertGreater(len(whole), 20)
        self.assertEqual(self.listed(link, limit=7), whole)

    # Who may see it.

    def test_everybody_sees_what_he_may_and_no_more(self):
        query = {"at": self.at.isoformat(), **asked(WHOLE)}
        city = self.ask("/api/v1/evaluation", **query)
        for role in ("shift_leader", "commander", "auditor", "administrator"):
            view = self.ask("/api/v1/evaluation", self.city.person(role).opener, **query)
            self.assertEqual((view["rows"], view["total"], view["others"]), (city["rows"], city["total"], None), role)
        for role in ("operator", "dispatcher", "wall"):
            opener = self.city.person(role).opener
            for path in ("", "/cases", "/moves"):
                self.assertEqual(self.server.call(f"/api/v1/evaluation{path}?indicator=hops", opener=opener)[0], 403, f"{role} {path}")
        mine = self.city.collector().opener
        view = self.ask("/api/v1/evaluation", mine, by="town", **query)
        own = [case for case in self.cases if case.town == "441900004"]
        self.recount(view, own, "town", WHOLE)
        self.same_row(view["total"], own, WHOLE, view)
        elsewhere = self.ask("/api/v1/evaluation/cases", mine, indicator="hops", town="441900003", **query)
        self.assertEqual(elsewhere["cases"], [])

    def test_a_department_sees_its_own_and_the_others_only_together(self):
        query = {"at": self.at.isoformat(), **asked(WHOLE)}
        mine = self.city.department("cgj").opener
        own = [case for case in self.cases if case.department == "cgj"]
        others = [case for case in self.cases if case.department not in ("cgj", None)]
        view = self.ask("/api/v1/evaluation", mine, **query)
        self.assertEqual([row["key"] for row in view["rows"]], ["cgj"])
        self.same_row(view["total"], own, WHOLE, view)
        self.same_row(view["others"], others, WHOLE, view)
        self.assertNotIn("cases", view["others"]["cells"][0])
        self.assertEqual(self.ask("/api/v1/evaluation/cases", mine, indicator="hops", department="swj", **query)["cases"], [])
        # Nobody finds out how one other department does by choosing it.
        alone = self.ask("/api/v1/evaluation", mine, department="swj", **query)
        self.assertEqual((alone["rows"], alone["others"], alone["total"]["cells"][0]["denominator"]), ([], None, 0))
        for kind in {case.category for case in others if case.category}:
            leads = {case.department for case in others if case.category == kind}
            view = self.ask("/api/v1/evaluation", mine, category=kind, **query)
            self.assertEqual(view["others"] is not None, len(leads) > 1, f"{kind}: {leads}")

    # Moves of powers.

    def test_each_move_of_powers_with_the_days_before_and_after(self):
        since, until = day("03-15 00:00"), day("04-08 00:00")
        view = self.ask("/api/v1/evaluation/moves", since=since.isoformat(), until=until.isoformat())
        table, at = again.Responsibilities(self.pack), moment(view["at"])
        expected = table.moves(since, until)
        shown = {(one["on"], one["category"], one["town"] or "*"): one for one in view["moves"]}
        self.assertEqual(set(shown), set(expected))
        self.assertEqual([one["on"] for one in view["moves"]], sorted((one["on"] for one in view["moves"]), reverse=True))
        counted = 0
        for key, rows in expected.items():
            (on, kind, place), move = key, shown[key]
            self.assertEqual(move["begins"], [row["id"] for row in rows["begins"]])
            self.assertEqual(move["ends"], [row["id"] for row in rows["ends"]])
            midnight, eve = again.at_midnight(on), (datetime.date.fromisoformat(on) - datetime.timedelta(days=1)).isoformat()
            town = None if place == "*" else place
            for side, day_of in (("from", eve), ("to", on)):
                self.assertEqual([one["id"] for one in move[side]], [table.on(kind, town, day_of)["lead"]], f"{side}: {move}")
            length = datetime.timedelta(days=max(min((at - midnight).days, 30), 1))
            self.assertEqual(move["days"], length.days)
            moved = [case for case in self.cases if (case.category or "-").startswith(kind) and place in ("*", case.town)
                     and table.is_moved(case, on, rows)]
            for side, period in (("before", (midnight - length, midnight)), ("after", (midnight, midnight + length))):
                self.same_period(move[side]["period"], period)
                for name, cell in zip(again.FIGURES, move[side]["cells"]):
                    found = again.cell(name, moved, period, at)
                    where = f"{key} {side} {name}: {cell}"
                    for part in PARTS:
                        self.assertEqual(cell[part], found[part], where)
                    self.same(cell["value"], found["value"], where)
                    counted += found["denominator"]
        self.assertGreater(counted, 100, "there were cases on both sides")

    # Spreadsheets.

    def table(self, view, names):
        """What a sheet should say of a view: a line for each row, and the whole."""
        for row in view["rows"] + [view["total"]]:
            line = [row["key"], row[names], row["score"]["value"]]
            for cell in row["cells"]:
                line += [cell["value"], cell["numerator"], cell["denominator"], cell["exempted"]]
            yield line

    def test_sheets_say_the_same_and_never_run_what_they_say(self):
        for by, (language, names) in itertools.product(("department", "category"), (("zh", "name"), ("en", "name_en"))):
            query = urllib.parse.urlencode({"by": by, "at": self.at.isoformat(), **asked(WHOLE)})
            path = f"/api/v1/evaluation?{query}"
            expected = list(self.table(self.city.ask(path), names))
            texts = [text for line in expected for text in line[:2]]
            suspicious = [text for text in texts if text.startswith(BEGIN_FORMULAS)]
            if (by, language) in (("department", "zh"), ("category", "en")):
                self.assertTrue(suspicious, "a name is like a formula")
            with self.subTest(by=by, language=language):
                cookie = {"Cookie": f"language={language}"}
                sheet = list(csv.reader(io.StringIO(self.fetched(path, "text/csv", **cookie).decode(), newline="")))
                self.same_sheet(sheet, expected, float)
                book = openpyxl.load_workbook(io.BytesIO(self.fetched(path, XLSX, **cookie)))
                cells = list(book.active.iter_rows())
                for cell in itertools.chain.from_iterable(cells):
                    self.assertIn(cell.data_type, ("s", "n"), f"{cell.coordinate}: {cell.value}")
                self.same_sheet([[cell.value for cell in line] for line in cells], expected, lambda number: number)

    def same_sheet(self, sheet, expected, number):
        head, *lines = sheet
        self.assertEqual(len(lines), len(expected))
        self.assertEqual(len(head), 3 + 4 * len(again.FIGURES))
        for line, wanted in zip(lines, expected):
            self.assertEqual(line[:2], [f"'{text}" if text.startswith(BEGIN_FORMULAS) else text for text in wanted[:2]])
            for shown, figure in zip(line[2:], wanted[2:], strict=True):
                self.same(None if shown in ("", None) else number(shown), figure, line)
        for text in itertools.chain(head, *(line[:2] for line in lines)):
            self.assertFalse(text.startswith(BEGIN_FORMULAS), text)

    def test_a_link_to_a_sheet_gives_the_same_as_asking_for_its_form(self):
        query = urllib.parse.urlencode({"at": self.at.isoformat(), **asked(WHOLE)})
        for form, accept in (("csv", "text/csv"), ("xlsx", XLSX)):
            request = urllib.request.Request(f"{self.server.base}/api/v1/evaluation?{query}&form={form}",
                                             headers={"Authorization": f"Bearer {self.city.reads}"})
            with urllib.request.urlopen(request, timeout=60) as answer:
                self.assertTrue(answer.headers["Content-Type"].startswith(accept))
                if form == "csv":
                    self.assertEqual(answer.read(), self.fetched(f"/api/v1/evaluation?{query}", accept))

    def test_the_list_of_cases_is_a_sheet_too(self):
        query = urllib.parse.urlencode({"indicator": "hops", "limit": 1000, "at": self.at.isoformat(), **asked(WHOLE)})
        path = f"/api/v1/evaluation/cases?{query}"
        listed = self.city.ask(path)["cases"]
        rows = list(csv.DictReader(io.StringIO(self.fetched(path, "text/csv").decode(), newline="")))
        self.assertEqual([row["id"] for row in rows], [one["id"] for one in listed])
        self.assertEqual([int(row["hops"]) for row in rows], [one["hops"] for one in listed])

    def test_titles_of_incidents_never_become_formulas(self):
        operator = self.city.person("operator")
        given = {}
        for one, title in zip((one for one in self.city.known.values() if one["state"] in ("reported", "dispatched", "handling")), TITLES):
            status, answer = operator.command(one, "set_title", title=title)
            self.assertEqual(status, 200, answer)
            given[one["id"]] = title
        self.assertEqual(len(given), len(TITLES))
        rows, cursor = [], ""
        while True:
            request = urllib.request.Request(f"{self.server.base}/api/v1/incidents?limit=200{cursor}",
                                             headers={"Authorization": f"Bearer {self.city.reads}", "Accept": "text/csv"})
            with urllib.request.urlopen(request, timeout=60) as answer:
                rows += csv.DictReader(io.StringIO(answer.read().decode(), newline=""))
                if not (after := answer.headers["x-next-cursor"]):
                    break
                cursor = "&cursor=" + urllib.parse.quote(after)
        titles = {row["id"]: row["title"] for row in rows}
        for id, title in given.items():
            self.assertEqual(titles[id], f"'{title}")
        for row in rows:
            for name, cell in row.items():
                self.assertFalse(cell.startswith(BEGIN_FORMULAS), f"{name}: {cell!r}")

    # What is kept.

    def test_z_told_anew_from_the_journal_it_is_the_same(self):
        """Last, for nobody is signed in afterwards."""
        query = {"at": self.at.isoformat(), **asked(WHOLE)}
        before = [self.ask("/api/v1/evaluation", by=by, **query) for by in ("department", "town", "category", "month")]
        self.server.kill()
        for file in pathlib.Path(self.server.data).glob("records.db*"):
            file.unlink()
        self.server.start()
        for view in before:
            new = self.ask("/api/v1/evaluation", by=view["by"], **query)
            for part in ("rows", "total", "indicators"):
                self.assertEqual(json.dumps(new[part]), json.dumps(view[part]), view["by"])


if __name__ == "__main__":
    unittest.main()
