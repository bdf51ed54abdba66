// RUN: %verify %s heddle-unfulfilled-promise -- -std=c++20
// A task gives its promise to a helper: the path that leaves it unfulfilled is reported where it leaves.
#include "Inputs/thread_pool.h"
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

bool parse(const std::string &, int &);
void log(const char *);

class Reader {
public:
  std::future<int> read(std::string text) {
    auto promise = std::make_shared<std::promise<int>>();
    auto future = promise->get_future();
    pool_.submit([promise, text] { decode(*promise, text); }); // note: the callable that owns 'promise' is handed over here // note: 'decode' is called here
    return future;
  }
  std::future<int> readThrough(std::string text) {
    std::promise<int> promise;
    auto future = promise.get_future();
    std::thread([promise = std::move(promise), text]() mutable { first(promise, text); }).detach();
    return future;
  }
  std::future<int> ok_read(std::string text) {
    auto promise = std::make_shared<std::promise<int>>();
    auto future = promise->get_future();
    pool_.submit([promise, text] { decodeAll(*promise, text); });
    return future;
  }

private:
  static void decode(std::promise<int> &promise, const std::string &text) {
    int value = 0;
    if (text.empty()) {
      promise.set_value(0);
      return;
    }
    if (!parse(text, value)) {
      log("not a number");
      return; // warning: promise 'promise' is dropped unfulfilled on this path
    }
    promise.set_value(value);
  }
  static void first(std::promise<int> &promise, const std::string &text) {
    log("started");
    second(promise, text);
  }
  static void second(std::promise<int> &promise, const std::string &text) {
    int value = 0;
    if (parse(text, value))
      promise.set_value(value);
  } // warning: promise 'promise' is dropped unfulfilled on this path
  static void decodeAll(std::promise<int> &promise, const std::string &text) {
    int value = 0;
    if (!parse(text, value)) {
      promise.set_exception(std::make_exception_ptr(std::runtime_error("not a number")));
      return;
    }
    promise.set_value(value);
  }
  ThreadPool pool_;
};
