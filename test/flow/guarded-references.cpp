// What leads into members and leaves the scope of their lock.
// RUN: %verify --word escape %s heddle-dev-guarded-references -- -std=c++20
#include <mutex>
#include <string>
#include <string_view>

class Names {
public:
  const std::string &name() {
    std::lock_guard l(m_);
    return name_; // escape: reference into name_ without m_
  }
  std::string copy() {
    std::lock_guard l(m_);
    return name_;
  }
  std::size_t used() {
    std::unique_lock l(m_);
    const std::string &n = name_;
    l.unlock();
    return n.size(); // escape: reference into name_ without m_
  }
  void set(std::string n) {
    std::lock_guard l(m_);
    name_ = n;
  }

private:
  std::mutex m_;
  std::string name_;
};
