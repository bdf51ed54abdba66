// observer, metrics: seeing what runs.
//
// An observer is told of every task of go() and of groups when it starts and when it ends, with its name, place, outcome
// and duration. set_observer() installs one for the process. When none is set, a task costs one relaxed load; clocks are
// read only when one is set. metrics is an observer that counts, and writes Prometheus' text format.
//
//   | outcome  | the task                                                   |
//   |----------|------------------------------------------------------------|
//   | resolved | returned a value                                           |
//   | rejected | returned an error or threw                                 |
//   | canceled | returned errc::canceled or errc::deadline_exceeded         |
//
// Thread-safety: an observer is called from many threads at once. It must live until the process ends, or until
// set_observer(nullptr) and the end of all tasks that ran meanwhile. It must not wait.
//
// Example (compiled and run by test/runtime):
//
//   static heddle::metrics numbers;
//   heddle::set_observer(&numbers);
//   (void)heddle::go(ctx, [] { return 1; }, {.name = "one"}).await(ctx);
//   std::string text = numbers.prometheus(); // future_duration_seconds_count{name="one",outcome="resolved"} 1
#pragma once

#include <heddle/executor.h>

#include <array>
#include <map>
#include <mutex>
#include <string>

namespace heddle {

enum class outcome { resolved, rejected, canceled };
HEDDLE_API const char* to_string(outcome o) noexcept;

class observer {
public:
  /// A task begins. What is returned is given to finished().
  virtual void* started(const task_info& task) noexcept = 0;
  /// It has ended; \p why is null unless it failed.
  virtual void finished(void* from_started, const task_info& task, outcome o, duration took, const error* why) noexcept = 0;

protected:
  ~observer() = default;
};

/// Installs the observer of the process (null: none); the one before.
HEDDLE_API observer* set_observer(observer* o) noexcept;

namespace detail {
HEDDLE_API extern std::atomic<observer*> the_observer;

/// One task under the eyes of the observer that was set when it began.
class observation {
public:
  explicit observation(const task_info& task) noexcept : to_(the_observer.load(std::memory_order_relaxed)) {
    if (to_) start(task);
  }
  template <class R> void end(const task_info& task, const R& r) noexcept {
    if (to_) finish(task, r ? nullptr : &r.error());
  }

private:
  HEDDLE_API void start(const task_info& task) noexcept;
  HEDDLE_API void finish(const task_info& task, const error* why) noexcept;
  observer* to_;
  void* token_ = nullptr;
  time_point began_;
};
} // namespace detail

/// Counts tasks by name and outcome.
class HEDDLE_API metrics final : public observer {
public:
  void* started(const task_info& task) noexcept override;
  void finished(void*, const task_info& task, outcome o, duration took, const error* why) noexcept override;

  /// future_inflight, future_duration_seconds, future_exceptions_total in Prometheus' text format.
  std::string prometheus() const;
  std::int64_t in_flight(const std::string& name) const;
  std::uint64_t count(const std::string& name, outcome o) const;

private:
  /// Upper bounds of the duration buckets, in seconds; the last has none.
  static constexpr std::array<double, 8> bounds{0.0001, 0.001, 0.01, 0.1, 1, 10, 60, 600};
  struct series {
    std::array<std::uint64_t, bounds.size() + 1> buckets{};
    double sum = 0;
  };
  struct of_name {
    std::int64_t in_flight = 0;
    std::uint64_t exceptions = 0;
    std::array<series, 3> by_outcome;
  };
  mutable std::mutex mutex_;
  std::map<std::string, of_name> names_; // guarded by mutex_
};

} // namespace heddle
