// RUN: %verify %s heddle-throwing-shared-work -- -std=c++20
#include <array>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>

struct User {
  std::string name;
};
User query(const std::string &id);
User normalised(User u) {
  if (u.name.empty())
    throw std::runtime_error("no name"); // note: 'std::runtime_error' is thrown here
  return u;
}

/// One caller of a key works, the others wait for its result.
template <class V> class SingleFlight {
public:
  V run(const std::string &key, std::function<V()> work) {
    std::unique_lock lock(mutex_);
    if (auto it = flights_.find(key); it != flights_.end()) {
      auto f = it->second;
      lock.unlock();
      return f.get();
    }
    std::promise<V> p;
    flights_.emplace(key, p.get_future().share());
    lock.unlock();
    try {
      V v = work();
      p.set_value(v);
      forget(key);
      return v;
    } catch (...) {
      p.set_exception(std::current_exception());
      forget(key);
      throw;
    }
  }

private:
  void forget(const std::string &key) {
    std::lock_guard lock(mutex_);
    flights_.erase(key);
  }
  std::mutex mutex_;
  std::map<std::string, std::shared_future<V>> flights_;
};

class Users {
public:
  User bad_F10_get(const std::string &id) {
    return flight_.run(id, [&] { // note: all callers of one key share this work
      User u = query(id);
      return normalised(u); // warning: 'std::runtime_error' may escape this work, which is done once for many callers; every caller gets the same exception
    });
  }
  std::optional<User> ok_F10_get(const std::string &id) {
    return values_.run(id, [&]() -> std::optional<User> {
      try {
        return normalised(query(id));
      } catch (const std::exception &) {
        return std::nullopt;
      }
    });
  }
  User ok_does_not_throw(const std::string &id) {
    return flight_.run(id, [&] { return query(id); });
  }

private:
  SingleFlight<User> flight_;
  SingleFlight<std::optional<User>> values_;
};

class Cache {
public:
  std::shared_future<User> bad_filled(const std::string &id) {
    std::lock_guard lock(mutex_);
    auto it = all_.find(id);
    if (it == all_.end())
      it = all_.emplace(id, std::async(std::launch::async, [id] { return normalised(query(id)); }).share()).first; // warning: 'std::runtime_error' may escape this work, which is done once for many callers
    return it->second;
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::shared_future<User>> all_;
};

class CarefulCache {
public:
  std::shared_future<User> ok_failures_are_taken_out(const std::string &id) {
    std::lock_guard lock(mutex_);
    auto f = all_[id] = std::async(std::launch::async, [this, id] {
                          try {
                            return normalised(query(id));
                          } catch (...) {
                            std::lock_guard inner(mutex_);
                            all_.erase(id);
                            throw;
                          }
                        }).share();
    return f;
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::shared_future<User>> all_;
};

class Config {
public:
  const User &bad_once(const std::string &path) {
    std::call_once(once_, [&] { user_ = normalised(query(path)); }); // warning: 'std::runtime_error' may escape this work, which is done once for many callers; it does not count as run, and every caller runs it again
    return user_;
  }
  const User &ok_once_catches(const std::string &path) {
    std::call_once(once_, [&] {
      try {
        user_ = normalised(query(path));
      } catch (const std::exception &) {
        user_ = {};
      }
    });
    return user_;
  }
  const User &ok_once_is_noexcept(const std::string &path) {
    std::call_once(once_, [&] { user_ = query(path); });
    return user_;
  }

private:
  std::once_flag once_;
  User user_;
};

User ok_for_one_caller(const std::string &id) {
  auto f = std::async(std::launch::async, [id] { return normalised(query(id)); });
  return f.get();
}
std::shared_future<User> ok_shared_by_whom_it_was_given(const std::string &id) {
  return std::async(std::launch::async, [id] { return normalised(query(id)); }).share();
}

class Registry {
public:
  void add(const std::string &key, std::function<void()> f) { all_.emplace(key, std::move(f)); }

private:
  std::map<std::string, std::function<void()>> all_;
};
void ok_no_shared_result(Registry &r, const std::string &id) {
  r.add(id, [id] { normalised(query(id)); });
}

// ---- the entry is made where it is looked up -------------------------------------------------------------------------------

template <class V> class Joint {
public:
  V run(const std::string &key, const std::function<V()> &work) {
    std::shared_ptr<Entry> entry;
    bool first = false;
    {
      std::lock_guard lock(mutex_);
      auto &slot = entries_[key];
      if (!slot) {
        slot = std::make_shared<Entry>();
        first = true;
      }
      entry = slot;
    }
    if (first) {
      try {
        entry->promise.set_value(work());
      } catch (...) {
        entry->promise.set_exception(std::current_exception());
      }
      std::lock_guard lock(mutex_);
      entries_.erase(key);
    }
    return entry->result.get();
  }

private:
  struct Entry {
    std::promise<V> promise;
    std::shared_future<V> result = promise.get_future().share();
  };
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Entry>> entries_;
};
User bad_slot(Joint<User> &joint, const std::string &id) {
  return joint.run(id, [&] { // note: all callers of one key share this work
    return normalised(query(id)); // warning: 'std::runtime_error' may escape this work, which is done once for many callers
  });
}
User ok_slot(Joint<User> &joint, const std::string &id) {
  return joint.run(id, [&] { return query(id); });
}

class Slots {
public:
  std::shared_future<User> bad_kept_in_an_array(unsigned i, const std::string &id) {
    std::lock_guard lock(mutex_);
    if (!slots_[i].valid())
      slots_[i] = std::async(std::launch::async, [id] { // note: the result is kept for many callers here
                    return normalised(query(id)); // warning: 'std::runtime_error' may escape this work, which is done once for many callers
                  }).share();
    return slots_[i];
  }

private:
  std::mutex mutex_;
  std::array<std::shared_future<User>, 4> slots_;
};
class Renewed {
public:
  std::shared_future<User> ok_forgotten_when_it_failed(unsigned i, const std::string &id) {
    std::lock_guard lock(mutex_);
    if (!slots_[i].valid())
      slots_[i] = std::async(std::launch::async, [id] { return normalised(query(id)); }).share();
    return slots_[i];
  }
  void forget() {
    std::lock_guard lock(mutex_);
    slots_ = {};
    std::swap(slots_, other_);
  }

private:
  std::mutex mutex_;
  std::array<std::shared_future<User>, 4> slots_, other_;
};
