// Objects that end under a lock which their destructors take.
// RUN: %verify --word dies %s heddle-dev-dying-elements -- -std=c++20
#include <list>
#include <memory>
#include <mutex>

class Owner;
struct Part {
  Owner *owner;
  ~Part();
};
class Owner {
public:
  void byValue() {
    std::lock_guard lock(mutex_);
    values_.clear(); // dies: Part under mutex_
  }
  void shared() {
    std::lock_guard lock(mutex_);
    shared_.pop_front(); // dies: Part under mutex_
  }
  void kept() {
    std::lock_guard lock(mutex_);
    std::shared_ptr<Part> last = shared_.front();
    shared_.pop_front();
  }
  void bare() { values_.clear(); }
  void gone() {
    std::lock_guard lock(mutex_);
    ++gone_;
  }

private:
  std::mutex mutex_;
  std::list<Part> values_;
  std::list<std::shared_ptr<Part>> shared_;
  int gone_ = 0;
};
Part::~Part() { owner->gone(); }
