// RUN: %verify %s heddle-unsynchronized-task-write -- -std=c++20
// Locks that the task does not take itself: by a helper, by a class that makes one of an atomic, by code out of sight, and
// turns that are handed on through semaphores.
#include <atomic>
#include <map>
#include <mutex>
#include <pthread.h>
#include <semaphore.h>
#include <thread>
#include <vector>

int weigh(int);

// ---- helpers around a lock -------------------------------------------------------------------------------------------

struct Scale {
  std::mutex gate;
  int sum = 0;
};
void enter(Scale &s) { s.gate.lock(); }
void leave(Scale &s) { s.gate.unlock(); }
void ok_helpers_lock(int id) {
  Scale s;
  std::thread t([&] {
    enter(s);
    s.sum += weigh(id);
    leave(s);
  });
  enter(s);
  s.sum += weigh(0);
  leave(s);
  t.join();
}
void bad_left_too_early(int id) {
  Scale s;
  std::thread t([&] { // note: the task is started here
    enter(s);
    int w = weigh(id);
    leave(s);
    s.sum += w; // warning: 's.sum' is written by this task and by the code that started it
  });
  enter(s);
  s.sum += weigh(0); // note: it is written concurrently here
  leave(s);
  t.join();
}

std::mutex one_for_all;
void enter_all() { one_for_all.lock(); }
void leave_all() { one_for_all.unlock(); }
void ok_helpers_lock_a_global(const std::vector<int> &ids) {
  int sum = 0;
  std::vector<std::jthread> all;
  for (int id : ids)
    all.emplace_back([&sum, id] {
      enter_all();
      sum += weigh(id);
      leave_all();
    });
}

struct gate_t {
  pthread_mutex_t mutex;
};
int gate_close(gate_t *g) { return pthread_mutex_lock(&g->mutex); }
int gate_open(gate_t *g) { return pthread_mutex_unlock(&g->mutex); }
struct store_t {
  gate_t gate;
  int left;
};
void *ok_take(void *arg) {
  store_t *s = (store_t *)arg;
  gate_close(&s->gate);
  s->left--;
  gate_open(&s->gate);
  return nullptr;
}
void ok_c_helpers() {
  store_t s{};
  pthread_t t;
  pthread_create(&t, nullptr, ok_take, &s);
  gate_close(&s.gate);
  s.left++;
  gate_open(&s.gate);
  pthread_join(t, nullptr);
}
void *bad_take(void *arg) {
  store_t *s = (store_t *)arg;
  s->left--; // warning: 's.left' is written by this task and by the code that started it
  return nullptr;
}
void c_without() {
  store_t s{};
  pthread_t t;
  pthread_create(&t, nullptr, bad_take, &s); // note: the task is started here
  gate_close(&s.gate);
  s.left++; // note: it is written concurrently here
  gate_open(&s.gate);
  pthread_join(t, nullptr);
}

// ---- helpers out of sight --------------------------------------------------------------------------------------------

struct door_t;
void door_shut(door_t *);
void door_ajar(door_t *);
void door_look(const door_t *);
struct room_t {
  door_t *door;
  int seats;
};
void ok_between_two_unseen(room_t *room) {
  std::vector<std::jthread> all;
  for (int i = 0; i < 4; ++i)
    all.emplace_back([room] {
      door_shut(room->door);
      room->seats--;
      door_ajar(room->door);
    });
}
void bad_one_unseen(room_t *room) {
  std::vector<std::jthread> all;
  for (int i = 0; i < 4; ++i)
    all.emplace_back([room] { // note: the tasks that are started here run concurrently
      door_shut(room->door);
      room->seats--; // warning: 'room.seats' is written by several tasks without a common lock
    });
}
void bad_same_unseen(room_t *room) {
  std::vector<std::jthread> all;
  for (int i = 0; i < 4; ++i)
    all.emplace_back([room] { // note: the tasks that are started here run concurrently
      door_look(room->door);
      room->seats--; // warning: 'room.seats' is written by several tasks without a common lock
      door_look(room->door);
    });
}

// ---- locks made of an atomic -----------------------------------------------------------------------------------------

// true: free
struct Occupy {
  explicit Occupy(std::atomic_bool &f) : free(f) {
    while (true) {
      bool was = true;
      if (free.compare_exchange_strong(was, false, std::memory_order_acquire))
        break;
    }
  }
  ~Occupy() { free.store(true, std::memory_order_release); }
  std::atomic_bool &free;
};
class Ledger {
public:
  void ok_add(int key) {
    Occupy o{free_};
    sums_[key] += weigh(key);
  }
  void bad_add(int key) {
    { Occupy o{free_}; }
    late_[key] += weigh(key); // warning: 'l.late_' is written by several tasks without a common lock
  }

private:
  std::atomic_bool free_ = true;
  std::map<int, int> sums_, late_;
};
void ok_spin_guard(int n) {
  Ledger l;
  std::vector<std::jthread> all;
  for (int i = 0; i < n; ++i)
    all.emplace_back([&l, i] { l.ok_add(i); });
}
void spin_guard_gone(int n) {
  Ledger l;
  std::vector<std::jthread> all;
  for (int i = 0; i < n; ++i)
    all.emplace_back([&l, i] { l.bad_add(i); }); // note: the tasks that are started here run concurrently // note: in the call of 'bad_add' here
}

