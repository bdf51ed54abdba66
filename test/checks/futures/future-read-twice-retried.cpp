// RUN: %verify %s heddle-future-read-twice -- -std=c++20
// A loop that reads once more after a read that threw.
#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

struct Busy : std::runtime_error {
  using std::runtime_error::runtime_error;
};
int ask(int);
void log(const char *);
void rest();

int bad_tries_again(std::future<int> answer) {
  for (int left = 3;; --left) {
    try {
      return answer.get(); // warning: future 'answer' is read a second time on this path
    } catch (const Busy &e) {
      if (left == 0)
        throw;
      log(e.what());
    }
  }
}
std::optional<int> bad_waits_and_tries_again() {
  auto answer = std::async(std::launch::async, ask, 1);
  int tries = 0;
  while (tries < 3) {
    try {
      return answer.get(); // warning: future 'answer' is read a second time on this path
    } catch (const std::exception &) {
      ++tries;
      rest();
    }
  }
  return std::nullopt;
}
class Quote {
public:
  void start() { answer_ = std::async(std::launch::async, ask, 1); }
  int in_a_member() {
    if (!answer_.valid())
      start();
    for (int left = 3; left > 0; --left) {
      try {
        return collect();
      } catch (const Busy &e) {
        log(e.what());
      }
    }
    return -1;
  }

private:
  int collect() {
    int value = answer_.get(); // warning: future 'answer_' is read a second time on this path
    return value * 2;
  }
  std::future<int> answer_;
};

int ok_asks_again() {
  auto answer = std::async(std::launch::async, ask, 1);
  for (;;) {
    try {
      return answer.get();
    } catch (const Busy &e) {
      log(e.what());
      answer = std::async(std::launch::async, ask, 2);
    }
  }
}
int ok_asks_in_each_iteration() {
  for (int left = 3;; --left) {
    auto answer = std::async(std::launch::async, ask, left);
    try {
      return answer.get();
    } catch (const Busy &e) {
      log(e.what());
    }
  }
}
int ok_asks_first(std::future<int> answer) {
  while (answer.valid()) {
    try {
      return answer.get();
    } catch (const Busy &e) {
      log(e.what());
    }
  }
  return -1;
}
void ok_one_of_many(std::vector<std::future<int>> &answers) {
  for (auto &answer : answers) {
    try {
      ask(answer.get());
    } catch (const Busy &e) {
      log(e.what());
    }
  }
}
int ok_leaves(std::future<int> answer) {
  for (;;) {
    try {
      return answer.get();
    } catch (const Busy &e) {
      log(e.what());
      break;
    }
  }
  return -1;
}
int ok_throws(std::future<int> answer) {
  for (;;) {
    try {
      return answer.get();
    } catch (const Busy &e) {
      log(e.what());
      throw;
    }
  }
}
int ok_shared(std::shared_future<int> answer) {
  for (;;) {
    try {
      return answer.get();
    } catch (const Busy &e) {
      log(e.what());
    }
  }
}
class ok_Restarts {
public:
  int value() {
    for (int left = 3; left > 0; --left) {
      try {
        return collect();
      } catch (const Busy &e) {
        log(e.what());
        start();
      }
    }
    return -1;
  }

private:
  void start() { answer_ = std::async(std::launch::async, ask, 1); }
  int collect() { return answer_.get(); }
  std::future<int> answer_;
};
class ok_RestartsBefore {
public:
  int value() {
    for (int left = 3; left > 0; --left) {
      if (left != 3)
        log("again");
      start();
      try {
        return collect();
      } catch (const Busy &e) {
        log(e.what());
      }
    }
    return -1;
  }

private:
  void start() { answer_ = std::async(std::launch::async, ask, 1); }
  int collect() { return answer_.get(); }
  std::future<int> answer_;
};
class ok_HandlerInCallee {
public:
  int value() {
    for (int left = 3; left > 0; --left) {
      try {
        if (auto found = collect())
          return *found;
      } catch (const Busy &e) {
        log(e.what());
      }
    }
    return -1;
  }

private:
  std::optional<int> collect() {
    if (!answer_.valid())
      return std::nullopt;
    return answer_.get();
  }
  std::future<int> answer_;
};
