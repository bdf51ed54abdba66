// Under which lock members are used in most functions.
// RUN: %verify --word habit %s heddle-dev-habits -- -std=c++20
#include <mutex>
#include <vector>

class Log {
public:
  void add(int i) {
    std::lock_guard lock(mutex);
    lines.push_back(i);
    ++count;
  }
  void clear() { lines.clear(); }
  int size() {
    std::lock_guard lock(mutex);
    return count;
  }

private:
  std::mutex mutex;
  std::vector<int> lines; // habit: under mutex in 1, without in 1; written bare
  int count = 0;
};
