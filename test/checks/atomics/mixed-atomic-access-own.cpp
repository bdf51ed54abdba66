// RUN: %verify %s heddle-mixed-atomic-access -- -std=c++20
// Objects that no other thread has, and writers that hold the lock of the owner.
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

struct Histogram {
  std::atomic<long> max{0};
  std::atomic<long> count{0};
  Histogram() = default;
  Histogram(const Histogram &h) : max(h.max.load()), count(h.count.load()) {}

  void ok_merge(const Histogram &other) {
    count += other.count;
    if (max < other.max)
      max = other.max.load();
  }
  void bad_put(long v) {
    ++count;
    if (max < v)
      max = v; // warning: 'max' is tested and set in two steps
  }
};
// The left one is a copy.
Histogram ok_sum(Histogram left, const Histogram &right) {
  left.count += right.count;
  if (left.max < right.max)
    left.max = right.max.load();
  return left;
}
void ok_local(const std::vector<Histogram *> &all, long &out) {
  Histogram h;
  for (const Histogram *x : all)
    if (h.max < x->max)
      h.max = x->max.load();
  for (const Histogram *x : all)
    h.ok_merge(*x);
  out = h.max;
}
// It is the caller's.
void bad_into(Histogram &into, const Histogram &from) {
  if (into.max < from.max)
    into.max = from.max.load(); // warning: 'max' is tested and set in two steps
}
// A thread has it, too.
void local(long v) {
  Histogram h;
  std::thread t([&h] { h.bad_put(1); });
  h.bad_put(v);
  t.join();
}

// Who owns the state takes a lock for every change.
class Term {
public:
  long get() const { return value_; }
  void ok_next() {
    long n = value_;
    value_ = n + 1;
  }
  void bad_skip() {
    long n = value_;
    value_ = n + 2; // warning: 'value_' is atomic, but is updated by a load and a separate store
  }

private:
  std::atomic<long> value_{0};
};
class Server {
public:
  void vote() {
    std::lock_guard lock(mutex_);
    term_.ok_next();
  }
  void elect() {
    std::lock_guard lock(mutex_);
    advance();
    term_.bad_skip();
  }
  void skip() { term_.bad_skip(); }
  long term() const { return term_.get(); }

private:
  void advance() { term_.ok_next(); }
  std::mutex mutex_;
  Term term_;
};

// A bit of the word is its lock, taken by a compare-exchange.
class Word {
public:
  void ok_push(unsigned long head) {
    unsigned long now = word_.load();
    while ((now & 1) || !word_.compare_exchange_weak(now, now | 1)) {
    }
    unsigned long locked = word_.load();
    word_.store((locked & 3) | head);
  }
  void ok_claim(unsigned long head) {
    if (word_.fetch_or(1) & 1)
      return;
    unsigned long locked = word_.load();
    word_.store((locked & 3) | head);
  }
  void bad_push(unsigned long head) {
    unsigned long now = word_.load();
    word_.store((now & 3) | head); // warning: 'word_' is atomic, but is updated by a load and a separate store
  }
  // On another path.
  void bad_path(bool claim, unsigned long head) {
    if (claim)
      word_.fetch_or(1);
    unsigned long now = word_.load();
    word_.store((now & 3) | head); // warning: 'word_' is atomic, but is updated by a load and a separate store
  }

private:
  std::atomic<unsigned long> word_{0};
};
