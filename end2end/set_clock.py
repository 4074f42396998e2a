"""A clock on the wall that a test sets: days pass between two commands, and nobody waits for a deadline."""

import datetime
import pathlib
import shutil
import struct
import subprocess
import tempfile
import time

SOURCE = pathlib.Path(__file__).with_name("set_clock.c")


class SetClock:
    """`with SetClock(moment) as clock: Server(under=clock.under)`. It goes on from where it is set; it is never set back."""

    def __init__(self, begins):
        self.ahead_ns = 0
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gulou-clock-"))
        self.file, library = self.folder / "ahead", self.folder / "set_clock.so"
        # The linker that the program was built with.
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(library), str(SOURCE)], check=True)
        self.under = ("env", f"LD_PRELOAD={library}", f"CLOCK_AHEAD={self.file}")
        self.set(begins)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def set(self, moment):
        self.ahead_ns = int(moment.timestamp() * 1e9) - time.time_ns()
        with self.file.open("r+b" if self.file.exists() else "wb") as file:
            file.write(struct.pack("=q", self.ahead_ns))

    def now(self):
        return datetime.datetime.fromtimestamp((time.time_ns() + self.ahead_ns) / 1e9, datetime.timezone.utc)
