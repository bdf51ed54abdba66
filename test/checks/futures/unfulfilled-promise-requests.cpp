// RUN: %verify %s heddle-unfulfilled-promise -- -std=c++20
// Requests: structs with a promise that wait in a container, are taken out, and passed on.
#include <condition_variable>
#include <deque>
#include <exception>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Parcel {
  std::string address;
  int tries = 0;
  std::promise<int> receipt;
};
int deliver(const std::string &);
bool reachable(const std::string &);
void note(const std::string &);

// ---- a local that a request is moved into ----------------------------------------------------------------------------
class Depot {
public:
  std::future<int> send(std::string address) {
    Parcel p;
    p.address = std::move(address);
    auto f = p.receipt.get_future();
    std::lock_guard<std::mutex> lock(m_);
    waiting_.push_back(std::move(p));
    return f;
  }
  void bad_not_reachable() {
    Parcel p;
    {
      std::lock_guard<std::mutex> lock(m_);
      if (waiting_.empty())
        return;
      p = std::move(waiting_.front());
      waiting_.pop_front();
    }
    if (!reachable(p.address)) {
      note(p.address);
      return; // warning: promise 'p.receipt' is dropped unfulfilled on this path
    }
    p.receipt.set_value(deliver(p.address));
  }
  void ok_put_back() {
    Parcel p;
    {
      std::lock_guard<std::mutex> lock(m_);
      if (waiting_.empty())
        return;
      p = std::move(waiting_.front());
      waiting_.pop_front();
    }
    if (!reachable(p.address)) {
      std::lock_guard<std::mutex> lock(m_);
      waiting_.push_back(std::move(p));
      return;
    }
    p.receipt.set_value(deliver(p.address));
  }
  void ok_new_one_each_time() {
    Parcel p;
    for (int i = 0; i < 3; ++i) {
      p = Parcel{}; // nobody has its future yet
      if (!reachable(p.address))
        return;
    }
  }
  void ok_refused() {
    Parcel p;
    {
      std::lock_guard<std::mutex> lock(m_);
      p = std::move(waiting_.front());
      waiting_.pop_front();
    }
    if (!reachable(p.address))
      refuse(p, "not reachable");
    else
      handOver(p);
  }
  /// Only the members that it calls do anything to the promise.
  void bad_in_members() {
    while (!waiting_.empty()) {
      Parcel p = std::move(waiting_.front());
      waiting_.pop_front();
      if (p.tries > 3) {
        note(p.address);
        continue; // warning: promise 'p.receipt' is dropped unfulfilled on this path
      }
      handOver(p);
    }
  }
  void ok_in_members() {
    while (!waiting_.empty()) {
      Parcel p = std::move(waiting_.front());
      waiting_.pop_front();
      if (p.tries > 3) {
        refuse(p, "given up");
        continue;
      }
      handOver(p);
    }
  }
  /// The callee owns what it is given.
  void ok_given_away() {
    Parcel p = std::move(waiting_.front());
    waiting_.pop_front();
    bad_by_value(std::move(p));
  }
  void bad_by_value(Parcel p) {
    if (p.tries++ > 3) {
      note(p.address);
      return; // warning: promise 'p.receipt' is dropped unfulfilled on this path
    }
    handOver(p);
  }
  void ok_by_value(Parcel p) {
    if (p.tries++ > 3)
      waiting_.push_back(std::move(p));
    else
      handOver(p);
  }
  Parcel ok_returned() {
    Parcel p = std::move(waiting_.front());
    waiting_.pop_front();
    return p;
  }
  /// Before it is declared there is nothing to drop.
  void ok_leaves_before() {
    if (waiting_.empty())
      throw std::logic_error("empty");
    Parcel p = std::move(waiting_.front());
    waiting_.pop_front();
    handOver(p);
  }

private:
  static void refuse(Parcel &p, const char *why) {
    p.receipt.set_exception(std::make_exception_ptr(std::runtime_error(why)));
  }
  static void handOver(Parcel &p) {
    try {
      p.receipt.set_value(deliver(p.address));
    } catch (...) {
      p.receipt.set_exception(std::current_exception());
    }
  }
  std::mutex m_;
  std::deque<Parcel> waiting_;
};

// ---- behind what owns it alone -----------------------------------------------------------------------------------------
std::unique_ptr<Parcel> nextParcel();
std::optional<Parcel> maybeParcel();
void keep(std::unique_ptr<Parcel>);

