// The bodies that members run on their object and its parts, virtual members by the class of the object.
// RUN: %verify --word body %s heddle-dev-object-bodies -- -std=c++20
#include <memory>
#include <thread>

struct Part {
  int n = 0;
  void up() { ++n; }
  void twice() {
    up();
    up();
  }
};
void reset(Part &p) { p.n = 0; }
void other(int n) { (void)n; }

class Base {
public:
  virtual ~Base() = default;
  void start() {
    thread_ = std::thread([this] { onRun(); });
  }
  void stop() {
    onStop(); // body: Base runs onStop on this
    thread_.join();
  }

protected:
  virtual void onRun() = 0;
  virtual void onStop() {}

private:
  std::thread thread_;
};
class Derived : public Base {
public:
  ~Derived() override {
    stop();         // body: Derived runs stop on this
    Base::onStop(); // body: Derived runs onStop on this
    unseen();       // body: Derived calls what is not seen
  }
  void use() {
    part_.twice();   // body: Derived runs twice on part_
    reset(part_);    // body: Derived runs reset, given a part
    other(part_.n);
    behind_->up();   // body: Derived runs up on behind_
  }

protected:
  void onRun() override {}
  void onStop() override { part_.up(); } // body: Derived runs up on part_

private:
  void unseen();
  Part part_;
  std::unique_ptr<Part> behind_;
};
