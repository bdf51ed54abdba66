// RUN: %verify %s heddle-guarded-reference-escapes -- -std=c++20
// Through locals, and in optionals and pairs.
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

struct Entry {
  std::string name;
  std::vector<int> values;
  int hits = 0;
};

class Registry {
public:
  void put(int id, Entry e) {
    std::lock_guard lock(mutex_);
    all_[id] = std::move(e);
  }
  void drop(int id) {
    std::lock_guard lock(mutex_);
    all_.erase(id);
  }

  std::string_view bad_name(int id) {
    std::lock_guard lock(mutex_); // note: 'mutex_' is locked here
    const Entry *e = find(id);
    if (!e)
      return "none";
    return e->name; // warning: a view of 'all_' is returned, and 'mutex_' is released
  }
  const std::vector<int> &bad_values(int id) {
    std::lock_guard lock(mutex_);
    auto *e = &all_[id];
    return e->values; // warning: a reference to 'all_' is returned, and 'mutex_' is released
  }
  const Entry *bad_pointer(int id) {
    std::lock_guard lock(mutex_);
    const auto it = all_.find(id);
    const Entry *e = it == all_.end() ? nullptr : &it->second;
    return e; // warning: a pointer into 'all_' is returned, and 'mutex_' is released
  }
  const int *bad_hits(int id) {
    std::lock_guard lock(mutex_);
    Entry *const e = find(id);
    return e ? &e->hits : nullptr; // warning: a pointer into 'all_' is returned, and 'mutex_' is released
  }
  std::map<int, Entry>::iterator bad_iterator(int id) {
    std::lock_guard lock(mutex_);
    auto it = all_.find(id);
    return it; // warning: an iterator of 'all_' is returned, and 'mutex_' is released
  }
  std::optional<std::map<int, Entry>::iterator> bad_optional(int id) {
    std::lock_guard lock(mutex_);
    auto it = all_.find(id);
    if (it == all_.end())
      return std::nullopt;
    return it; // warning: an iterator of 'all_' is returned, and 'mutex_' is released
  }
  std::pair<const Entry *, bool> bad_pair(int id) {
    std::lock_guard lock(mutex_);
    auto it = all_.find(id);
    if (it == all_.end())
      return {nullptr, false};
    return {&it->second, true}; // warning: a pointer into 'all_' is returned, and 'mutex_' is released
  }

  // ---- silent ----

  std::string ok_copy(int id) {
    std::lock_guard lock(mutex_);
    const Entry *e = find(id);
    return e ? e->name : "none";
  }
  std::optional<Entry> ok_optional(int id) {
    std::lock_guard lock(mutex_);
    auto it = all_.find(id);
    if (it == all_.end())
      return std::nullopt;
    return it->second;
  }
  std::pair<std::string, bool> ok_pair(int id) {
    std::lock_guard lock(mutex_);
    auto it = all_.find(id);
    if (it == all_.end())
      return {"", false};
    return {it->second.name, true};
  }
  int ok_number(int id) {
    std::lock_guard lock(mutex_);
    const Entry *e = find(id);
    return e ? e->hits : 0;
  }
  /// Another object than the first.
  const Entry *ok_other(int id, const Entry *fallback) {
    std::lock_guard lock(mutex_);
    const Entry *e = find(id);
    if (e)
      e = fallback;
    return e;
  }
  /// A literal.
  std::string_view ok_literal(int id) {
    std::lock_guard lock(mutex_);
    const char *text = find(id) ? "yes" : "no";
    return text;
  }

private:
  /// With the lock held.
  Entry *find(int id) {
    auto it = all_.find(id);
    return it == all_.end() ? nullptr : &it->second;
  }
  std::mutex mutex_;
  std::map<int, Entry> all_;
};

/// What an element points to is another matter.
class ok_Shared {
public:
  void put(int id, std::shared_ptr<Entry> e) {
    std::lock_guard lock(mutex_);
    all_[id] = std::move(e);
  }
  void drop(int id) {
    std::lock_guard lock(mutex_);
    all_.erase(id);
  }
  std::shared_ptr<Entry> get(int id) {
    std::lock_guard lock(mutex_);
    auto it = all_.find(id);
    if (it == all_.end())
      return nullptr;
    std::shared_ptr<Entry> e = it->second;
    return e;
  }
  Entry *raw(int id) {
    std::lock_guard lock(mutex_);
    auto it = all_.find(id);
    Entry *e = it == all_.end() ? nullptr : it->second.get();
    return e;
  }
  std::optional<std::shared_ptr<Entry>> maybe(int id) {
    std::lock_guard lock(mutex_);
    auto it = all_.find(id);
    if (it == all_.end())
      return std::nullopt;
    return it->second;
  }

private:
  std::mutex mutex_;
  std::unordered_map<int, std::shared_ptr<Entry>> all_;
};

/// Nobody takes an element out again.
class ok_Interned {
public:
  const std::string *intern(int id, std::string text) {
    std::lock_guard lock(mutex_);
    auto it = all_.find(id);
    if (it == all_.end())
      it = all_.emplace(id, std::move(text)).first;
    const std::string *s = &it->second;
    return s;
  }

private:
  std::mutex mutex_;
  std::map<int, std::string> all_;
};
