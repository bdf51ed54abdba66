// Which conditions ask what thread runs them.
// RUN: %verify --word asks %s heddle-dev-current-thread -- -std=c++20
#include <pthread.h>
#include <thread>
#include <unistd.h>

void work();
bool isInLoopThread();
bool isReady();

class Loop {
public:
  void identities() {
    if (std::this_thread::get_id() == thread_.get_id()) // asks: the thread
      work();
    if (pthread_equal(pthread_self(), handle_)) // asks: the thread
      work();
    if (gettid() == number_) // asks: the thread
      work();
    if (thread_.get_id() == std::thread::id())
      work();
    if (thread_.joinable())
      work();
  }
  void through_members() {
    if (isOwn()) // asks: the thread
      work();
    if (!isInLoopThread()) // asks: the thread
      work();
    if (isReady() && running_)
      work();
    if (isThreadRunning())
      work();
  }
  void by_a_variable_of_the_thread() {
    if (current_ == this) // asks: the thread
      work();
    if (last_ == this)
      work();
  }

private:
  bool isOwn() const { return std::this_thread::get_id() == owner_; }
  bool isThreadRunning() const { return running_; }

  static thread_local Loop *current_;
  static Loop *last_;
  std::thread thread_;
  std::thread::id owner_;
  pthread_t handle_;
  pid_t number_ = 0;
  bool running_ = false;
};
