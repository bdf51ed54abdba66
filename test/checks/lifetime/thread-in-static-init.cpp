// RUN: %verify %s heddle-thread-in-static-init -- -std=c++20
// The seed's row (P27: an init function that starts a flusher).
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

bool flush();
static std::atomic<bool> over;

class Flusher {
public:
  Flusher() : thread_([] {
    while (!over)
      flush();
  }) {} // the note stands at the start
  ~Flusher() {
    over = true;
    thread_.join();
  }

private:
  std::thread thread_;
};
class ByDefault {
  int n_ = 0;
  std::jthread thread_{[this] { n_ += flush(); }};
};
class Pool {
public:
  explicit Pool(int n) {
    for (int i = 0; i < n; ++i)
      workers_.emplace_back([] { flush(); });
  }

private:
  std::vector<std::jthread> workers_;
};
static bool startAll() {
  std::thread([] { flush(); }).detach(); // note: the thread is started here
  return true;
}

namespace telemetry {
Flusher bad_flusher; // warning: the initialisation of 'bad_flusher' starts a thread before main; it may use other globals before or after their lifetime, in every program that links this; start it from main, in an object that ends there
static std::jthread bad_thread([] { flush(); }); // warning: the initialisation of 'bad_thread' starts a thread before main
} // namespace telemetry
namespace {
const bool bad_started = startAll(); // warning: the initialisation of 'bad_started' starts a thread
ByDefault bad_default;               // warning: the initialisation of 'bad_default' starts a thread
}
Pool bad_pool(4); // warning: the initialisation of 'bad_pool' starts a thread
std::unique_ptr<Pool> bad_owned = std::make_unique<Pool>(4); // warning: the initialisation of 'bad_owned' starts a thread
int bad_lambda = [] {                                         // warning: the initialisation of 'bad_lambda' starts a thread
  std::thread([] { flush(); }).detach();
  return 1;
}();
struct Holder {
  static Flusher bad_member;
};
Flusher Holder::bad_member; // warning: the initialisation of 'bad_member' starts a thread

// ---- correct code that looks similar -----------------------------------------------------------------------------------
static Pool &ok_leaked = *new Pool(4);
static Pool *const ok_leaked_pointer = new Pool(2);
static std::thread ok_empty;
static std::vector<std::thread> ok_none;
static std::unique_ptr<Pool> ok_later;
static std::mutex ok_mutex;
static const std::function<void()> ok_function = [] { startAll(); };
static void (*ok_pointer)() = nullptr;
Pool &ok_lazy() {
  static Pool pool(4);
  return pool;
}
thread_local int ok_number = 3;
int main() {
  Flusher flusher;
  ok_later = std::make_unique<Pool>(2);
}
