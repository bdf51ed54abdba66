// A journal that a background thread writes. Its queue is bounded, so that a slow disk slows the callers down.
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <string>

class LineQueue {
public:
  void push(std::string line) {
    std::unique_lock lock(mutex);
    notFull.wait(lock, [this] { return lines.size() < limit; });
    lines.push_back(std::move(line));
    notEmpty.notify_one();
  }

  std::string pop() {
    std::unique_lock lock(mutex);
    notEmpty.wait(lock, [this] { return !lines.empty(); });
    std::string line = std::move(lines.front());
    lines.pop_front();
    notFull.notify_one();
    return line;
  }

private:
  static constexpr std::size_t limit = 64;
  std::mutex mutex;
  std::condition_variable notEmpty, notFull;
  std::deque<std::string> lines;
};

class Journal {
public:
  // Called by everybody.
  void record(const std::string &who, const std::string &what) {
    std::lock_guard guard(mutex);
    ++counts[who];
    queue.push(who + ": " + what); // waits for room, while it holds the lock that makes room
  }

  // Called by the thread that writes.
  std::string next() {
    std::string line = queue.pop();
    std::lock_guard guard(mutex);
    ++written;
    return line;
  }

private:
  std::mutex mutex;
  std::map<std::string, int> counts;
  std::size_t written = 0;
  LineQueue queue;
};
