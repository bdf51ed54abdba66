// timed_call: calls a function later, unless it is stopped.
//
//   |         | time passes            | stop()                     | destructor                                |
//   |---------|------------------------|----------------------------|-------------------------------------------|
//   | armed   | -> queued, on the executor | true, -> done          | stops it                                  |
//   | queued  | -> running             | true, -> done              | stops it                                  |
//   | running | -> done                | false                      | waits for the end (not inside f itself)   |
//   | done    | -                      | false, or true if stopped before its call | -                          |
//
// So f may capture by reference what lives longer than the timed_call. It runs on an executor and never on the timer
// thread, at most once; what it throws terminates, as there is nobody to tell. It is destroyed with the call or the stop.
// Thread-safety: stop() from any thread; destroying is for one thread, or for f itself.
// Cost: one allocation, one entry in the timer heap, one task when it fires.
//
// Does not compile: copying or moving one; with -Werror=unused-result: a timed_call that is dropped at once.
//
// Example (compiled and run by test/runtime):
//
//   heddle::timed_call slow(100ms, [&] { warn("still busy"); });
//   do_it(); // if it takes less, nobody is warned
#pragma once

#include <heddle/executor.h>
#include <heddle/timer.h>

#include <optional>
#include <thread>

namespace heddle {

namespace detail {

/// A deadline, and the task that it submits. Its owner holds a reference, and so does the task.
class HEDDLE_API timed_task : public timer_entry, public task_node {
public:
  timed_task(executor& on, const task_info& i) noexcept : task_node(i), on_(on) {}
  virtual ~timed_task();

  bool stop() noexcept;
  /// Returns when neither the call nor its submission is under way; at once inside the call.
  void wait() noexcept;
  void release() noexcept {
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

private:
  virtual void call() noexcept = 0;    // and destroys the callable
  virtual void discard() noexcept = 0; // destroys the callable
  void run() noexcept final { end(true); }
  void drop() noexcept final { end(false); }
  void end(bool by_call) noexcept;
  void expired(expired_work& later) noexcept final;
  struct over_case;

  executor& on_;
  std::atomic<std::uint32_t> refs_{1};
  // guarded by timer_lock()
  enum : std::uint8_t { armed, queued, running, done } state_ = armed;
  bool submitting_ = false, stopped_ = false;
  std::thread::id runner_;
  wait_list waiters_;
};

} // namespace detail

/// A call that will be made, for as long as this lives.
class [[nodiscard]] HEDDLE_ROLE("timer !cancels !joins !one-shot") timed_call {
public:
  /// Calls f() after \p d on \p on, which must outlive this.
  template <class F>
  [[nodiscard]] HEDDLE_DOES("create-timer") HEDDLE_DOES("arm") HEDDLE_DOES("defer callable f")
  timed_call(duration d, F f, executor& on = executor::default_pool(), source_site site = source_site::current())
      : task_(new task<F>(on, {"timed_call", site}, std::move(f))) {
    HEDDLE_TRY { detail::arm(*task_, detail::after(d)); }
#if HEDDLE_HAS_EXCEPTIONS
    catch (...) {
      task_->release();
      throw;
    }
#endif
  }
  timed_call(const timed_call&) = delete;
  timed_call& operator=(const timed_call&) = delete;
  ~timed_call() {
    (void)stop();
    task_->wait();
    task_->release();
  }

  /// Sees to it that f is not called; false if it was, or is being called.
  HEDDLE_DOES("disarm") bool stop() noexcept { return task_->stop(); }

private:
  template <class F> class task final : public detail::timed_task {
  public:
    task(executor& on, const task_info& i, F&& f) : timed_task(on, i), f_(std::move(f)) {}

  private:
    void call() noexcept override {
      (*f_)();
      f_.reset();
    }
    void discard() noexcept override { f_.reset(); }
    std::optional<F> f_;
  };
  detail::timed_task* task_;
};

} // namespace heddle
