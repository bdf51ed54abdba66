"""The lit format of the documentation: one test for each page; every ```cpp block in it is run (see verify.py)."""
import os
import subprocess

import lit.Test
import lit.formats


class Pages(lit.formats.TestFormat):
    def getTestsInDirectory(self, suite, path_in_suite, litConfig, localConfig):
        if localConfig.heddle_llvm != "22":
            return
        docs = os.path.join(localConfig.heddle_repository, "docs")
        for folder in ("checks", "guides"):
            for root, _, names in sorted(os.walk(os.path.join(docs, folder))):
                for name in sorted(names):
                    path = os.path.join(root, name)
                    with open(path) as f:
                        if name.endswith(".md") and "```cpp" in f.read():
                            relative = os.path.relpath(path, docs)
                            yield lit.Test.Test(suite, path_in_suite + tuple(relative.split(os.sep)), localConfig)

    def execute(self, test, litConfig):
        relative = test.path_in_suite[2:]  # behind meta/pages
        path = os.path.join(test.config.heddle_repository, "docs", *relative)
        # A check's page is about that check; a guide may show any.
        check = os.path.splitext(os.path.basename(path))[0] if relative[0] == "checks" else "*"
        done = subprocess.run(test.config.heddle_verify.split() + [path, "heddle-" + check], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return (lit.Test.FAIL if done.returncode else lit.Test.PASS), done.stdout
