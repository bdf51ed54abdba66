// RUN: %verify %s heddle-uncancellable-wait -- -std=c++20
// Answers that come from elsewhere, and loops that a queue's own token ends.
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

using namespace std::chrono_literals;

struct Parcel {
  int weight = 0;
};
std::optional<Parcel> nextParcel(int timeout_ms) noexcept;
std::future<int> askCustoms(const Parcel &);
std::shared_future<int> askScale(const Parcel &);
std::future<int> askWith(std::stop_token, const Parcel &);
std::future<int> askThen(const Parcel &, std::function<bool()> giveUp);
void stamp(const Parcel &, int) noexcept;

// ---- an answer that unseen code gives, some time ----------------------------------------------------------------------
void bad_clerk(std::stop_token stop) {
  while (!stop.stop_requested()) { // note: the loop asks for the stop here
    auto parcel = nextParcel(50);
    if (!parcel)
      continue;
    std::future<int> duty = askCustoms(*parcel);
    stamp(*parcel, duty.get()); // warning: 'get' on 'duty' is not woken when a stop is requested; whoever waits for this task waits until something else ends the wait, which may be never
  }
}
class bad_Scale {
public:
  void open() {
    worker_ = std::jthread([this](std::stop_token stop) {
      for (;;) {
        if (stop.stop_requested()) // note: the loop asks for the stop here
          break;
        weigh();
        auto answer = askScale(last_);
        answer.wait(); // warning: 'wait' on 'answer' is not woken when a stop is requested
        stamp(last_, answer.get());
      }
    });
  }

private:
  void weigh();
  Parcel last_;
  std::jthread worker_;
};
void startClerk() { std::jthread thread(bad_clerk); }

void ok_patient(std::stop_token stop) {
  while (!stop.stop_requested()) {
    auto parcel = nextParcel(50);
    if (!parcel)
      continue;
    auto duty = askCustoms(*parcel);
    while (duty.wait_for(100ms) != std::future_status::ready)
      if (stop.stop_requested())
        return;
    stamp(*parcel, duty.get());
  }
}
void ok_given_the_token(std::stop_token stop) {
  while (!stop.stop_requested()) {
    auto parcel = nextParcel(50);
    auto duty = askWith(stop, *parcel);
    stamp(*parcel, duty.get());
  }
}
void ok_gives_up_by_a_callback(std::stop_token stop) {
  while (!stop.stop_requested()) {
    auto parcel = nextParcel(50);
    auto duty = askThen(*parcel, [stop] { return stop.stop_requested(); });
    duty.wait();
  }
}
void ok_a_task_of_its_own(std::stop_token stop) {
  while (!stop.stop_requested()) {
    auto parcel = nextParcel(50);
    auto duty = std::async(std::launch::async, [&] { return parcel->weight; });
    stamp(*parcel, duty.get());
  }
}
void ok_a_promise(std::stop_token stop) {
  while (!stop.stop_requested()) {
    std::promise<int> made;
    auto duty = made.get_future();
    std::jthread maker([&] { made.set_value(1); });
    duty.wait();
  }
}
inline std::future<int> ready(int v) {
  std::promise<int> p;
  p.set_value(v);
  return p.get_future();
}
void ok_visible(std::stop_token stop) {
  while (!stop.stop_requested()) {
    auto duty = ready(1);
    stamp({}, duty.get());
  }
}
void ok_nobody_asks_for_a_stop(std::stop_token) {
  while (auto parcel = nextParcel(50)) {
    auto duty = askCustoms(*parcel);
    duty.wait();
  }
}
void ok_workers() {
  std::jthread a(ok_patient), b(ok_given_the_token), c(ok_gives_up_by_a_callback), d(ok_a_task_of_its_own),
      e(ok_a_promise), f(ok_visible), g(ok_nobody_asks_for_a_stop);
}

// ---- a queue that says by its result that the token has ended the wait -------------------------------------------------
template <class T> class Belt {
public:
  explicit Belt(std::size_t room) : room_(room) {}
  bool next(std::stop_token stop, T &item) {
    std::unique_lock lock(mutex_);
    if (!moved_.wait(lock, stop, [this] { return !items_.empty(); }))
      return false;
    item = std::move(items_.front());
    items_.pop_front();
    moved_.notify_all();
    return true;
  }
  void add(T item) {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [this] { return items_.size() < room_; });
    items_.push_back(std::move(item));
    moved_.notify_all();
  }
  bool add(std::stop_token stop, T item) {
    std::unique_lock lock(mutex_);
    if (!moved_.wait(lock, stop, [this] { return items_.size() < room_; }))
      return false;
    items_.push_back(std::move(item));
    moved_.notify_all();
    return true;
  }
  bool offer(T item) {
    std::lock_guard lock(mutex_);
    if (items_.size() >= room_)
      return false;
    items_.push_back(std::move(item));
    moved_.notify_all();
    return true;
  }

private:
  const std::size_t room_;
  std::mutex mutex_;
  std::condition_variable_any moved_;
  std::deque<T> items_;
};
class bad_Sorting {
public:
  bool put(Parcel p) { return in_.offer(p); }
  bool fetch(std::stop_token stop, Parcel &p) { return out_.next(stop, p); }

private:
  void sort(std::stop_token stop) {
    Parcel p;
    while (in_.next(stop, p)) { // note: the loop asks for the stop here
      p.weight = 0;
      out_.add(p); // warning: 'add' on 'out_' is not woken when a stop is requested
    }
  }
  Belt<Parcel> in_{4}, out_{4};
  std::jthread worker_{[this](std::stop_token stop) { sort(stop); }};
};
class ok_Sorting {
public:
  bool put(Parcel p) { return in_.offer(p); }
  bool fetch(std::stop_token stop, Parcel &p) { return out_.next(stop, p); }

private:
  void sort(std::stop_token stop) {
    Parcel p;
    while (in_.next(stop, p))
      if (!out_.add(stop, p))
        return;
  }
  Belt<Parcel> in_{4}, out_{4};
  std::jthread worker_{[this](std::stop_token stop) { sort(stop); }};
};
class ok_Dropping {
public:
  bool put(Parcel p) { return in_.offer(p); }
  bool fetch(std::stop_token stop, Parcel &p) { return out_.next(stop, p); }

private:
  void sort(std::stop_token stop) {
    Parcel p;
    while (in_.next(stop, p))
      out_.offer(p);
  }
  Belt<Parcel> in_{4}, out_{4};
  std::jthread worker_{[this](std::stop_token stop) { sort(stop); }};
};
