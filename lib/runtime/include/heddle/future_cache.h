// future_cache<K, V>: values that are made once, kept for a while, and bounded in number.
//
// get(ctx, key, fill) returns the value that is kept, or fills: callers of the same key share one fill (single_flight),
// each under its own context. Errors are not kept.
//
//   | key       | get                            | fill succeeds | fill fails     | erase / clear                        |
//   |-----------|--------------------------------|---------------|----------------|--------------------------------------|
//   | absent    | starts a fill                  | -             | -              | -                                    |
//   | in flight | joins it                       | -> kept       | -> absent      | the fill goes on, its value is not kept |
//   | kept      | a copy; becomes the newest     | -             | -              | -> absent                            |
//   | expired   | as absent (looked at on get)   | -             | -              | -> absent                            |
//
// At most max_entries values are kept; the one used longest ago goes first. Fills in flight are bounded by their callers
// and are never cancelled to make room. V is copied out: use shared_ptr<const X>.
// Thread-safety: any thread, but the destructor, which cancels the fills and waits for them.
//
// Does not compile: a cache without both bounds.
//
// Example (compiled and run by test/runtime):
//
//   heddle::future_cache<std::string, int> sizes(ctx, 1000, 5min);
//
//   heddle::result<int> size = sizes.get(ctx, url, [&](const heddle::context& c) { return head(c, url); });
#pragma once

#include <heddle/single_flight.h>
#include <heddle/timer.h>

#include <list>
#include <unordered_map>

namespace heddle {

template <class K, class V, class Hash = std::hash<K>, class Equal = std::equal_to<K>> class future_cache {
public:
  future_cache(const context& owner, std::size_t max_entries, duration ttl)
      : max_(max_entries), ttl_(ttl), flights_(owner) {}
  future_cache(const future_cache&) = delete;
  future_cache& operator=(const future_cache&) = delete;

  /// The value of the key, kept or filled.
  template <class F>
  [[nodiscard]] HEDDLE_DOES("spawn callable fill") HEDDLE_DOES("await") result<V> get(const context& caller, const K& key, F fill,
                                                   source_site site = source_site::current()) {
    if (auto kept = find(key)) return *std::move(kept);
    return flights_.run(
        caller, key,
        [this, key, fill = std::move(fill)](const context& ctx) mutable -> result<V> {
          std::uint64_t ticket;
          {
            // A fill may have landed between the look above and this flight.
            std::lock_guard lock(mutex_);
            if (auto kept = find_locked(key)) return *std::move(kept);
            ticket = ++last_ticket_;
            filling_[key] = ticket;
          }
          result<V> r = detail::task_result<F>::call(fill, ctx);
          std::lock_guard lock(mutex_);
          auto at = filling_.find(key);
          if (at == filling_.end() || at->second != ticket) return r; // erased meanwhile
          filling_.erase(at);
          if (r) keep(key, *r);
          return r;
        },
        site);
  }
  /// Forgets the value; a fill under way is not kept.
  void erase(const K& key) {
    {
      std::lock_guard lock(mutex_);
      filling_.erase(key);
      if (auto at = index_.find(key); at != index_.end()) {
        entries_.erase(at->second);
        index_.erase(at);
      }
    }
    flights_.forget(key);
  }
  void clear() {
    std::vector<K> under_way;
    {
      std::lock_guard lock(mutex_);
      for (const auto& f : filling_) under_way.push_back(f.first);
      filling_.clear();
      index_.clear();
      entries_.clear();
    }
    for (const K& k : under_way) flights_.forget(k);
  }
  /// How many values are kept, expired ones among them.
  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return entries_.size();
  }

private:
  struct entry {
    K key;
    V value;
    time_point expires;
  };
  std::optional<V> find(const K& key) {
    std::lock_guard lock(mutex_);
    return find_locked(key);
  }
  std::optional<V> find_locked(const K& key) {
    auto at = index_.find(key);
    if (at == index_.end()) return std::nullopt;
    if (clock::now() >= at->second->expires) {
      entries_.erase(at->second);
      index_.erase(at);
      return std::nullopt;
    }
    entries_.splice(entries_.begin(), entries_, at->second);
    return at->second->value;
  }
  void keep(const K& key, const V& value) {
    if (max_ == 0) return;
    if (auto at = index_.find(key); at != index_.end()) {
      entries_.erase(at->second);
      index_.erase(at);
    }
    while (entries_.size() >= max_) {
      index_.erase(entries_.back().key);
      entries_.pop_back();
    }
    entries_.push_front({key, value, detail::after(ttl_)});
    index_[key] = entries_.begin();
  }

  const std::size_t max_;
  const duration ttl_;
  mutable std::mutex mutex_; // guards what follows, but for flights_
  std::list<entry> entries_; // the newest first
  std::unordered_map<K, typename std::list<entry>::iterator, Hash, Equal> index_;
  std::unordered_map<K, std::uint64_t, Hash, Equal> filling_;
  std::uint64_t last_ticket_ = 0;
  single_flight<K, V, Hash, Equal> flights_; // last: its destructor waits for fills, which use the rest
};

} // namespace heddle
