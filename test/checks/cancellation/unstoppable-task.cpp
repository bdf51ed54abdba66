// RUN: %verify %s heddle-unstoppable-task -- -std=c++20
// The seed's row (L1: a heartbeat that nobody can stop).
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

void ping();
bool step();
using namespace std::chrono_literals;

// ---- L1 ----------------------------------------------------------------------------------------------------------------
void bad_L1() {
  std::thread([] { // note: the task is started here
    for (;;) { // warning: nothing ends this loop, so that nothing can stop the task; it runs on when its starter no longer needs it; let the loop test a stop token or flag, and request the stop when its owner ends
      std::this_thread::sleep_for(1s);
      ping();
    }
  }).detach();
}
void ok_L1(std::stop_token token) {
  std::thread([token] {
    while (!token.stop_requested()) {
      std::this_thread::sleep_for(1ms);
      ping();
    }
  }).detach();
}
struct bad_joined_member {
  class Heart {
  public:
    Heart() : thread_([this] { beat(); }) {} // note: the task is started here
    ~Heart() { thread_.join(); } // note: it is waited for here

  private:
    void beat() {
      while (true) { // warning: nothing ends this loop, so that nothing can stop the task; the wait for it on 'thread_' never ends
        ++beats_;
        ping();
      }
    }
    std::atomic<int> beats_{0};
    std::thread thread_;
  };
};
struct bad_joining_member {
  class Heart {
    int beats_ = 0;
    std::jthread thread_{[this] { // note: the task is started here
      for (;;) { // warning: nothing ends this loop, so that nothing can stop the task; the wait for it on 'thread_' never ends
        std::this_thread::sleep_for(1s);
        ++beats_;
      }
    }};

  public:
    int beats();
    Heart() {}
  };
};
void bad_local() {
  std::jthread heart([] { // note: the task is started here
    while (true) // warning: nothing ends this loop, so that nothing can stop the task; the end of 'heart' waits for it forever
      ping();
  });
  step();
}
void bad_wait() {
  std::thread heart([] { // note: the task is started here
    while (true) // warning: nothing ends this loop, so that nothing can stop the task; the wait for it never ends
      ping();
  });
  step();
  heart.join();
}

// ---- correct code that looks similar -----------------------------------------------------------------------------------
void ok_break() {
  std::jthread t([] {
    for (;;) {
      if (!step())
        break;
      ping();
    }
  });
}
void ok_return() {
  std::thread t([] {
    while (true)
      if (!step())
        return;
  });
  t.join();
}
void ok_exits() {
  std::jthread t([] {
    while (true)
      if (!step())
        std::exit(1);
  });
}
void ok_throws() {
  std::thread t([] {
    try {
      while (true)
        if (!step())
          throw 1;
    } catch (int) {
    }
  });
  t.join();
}
struct ok_flag {
  class Heart {
  public:
    ~Heart() {
      over_ = true;
      thread_.join();
    }

  private:
    void beat() {
      for (;;) {
        if (over_)
          return;
        ping();
      }
    }
    std::atomic<bool> over_{false};
    std::thread thread_{[this] { beat(); }};
  };
};
struct ok_waits_on_a_condition {
  class Worker {
  public:
    ~Worker() {
      {
        std::lock_guard lock(mutex_);
        over_ = true;
      }
      ready_.notify_all();
      thread_.join();
    }

  private:
    void run() {
      std::unique_lock lock(mutex_);
      while (true) {
        ready_.wait(lock, [this] { return over_ || !jobs_.empty(); });
        if (over_)
          return;
        jobs_.pop_front();
      }
    }
    std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<int> jobs_;
    bool over_ = false;
    std::thread thread_{[this] { run(); }};
  };
};
struct ok_detached_worker { // waits for work, and is there as long as the process
  static void start() {
    std::thread([] {
      for (;;)
        step();
    }).detach();
  }
};
int main() {
  std::thread heart([] {
    for (;;)
      ping();
  });
  heart.join();
}
