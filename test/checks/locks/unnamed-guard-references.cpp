// RUN: %verify %s heddle-unnamed-guard -- -std=c++20
// References that outlive the temporary guard which they come from.
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>

void show(int);

// Gives access to the value for as long as it lives.
template <class T, class Guard> class Access {
public:
  Access(T &value, Guard guard) : value_(&value), guard_(std::move(guard)) {}
  T &operator*() const { return *value_; }
  T *operator->() const { return value_; }
  T &get() const { return *value_; }
  T copy() const { return *value_; }

private:
  T *value_;
  Guard guard_;
};
template <class T> class Guarded {
public:
  auto write() { return Access<T, std::unique_lock<std::shared_mutex>>(value_, std::unique_lock(mutex_)); }
  auto read() const { return Access<const T, std::shared_lock<std::shared_mutex>>(value_, std::shared_lock(mutex_)); }

private:
  T value_;
  mutable std::shared_mutex mutex_;
};
class Queue {
public:
  class Locked {
  public:
    explicit Locked(Queue &q) : lock_(q.mutex_), q_(q) {}
    std::list<int> &items() { return q_.items_; }
    const std::list<int> *pointer() const { return &q_.items_; }
    std::size_t size() const { return q_.items_.size(); }

  private:
    std::lock_guard<std::mutex> lock_;
    Queue &q_;
  };

private:
  std::mutex mutex_;
  std::list<int> items_;
};

void bad_range(const Guarded<std::list<int>> &all) {
  for (int x : *all.read()) // warning: the guard in this expression is a temporary and releases the lock at its end; what it guards is then used unlocked (data race); give the guard a name in this scope
    show(x); // note: the loop runs unlocked
}
void bad_member(Queue &queue) {
  for (int &x : Queue::Locked(queue).items()) // warning: the guard in this expression is a temporary and releases the lock at its end
    x = 0;
}
void bad_reference(Guarded<std::map<int, int>> &all) {
  auto &map = all.write().get(); // warning: the guard in this expression is a temporary and releases the lock at its end
  map[1] = 2;                    // note: it is used here
}
void bad_pointer(Queue &queue) {
  const std::list<int> *items = Queue::Locked(queue).pointer(); // warning: the guard in this expression is a temporary
  show(static_cast<int>(items->size()));
}
void bad_element(Guarded<std::map<int, std::list<int>>> &all) {
  for (int x : all.write()->at(3)) // warning: the guard in this expression is a temporary
    show(x);
}

void ok_named(const Guarded<std::list<int>> &all) {
  auto access = all.read();
  for (int x : *access)
    show(x);
}
void ok_in_the_loop(const Guarded<std::list<int>> &all) {
  for (auto access = all.read(); int x : *access)
    show(x);
}
void ok_copy(const Guarded<std::list<int>> &all) {
  for (int x : all.read().copy())
    show(x);
}
void ok_value(Guarded<std::map<int, int>> &all) {
  int x = all.write().get()[1];
  show(x);
}
void ok_one_statement(Guarded<std::list<int>> &all, Queue &queue) {
  all.write()->push_back(1);
  show(static_cast<int>(Queue::Locked(queue).size()));
}
void ok_kept_alive(Guarded<std::list<int>> &all) {
  auto &&access = all.write();
  access->push_back(2);
}
void ok_no_guard(const std::shared_ptr<std::list<int>> &all) {
  for (int x : *std::shared_ptr<std::list<int>>(all))
    show(x);
}
void ok_reference_not_used(Guarded<std::list<int>> &all) { [[maybe_unused]] auto &list = all.write().get(); }
