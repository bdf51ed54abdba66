// RUN: %verify %s heddle-notify-after-last-owner -- -std=c++20
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

void post(std::function<void()>);
void work();

struct bad_Completion {
  std::mutex mutex;
  std::condition_variable cv;
  bool done = false;
  void set() {
    {
      std::lock_guard lock(mutex);
      done = true; // note: from here on the waiter may go on
    }
    cv.notify_one(); // warning: 'cv' is notified after its mutex was released
  }
  void wait() {
    std::unique_lock lock(mutex);
    cv.wait(lock, [this] { return done; });
  }
};
void call() {
  bad_Completion c;
  post([&c] { c.set(); });
  c.wait(); // note: it waits here, for a local that dies soon after
}

void bad_local() {
  std::mutex mutex;
  std::condition_variable cv;
  bool done = false;
  std::thread([&] {
    {
      std::lock_guard lock(mutex);
      done = true;
    }
    cv.notify_one(); // warning: 'cv' is notified after its mutex was released
  }).detach();
  std::unique_lock lock(mutex);
  cv.wait(lock, [&] { return done; });
}

// ---- silent ---------------------------------------------------------------------------------------------------------

struct ok_Completion {
  std::mutex mutex;
  std::condition_variable cv;
  bool done = false;
  void set() {
    std::lock_guard lock(mutex);
    done = true;
    cv.notify_one();
  }
  void wait() {
    std::unique_lock lock(mutex);
    cv.wait(lock, [this] { return done; });
  }
};
void ok_call() {
  ok_Completion c;
  post([&c] { c.set(); });
  c.wait();
}

// Owned by both.
struct ok_Event {
  std::mutex mutex;
  std::condition_variable cv;
  bool done = false;
  void set() {
    {
      std::lock_guard lock(mutex);
      done = true;
    }
    cv.notify_one();
  }
  void wait() {
    std::unique_lock lock(mutex);
    cv.wait(lock, [this] { return done; });
  }
};
void ok_shared() {
  auto e = std::make_shared<ok_Event>();
  post([e] { e->set(); });
  e->wait();
}

void ok_joined() {
  std::mutex mutex;
  std::condition_variable cv;
  bool done = false;
  std::thread t([&] {
    {
      std::lock_guard lock(mutex);
      done = true;
    }
    cv.notify_one();
  });
  {
    std::unique_lock lock(mutex);
    cv.wait(lock, [&] { return done; });
  }
  t.join();
}

// Nobody else knows the local.
class Line {
public:
  void put(int i) {
    std::lock_guard<std::mutex> lock(mutex_);
    items_.push_back(i);
  }
  bool take() {
    std::unique_lock<std::mutex> lock(mutex_);
    ready_.wait(lock, [this] { return closed_ || !items_.empty(); });
    return !items_.empty();
  }
  void close() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      closed_ = true;
    }
    ready_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::vector<int> items_;
  bool closed_ = false;
};
bool ok_of_its_own() {
  Line line;
  line.put(1);
  line.close();
  return line.take();
}

// ---- users that end before the local -----------------------------------------------------------------------------------
class Access {
public:
  void lock() {
    std::unique_lock guard(mutex_);
    free_.wait(guard, [this] { return !taken_; });
    taken_ = true;
  }
  void unlock() {
    {
      std::lock_guard guard(mutex_);
      taken_ = false;
    }
    free_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable free_;
  bool taken_ = false;
};
void ok_users_end_first() {
  Access access;
  std::jthread other([&access] {
    access.lock();
    access.unlock();
  });
  access.lock();
  access.unlock();
}
