// lazy<T>: a task that starts when somebody first awaits it.
//
//   |         | await(ctx)       | a caller leaves | the last caller leaves       | f is done |
//   |---------|------------------|-----------------|------------------------------|-----------|
//   | idle    | -> running, waits| -               | -                            | -         |
//   | running | waits            | its ctx's err() | -> idle, the task is cancelled | -> done |
//   | done    | at once          | -               | -                            | -         |
//
// What f returns or throws is kept for good; a run that was cancelled because everybody left is not, and the next await()
// starts f anew (perhaps while the cancelled one winds down: f must bear two calls at once). f(ctx) runs on an
// executor under a child of the context given to the constructor.
// Thread-safety: any thread, but the destructor, which cancels what runs and does not wait.
// Cost: two allocations, and one a start.
//
// Example (compiled and run by test/runtime):
//
//   heddle::lazy<std::string> config(ctx, [](const heddle::context& c) { return load_config(c); });
//
//   const heddle::result<std::string>& text = config.await(ctx); // loads it now, or gives what was loaded
#pragma once

#include <heddle/go.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace heddle {

template <class T> class [[nodiscard]] HEDDLE_ROLE("shared-future !lazy !read-many !carries-exceptions") lazy {
public:
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, lazy>)
  HEDDLE_DOES("defer callable f") lazy(const context& own, F f, go_options o = {.name = "lazy"}, source_site site = source_site::current())
      : on_(o.on ? *o.on : executor::default_pool()),
        make_([own, info = task_info{o.name, site, true}, f = std::make_shared<const F>(std::move(f))] {
          return detail::make_task(own, [f](const context& c) { return detail::task_result<const F>::call(*f, c); }, info);
        }) {
    static_assert(std::is_same_v<detail::task_result_t<const F>, result<T>>, "f returns T or result<T>, and is const");
  }
  lazy(const lazy&) = delete;
  lazy& operator=(const lazy&) = delete;

  /// The result, made now if it was not.
  HEDDLE_DOES("await") const result<T>& await(const context& caller) const HEDDLE_LIFETIMEBOUND {
    std::shared_ptr<attempt> mine;
    std::optional<work> start; // submitted without the lock: the executor may be anybody's
    {
      std::lock_guard lock(mutex_);
      if (!attempt_) {
        auto [result, task] = make_();
        attempt_ = std::make_shared<attempt>(std::move(result));
        start.emplace(std::move(task));
      }
      mine = attempt_;
      ++mine->callers;
    }
    if (start) on_.submit(*std::move(start));
    const result<T>& r = mine->value.await(caller);
    {
      std::lock_guard lock(mutex_);
      // Done is kept, so that r lives as long as we do.
      if (--mine->callers > 0 || mine->value.ready()) return r;
      if (attempt_ == mine) attempt_.reset();
    }
    return r; // that of the caller's context, which lives forever
  }
  /// Returns true if it is running or done.
  HEDDLE_DOES("test") bool started() const noexcept {
    std::lock_guard lock(mutex_);
    return attempt_ != nullptr;
  }

private:
  struct attempt {
    explicit attempt(future<T> f) : value(std::move(f)) {}
    future<T> value; // the only handle: when it dies, the task is cancelled
    std::size_t callers = 0;
  };
  executor& on_;
  std::function<std::pair<future<T>, work>()> make_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<attempt> attempt_; // guarded by mutex_
};

} // namespace heddle
