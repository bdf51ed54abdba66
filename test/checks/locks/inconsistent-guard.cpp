// RUN: %verify %s heddle-inconsistent-guard -- -std=c++20
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

void use(int);

template <class T> class Ring {
  std::vector<T> items;

public:
  void push(T item) { items.push_back(std::move(item)); }
  bool empty() const { return items.empty(); }
  void pop(T &item) {
    item = std::move(items.back());
    items.pop_back();
  }
};

class bad_Tracer {
public:
  void add(const std::string &s) {
    std::lock_guard lock(mutex);
    messages.push(s); // note: written with 'mutex' held here
  }
  void drain(const std::function<void(const std::string &)> &f) {
    while (!messages.empty()) {
      std::string s;
      messages.pop(s); // warning: 'messages' is changed here without 'mutex', which 1 of 2 functions that use it hold
      f(s);
    }
  }

private:
  std::mutex mutex;
  Ring<std::string> messages;
};

class bad_Registry {
public:
  void add(const std::string &name, int id) {
    std::unique_lock lock(mutex);
    ids[name] = id;
  }
  void remove(const std::string &name) {
    std::unique_lock lock(mutex);
    ids.erase(name);
  }
  bool has(const std::string &name) const {
    std::shared_lock lock(mutex);
    return ids.count(name) != 0;
  }
  std::map<std::string, int> all() const { return ids; } // warning: 'ids' is read here without 'mutex', which 3 of 4

private:
  mutable std::shared_mutex mutex;
  std::map<std::string, int> ids;
};

struct bad_Counter {
  class Counter {
  public:
    void start() {
      thread = std::thread([this] { run(); });
    }
    void add() {
      std::lock_guard lock(mutex);
      ++count;
    }
    int get() {
      std::lock_guard lock(mutex);
      return count;
    }
    void join() { thread.join(); }

  private:
    void run() {
      for (int i = 0; i < 9; ++i)
        count += i; // warning: 'count' is changed here without 'mutex', which 2 of 3
    }
    std::mutex mutex;
    int count = 0;
    std::thread thread;
  };
};

// ---- silent ---------------------------------------------------------------------------------------------------------

class ok_All {
public:
  void add(const std::string &s) {
    std::lock_guard lock(mutex);
    items.push_back(s);
  }
  std::vector<std::string> take() {
    std::lock_guard lock(mutex);
    return std::exchange(items, {});
  }

private:
  std::mutex mutex;
  std::vector<std::string> items;
};

class ok_HelperUnderLock {
public:
  void add(int i) {
    std::lock_guard lock(mutex);
    insert(i);
  }
  void addTwice(int i) {
    std::lock_guard lock(mutex);
    insert(i);
    insert(i);
  }
  int size() {
    std::lock_guard lock(mutex);
    return int(items.size());
  }

private:
  void insert(int i) { items.push_back(i); }
  std::mutex mutex;
  std::vector<int> items;
};

// Filled in the constructor and read ever after.
class ok_Immutable {
public:
  explicit ok_Immutable(int n) { fill(n); }
  int at(int i) const { return items[i]; }
  int sum() {
    std::lock_guard lock(mutex);
    total += items[0];
    return total;
  }

private:
  void fill(int n) { items.assign(n, 1); }
  std::mutex mutex;
  std::vector<int> items;
  int total = 0;
};

// Before the thread starts, and after it was joined.
struct ok_Phases {
  class Worker {
  public:
    void start() {
      results.clear();
      thread = std::thread([this] { run(); });
    }
    std::vector<int> finish() {
      thread.join();
      return results;
    }
    int count() {
      std::lock_guard lock(mutex);
      return int(results.size());
    }

  private:
    void run() {
      std::lock_guard lock(mutex);
      results.push_back(1);
    }
    std::mutex mutex;
    std::vector<int> results;
    std::thread thread;
  };
};

// The one thread that writes it reads it without the lock.
struct ok_OwnReads {
  class Worker {
  public:
    void start() {
      thread = std::thread([this] { run(); });
    }
    int progress() {
      std::lock_guard lock(mutex);
      return done;
    }
    int percent() {
      std::lock_guard lock(mutex);
      return done * 100;
    }
    void join() { thread.join(); }

