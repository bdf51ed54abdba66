// RUN: %verify %s heddle-unbounded-future-cache -- -std=c++20
#include <array>
#include <condition_variable>
#include <deque>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

struct Item {};
Item fetch(const std::string &key);
void trim(std::map<std::string, std::shared_future<Item>> &m);

// ---- the seed ---------------------------------------------------------------------------------------------------------

class bad_F11_Cache {
public:
  std::shared_future<Item> get(const std::string &key) {
    std::lock_guard lock(mutex_);
    if (auto it = data_.find(key); it != data_.end())
      return it->second;
    auto f = std::async(std::launch::async, fetch, key).share();
    data_.emplace(key, f); // warning: 'data_' gets an entry for every new key, and none is ever erased
    return f;
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::shared_future<Item>> data_; // note: 'data_' is declared here
};

class bad_Subscript {
public:
  std::future<Item> &start(int id) {
    auto &slot = running_[id]; // warning: 'running_' gets an entry for every new key, and none is ever erased
    slot = std::async(std::launch::async, fetch, std::to_string(id));
    return slot;
  }

private:
  std::unordered_map<int, std::future<Item>> running_;
};

class bad_EntryBehindAPointer {
public:
  Item get(std::string key) {
    std::shared_ptr<Entry> e;
    {
      std::lock_guard lock(mutex_);
      auto [it, fresh] = entries_.try_emplace(key); // warning: 'entries_' gets an entry for every new key, and none is ever erased
      if (fresh)
        it->second = std::make_shared<Entry>();
      e = it->second;
    }
    std::call_once(e->once, [&] { e->value = fetch(key); });
    return *e->value;
  }

private:
  struct Entry {
    std::once_flag once;
    std::optional<Item> value;
  };
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Entry>> entries_;
};

std::shared_future<Item> bad_static(const std::string &key) {
  static std::mutex m;
  static std::map<std::string, std::shared_future<Item>> cache;
  std::lock_guard lock(m);
  auto it = cache.find(key);
  if (it == cache.end())
    it = cache.emplace(key, std::async(fetch, key).share()).first; // warning: 'cache' gets an entry for every new key, and none is ever erased
  return it->second;
}

// ---- silence ---------------------------------------------------------------------------------------------------------

class ok_ErasesWhenDone {
public:
  Item run(const std::string &key) {
    std::promise<Item> p;
    {
      std::lock_guard lock(mutex_);
      flights_[key] = p.get_future().share();
    }
    Item i = fetch(key);
    p.set_value(i);
    std::lock_guard lock(mutex_);
    flights_.erase(key);
    return i;
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::shared_future<Item>> flights_;
};

class ok_Bounded {
public:
  void put(const std::string &key) {
    if (data_.size() >= 100)
      return;
    data_.emplace(key, std::async(fetch, key).share());
  }

private:
  std::map<std::string, std::shared_future<Item>> data_;
};

class ok_Lru {
public:
  std::shared_future<Item> get(const std::string &key) {
    order_.push_front(key);
    auto f = data_[key] = std::async(fetch, key).share();
    while (order_.size() > 10) {
      data_.erase(order_.back());
      order_.pop_back();
    }
    return f;
  }

private:
  std::list<std::string> order_;
  std::map<std::string, std::shared_future<Item>> data_;
};

class ok_Cleared {
public:
  void start(int id) { running_[id] = std::async(fetch, "x"); }
  void reset() { running_.clear(); }

private:
  std::map<int, std::future<Item>> running_;
};

class ok_Swapped {
public:
  void start(int id) { running_[id] = std::async(fetch, "x"); }
  std::map<int, std::future<Item>> take() { return std::exchange(running_, {}); }

private:
  std::map<int, std::future<Item>> running_;
};

class ok_TrimmedElsewhere {
public:
  void start(const std::string &key) {
    data_[key] = std::async(fetch, key).share();
    trim(data_);
  }

private:
  std::map<std::string, std::shared_future<Item>> data_;
};

enum class Table { users, orders };
class ok_FixedKeys {
public:
  void start(Table t) { data_[t] = std::async(fetch, "x").share(); }

private:
  std::map<Table, std::shared_future<Item>> data_;
};

class ok_OwnKeys {
public:
  void start() {
    data_["users"] = std::async(fetch, "users").share();
    data_["orders"] = std::async(fetch, "orders").share();
  }

private:
  std::map<std::string, std::shared_future<Item>> data_;
};

class ok_Values {
public:
  void put(const std::string &key) { data_[key] = fetch(key); }

private:
  std::map<std::string, Item> data_;
};

class ok_NotAllVisible {
public:
  void start(int id) { running_[id] = std::async(fetch, "x"); }
  void evict();

private:
  std::map<int, std::future<Item>> running_;
};

int ok_local(const std::string &key) {
  std::map<std::string, std::future<Item>> running;
  running[key] = std::async(fetch, key);
  return int(running.count(key));
}

// ---- a member that tells how many there are ------------------------------------------------------------------------------
class bad_TellsItsSize {
public:
  std::shared_future<Item> get(const std::string &key) {
    std::lock_guard lock(mutex_);
    auto it = data_.find(key);
    if (it == data_.end())
      it = data_.emplace(key, std::async(std::launch::async, fetch, key).share()).first; // warning: 'data_' gets an entry for every new key, and none is ever erased
    return it->second;
  }
  std::size_t entries() const { return data_.size(); }

private:
  std::mutex mutex_;
  std::map<std::string, std::shared_future<Item>> data_;
};
class ok_AsksItsSize {
public:
  Item get(const std::string &key) {
    std::lock_guard lock(mutex_);
    if (entries() >= 100)
      return fetch(key);
    auto it = data_.find(key);
    if (it == data_.end())
      it = data_.emplace(key, std::async(std::launch::async, fetch, key).share()).first;
    return it->second.get();
  }
  std::size_t entries() const { return data_.size(); }

private:
  std::mutex mutex_;
  std::map<std::string, std::shared_future<Item>> data_;
};