void bad_owned() {
  std::unique_ptr<Parcel> p = nextParcel();
  if (!p)
    return;
  if (!reachable(p->address))
    return; // warning: promise 'p.receipt' is dropped unfulfilled on this path
  p->receipt.set_value(1);
}
void bad_optional() {
  while (auto p = maybeParcel()) {
    if (p->tries > 2)
      continue; // warning: promise 'p.receipt' is dropped unfulfilled on this path
    p->receipt.set_value(deliver(p->address));
  }
}
void ok_owned() {
  std::unique_ptr<Parcel> p = nextParcel();
  if (!p)
    return;
  if (!reachable(p->address)) {
    keep(std::move(p));
    return;
  }
  p->receipt.set_value(1);
}
void ok_optional() {
  auto p = maybeParcel();
  if (!p.has_value())
    return;
  p->receipt.set_value(1);
}
Parcel *ok_released() {
  std::unique_ptr<Parcel> p = nextParcel();
  if (p && !reachable(p->address))
    return p.release();
  if (p)
    p->receipt.set_value(1);
  return nullptr;
}
/// It answers when it dies.
struct Careful {
  std::string name;
  std::promise<int> answer;
  bool done = false;
  Careful() = default;
  Careful(Careful &&) = default;
  ~Careful() {
    if (!done)
      answer.set_value(-1);
  }
};
Careful nextCareful();
void ok_answers_when_it_dies() {
  Careful c = nextCareful();
  if (c.name.empty())
    return;
  c.answer.set_value(1);
  c.done = true;
}

// ---- requests that are thrown away ---------------------------------------------------------------------------------------
struct Query {
  std::string text;
  std::promise<std::string> rows;
};
class Lane {
public:
  std::future<std::string> ask(std::string text) {
    Query q{std::move(text), {}};
    auto f = q.rows.get_future();
    std::lock_guard<std::mutex> lock(m_);
    asked_.push_back(std::move(q));
    cv_.notify_one();
    return f;
  }
  void bad_close() {
    std::lock_guard<std::mutex> lock(m_);
    closing_ = true;
    asked_.clear(); // warning: the requests in 'asked_' are discarded here with their promises unfulfilled; its future reports 'broken_promise' instead of a result
  }
  void bad_empty() {
    std::lock_guard<std::mutex> lock(m_);
    asked_ = std::deque<Query>(); // warning: the requests in 'asked_' are discarded here with their promises unfulfilled
  }
  void bad_one_by_one() {
    std::lock_guard<std::mutex> lock(m_);
    while (!asked_.empty())
      asked_.pop_front(); // warning: the requests in 'asked_' are discarded here with their promises unfulfilled
  }
  void ok_answered_first() {
    std::lock_guard<std::mutex> lock(m_);
    for (Query &q : asked_)
      q.rows.set_value("");
    asked_.clear();
  }
  void ok_taken_out() {
    std::deque<Query> all;
    {
      std::lock_guard<std::mutex> lock(m_);
      all.swap(asked_);
      asked_.clear();
    }
    for (Query &q : all)
      q.rows.set_value("");
  }
  void ok_caller_answers() {
    std::lock_guard<std::mutex> lock(m_);
    for (Query &q : asked_)
      q.rows.set_value("closed");
    forget();
  }
  /// Whoever answers has ended, and it ends when all are answered.
  void ok_after_the_worker() {
    {
      std::lock_guard<std::mutex> lock(m_);
      closing_ = true;
      cv_.notify_all();
    }
    worker_.join();
    asked_.clear();
  }
  void serve() {
    for (;;) {
      std::unique_lock<std::mutex> lock(m_);
      cv_.wait(lock, [this] { return closing_ || !asked_.empty(); });
      if (asked_.empty())
        return;
      Query q = std::move(asked_.front());
      asked_.pop_front();
      lock.unlock();
      q.rows.set_value(q.text);
    }
  }

private:
  void forget() { asked_.clear(); }
  std::mutex m_;
  std::condition_variable cv_;
  bool closing_ = false;
  std::deque<Query> asked_;
  std::thread worker_{[this] { serve(); }};
};

/// What is answered stays in there: a cache, which may be emptied.
class Cache {
public:
  void ok_forget() {
    std::lock_guard<std::mutex> lock(m_);
    entries_.clear();
  }
  void answer(const std::string &key, int value) {
    std::lock_guard<std::mutex> lock(m_);
    entries_[key].value.set_value(value);
  }

private:
  struct Entry {
    std::promise<int> value;
  };
  std::mutex m_;
  std::map<std::string, Entry> entries_;
};

