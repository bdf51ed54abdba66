"""How far a run is: a bar on a terminal; in a log, a line every ten seconds at most."""
import sys
import time

from cli.say import say


class Progress:
    def __init__(self, quiet=False):
        self.quiet, self.bar = quiet, None
        self.start = self.last = time.monotonic()
        self.ran = self.kept = 0  # units that Ninja started, and those of them whose contents were as before

    def step(self, done, total, name):
        self.ran = done
        if self.quiet:
            return
        if sys.stderr.isatty():
            if not self.bar:
                self.bar = terminal_bar()
                self.bar.start()
                self.bar.add_task("", total=total)
            self.bar.update(0, completed=done, description=name)
            return
        now = time.monotonic()
        if now - self.last >= 10 and done < total:
            self.last = now
            left = int((now - self.start) / max(done, 1) * (total - done) + 0.5)
            say(f"{done} of {total} units, about {left // 60}:{left % 60:02} left")

    def end(self):
        if self.bar:
            self.bar.stop()


def terminal_bar():
    from rich import progress
    from rich.console import Console
    return progress.Progress(progress.BarColumn(20), progress.MofNCompleteColumn(), progress.TimeRemainingColumn(),
                             progress.TextColumn("{task.description}", markup=False), console=Console(stderr=True),
                             transient=True)