  private:
    void run() {
      while (done < 100) {
        std::lock_guard lock(mutex);
        ++done;
      }
    }
    std::mutex mutex;
    int done = 0;
    std::thread thread;
  };
};

class ok_Atomic {
public:
  void add(int i) {
    std::lock_guard lock(mutex);
    items.push_back(i);
    count = int(items.size());
  }
  int size() const { return count; }

private:
  std::mutex mutex;
  std::vector<int> items;
  std::atomic<int> count{0};
};

// Dropped on purpose for the slow part.
class ok_Dropped {
public:
  void add(int i) {
    std::lock_guard lock(mutex);
    items.push_back(i);
  }
  void flush() {
    std::unique_lock lock(mutex);
    std::vector<int> all;
    all.swap(items);
    lock.unlock();
    for (int i : all)
      use(i);
    spare.clear();
  }
  void keep(int i) {
    std::lock_guard lock(mutex);
    spare.push_back(i);
  }

private:
  std::mutex mutex;
  std::vector<int> items, spare;
};

// Taken in one function, and given back in another.
class ok_Handed {
public:
  std::vector<int> &acquire() {
    mutex.lock();
    return items;
  }
  void release() {
    changed = true;
    mutex.unlock();
  }
  bool take() {
    std::lock_guard lock(mutex);
    return std::exchange(changed, false);
  }

private:
  std::mutex mutex;
  std::vector<int> items;
  bool changed = false;
};

// Nobody takes a lock for it.
class ok_NoHabit {
public:
  void set(int i) { width = i; }
  int get() const { return width; }
  void add(int i) {
    std::lock_guard lock(mutex);
    items.push_back(i);
  }

private:
  std::mutex mutex;
  std::vector<int> items;
  int width = 0;
};

class ok_Required {
public:
  void add(int i) {
    std::lock_guard lock(mutex);
    items.push_back(i);
  }
  void addLocked(int i, const std::lock_guard<std::mutex> &) { items.push_back(i); }
  int size() {
    std::lock_guard lock(mutex);
    return int(items.size());
  }

private:
  std::mutex mutex;
  std::vector<int> items;
};

class ok_OptionalGuard {
public:
  void add(int i) {
    std::lock_guard lock(mutex);
    items.push_back(i);
  }
  void addTwo(int i) {
    std::optional<std::lock_guard<std::mutex>> lock(std::in_place, mutex);
    items.push_back(i);
    items.push_back(i);
    lock.reset();
  }
  int size() {
    std::lock_guard lock(mutex);
    return int(items.size());
  }
  void clear() {
    std::lock_guard lock(mutex);
    items.clear();
  }

private:
  std::mutex mutex;
  std::vector<int> items;
};

// Settings that only this function stores: it runs before the object is shared.
class ok_Initialised {
public:
  bool init(int size, bool verbose) {
    verbose_ = verbose;
    for (int i = 0; i != size; ++i)
      free_.push_back(i);
    size_ = size;
    return size_ > 0;
  }
  int take() {
    std::lock_guard lock(mutex);
    int i = free_.back();
    free_.pop_back();
    return i;
  }
  void give(int i) {
    std::lock_guard lock(mutex);
    free_.push_back(i);
  }
  bool verbose() const { return verbose_; }
  int size() const { return size_; }

private:
  std::mutex mutex;
  std::vector<int> free_;
  int size_ = 0;
  bool verbose_ = false;
};

// It locks twice, and never comes back; the lock is not what it forgets.
class ok_LockedTwice {
public:
  void add(int i) {
    std::lock_guard lock(mutex);
    if (size() < 10)
      put(i);
  }
  int size() {
    std::lock_guard lock(mutex);
    return int(items.size());
  }
  void drop() {
    std::lock_guard lock(mutex);
    items.pop_back();
  }

private:
  void put(int i) { items.push_back(i); }
  std::mutex mutex;
  std::vector<int> items;
};