class Turnstile {
public:
  void pass_in() {
    while (taken_.exchange(true))
      std::this_thread::yield();
    readers_.fetch_sub(limit);
    while (readers_.load() != -limit)
      std::this_thread::yield();
  }
  void pass_out() {
    readers_.fetch_add(limit);
    taken_.store(false);
  }
  void count() { readers_.fetch_add(0); }

private:
  static constexpr int limit = 1000;
  std::atomic<int> readers_{0};
  std::atomic<bool> taken_{false};
};
struct Inside {
  explicit Inside(Turnstile &t) : t(t) { t.pass_in(); }
  ~Inside() { t.pass_out(); }
  Turnstile &t;
};
struct Hall {
  Turnstile door;
  std::map<int, int> guests, gone;
  void ok_arrive(int id) {
    Inside in(door);
    guests[id] = 1;
  }
  void ok_by_hand(int id) {
    door.pass_in();
    guests[id] = 1;
    door.pass_out();
  }
  void bad_after(int id) {
    door.pass_in();
    int w = weigh(id);
    door.pass_out();
    gone[id] = w; // warning: 'h.gone' is written by several tasks without a common lock
  }
};
void ok_turnstile(int n) {
  Hall h;
  std::vector<std::jthread> all;
  for (int i = 0; i < n; ++i)
    all.emplace_back([&h, i] {
      h.ok_arrive(i);
      h.ok_by_hand(i);
    });
}
void turnstile(int n) {
  Hall h;
  std::vector<std::jthread> all;
  for (int i = 0; i < n; ++i)
    all.emplace_back([&h, i] { h.bad_after(i); }); // note: the tasks that are started here run concurrently // note: in the call of 'bad_after' here
}

class Hatch {
public:
  bool try_shut() {
    bool open = true;
    return open_.compare_exchange_strong(open, false);
  }
  void shut() {
    while (!try_shut())
      std::this_thread::yield();
  }
  void open() { open_.store(true); }

private:
  std::atomic<bool> open_{true};
};
struct Hold {
  Hatch hatch;
  std::map<int, int> crates, lost;
  void ok_load(int id) {
    hatch.shut();
    crates[id] = 1;
    hatch.open();
  }
  void bad_load(int id) {
    hatch.shut();
    hatch.open();
    lost[id] = 1; // warning: 'h.lost' is written by several tasks without a common lock
  }
};
void hatches(int n) {
  Hold h;
  std::vector<std::jthread> all;
  for (int i = 0; i < n; ++i)
    all.emplace_back([&h, i] { // note: the tasks that are started here run concurrently
      h.ok_load(i);
      h.bad_load(i); // note: in the call of 'bad_load' here
    });
}

// A list that is pushed to with an exchange holds nobody up.
struct Link {
  Link *next = nullptr;
};
struct Stack {
  std::atomic<Link *> top{nullptr};
  void push(Link *l) {
    l->next = top.load();
    while (!top.compare_exchange_weak(l->next, l))
      ;
  }
};
void bad_list_is_no_lock(int n) {
  Stack s;
  int pushed = 0;
  std::vector<std::jthread> all;
  for (int i = 0; i < n; ++i)
    all.emplace_back([&] { // note: the tasks that are started here run concurrently
      s.push(new Link);
      pushed++; // warning: 'pushed' is written by several tasks without a common lock
    });
}

// ---- turns -----------------------------------------------------------------------------------------------------------

inline void await_turn(sem_t *s) { sem_wait(s); }
inline void pass_turn(sem_t *s) { sem_post(s); }
struct Seat {
  int index;
  sem_t *left, *right;
};
struct Minutes {
  int words = 0, lines = 0;
} minutes;
void ok_speak(Seat *seat) {
  int w = weigh(seat->index);
  if (seat->index > 0)
    await_turn(seat->left);
  minutes.words += w;
  pass_turn(seat->right);
}
void ok_turns(int n) {
  std::vector<sem_t> turns(n + 1);
  std::vector<Seat> seats(n);
  std::vector<std::jthread> all;
  for (int i = 0; i < n; ++i) {
    seats[i] = {i, &turns[i], &turns[i + 1]};
    all.emplace_back(ok_speak, &seats[i]);
  }
}
void bad_shout(Seat *seat) {
  int w = weigh(seat->index);
  minutes.lines += w; // warning: 'minutes.lines' is written by several tasks without a common lock
  pass_turn(seat->right);
}
void turns(int n) {
  std::vector<sem_t> turns(n + 1);
  std::vector<Seat> seats(n);
  std::vector<std::jthread> all;
  for (int i = 0; i < n; ++i) {
    seats[i] = {i, &turns[i], &turns[i + 1]};
    all.emplace_back(bad_shout, &seats[i]); // note: the tasks that are started here run concurrently
  }
}

// ---- done once --------------------------------------------------------------------------------------------------------

class Invoice {
public:
  int total() const {
    std::call_once(summed_, [this] { total_ = weigh(0); });
    return total_;
  }
  int bad_totalWithoutOnce() const {
    total_ = weigh(0); // warning: 'invoice.total_' is written by this task and by the code that started it
    return total_;
  }

private:
  mutable std::once_flag summed_;
  mutable int total_ = 0;
};
int ok_summed_once(const Invoice &invoice) {
  int other = 0;
  std::thread t([&] { other = invoice.total(); });
  int own = invoice.total();
  t.join();
  return own + other;
}
int summed_by_both(const Invoice &invoice) {
  int other = 0;
  std::thread t([&] { other = invoice.bad_totalWithoutOnce(); }); // note: the task is started here
  int own = invoice.bad_totalWithoutOnce();
  t.join();
  return own + other;
}
