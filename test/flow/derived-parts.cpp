// What the task of a base uses of a derived class that is destroyed before the base waits.
// RUN: %verify --word derived %s heddle-dev-derived -- -std=c++20
#include <map>
#include <string>
#include <thread>

class Base {
public:
  virtual ~Base() { thread_.join(); }
  void start() {
    thread_ = std::thread([this] { run(); });
  }

protected:
  virtual void turn() = 0;
  virtual void idle() {}

private:
  void run() {
    turn();
    idle();
  }
  std::thread thread_;
};
class Uses : public Base {
  void turn() override { ++seen_["x"]; } // derived: pure seen_
  void idle() override { text_.clear(); } // derived: overridden text_
  std::map<std::string, int> seen_;
  std::string text_;
};
class Nothing : public Base {
  void turn() override {} // derived: pure
  void idle() override {}
};
