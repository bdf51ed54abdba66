"""The heddle command: lints a code base with clang-tidy and the heddle module, and tells what was found.

Standard library only: it runs wherever a Python 3.9 does, before anything is installed.
"""
