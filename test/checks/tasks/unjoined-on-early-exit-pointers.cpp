// Threads behind plain pointers.
// RUN: %verify %s heddle-unjoined-on-early-exit -- -std=c++20
#include <memory>
#include <thread>
#include <vector>

void receive();
void keep(std::thread *);

class bad_Manager {
public:
  void start() {
    listener_ = new std::thread(receive); // note: it is started here
    for (int i = 0; i != 2; ++i)
      helpers_.push_back(new std::thread(receive)); // note: it is started here
  }
  ~bad_Manager() {
    delete listener_; // warning: the thread behind 'listener_' is deleted and never joined
    for (auto *t : helpers_)
      delete t; // warning: the thread behind 'helpers_' is deleted and never joined
  }

private:
  std::thread *listener_ = nullptr;
  std::vector<std::thread *> helpers_;
};
class bad_StoppedOnly {
public:
  void open(bool now) {
    if (now)
      beat_ = new std::thread([this] { receive(); }); // note: it is started here
  }
  void close() {
    if (!beat_)
      return;
    delete beat_; // warning: the thread behind 'beat_' is deleted
    beat_ = nullptr;
  }

private:
  std::thread *beat_ = nullptr;
};
void bad_local() {
  auto *t = new std::thread(receive); // note: it is started here
  delete t;                           // warning: the thread behind 't' is deleted
}

class ok_Joined {
public:
  void start() {
    listener_ = new std::thread(receive);
    helpers_.push_back(new std::thread(receive));
  }
  ~ok_Joined() {
    listener_->join();
    delete listener_;
    for (auto *t : helpers_) {
      if (t->joinable())
        t->join();
      delete t;
    }
  }

private:
  std::thread *listener_ = nullptr;
  std::vector<std::thread *> helpers_;
};
class ok_JoinedByStop {
public:
  void start() { listener_ = new std::thread(receive); }
  void stop() {
    if (listener_)
      listener_->join();
  }
  ~ok_JoinedByStop() { delete listener_; }

private:
  std::thread *listener_ = nullptr;
};
class ok_Detached {
public:
  void start() {
    listener_ = new std::thread(receive);
    listener_->detach();
  }
  ~ok_Detached() { delete listener_; }

private:
  std::thread *listener_ = nullptr;
};
class bad_Public { // all who know the class stand in this file
public:
  void start() { listener_ = new std::thread(receive); } // note: it is started here
  void stop() { delete listener_; }                      // warning: the thread behind 'listener_' is deleted
  std::thread *listener_ = nullptr;
};
class ok_ReadByOthers {
public:
  void start() { listener_ = new std::thread(receive); }
  std::thread &listener() { return *listener_; }
  ~ok_ReadByOthers() { delete listener_; }

private:
  std::thread *listener_ = nullptr;
};
class ok_GivenAway {
public:
  void start() {
    listener_ = new std::thread(receive);
    keep(listener_);
  }
  ~ok_GivenAway() { delete listener_; }

private:
  std::thread *listener_ = nullptr;
};
class ok_Joining {
public:
  void start() { worker_ = new std::jthread(receive); }
  ~ok_Joining() { delete worker_; }

private:
  std::jthread *worker_ = nullptr;
};
class ok_NeverStarted {
public:
  ~ok_NeverStarted() { delete spare_; }

private:
  std::thread *spare_ = new std::thread();
};
void ok_local() {
  auto *t = new std::thread(receive);
  t->join();
  delete t;
}
void ok_local_through_reference() {
  auto *t = new std::thread(receive);
  std::thread &same = *t;
  same.join();
  delete t;
}
