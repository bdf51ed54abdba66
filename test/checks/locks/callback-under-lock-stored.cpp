// RUN: %verify %s heddle-callback-under-lock -- -std=c++20
// Where the callbacks are kept, and the helpers that call them.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <utility>
#include <vector>

/// A helper that two functions call under the lock.
class bad_Meter {
public:
  void onChange(std::function<void()> f) {
    std::lock_guard lock(mutex_);
    observers_.push_back(std::move(f));
  }
  void set(int watts) {
    std::unique_lock lock(mutex_); // note: 'mutex_' is locked here
    watts_ = watts;
    tell(); // warning: a callback runs while 'mutex_' is held
  }
  void reset() {
    std::unique_lock lock(mutex_);
    watts_ = 0;
    tell();
  }
  int watts() const {
    std::lock_guard lock(mutex_);
    return watts_;
  }

private:
  void tell() {
    for (auto &f : observers_)
      f(); // note: the callback is called here
  }
  mutable std::mutex mutex_;
  std::vector<std::function<void()>> observers_;
  int watts_ = 0;
};

struct Subscription {
  int id = 0;
  std::function<void(int)> call;
};

class bad_Feed {
public:
  void add(Subscription s) {
    std::lock_guard lock(mutex_);
    list_.push_back(std::move(s));
  }
  void members(int price) {
    std::lock_guard lock(mutex_);
    price_ = price;
    for (auto &s : list_)
      s.call(price); // warning: a callback runs while 'mutex_' is held
  }
  void bindings(int price) {
    std::lock_guard lock(mutex_);
    price_ = price;
    for (auto &[id, call] : byId_)
      call(price); // warning: a callback runs while 'mutex_' is held
  }
  void pairs(int price) {
    std::lock_guard lock(mutex_);
    price_ = price;
    for (auto &entry : byId_)
      entry.second(price); // warning: a callback runs while 'mutex_' is held
  }
  void iterators(int price) {
    std::lock_guard lock(mutex_);
    price_ = price;
    for (auto it = byId_.begin(); it != byId_.end(); ++it)
      it->second(price); // warning: a callback runs while 'mutex_' is held
  }
  void given(int price) {
    std::lock_guard lock(mutex_);
    price_ = price;
    each(byId_, price);
  }
  int price() {
    std::lock_guard lock(mutex_);
    return price_;
  }

private:
  static void each(const std::map<int, std::function<void(int)>> &all, int price) {
    for (const auto &[id, f] : all)
      f(price); // warning: a callback runs while 'mutex_' is held
  }
  std::mutex mutex_;
  std::vector<Subscription> list_;
  std::map<int, std::function<void(int)>> byId_;
  int price_ = 0;
};

struct Listener {
  virtual ~Listener() = default;
  virtual void changed(int value) = 0;
  virtual int weight() const = 0;
};

class bad_Model {
public:
  void add(Listener *l) {
    std::lock_guard lock(mutex_);
    listeners_.push_back(l);
  }
  void remove(Listener *l) {
    std::lock_guard lock(mutex_);
    listeners_.erase(std::remove(listeners_.begin(), listeners_.end(), l), listeners_.end());
  }
  void set(int value) {
    std::lock_guard lock(mutex_);
    value_ = value;
    for (Listener *l : listeners_)
      l->changed(value); // warning: a callback runs while 'mutex_' is held
  }

private:
  std::mutex mutex_;
  std::vector<Listener *> listeners_;
  int value_ = 0;
};

class bad_SharedModel {
public:
  void add(const std::shared_ptr<Listener> &l) {
    std::lock_guard lock(mutex_);
    listeners_.push_back(l);
  }
  void remove(const std::shared_ptr<Listener> &l) {
    std::lock_guard lock(mutex_);
    std::erase(listeners_, l);
  }
  void set(int value) {
    std::lock_guard lock(mutex_);
    value_ = value;
    notify();
  }

private:
  void notify() {
    for (const auto &l : listeners_)
      l->changed(value_); // warning: a callback runs while 'mutex_' is held
  }
  std::mutex mutex_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  int value_ = 0;
};

struct Device {
  pthread_mutex_t lock;
  void (*handler)(void *, int);
  void *arg;
  int value;
};
void bad_device_set(Device *d, int value) {
  pthread_mutex_lock(&d->lock);
  d->value = value;
  if (d->handler)
    d->handler(d->arg, value); // warning: a callback runs while 'd.lock' is held
  pthread_mutex_unlock(&d->lock);
}
int device_get(Device *d) {
  pthread_mutex_lock(&d->lock);
  int value = d->value;
  pthread_mutex_unlock(&d->lock);
  return value;
}

// ---- silent ---------------------------------------------------------------------------------------------------------

