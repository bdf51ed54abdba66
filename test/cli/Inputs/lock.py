#!/usr/bin/env python3
"""Builds by tools/setup.sh in a made-up repository whose build folder another build has locked: lock.py FOLDER. Says what
each build did; one that waits for the lock is stopped."""
import fcntl
import os
import subprocess
import sys
import time

os.chdir(sys.argv[1])
environment = dict(os.environ, PATH=os.path.abspath("bin") + ":/usr/bin:/bin")


def build(title, target="heddle", *options):
    command = ["bash", "-c", '. tools/setup.sh; build 22 "$@"', "bash", target, *options]
    process = subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
    out = ""
    for line in process.stdout:
        out += line
        if "waiting" in line:
            os.killpg(process.pid, 9)
    process.wait()
    print(f"{title}: {' '.join(out.split()) or 'nothing'}; status {process.returncode}")


build("first")
time.sleep(0.05)
with open("build/22/.lock", "w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    build("locked")
    build("other options", "heddle", "-DHEDDLE_ASSERTS=ON")
    build("other target", "all")
    with open("lib/new.cpp", "w"):
        build("new file")
build("unlocked")
time.sleep(0.05)
os.remove("lib/new.cpp")
build("file gone")
time.sleep(0.05)
build("the same")
os.remove("build/22/heddle.so")
build("product gone")
