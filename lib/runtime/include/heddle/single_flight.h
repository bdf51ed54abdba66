// single_flight<K, V>: many callers, one call.
//
// run(ctx, key, f) starts f for a key, or joins the call that is under way for it; all callers get its result. Each waits
// under its own context and may leave alone. When the last one leaves, the key is removed first and the flight is
// cancelled then, so that a newcomer never joins a flight that is dying: it starts another.
//
//   | flight of a key | run              | a caller leaves        | the last caller leaves      | f is done |
//   |-----------------|------------------|------------------------|-----------------------------|-----------|
//   | none            | starts one       | -                      | -                           | -         |
//   | under way       | joins            | its err(); others stay | key removed, then cancelled | key removed, all get the result |
//
// f(ctx) runs on the default pool; its context is a child of the owner's, with the values of the first caller. An error or
// exception reaches every caller (one exception object for all: do not change it). Nothing is kept: see future_cache.
// forget(key) lets the flight go on for those who wait and has the next caller start another.
// The destructor cancels the flights and waits for them; nobody may be in run() then. A flight can outlive the callers that
// left it: what f captures by reference must outlive the single_flight.
// V is copied out to each caller; use shared_ptr<const X> for large ones. f must not run() its own key.
// Thread-safety: any thread, but the destructor. Cost: a flight three allocations and a node in a hash table.
//
// Does not compile with -Werror=unused-result: run() whose result is ignored.
//
// Example (compiled and run by test/runtime):
//
//   heddle::single_flight<std::string, std::shared_ptr<const page>> flights(ctx);
//
//   auto p = flights.run(ctx, url, [&](const heddle::context& c) { return download_page(c, url); });
#pragma once

#include <heddle/go.h>
#include <heddle/task_group.h>

#include <memory>
#include <mutex>
#include <unordered_map>

namespace heddle {

template <class K, class V, class Hash = std::hash<K>, class Equal = std::equal_to<K>> class single_flight {
  static_assert(std::is_copy_constructible_v<V>, "each caller gets a copy");

public:
  explicit single_flight(const context& owner) : tasks_(owner, {.name = "single_flight"}) {}
  single_flight(const single_flight&) = delete;
  single_flight& operator=(const single_flight&) = delete;
  ~single_flight() = default; // tasks_ cancels and waits

  /// The result of f for the key.
  template <class F>
  [[nodiscard]] HEDDLE_DOES("spawn callable f") HEDDLE_DOES("await") result<V> run(const context& caller, const K& key, F f,
                                                   source_site site = source_site::current()) {
    static_assert(std::is_same_v<detail::task_result_t<F>, result<V>>, "f returns V or result<V>");
    std::shared_ptr<flight> mine;
    std::optional<ending> start;
    {
      std::lock_guard lock(mutex_);
      auto [at, fresh] = flights_.try_emplace(key);
      if (fresh) {
        HEDDLE_TRY {
          auto [p, result] = make_promise<V>();
          at->second = std::make_shared<flight>(caller, tasks_.get(), std::move(result));
          start.emplace(*this, key, at->second, std::move(p));
        }
#if HEDDLE_HAS_EXCEPTIONS
        catch (...) {
          flights_.erase(at);
          throw;
        }
#endif
      }
      mine = at->second;
      ++mine->callers;
    }
    if (start)
      tasks_.spawn(
          [ends = *std::move(start), f = std::move(f)]() mutable {
            ends.finish(detail::task_result<F>::call(f, ends.ctx()));
          },
          site);
    const result<V>& r = mine->landed.await(caller);
    leave(key, mine);
    if (!r && r.error() == errc::abandoned_promise) { // it was never started
      if (auto e = tasks_.get().err()) return *e;
      return errc::not_started;
    }
    return r;
  }

  /// The next run() of the key starts anew.
  void forget(const K& key) {
    std::lock_guard lock(mutex_);
    flights_.erase(key);
  }

private:
  struct flight {
    flight(const context& values, const context& group, future<V> f)
        : owner(group), scope(scope_access::make(values, context_access::canceller(group), time_point::max())),
          landed(std::move(f)) {}
    context owner;      // what the scope ends with
    cancel_scope scope; // with the values of the first caller
    future<V> landed;
    std::size_t callers = 0; // guarded by mutex_
  };

  /// Takes the key out before the promise is fulfilled, or dropped.
  class ending {
  public:
    ending(single_flight& o, const K& k, std::shared_ptr<flight> f, promise<V> p)
        : owner_(&o), key_(k), flight_(std::move(f)), promise_(std::move(p)) {}
    ending(ending&&) noexcept = default;
    ~ending() {
      if (flight_) owner_->remove(key_, flight_);
    }
    const context& ctx() const noexcept { return flight_->scope.get(); }
    void finish(result<V> r) noexcept {
      owner_->remove(key_, flight_);
      (void)promise_.set(std::move(r));
    }

  private:
    single_flight* owner_;
    K key_;
    std::shared_ptr<flight> flight_;
    promise<V> promise_; // its destructor runs after ours has removed the key
  };

  void remove(const K& key, const std::shared_ptr<flight>& f) noexcept {
    std::lock_guard lock(mutex_);
    auto at = flights_.find(key);
    if (at != flights_.end() && at->second == f) flights_.erase(at);
  }
  void leave(const K& key, const std::shared_ptr<flight>& f) noexcept {
    {
      std::lock_guard lock(mutex_);
      if (--f->callers > 0) return;
      auto at = flights_.find(key);
      if (at != flights_.end() && at->second == f) flights_.erase(at);
    }
    if (!f->landed.ready()) f->scope.cancel(errc::unwanted);
  }

  std::mutex mutex_;
  std::unordered_map<K, std::shared_ptr<flight>, Hash, Equal> flights_; // guarded by mutex_
  task_group tasks_;
};

} // namespace heddle
