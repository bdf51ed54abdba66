// Locals that hold a lock in a part.
// RUN: %verify --word locked %s heddle-dev-locking-local -- -std=c++20
#include <map>
#include <mutex>

static void use() {}
class Table {
public:
  class Access {
  public:
    explicit Access(Table &t) : lock_(t.mutex_), rows(t.rows_) {}

  private:
    std::lock_guard<std::mutex> lock_;

  public:
    std::map<int, int> &rows;
  };
  class Early { // it can let the lock go
  public:
    explicit Early(Table &t) : lock_(t.mutex_) {}
    void leave() { lock_.unlock(); }

  private:
    std::unique_lock<std::mutex> lock_;
  };

private:
  std::mutex mutex_;
  std::map<int, int> rows_;
};
void held(Table &t) {
  use();
  Table::Access a(t);
  use(); // locked: by a
}
void left(Table &t) {
  { Table::Access a(t); }
  use();
}
void early(Table &t) {
  Table::Early e(t);
  e.leave();
  use();
}
