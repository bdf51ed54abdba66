// RUN: %verify %s heddle-unfulfilled-promise -- -std=c++20
// A queue that may be full is given a task with a promise, and nobody looks whether it took it.
#include "Inputs/bounded_queue.h"
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <utility>

using Job = std::function<void()>;
int compute(int);

class Tasks {
public:
  template <class F> auto bad_packaged(F f) -> std::future<decltype(f())> {
    using R = decltype(f());
    auto task = std::make_shared<std::packaged_task<R()>>(std::move(f));
    std::future<R> result = task->get_future(); // note: the future of 'task' is taken here
    jobs_.try_push([task] { (*task)(); });      // warning: promise 'task' is dropped unfulfilled when this is refused
    return result;
  }
  std::future<int> bad_promise(int n) {
    auto promise = std::make_shared<std::promise<int>>();
    auto result = promise->get_future();
    jobs_.try_push([promise, n] { promise->set_value(compute(n)); }); // warning: promise 'promise' is dropped unfulfilled when this is refused
    return result;
  }
  std::future<int> bad_moved(int n) {
    std::packaged_task<int()> task([n] { return compute(n); });
    auto result = task.get_future();
    tasks_.try_push(std::move(task)); // warning: promise 'task' is dropped unfulfilled when this is refused
    return result;
  }

  std::future<int> ok_asks(int n) {
    auto promise = std::make_shared<std::promise<int>>();
    auto result = promise->get_future();
    if (!jobs_.try_push([promise, n] { promise->set_value(compute(n)); }))
      promise->set_exception(std::make_exception_ptr(std::runtime_error("busy")));
    return result;
  }
  std::future<int> ok_keeps_the_answer(int n) {
    auto promise = std::make_shared<std::promise<int>>();
    auto result = promise->get_future();
    bool taken = jobs_.try_push([promise, n] { promise->set_value(compute(n)); });
    if (!taken)
      throw std::runtime_error("busy");
    return result;
  }
  std::future<int> ok_waits_for_room(int n) {
    auto promise = std::make_shared<std::promise<int>>();
    auto result = promise->get_future();
    jobs_.push([promise, n] { promise->set_value(compute(n)); });
    return result;
  }
  void ok_no_promise(int n) {
    jobs_.try_push([n] { compute(n); });
  }
  int start() { return bad_packaged([] { return compute(1); }).get(); }

private:
  BoundedQueue<Job> jobs_;
  BoundedQueue<std::packaged_task<int()>> tasks_;
};