class ok_Feed {
public:
  void add(Subscription s) {
    std::lock_guard lock(mutex_);
    list_.push_back(std::move(s));
  }
  void copied(int price) {
    std::vector<Subscription> all;
    {
      std::lock_guard lock(mutex_);
      price_ = price;
      all = list_;
    }
    tell(all, price);
  }
  void asked() {
    std::lock_guard lock(mutex_);
    for (auto &f : filters_) // a question, not a notification
      if (f(price_))
        price_ = 0;
  }

private:
  static void tell(const std::vector<Subscription> &all, int price) {
    for (auto &s : all)
      s.call(price);
  }
  std::mutex mutex_;
  std::vector<Subscription> list_;
  std::vector<std::function<bool(int)>> filters_;
  int price_ = 0;
};

/// Parts that the object owns, and that nobody takes off again.
class ok_Plugins {
public:
  void add(std::unique_ptr<Listener> l) {
    std::lock_guard lock(mutex_);
    plugins_.push_back(std::move(l));
  }
  void run(int value) {
    std::lock_guard lock(mutex_);
    for (auto &p : plugins_)
      p->changed(value);
  }
  int count() {
    std::lock_guard lock(mutex_);
    return int(plugins_.size());
  }

private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Listener>> plugins_;
};

/// Listeners that are asked for a value.
class ok_Weights {
public:
  void add(Listener *l) {
    std::lock_guard lock(mutex_);
    all_.push_back(l);
  }
  void remove(Listener *l) {
    std::lock_guard lock(mutex_);
    std::erase(all_, l);
  }
  int sum() {
    std::lock_guard lock(mutex_);
    int n = 0;
    for (Listener *l : all_)
      n += l->weight();
    return n;
  }
  void copied(int value) {
    std::vector<Listener *> all;
    {
      std::lock_guard lock(mutex_);
      all = all_;
    }
    for (Listener *l : all)
      l->changed(value);
  }

private:
  std::mutex mutex_;
  std::vector<Listener *> all_;
};

/// A recursive mutex: the callback may come back.
class ok_Recursive {
public:
  void add(Listener *l) {
    std::lock_guard lock(mutex_);
    listeners_.push_back(l);
  }
  void remove(Listener *l) {
    std::lock_guard lock(mutex_);
    std::erase(listeners_, l);
  }
  void set(int value) {
    std::lock_guard lock(mutex_);
    for (Listener *l : listeners_)
      l->changed(value);
  }

private:
  std::recursive_mutex mutex_;
  std::vector<Listener *> listeners_;
};

/// The lock of another object than the one that has the callbacks.
struct Bell {
  std::vector<std::function<void()>> hammers;
};
class ok_Tower {
public:
  explicit ok_Tower(Bell &bell);
  void strike(Bell &bell) {
    std::lock_guard lock(mutex_);
    ++strikes_;
    for (auto &h : bell.hammers)
      h();
  }
  int strikes() {
    std::lock_guard lock(mutex_);
    return strikes_;
  }

private:
  std::mutex mutex_;
  int strikes_ = 0;
};

// ---- another member that has a parameter and looks at the listeners is not the one that removes them ----
#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <vector>
struct PriceListener {
  virtual ~PriceListener() = default;
  virtual void onPrice(const std::string &symbol, double price) = 0;
};
class bad_Prices {
public:
  void add(std::shared_ptr<PriceListener> listener) {
    std::lock_guard lock(mutex_);
    all_.push_back(std::move(listener));
  }
  void remove(const PriceListener *listener) {
    std::lock_guard lock(mutex_);
    std::erase_if(all_, [=](const auto &l) { return l.get() == listener; });
  }
  void update(const std::string &symbol, double price) {
    std::lock_guard lock(mutex_);
    last_ = price;
    for (const auto &l : all_)
      l->onPrice(symbol, price); // warning: a callback runs while 'mutex_' is held
  }

private:
  std::mutex mutex_;
  double last_ = 0;
  std::vector<std::shared_ptr<PriceListener>> all_;
};
class ok_PricesCopied {
public:
  void add(std::shared_ptr<PriceListener> listener) {
    std::lock_guard lock(mutex_);
    all_.push_back(std::move(listener));
  }
  void remove(const PriceListener *listener) {
    std::lock_guard lock(mutex_);
    std::erase_if(all_, [=](const auto &l) { return l.get() == listener; });
  }
  void update(const std::string &symbol, double price) {
    std::vector<std::shared_ptr<PriceListener>> all;
    {
      std::lock_guard lock(mutex_);
      last_ = price;
      all = all_;
    }
    for (const auto &l : all)
      l->onPrice(symbol, price);
  }

private:
  std::mutex mutex_;
  double last_ = 0;
  std::vector<std::shared_ptr<PriceListener>> all_;
};