// ---- all that wait are taken over, and die there ----------------------------------------------------------------------
struct Reading {
  int celsius = 0;
};
class Probes {
public:
  std::future<Reading> ask(int id) {
    std::promise<Reading> p;
    auto f = p.get_future();
    std::lock_guard<std::mutex> lock(m_);
    asked_.emplace(id, std::move(p));
    return f;
  }
  void arrived(int id, Reading r) {
    std::promise<Reading> p;
    {
      std::lock_guard<std::mutex> lock(m_);
      auto it = asked_.find(id);
      if (it == asked_.end())
        return;
      p = std::move(it->second);
      asked_.erase(it);
    }
    p.set_value(r);
  }
  void bad_swaps() {
    std::map<int, std::promise<Reading>> lost;
    {
      std::lock_guard<std::mutex> lock(m_);
      lost.swap(asked_); // warning: the requests in 'asked_' are discarded here with their promises unfulfilled
    }
    note(std::to_string(lost.size()) + " readings lost");
  }
  void bad_moves_out() {
    std::unique_lock<std::mutex> lock(m_);
    auto lost = std::move(asked_); // warning: the requests in 'asked_' are discarded here with their promises unfulfilled
    lock.unlock();
    if (!lost.empty())
      note("readings lost");
  }
  void bad_exchanges() {
    std::lock_guard<std::mutex> lock(m_);
    const auto lost = std::exchange(asked_, {}); // warning: the requests in 'asked_' are discarded here with their promises unfulfilled
    note(std::to_string(lost.size()));
  }
  void ok_answers_all() {
    std::map<int, std::promise<Reading>> lost;
    {
      std::lock_guard<std::mutex> lock(m_);
      lost.swap(asked_);
    }
    for (auto &[id, p] : lost)
      p.set_exception(std::make_exception_ptr(std::runtime_error("closed")));
  }
  void ok_helper_answers(std::exception_ptr why) {
    std::map<int, std::promise<Reading>> lost;
    {
      std::lock_guard<std::mutex> lock(m_);
      std::swap(lost, asked_);
    }
    refuseAll(lost, why);
  }
  std::map<int, std::promise<Reading>> ok_hands_out() {
    std::lock_guard<std::mutex> lock(m_);
    auto all = std::move(asked_);
    return all;
  }
  void ok_moves_to_another(Probes &other) {
    std::map<int, std::promise<Reading>> moved;
    moved.swap(asked_);
    std::lock_guard<std::mutex> lock(other.m_);
    other.asked_.merge(moved);
  }

private:
  static void refuseAll(std::map<int, std::promise<Reading>> &all, std::exception_ptr why);
  std::mutex m_;
  std::map<int, std::promise<Reading>> asked_;
};

// ---- a request that is lent to the one function which could answer it -----------------------------------------------------
template <int> // of one desk: whoever else may answer silences the check
class Enquiry {
public:
  void answer(int place) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (answered_)
      return;
    answered_ = true;
    place_ = place;
    settled_.notify_all();
  }
  int await() {
    std::unique_lock<std::mutex> lock(mutex_);
    settled_.wait(lock, [this] { return answered_; });
    return place_;
  }

private:
  std::mutex mutex_;
  std::condition_variable settled_;
  bool answered_ = false;
  int place_ = 0;
};
enum class Found { one, several, none };
Found look(const std::string &address) noexcept;
class Desk {
public:
  int locate(std::string address) {
    auto enquiry = std::make_shared<Enquiry<1>>();
    {
      std::lock_guard<std::mutex> lock(mutex_);
      slips_.push_back({std::move(address), enquiry});
    }
    return enquiry->await();
  }
  void attend() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!slips_.empty()) {
      const Slip slip = std::move(slips_.front());
      slips_.pop_front();
      lock.unlock();
      bad_handle(slip);
      lock.lock();
    }
  }

private:
  struct Slip {
    std::string address;
    std::shared_ptr<Enquiry<1>> enquiry;
  };
  void bad_handle(const Slip &slip) {
    switch (look(slip.address)) {
    case Found::one:
      slip.enquiry->answer(1);
      break;
    case Found::several:
      slip.enquiry->answer(2);
      break;
    case Found::none:
      break; // warning: promise 'slip.enquiry' is dropped unfulfilled on this path
    }
  }
  std::mutex mutex_;
  std::deque<Slip> slips_;
};
class Window {
public:
  std::shared_ptr<Enquiry<2>> ask(std::string address) {
    auto enquiry = std::make_shared<Enquiry<2>>();
    slips_.push_back({std::move(address), enquiry});
    return enquiry;
  }
  // Who was not served stands in line again.
  void ok_attend() {
    while (!slips_.empty()) {
      Slip slip = std::move(slips_.front());
      slips_.pop_front();
      if (!ok_handle(slip))
        slips_.push_back(std::move(slip));
    }
  }

private:
  struct Slip {
    std::string address;
    std::shared_ptr<Enquiry<2>> enquiry;
  };
  bool ok_handle(const Slip &slip) {
    if (look(slip.address) == Found::none)
      return false;
    slip.enquiry->answer(1);
    return true;
  }
  std::deque<Slip> slips_;
};
