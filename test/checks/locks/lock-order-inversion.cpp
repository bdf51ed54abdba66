// RUN: %verify %s heddle-lock-order-inversion -- -std=c++20
// Two locks in both orders: in one class, across classes, through callees, by hand; and the orders that are none.
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

// ---- two members of one class ----
class bad_bank {
public:
  void deposit(int n) {
    std::lock_guard<std::mutex> a(accounts_mutex_); // note: 'accounts_mutex_' is locked here
    total_ += n;
    std::lock_guard<std::mutex> l(log_mutex_); // note: 'log_mutex_' is locked here, with 'accounts_mutex_' held // warning: 'log_mutex_' is locked while 'accounts_mutex_' is held, and elsewhere 'accounts_mutex_' while 'log_mutex_' is; two threads that do both wait for each other forever (deadlock); lock them in one order, or both at once
    log_.push_back("deposit");
  }
  void print() {
    std::unique_lock lock(log_mutex_); // note: in the other order: 'log_mutex_' is locked here
    log_.push_back("print " + std::to_string(total())); // note: 'total' is called here
  }
  int total() {
    std::lock_guard lock(accounts_mutex_); // note: 'accounts_mutex_' is locked here, with 'log_mutex_' held
    return total_;
  }

private:
  std::mutex accounts_mutex_, log_mutex_;
  int total_ = 0;
  std::vector<std::string> log_;
};

class ok_bank {
public:
  void deposit(int n) {
    std::scoped_lock both(accounts_mutex_, log_mutex_);
    total_ += n;
    log_.push_back("deposit");
  }
  void print() {
    std::scoped_lock both(log_mutex_, accounts_mutex_);
    log_.push_back("print " + std::to_string(total_));
  }
  void by_std_lock() {
    std::unique_lock a(log_mutex_, std::defer_lock), b(accounts_mutex_, std::defer_lock);
    std::lock(a, b);
    log_.clear();
  }
  void adopted() {
    std::lock(log_mutex_, accounts_mutex_);
    std::lock_guard a(log_mutex_, std::adopt_lock);
    std::lock_guard b(accounts_mutex_, std::adopt_lock);
    log_.clear();
  }
  void same_order() {
    std::lock_guard a(accounts_mutex_);
    std::lock_guard l(log_mutex_);
    log_.clear();
  }
  void one_after_the_other() {
    {
      std::lock_guard l(log_mutex_);
      log_.clear();
    }
    std::lock_guard a(accounts_mutex_);
    total_ = 0;
  }
  void tries() {
    std::lock_guard l(log_mutex_);
    std::unique_lock a(accounts_mutex_, std::try_to_lock);
    if (a)
      total_ = 0;
    if (accounts_mutex_.try_lock())
      accounts_mutex_.unlock();
  }
  void gives_back() {
    std::unique_lock l(log_mutex_);
    log_.clear();
    l.unlock();
    std::lock_guard a(accounts_mutex_);
    total_ = 0;
  }
  void gives_back_in_helper() {
    std::unique_lock l(log_mutex_);
    reset(l);
  }
  void elsewhere() {
    std::lock_guard l(log_mutex_);
    std::thread([this] {
      std::lock_guard a(accounts_mutex_);
      total_ = 0;
    }).detach();
  }

private:
  void reset(std::unique_lock<std::mutex> &l) {
    l.unlock();
    {
      std::lock_guard a(accounts_mutex_);
      total_ = 0;
    }
    l.lock();
  }
  std::mutex accounts_mutex_, log_mutex_;
  int total_ = 0;
  std::vector<std::string> log_;
};

// ---- owner and part, each under its own lock ----
class bad_registry;
class Device {
public:
  explicit Device(bad_registry &owner) : owner_(owner) {}
  void lost();
  void poll() {
    std::lock_guard<std::mutex> lock(state_mutex_); // note: 'state_mutex_' is locked here, with 'devices_mutex_' held
    ++polls_;
  }

private:
  bad_registry &owner_;
  std::mutex state_mutex_;
  int polls_ = 0;
  bool connected_ = true;
};
class bad_registry {
public:
  void removed() {
    std::lock_guard<std::mutex> lock(devices_mutex_); // note: 'devices_mutex_' is locked here, with 'state_mutex_' held
    ++gone_;
  }
  void pollAll() {
    std::lock_guard<std::mutex> lock(devices_mutex_); // note: 'devices_mutex_' is locked here
    for (auto &d : devices_)
      d->poll(); // note: 'poll' is called here // warning: 'state_mutex_' is locked while 'devices_mutex_' is held, and elsewhere 'devices_mutex_' while 'state_mutex_' is
  }

private:
  std::mutex devices_mutex_;
  std::vector<std::shared_ptr<Device>> devices_;
  int gone_ = 0;
};
void Device::lost() {
  std::lock_guard<std::mutex> lock(state_mutex_); // note: in the other order: 'state_mutex_' is locked here
  connected_ = false;
  owner_.removed(); // note: 'removed' is called here
}

