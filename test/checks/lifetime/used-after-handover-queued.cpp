// RUN: %verify %s heddle-used-after-handover -- -std=c++20
// Objects that go through a queue to a thread which frees them.
#include <condition_variable>
#include <deque>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <queue>
#include <string>
#include <thread>

struct Letter {
  int id = 0;
  std::string text;
  std::promise<void> sent;
};
void post(const Letter &);
void log(int);

class Office {
public:
  Office() : thread_(&Office::serve, this) {}
  ~Office();
  void give(Letter *l) {
    std::lock_guard lock(mutex_);
    letters_.push(l);
    arrived_.notify_one();
  }

private:
  void serve() {
    for (;;) {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return !letters_.empty(); });
      Letter *next = letters_.front();
      letters_.pop();
      lock.unlock();
      post(*next);
      delete next; // note: the thread frees it here
    }
  }
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::queue<Letter *> letters_;
  std::thread thread_;
};
class Owning { // the reader owns what it takes out
public:
  void give(Letter *l) {
    std::lock_guard lock(mutex_);
    letters_.push_back(l);
  }
  void start() {
    thread_ = std::jthread([this] {
      while (true) {
        std::lock_guard lock(mutex_);
        if (letters_.empty())
          return;
        auto *raw = letters_.front();
        std::unique_ptr<Letter> own(raw);
        letters_.pop_front();
        post(*own);
      }
    });
  }

private:
  std::mutex mutex_;
  std::list<Letter *> letters_;
  std::jthread thread_;
};

int bad_returned(Office &office, int id) {
  auto *letter = new Letter{id, "x", {}};
  office.give(letter); // note: it is handed over here
  return letter->id; // warning: 'letter' belongs to the thread to which it was handed over, which frees it; this may be a use after free; use it before the call, or copy what is needed
}
void bad_in_loop(Owning &owning) {
  for (int i = 0; i != 3; ++i) {
    Letter *letter = new Letter;
    letter->id = i;
    owning.give(letter);
    log(letter->id); // warning: 'letter' belongs to the thread to which it was handed over
  }
}

int ok_copied(Office &office, int id) {
  auto *letter = new Letter{id, "x", {}};
  int copy = letter->id;
  office.give(letter);
  return copy;
}
void ok_another(Office &office) {
  Letter *letter = new Letter;
  office.give(letter);
  letter = new Letter;
  log(letter->id);
  office.give(letter);
}
void ok_turns(Office &office) {
  for (int i = 0; i != 3; ++i) {
    Letter *letter = new Letter;
    letter->id = i;
    office.give(letter);
  }
}
bool ok_compared(Office &office, const Letter *last) { // the pointer itself is a number
  Letter *letter = new Letter;
  office.give(letter);
  return letter == last;
}
void ok_waits(Office &office) {
  Letter *letter = new Letter;
  auto sent = letter->sent.get_future();
  office.give(letter);
  sent.wait();
}
class Borrowing { // the reader does not free
public:
  void give(Letter *l) {
    std::lock_guard lock(mutex_);
    letters_.push_back(l);
  }
  void start() {
    thread_ = std::jthread([this] {
      std::lock_guard lock(mutex_);
      while (!letters_.empty()) {
        Letter *next = letters_.front();
        letters_.pop_front();
        post(*next);
      }
    });
  }

private:
  std::mutex mutex_;
  std::deque<Letter *> letters_;
  std::jthread thread_;
};
void ok_borrowed(Borrowing &b, Letter *letter) {
  b.give(letter);
  log(letter->id);
}
