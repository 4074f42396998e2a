"""Every figure of every theme is counted again at ten moments of the demo's day, storm and all (see `themes_test.py`)."""

import tempfile

from end2end.themes_sent import PlayedDay
from end2end.themes_test import Counted


class Played(Counted):
    def test_every_figure_of_the_played_day_counted_again(self):
        with tempfile.TemporaryDirectory(prefix="gulou-test-") as folder:
            self.counted(lambda towns: PlayedDay(towns, folder), lambda _names: None)
