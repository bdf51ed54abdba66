// RUN: %verify %s heddle-plain-stop-flag -- -std=c++20
// Known misses: the limits that the page names.

void work();

// Another file starts run() on a thread.
class FN_StartedInAnotherFile {
public:
  void run() {
    while (!stopped_)
      work();
  }
  void stop() { stopped_ = true; }

private:
  bool stopped_ = false;
};
