// RUN: %verify %s heddle-mixed-atomic-access -- -std=c++20
// The two ends of a ring have one writer each.
#include <atomic>
#include <cstddef>
#include <vector>

class ok_Ring {
public:
  bool write(int v) {
    if (free() == 0)
      return false;
    std::size_t at = write_;
    all_[at] = v;
    at = (at + 1) % all_.size();
    write_ = at;
    return true;
  }
  bool read(int &v) {
    if (used() == 0)
      return false;
    std::size_t at = read_;
    v = all_[at];
    at = (at + 1) % all_.size();
    read_ = at;
    return true;
  }
  void clear() {
    read_ = 0;
    write_ = 0;
  }

private:
  std::size_t used() const { return (write_ + all_.size() - read_) % all_.size(); }
  std::size_t free() const { return all_.size() - 1 - used(); }
  std::vector<int> all_ = std::vector<int>(16);
  std::atomic<std::size_t> write_{0}, read_{0};
};

class bad_TwoWriters {
public:
  void push(int v) {
    std::size_t at = write_;
    all_[at] = v;
    write_ = (at + 1) % all_.size(); // warning: 'write_' is atomic, but is updated by a load and a separate store
  }
  void skip(std::size_t n) {
    std::size_t at = write_;
    write_ = (at + n) % all_.size(); // warning: 'write_' is atomic, but is updated by a load and a separate store
  }
  std::size_t used() const { return write_ - read_; }

private:
  std::vector<int> all_ = std::vector<int>(16);
  std::atomic<std::size_t> write_{0}, read_{0};
};
