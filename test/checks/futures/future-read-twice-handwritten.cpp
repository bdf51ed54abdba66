// RUN: %verify %s heddle-future-read-twice -- -std=c++20
// The seed's own form: a channel with one item stands for a future. Hand-written channels.
#include "Inputs/promise.h"
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using Orders = std::vector<std::string>;
Orders query(const std::string &user);
void log(const std::string &text, std::size_t n);

template <class T> class Channel {
public:
  void send(T item) {
    std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    changed_.notify_one();
  }
  /// False when the channel is closed and empty.
  bool receive(T &into) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !items_.empty() || closed_; });
    if (items_.empty())
      return false;
    into = std::move(items_.front());
    items_.pop_front();
    return true;
  }
  /// An empty one when the channel is closed and empty.
  T next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !items_.empty() || closed_; });
    if (items_.empty())
      return T{};
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }
  std::optional<T> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !items_.empty() || closed_; });
    if (items_.empty())
      return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> items_;
  bool closed_ = false;
};

// ---- F3 -----------------------------------------------------------------------------------------------------------------
std::shared_ptr<Channel<Orders>> fetchOrders(std::string user) {
  auto out = std::make_shared<Channel<Orders>>();
  std::thread([out, user = std::move(user)] {
    out->send(query(user));
    out->close();
  }).detach();
  return out;
}

void bad_F3_handler() {
  auto ch = fetchOrders("alice");
  Orders orders = ch->next(); // note: the one item of 'ch' is received here
  log("got", orders.size());
  Orders more = ch->next(); // warning: 'ch' is received from a second time, but its task sends one item and closes it
  log("more", more.size());
}

void bad_outcome_dropped() {
  auto ch = fetchOrders("bob");
  Orders orders, more;
  if (!ch->receive(orders))
    return;
  ch->receive(more); // warning: 'ch' is received from a second time
  log("more", more.size());
}

void bad_optional_dereferenced() {
  auto ch = fetchOrders("bob");
  log("got", ch->take()->size());
  log("more", ch->take()->size()); // warning: 'ch' is received from a second time
}

struct Query {
  std::shared_ptr<Channel<Orders>> result = std::make_shared<Channel<Orders>>();
  std::jthread worker;
};
Query start(std::string user) {
  Query q;
  q.worker = std::jthread([out = q.result, user = std::move(user)] {
    out->send(query(user));
    out->close();
  });
  return q;
}
void bad_in_a_struct() {
  Query q = start("carol");
  Orders orders = q.result->next();
  if (orders.size() > 3)
    orders = q.result->next(); // warning: 'q.result' is received from a second time
}

void bad_local() {
  Channel<Orders> ch;
  std::jthread worker([&ch] {
    ch.send(query("dave"));
    ch.close();
  });
  log("got", ch.next().size());
  log("more", ch.next().size()); // warning: 'ch' is received from a second time
}

// ---- correct code that looks similar ---------------------------------------------------------------------------------------
void ok_outcome_tested() {
  auto ch = fetchOrders("alice");
  Orders orders, more;
  if (!ch->receive(orders))
    return;
  if (ch->receive(more))
    log("more", more.size());
}
void ok_until_closed() {
  auto ch = fetchOrders("alice");
  Orders orders;
  while (ch->receive(orders))
    log("got", orders.size());
}
void ok_optional_tested() {
  auto ch = fetchOrders("alice");
  while (auto orders = ch->take())
    log("got", orders->size());
}
void ok_once() {
  auto ch = fetchOrders("alice");
  Orders orders = ch->next();
  log("got", orders.size());
  log("again", orders.size());
}
void ok_two_channels() {
  auto a = fetchOrders("alice"), b = fetchOrders("bob");
  log("a", a->next().size());
  log("b", b->next().size());
}

std::shared_ptr<Channel<Orders>> fetchPages(std::string user, int pages) {
  auto out = std::make_shared<Channel<Orders>>();
  std::thread([out, pages, user = std::move(user)] {
    for (int i = 0; i < pages; ++i)
      out->send(query(user));
    out->close();
  }).detach();
  return out;
}
void ok_many_items() {
  auto ch = fetchPages("alice", 2);
  log("first", ch->next().size());
  log("second", ch->next().size());
}
std::shared_ptr<Channel<Orders>> fetchBoth() {
  auto out = std::make_shared<Channel<Orders>>();
  std::thread([out] {
    out->send(query("alice"));
    out->send(query("bob"));
    out->close();
  }).detach();
  return out;
}
void ok_two_items() {
  auto ch = fetchBoth();
  log("first", ch->next().size());
  log("second", ch->next().size());
}
void ok_many_tasks() {
  Channel<Orders> ch;
  std::vector<std::jthread> workers;
  for (int i = 0; i < 2; ++i)
    workers.emplace_back([&ch] {
      ch.send(query("dave"));
      ch.close();
    });
  log("first", ch.next().size());
  log("second", ch.next().size());
}
void ok_somebody_else_sends(Channel<Orders> &ch) {
  log("first", ch.next().size());
  log("second", ch.next().size());
}

void ok_future_that_keeps_its_value(Promise<Orders> &f) {
  log("got", f.get().size());
  log("again", f.get().size());
}

// ---- a value that whoever waits takes away -----------------------------------------------------------------------------------

template <class T> class Letterbox {
public:
  void drop(T value) {
    std::lock_guard<std::mutex> lock(m_);
    if (there_)
      return;
    value_ = std::move(value);
    there_ = true;
    cv_.notify_all();
  }
  T take() {
    std::unique_lock<std::mutex> lock(m_);
    cv_.wait(lock, [this] { return there_; });
    return std::move(value_);
  }
  T look() const {
    std::unique_lock<std::mutex> lock(m_);
    cv_.wait(lock, [this] { return there_; });
    return value_;
  }

private:
  mutable std::mutex m_;
  mutable std::condition_variable cv_;
  bool there_ = false;
  T value_;
};
void bad_takes_in_a_loop(Letterbox<std::string> &box, int n) {
  for (int i = 0; i < n; ++i) {
    std::string s = box.take(); // warning: future 'box' is read a second time on this path
    (void)s;
  }
}
std::string bad_takes_twice(Letterbox<std::string> &box) {
  std::string s = box.take(); // note: is read here first
  return s + box.take(); // warning: future 'box' is read a second time on this path
}
std::string ok_takes_once(Letterbox<std::string> &box, int n) {
  std::string s = box.take(), all;
  for (int i = 0; i < n; ++i)
    all += s;
  return all;
}
std::string ok_looks_twice(Letterbox<std::string> &box) { return box.look() + box.look(); }
/// A number is as good after it was moved from.
int ok_numbers(Letterbox<int> &box) { return box.take() + box.take(); }

// ---- the reader takes the value out, and the next one comes: a mailbox ----
#include <utility>
template <class T> class Mailbox {
public:
  void put(T value) {
    {
      std::lock_guard lock(mutex_);
      value_ = std::move(value);
    }
    filled_.notify_one();
  }
  T take() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return value_.has_value(); });
    return std::exchange(value_, std::nullopt).value();
  }

private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::optional<T> value_;
};
int ok_mailbox(Mailbox<int> &box) {
  int sum = 0;
  for (int i = 0; i < 3; ++i)
    sum += box.take();
  return sum + box.take();
}
