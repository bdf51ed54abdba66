"""How the command speaks to people: on the error stream, one line a matter."""
import os
import sys


class Failure(Exception):
    """The command cannot do what it was asked; ends it with status 2 and this line."""


def say(text):
    print("heddle: " + text, file=sys.stderr, flush=True)


def mute():
    """Drops what the standard output cannot take; Python would try again in the end, and fail with 120."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def count(number, noun, plural=None):
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
