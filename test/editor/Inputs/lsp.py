#!/usr/bin/env python3
"""An editor without a screen: opens a file in a language server, and prints what a user would see.

  lsp.py SERVER FILE STEP...

  show            the diagnostics of the file as it is now, with what they relate to
  fix             applies the code actions that are offered for them, one after another
  links           where the codes of the diagnostics lead
  write OLD NEW   replaces a text
  type N          types N letters in a comment at the end, and prints how long the diagnostics take (to stderr, in ms)
"""
import argparse
import json
import os
import queue
import subprocess
import sys
import threading
import time


class Server:
    def __init__(self, command, folder):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        cwd=folder)
        self.messages, self.next = queue.Queue(), 0
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        out = self.process.stdout
        while True:
            length = 0
            while True:
                line = out.readline()
                if not line:
                    self.messages.put(None)
                    return
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
                elif line == b"\r\n":
                    break
            self.messages.put(json.loads(out.read(length)))

    def send(self, message):
        body = json.dumps(dict(message, jsonrpc="2.0")).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def notify(self, method, parameters):
        self.send({"method": method, "params": parameters})

    def wait(self, wanted, seconds=60):
        end = time.monotonic() + seconds
        while True:
            try:
                message = self.messages.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                sys.exit("the server did not answer in time")
            if message is None:
                sys.exit("the server has ended")
            if wanted(message):
                return message
            if "id" in message and "method" in message:  # it asks: refuse politely
                self.send({"id": message["id"], "result": None})

    def ask(self, method, parameters):
        self.next += 1
        number = self.next
        self.send({"id": number, "method": method, "params": parameters})
        answer = self.wait(lambda m: m.get("id") == number and "method" not in m)
        if "error" in answer:
            sys.exit(f"{method}: {answer['error']['message']}")
        return answer["result"]


class Editor:
    def __init__(self, server, path):
        self.server, self.path, self.uri, self.version = server, path, "file://" + path, 1
        with open(path, encoding="utf-8") as f:
            self.text = f.read()
        server.ask("initialize", {"processId": os.getpid(), "rootUri": "file://" + os.path.dirname(path), "capabilities": {
            "textDocument": {"publishDiagnostics": {"relatedInformation": True, "versionSupport": True},
                             "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}}}}})
        server.notify("initialized", {})
        server.notify("textDocument/didOpen", {"textDocument": {"uri": self.uri, "languageId": "cpp", "version": 1,
                                                               "text": self.text}})
        self.diagnostics = None

    def settled(self):
        """The diagnostics of the text as it is now."""
        if self.diagnostics is None:
            self.diagnostics = self.server.wait(
                lambda m: m.get("method") == "textDocument/publishDiagnostics" and m["params"]["uri"] == self.uri
                and m["params"].get("version", self.version) == self.version)["params"]["diagnostics"]
        return self.diagnostics

    def change(self, text):
        self.text, self.diagnostics = text, None
        self.version += 1
        self.server.notify("textDocument/didChange", {"textDocument": {"uri": self.uri, "version": self.version},
                                                      "contentChanges": [{"text": text}], "wantDiagnostics": True})

    def show(self):
        for d in self.settled():
            start = d["range"]["start"]
            print(f"{start['line'] + 1}:{start['character'] + 1}: {d['message'].splitlines()[0]} [{d.get('code', '')}] "
                  f"from {d.get('source', '')}")
            for r in d.get("relatedInformation", []):
                start = r["location"]["range"]["start"]
                print(f"  {start['line'] + 1}:{start['character'] + 1}: {r['message']}")
        print(f"{len(self.settled())} diagnostics")

    def links(self):
        for d in self.settled():
            print(f"{d.get('code', '')}: {d.get('codeDescription', {}).get('href', 'no link')}")

    def offset(self, position):
        lines = self.text.split("\n")
        return sum(len(x) + 1 for x in lines[:position["line"]]) + position["character"]

    def fix(self):
        for d in self.settled():
            actions = self.server.ask("textDocument/codeAction", {
                "textDocument": {"uri": self.uri}, "range": d["range"], "context": {"diagnostics": [d]}})
            for action in actions:
                edits = (action.get("edit") or {}).get("changes", {}).get(self.uri)
                if not edits:
                    continue
                print(f"applying: {action['title']}")
                text = self.text
                for e in sorted(edits, key=lambda e: self.offset(e["range"]["start"]), reverse=True):
                    text = text[:self.offset(e["range"]["start"])] + e["newText"] + text[self.offset(e["range"]["end"]):]
                self.change(text)
                return
        print("no code action")

    def type(self, number):
        self.settled()
        text, times = self.text + "\n// ", []
        for _ in range(number):
            text += "x"
            start = time.monotonic()
            self.change(text)
            self.settled()
            times.append((time.monotonic() - start) * 1000)
        times.sort()
        print(f"median {times[len(times) // 2]:.0f} ms, most {times[-1]:.0f} ms of {number}", file=sys.stderr)
        print("typed")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", help="the command, in one word")
    parser.add_argument("file")
    parser.add_argument("steps", nargs="+")
    a = parser.parse_args()
    path = os.path.realpath(a.file)
    server = Server(a.server.split(), os.path.dirname(path))
    editor = Editor(server, path)
    steps = iter(a.steps)
    for step in steps:
        if step == "write":
            old, new = next(steps), next(steps)
            if old not in editor.text:
                sys.exit(f"the file has no {old}")
            editor.change(editor.text.replace(old, new))
        elif step == "type":
            editor.type(int(next(steps)))
        else:
            {"show": editor.show, "fix": editor.fix, "links": editor.links}[step]()
    server.ask("shutdown", None)
    server.notify("exit", None)
    server.process.wait(60)


if __name__ == "__main__":
    main()
