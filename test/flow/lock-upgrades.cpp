// Changes of state that was tested before its lock was released.
// RUN: %verify --word upgrade %s heddle-dev-lock-upgrades -- -std=c++20
#include <map>
#include <mutex>
#include <shared_mutex>

int load(int);
class Cache {
public:
  int get(int k) {
    {
      std::shared_lock l(m_);
      if (auto it = all_.find(k); it != all_.end())
        return it->second;
    }
    int v = load(k);
    std::unique_lock l(m_);
    all_[k] = v; // upgrade: all_ under m_
    return v;
  }
  int tested(int k) {
    {
      std::shared_lock l(m_);
      if (auto it = all_.find(k); it != all_.end())
        return it->second;
    }
    int v = load(k);
    std::unique_lock l(m_);
    if (!all_.count(k))
      all_[k] = v;
    return v;
  }
  void marked() {
    std::unique_lock l(m_);
    if (busy_)
      return;
    busy_ = 1;
    l.unlock();
    int n = load(1);
    l.lock();
    busy_ = n;
  }

private:
  std::shared_mutex m_;
  std::map<int, int> all_;
  int busy_ = 0;
};
