// Objects that belong to one thread by their interface, and what is done with them beside it.
// RUN: %verify --word moved %s heddle-dev-moved -- -std=c++20
#include <thread>

class Thread {};
class Object {
public:
  virtual ~Object() = default;
  void moveToThread(Thread *);
};
class Worker : public Object {};
class Plain {};

class Owner {
public:
  Owner() { worker_->moveToThread(&thread_); } // moved: worker_ is bound here
  ~Owner() {
    delete worker_; // moved: deletes while its thread runs worker_
    delete plain_;
    delete other_;
  }

private:
  Thread thread_;
  Worker *worker_ = new Worker;
  Plain *plain_ = new Plain;
  Worker *other_ = new Worker; // not moved
};
