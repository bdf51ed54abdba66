// observer, metrics, recorder: seeing what runs.
//
// An observer is told of every task of go(), lazy and groups when it starts and when it ends, with its name, place,
// outcome and duration, and of what waits. set_observer() installs one for the process. When none is set, a task costs
// a relaxed load or two; clocks are read only when one is set. Two observers are here as examples: metrics counts, and
// writes Prometheus' text format; recorder keeps the last spans.
//
//   | outcome  | the task                                                   |
//   |----------|------------------------------------------------------------|
//   | resolved | returned a value                                           |
//   | rejected | returned an error or threw                                 |
//   | canceled | returned errc::canceled or errc::deadline_exceeded         |
//
//   | gauge              | label         | counts                                                             |
//   |--------------------|---------------|--------------------------------------------------------------------|
//   | executor_queued    | executor      | tasks that no thread has taken yet                                 |
//   | executor_saturated | executor      | 1 while work waits and max_threads threads are there               |
//   | group_limit        | group         | how many tasks at once the groups of that name allow, together     |
//   | group_queued       | group         | calls of spawn() that wait for a slot                              |
//   | pool_limit         | worker_pool   | its threads                                                        |
//   | pool_queued        | worker_pool   | jobs that no worker has taken yet                                  |
//
// Thread-safety: an observer is called from many threads at once. It must live until the process ends, or until
// set_observer(nullptr) and the end of all tasks and groups that were there meanwhile. It must not wait.
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
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace heddle {

enum class outcome { resolved, rejected, canceled };
HEDDLE_API const char* to_string(outcome o) noexcept;

class observer {
public:
  /// A task begins. What is returned is given to finished().
  virtual void* started(const task_info& task) noexcept = 0;
  /// It has ended; \p why is null unless it failed.
  virtual void finished(void* from_started, const task_info& task, outcome o, duration took, const error* why) noexcept = 0;
  /// A gauge changes. Changes may come in another order than they happened; their sum is right.
  virtual void gauge(const char* name, const char* label, std::int64_t change) noexcept;

protected:
  ~observer() = default;
};

/// Installs the observer of the process (null: none); the one before.
HEDDLE_API observer* set_observer(observer* o) noexcept;

namespace detail {
HEDDLE_API extern std::atomic<observer*> the_observer;

/// The observer that is set, if any; what its setter wrote before is seen.
inline observer* current_observer() noexcept {
  return the_observer.load(std::memory_order_relaxed) ? the_observer.load(std::memory_order_acquire) : nullptr;
}

/// A part of a gauge for as long as it lives, with the observer that was set when it began.
class gauge_share {
public:
  gauge_share(const char* name, const char* label, std::int64_t amount = 1) noexcept
      : to_(current_observer()), name_(name), label_(label), amount_(amount) {
    if (to_) to_->gauge(name_, label_, amount_);
  }
  ~gauge_share() { end(); }
  gauge_share(const gauge_share&) = delete;
  gauge_share& operator=(const gauge_share&) = delete;
  void end() noexcept {
    if (observer* o = std::exchange(to_, nullptr)) o->gauge(name_, label_, -amount_);
  }

private:
  observer* to_;
  const char *name_, *label_;
  std::int64_t amount_;
};

/// One task under the eyes of the observer that was set when it began.
class observation {
public:
  explicit observation(const task_info& task) noexcept : to_(current_observer()) {
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

/// Counts tasks by name and outcome, and keeps the gauges.
class HEDDLE_API metrics final : public observer {
public:
  void* started(const task_info& task) noexcept override;
  void finished(void*, const task_info& task, outcome o, duration took, const error* why) noexcept override;
  void gauge(const char* name, const char* label, std::int64_t change) noexcept override;

  /// future_inflight, future_exceptions_total, future_canceled_total, future_duration_seconds and the gauges, in
  /// Prometheus' text format.
  std::string prometheus() const;
  std::int64_t in_flight(const std::string& name) const;
  std::uint64_t count(const std::string& name, outcome o) const;
  std::int64_t level(const std::string& gauge, const std::string& label) const;

private:
  /// Upper bounds of the duration buckets, in seconds; the last has none.
  static constexpr std::array<double, 8> bounds{0.0001, 0.001, 0.01, 0.1, 1, 10, 60, 600};
  struct series {
    std::array<std::uint64_t, bounds.size() + 1> buckets{};
    double sum = 0;
  };
  struct of_name {
    std::int64_t in_flight = 0;
    std::uint64_t exceptions = 0, canceled = 0, late = 0;
    std::array<series, 3> by_outcome;
  };
  mutable std::mutex mutex_; // guards what follows
  std::map<std::string, of_name> names_;
  std::map<std::string, std::map<std::string, std::int64_t>> gauges_; // by name, then label
};

/// What became of one task.
struct span {
  std::string name;
  source_site site;
  bool lazy = false; ///< started by the first who awaited it
  outcome how = outcome::resolved;
  duration took{};
  std::string why; ///< empty unless it failed
};

/// Keeps the last spans in memory: for tests, and for looking at a process from within.
class HEDDLE_API recorder final : public observer {
public:
  explicit recorder(std::size_t max_spans = 1000) noexcept : max_(max_spans) {}
  void* started(const task_info&) noexcept override { return nullptr; }
  void finished(void*, const task_info& task, outcome o, duration took, const error* why) noexcept override;

  /// In the order in which they ended.
  std::vector<span> spans() const;

private:
  const std::size_t max_;
  mutable std::mutex mutex_;
  std::deque<span> spans_; // guarded by mutex_
};

} // namespace heddle
