#include <heddle/timed_call.h>

namespace heddle::detail {

struct timed_task::over_case final : wait_case {
  explicit over_case(timed_task& t) noexcept : task(t) {}
  short_lock& source_lock() noexcept override { return timer_lock(); }
  bool take(parker*&) noexcept override { return task.state_ == done && !task.submitting_; }
  wait_list& list() noexcept override { return task.waiters_; }
  timed_task& task;
};

timed_task::~timed_task() { disarm(*this); }

void timed_task::expired(expired_work& later) noexcept {
  state_ = queued;
  submitting_ = true;
  refs_.fetch_add(1, std::memory_order_relaxed); // the task's
  later.call(
      [](void* self) noexcept {
        auto* t = static_cast<timed_task*>(self);
        t->refs_.fetch_add(1, std::memory_order_relaxed); // ours: the task may be over before we are
        t->on_.submit(work(t));
        timer_lock().lock();
        t->submitting_ = false;
        fire_all(timer_lock(), t->waiters_);
        t->release();
      },
      this);
}

void timed_task::end(bool by_call) noexcept {
  timer_lock().lock();
  bool ours = state_ == queued;
  if (ours) {
    state_ = running;
    runner_ = std::this_thread::get_id();
  }
  timer_lock().unlock();
  if (ours) {
    by_call ? call() : discard();
    timer_lock().lock();
    state_ = done;
    fire_all(timer_lock(), waiters_);
  }
  release();
}

bool timed_task::stop() noexcept {
  {
    hold h(timer_lock());
    if (state_ != armed && state_ != queued) return stopped_;
    disarm_locked(*this);
    state_ = done;
    stopped_ = true;
  }
  discard(); // nobody else touches it any more
  return true;
}

void timed_task::wait() noexcept {
  for (;;) {
    {
      hold h(timer_lock());
      if (state_ == running && runner_ == std::this_thread::get_id()) return;
      if (state_ == done && !submitting_) return;
    }
    // The submission and the call end one after the other, in either order, and each wakes us.
    over_case over(*this);
    wait_case* cases[] = {&over};
    wait_any(cases, 1);
  }
}

} // namespace heddle::detail
