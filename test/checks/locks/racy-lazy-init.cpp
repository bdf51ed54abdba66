// RUN: %verify %s heddle-racy-lazy-init -- -std=c++20
// The seed's row (P15: a singleton that is made if the pointer is null).
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

struct Table {
  std::map<std::string, int> rows;
};
std::unique_ptr<Table> load();
Table *make();
void use(const Table &);

static std::unique_ptr<Table> table;
static const Table &bad_table() {
  if (!table)
    table = load(); // warning: 'table' is created on first use without a lock
  return *table;
}
void serves() {
  std::vector<std::jthread> all;
  for (int i = 0; i < 4; ++i)
    all.emplace_back([] { use(bad_table()); });
}

class bad_Cached {
public:
  const Table &get() const {
    if (cache == nullptr) // note: tested here
      cache = load();     // warning: 'cache' is created on first use without a lock
    return *cache;
  }
  int size() const {
    if (!rows)
      rows = 3; // warning: 'rows' is created on first use without a lock
    return *rows;
  }

private:
  mutable std::unique_ptr<Table> cache;
  mutable std::optional<int> rows;
};

class bad_WithMutex {
public:
  Table *shared() {
    if (!instance)
      instance = make(); // warning: 'instance' is created on first use without a lock
    return instance;
  }
  void add(int i) {
    std::lock_guard lock(mutex);
    items.push_back(i);
  }

private:
  std::mutex mutex;
  std::vector<int> items;
  Table *instance = nullptr;
};

class bad_DoubleChecked {
public:
  static bad_DoubleChecked *instance() {
    if (!single) { // warning: 'single' is tested here without the mutex under which it is created
      std::lock_guard lock(mutex);
      if (!single)
        single = new bad_DoubleChecked; // note: created here with 'mutex' held
    }
    return single;
  }

private:
  static bad_DoubleChecked *single;
  static std::mutex mutex;
};
bad_DoubleChecked *bad_DoubleChecked::single = nullptr;
std::mutex bad_DoubleChecked::mutex;

static Table *lookup() {
  static Table *found;
  return found ? found : nullptr;
}

// ---- silent ---------------------------------------------------------------------------------------------------------

const Table &ok_local_static() {
  static const std::unique_ptr<Table> t = load();
  return *t;
}

class ok_Once {
public:
  const Table &get() const {
    std::call_once(once, [this] {
      if (!cache)
        cache = load();
    });
    return *cache;
  }

private:
  mutable std::once_flag once;
  mutable std::unique_ptr<Table> cache;
};

class ok_Locked {
public:
  const Table &get() const {
    std::lock_guard lock(mutex);
    if (!cache)
      cache = load();
    return *cache;
  }

private:
  mutable std::mutex mutex;
  mutable std::unique_ptr<Table> cache;
};

class ok_HelperUnderLock {
public:
  int size() {
    std::lock_guard lock(mutex);
    return int(get().rows.size());
  }

private:
  const Table &get() {
    if (!cache)
      cache = load();
    return *cache;
  }
  std::mutex mutex;
  std::unique_ptr<Table> cache;
};

class ok_AtomicDoubleChecked {
public:
  Table *get() {
    Table *t = single.load();
    if (!t) {
      std::lock_guard lock(mutex);
      t = single.load();
      if (!t) {
        t = make();
        single.store(t);
      }
    }
    return t;
  }

private:
  std::mutex mutex;
  std::atomic<Table *> single{nullptr};
};

// Nothing says that anybody shares it.
class ok_SingleThreaded {
public:
  const Table &get() {
    if (!cache)
      cache = load();
    return *cache;
  }

private:
  std::unique_ptr<Table> cache;
};
static std::unique_ptr<Table> alone;
const Table &ok_global() {
  if (!alone)
    alone = load();
  return *alone;
}

// Made before the threads are started.
struct ok_BeforeStart {
  class Server {
  public:
    void start() {
      if (!config)
        config = load();
      thread = std::thread([this] { use(*config); });
    }
    void join() { thread.join(); }

  private:
    std::unique_ptr<Table> config;
    std::thread thread;
  };
};

// Each thread has its own.
static thread_local std::unique_ptr<Table> own;
void ok_thread_local() {
  std::vector<std::jthread> all;
  for (int i = 0; i < 4; ++i)
    all.emplace_back([] {
      if (!own)
        own = load();
      use(*own);
    });
}

class ok_Constructed {
public:
  ok_Constructed() {
    if (!cache)
      cache = load();
  }
  int get() const { return int(cache->rows.size()); }

private:
  mutable std::unique_ptr<Table> cache;
};

// What the condition does is no test of whether the object is there.
struct Ring {
  bool tryPush(int i);
  int pop();
  std::vector<int> slots;
};
static void ok_full(Ring &ring) {
  std::thread t([&ring] {
    for (int i = 0; i < 9; ++i)
      while (!ring.tryPush(i))
        ring.pop();
  });
  std::thread u([&ring] {
    while (!ring.tryPush(1))
      ring.pop();
  });
  t.join();
  u.join();
}
void ok_full_ring() {
  Ring ring;
  ok_full(ring);
}

// Nor is what an object that is there answers.
struct Pieces {
  bool complete() const;
  void add(int i);
};
void ok_asked_for_more() {
  Pieces pieces;
  auto work = [&pieces] {
    for (int i = 0; !pieces.complete(); ++i)
      pieces.add(i);
  };
  std::thread t(work), u(work);
  t.join();
  u.join();
}

// ---- objects of one thread ---------------------------------------------------------------------------------------------
class Names {
public:
  int size() const {
    if (!names_)
      names_ = std::make_unique<std::string>("x");
    return static_cast<int>(names_->size());
  }

private:
  mutable std::unique_ptr<std::string> names_;
};
int ok_local_of_one_thread() {
  const Names names;
  return names.size();
}