// One function that forgets the lock is one defect, however much it uses.
class bad_Two {
public:
  void add(int i) {
    std::lock_guard lock(mutex);
    items.push_back(i); // note: written with 'mutex' held here
    ++count;
  }
  int sum() {
    std::lock_guard lock(mutex);
    return count + int(items.size());
  }
  void clear() {
    items.clear(); // warning: 'items' is changed here without 'mutex', which 2 of 3 functions that use it hold
    count = 0; // note: 'count' is changed here without it, too
  }

private:
  std::mutex mutex;
  std::vector<int> items;
  int count = 0;
};

// The lock is for the clients; the descriptor is made once.
class ok_OnlyReadUnderLock {
public:
  void open() { fd_ = make(); }
  void add(int i) {
    std::lock_guard lock(mutex);
    if (fd_ != -1)
      items.push_back(i);
  }
  void drop() {
    std::lock_guard lock(mutex);
    if (fd_ != -1)
      items.pop_back();
  }

private:
  static int make();
  std::mutex mutex;
  std::vector<int> items;
  int fd_ = -1;
};

// The caller holds it around the calls.
class ok_HeldByTheCaller {
public:
  void pause() { mutex.lock(); }
  void resume() { mutex.unlock(); }
  void join(int i) { joining.push_back(i); }
  void settle() {
    std::lock_guard lock(mutex);
    joining.clear();
  }

private:
  std::mutex mutex;
  std::vector<int> joining;
};

// A stream whose handlers run one after the other.
struct Socket {
  void expires_after(int seconds);
  template <class Handler> void async_write(const std::vector<int> &what, Handler &&h);
  template <class Handler> void async_connect(Handler &&h);
};
class ok_OfTheLoop {
public:
  void connect() {
    socket_.expires_after(30);
    socket_.async_connect([this] { connected(); });
  }
  void send(const std::vector<int> &what) {
    std::lock_guard lock(mutex);
    socket_.async_write(what, [this] { sent(); });
  }
  void ping() {
    std::lock_guard lock(mutex);
    socket_.async_write({}, [this] { sent(); });
  }

private:
  void connected();
  void sent();
  std::mutex mutex;
  Socket socket_;
};

// What find() and data() lead to is only read.
class ok_OnlyLooked {
public:
  void add(int i) {
    std::lock_guard lock(mutex);
    items.push_back(i);
  }
  void drop() {
    std::lock_guard lock(mutex);
    items.pop_back();
  }
  const int *first() { return items.data(); }
  bool any() { return items.begin() != items.end(); }

private:
  std::mutex mutex;
  std::vector<int> items;
};

// A number for a message, and no thread in sight.
class ok_Size {
public:
  void add(int i) {
    std::lock_guard lock(mutex);
    items.push_back(i);
  }
  void drop() {
    std::lock_guard lock(mutex);
    items.pop_back();
  }
  int size() const { return int(items.size()); }

private:
  std::mutex mutex;
  std::vector<int> items;
};

// A function of the library changes the container that it is given.
class GivenToLibrary {
public:
  void add(int i) {
    std::lock_guard lock(mutex);
    items.push_back(i);
  }
  int last() {
    std::lock_guard lock(mutex);
    return items.empty() ? 0 : items.back();
  }
  void bad_forget(int i) {
    std::erase(items, i); // warning: 'items' is changed here without 'mutex', which 2 of 3 functions that use it hold
  }

private:
  std::mutex mutex;
  std::vector<int> items;
};
class ok_GivenToLibrary {
public:
  void add(int i) {
    std::lock_guard lock(mutex);
    items.push_back(i);
  }
  int last() {
    std::lock_guard lock(mutex);
    return items.empty() ? 0 : items.back();
  }
  void forget(int i) {
    std::lock_guard lock(mutex);
    std::erase(items, i);
  }
  std::vector<int> take() {
    std::vector<int> taken;
    std::lock_guard lock(mutex);
    std::swap(taken, items);
    return taken;
  }

private:
  std::mutex mutex;
  std::vector<int> items;
};