class ok_registry;
class ok_device {
public:
  explicit ok_device(ok_registry &owner) : owner_(owner) {}
  void lost();
  void poll() {
    std::lock_guard<std::mutex> lock(state_mutex_);
    ++polls_;
  }

private:
  ok_registry &owner_;
  std::mutex state_mutex_;
  int polls_ = 0;
  bool connected_ = true;
};
class ok_registry {
public:
  void removed() {
    std::lock_guard<std::mutex> lock(devices_mutex_);
    ++gone_;
  }
  void pollAll() {
    std::lock_guard<std::mutex> lock(devices_mutex_);
    for (auto &d : devices_)
      d->poll();
  }

private:
  std::mutex devices_mutex_;
  std::vector<std::shared_ptr<ok_device>> devices_;
  int gone_ = 0;
};
void ok_device::lost() {
  {
    std::lock_guard<std::mutex> lock(state_mutex_);
    connected_ = false;
  }
  owner_.removed();
}

// ---- C: globals, and a struct ----
static pthread_mutex_t g_jobs = PTHREAD_MUTEX_INITIALIZER, g_stats = PTHREAD_MUTEX_INITIALIZER;
static int jobs, stats;
void bad_submit() {
  pthread_mutex_lock(&g_jobs);
  ++jobs;
  pthread_mutex_lock(&g_stats); // warning: 'g_stats' is locked while 'g_jobs' is held, and elsewhere 'g_jobs' while 'g_stats' is
  ++stats;
  pthread_mutex_unlock(&g_stats);
  pthread_mutex_unlock(&g_jobs);
}
void report() {
  pthread_mutex_lock(&g_stats);
  pthread_mutex_lock(&g_jobs);
  stats = jobs;
  pthread_mutex_unlock(&g_jobs);
  pthread_mutex_unlock(&g_stats);
}
static pthread_mutex_t h_jobs = PTHREAD_MUTEX_INITIALIZER, h_stats = PTHREAD_MUTEX_INITIALIZER;
void ok_submit() {
  pthread_mutex_lock(&h_jobs);
  ++jobs;
  pthread_mutex_unlock(&h_jobs);
  pthread_mutex_lock(&h_stats);
  ++stats;
  pthread_mutex_unlock(&h_stats);
}
void ok_report() {
  pthread_mutex_lock(&h_stats);
  pthread_mutex_lock(&h_jobs);
  stats = jobs;
  pthread_mutex_unlock(&h_jobs);
  pthread_mutex_unlock(&h_stats);
}

// ---- two objects of one class: no order that a name could tell ----
struct ok_account {
  void transfer(ok_account &to, int n) {
    std::lock_guard a(mutex);
    std::lock_guard b(to.mutex);
    balance -= n;
    to.balance += n;
  }
  std::mutex mutex;
  int balance = 0;
};
struct ok_node {
  std::mutex mutex;
  ok_node *next = nullptr;
};
void ok_hand_over_hand(ok_node *n) {
  n->mutex.lock();
  while (ok_node *next = n->next) {
    next->mutex.lock();
    n->mutex.unlock();
    n = next;
  }
  n->mutex.unlock();
}

// ---- a gate, readers, a constructor ----
class ok_gate {
public:
  ok_gate() {
    std::lock_guard b(second_);
    std::lock_guard a(first_);
  }
  void forth() {
    std::lock_guard g(gate_);
    std::lock_guard a(first_);
    std::lock_guard b(second_);
  }
  void back() {
    std::lock_guard g(gate_);
    std::lock_guard b(second_);
    std::lock_guard a(first_);
  }

private:
  std::mutex gate_, first_, second_;
};
class ok_readers {
public:
  void forth() const {
    std::shared_lock a(first_);
    std::shared_lock b(second_);
  }
  void back() const {
    std::shared_lock b(second_);
    std::shared_lock a(first_);
  }

private:
  mutable std::shared_mutex first_, second_;
};
class bad_readers {
public:
  void forth() {
    std::shared_lock a(first_);
    std::unique_lock b(second_); // warning: 'second_' is locked while 'first_' is held, and elsewhere 'first_' while 'second_' is
  }
  void back() {
    std::shared_lock b(second_);
    std::unique_lock a(first_);
  }

private:
  std::shared_mutex first_, second_;
};
class ok_reentrant {
public:
  void outer() {
    std::lock_guard a(all_);
    std::lock_guard b(part_);
    inner();
  }

private:
  void inner() {
    std::lock_guard a(all_); // held already
    ++n_;
  }
  std::recursive_mutex all_;
  std::mutex part_;
  int n_ = 0;
};

// ---- the same name in two classes ----
class bad_box;
struct Tunnel {
  explicit Tunnel(bad_box &b) : box(b) {}
  void stop();
  bool dead() {
    std::lock_guard lock(access);
    return !running;
  }
  bad_box &box;
  std::mutex access;
  bool running = true;
};
class bad_box {
public:
  void signal() {
    std::lock_guard lock(access);
    ++signals_;
  }
  void clean() {
    std::lock_guard lock(access);
    for (auto &t : all_)
      if (t->dead()) // warning: 'Tunnel::access' is locked while 'bad_box::access' is held, and elsewhere 'bad_box::access' while 'Tunnel::access' is
        ++signals_;
  }

private:
  std::mutex access;
  std::vector<std::unique_ptr<Tunnel>> all_;
  int signals_ = 0;
};
void Tunnel::stop() {
  std::lock_guard lock(access);
  running = false;
  box.signal();
}
