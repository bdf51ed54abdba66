#include <heddle/detail/timers.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace heddle::detail {

/// A 4-ary heap of entries that know their place in it, and the thread that sleeps until the first.
class timer_heap {
public:
  static timer_heap& instance() {
    static timer_heap& heap = *new timer_heap; // never destroyed: its thread outlives main
    return heap;
  }

  bool put(timer_entry& e, time_point when) {
    if (e.index_ == npos) {
      entries_.push_back(&e);
      e.index_ = entries_.size() - 1;
      e.when_ = when;
      up(e.index_);
    } else {
      e.when_ = when;
      up(e.index_);
      down(e.index_);
    }
    if (!started_) {
      std::thread([this] { run(); }).detach();
      started_ = true;
      return false;
    }
    if (when >= sleeps_until_) return false;
    sleeps_until_ = when;
    return true;
  }

  bool take(timer_entry& e) noexcept {
    if (e.index_ == npos) return false;
    std::size_t at = e.index_;
    e.index_ = npos;
    timer_entry* last = entries_.back();
    entries_.pop_back();
    if (last != &e) {
      entries_[at] = last;
      last->index_ = at;
      up(at);
      down(last->index_);
    }
    return true;
  }

  void poke() noexcept {
    {
      std::lock_guard g(sleep_mutex_);
      poked_ = true;
    }
    sleep_.notify_one();
  }

  short_lock lock;
  std::size_t count() const noexcept {
    std::size_t n = 0;
    for (const timer_entry* e : entries_) n += !e->housekeeping_;
    return n;
  }

private:
  /// Collects what expired entries want done. Kept between rounds, so that it seldom allocates.
  class collected final : public expired_work {
  public:
    void wake(parker* p) override { parkers_.push_back(p); }
    void call(void (*f)(void*) noexcept, void* argument) override { calls_.push_back({f, argument}); }
    void run() noexcept {
      for (parker* p : parkers_) p->unpark();
      for (const one& c : calls_) c.f(c.argument);
      parkers_.clear();
      calls_.clear();
    }

  private:
    struct one {
      void (*f)(void*) noexcept;
      void* argument;
    };
    std::vector<parker*> parkers_;
    std::vector<one> calls_;
  };

  [[noreturn]] void run() {
    collected work;
    for (;;) {
      time_point now = clock::now();
      lock.lock();
      while (!entries_.empty() && entries_[0]->when_ <= now) {
        timer_entry* e = entries_[0];
        take(*e);
        e->expired(work);
      }
      time_point until = entries_.empty() ? time_point::max() : entries_[0]->when_;
      sleeps_until_ = until;
      lock.unlock();
      work.run();
      // What was armed meanwhile for an earlier time has poked us.
      std::unique_lock g(sleep_mutex_);
      if (until == time_point::max())
        sleep_.wait(g, [this] { return poked_; });
      else
        sleep_.wait_until(g, until, [this] { return poked_; });
      poked_ = false;
    }
  }

  void up(std::size_t at) noexcept {
    timer_entry* e = entries_[at];
    while (at > 0) {
      std::size_t parent = (at - 1) / 4;
      if (entries_[parent]->when_ <= e->when_) break;
      place(at, entries_[parent]);
      at = parent;
    }
    place(at, e);
  }
  void down(std::size_t at) noexcept {
    timer_entry* e = entries_[at];
    for (;;) {
      std::size_t first = at * 4 + 1, best = at;
      for (std::size_t c = first; c < first + 4 && c < entries_.size(); ++c)
        if (entries_[c]->when_ < (best == at ? e : entries_[best])->when_) best = c;
      if (best == at) break;
      place(at, entries_[best]);
      at = best;
    }
    place(at, e);
  }
  void place(std::size_t at, timer_entry* e) noexcept {
    entries_[at] = e;
    e->index_ = at;
  }

  std::vector<timer_entry*> entries_;
  bool started_ = false;
  time_point sleeps_until_ = time_point::max();

  std::mutex sleep_mutex_;
  std::condition_variable sleep_;
  bool poked_ = false;
};

short_lock& timer_lock() noexcept { return timer_heap::instance().lock; }
bool arm_locked(timer_entry& e, time_point when) { return timer_heap::instance().put(e, when); }
void wake_timers() noexcept { timer_heap::instance().poke(); }
bool disarm_locked(timer_entry& e) noexcept { return timer_heap::instance().take(e); }
std::size_t armed_timers() noexcept {
  hold h(timer_lock());
  return timer_heap::instance().count();
}

} // namespace heddle::detail
