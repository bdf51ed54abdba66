// RUN: %verify %s heddle-task-captures-reference -- -std=c++20
// Callables that are given to a visible function, which stores them.
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

void use(int);

class Session {
public:
  void asyncConnect(std::function<void(int)> done) { waiting_.push_back(std::move(done)); }
  void onClose(const std::string &who, std::function<void(int)> f) { closing_[who] = std::move(f); }
  void answered(int status) {
    for (auto &f : waiting_)
      f(status);
    waiting_.clear();
  }
  void connectAndWait(std::function<void(int)> done) {
    waiting_.push_back(std::move(done));
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return waiting_.empty(); });
  }
  int visit(const std::function<void(int)> &f) {
    f(1);
    return 1;
  }

private:
  std::mutex mutex_;
  std::condition_variable answered_;
  std::vector<std::function<void(int)>> waiting_;
  std::map<std::string, std::function<void(int)>> closing_;
};
struct Result {
  int status = 0;
};
template <class F> void later(Session &s, F &&f) {
  s.asyncConnect(std::forward<F>(f)); // note: 'asyncConnect' is called here
}
std::vector<std::function<void()>> atExit;
void onExit(std::function<void()> f) { atExit.push_back(std::move(f)); }

void bad_connect(Session &session) {
  Result result;
  session.asyncConnect([&result](int status) { result.status = status; }); // warning: local 'result' is captured by reference in a callable that is kept in 'session.waiting_'
}
void bad_through_template(Session &session) {
  Result result;
  later(session, [&](int status) { result.status = status; }); // warning: local 'result' is captured by reference in a callable that is kept in 'session.waiting_'
}
void bad_global() {
  int n = 0;
  onExit([&n] { use(n); }); // warning: local 'n' is captured by reference in a callable that is kept in 'atExit'
}
class bad_Client {
public:
  void open(std::string name) {
    session_.onClose(name, [&](int) { use(name.size()); }); // warning: local 'name' is captured by reference in a callable that is kept in 'session_.closing_'
  }

private:
  Session session_;
};

int ok_own_session() {
  Session own;
  Result result;
  own.asyncConnect([&result](int status) { result.status = status; });
  own.answered(7);
  return result.status;
}
int ok_answered_here(Session &session) {
  Result result;
  session.asyncConnect([&result](int status) { result.status = status; });
  session.answered(7);
  return result.status;
}
int ok_waits_itself(Session &session) {
  Result result;
  session.connectAndWait([&result](int status) { result.status = status; });
  return result.status;
}
int ok_called_at_once(Session &session) {
  Result result;
  session.visit([&result](int status) { result.status = status; });
  return result.status;
}
void ok_copy(Session &session, std::string name) {
  session.onClose(name, [name](int) { use(name.size()); });
}
void ok_callers_object(Session &session, Result &result) {
  session.asyncConnect([&result](int status) { result.status = status; });
}
void ok_static(Session &session) {
  static Result result;
  session.asyncConnect([](int status) { result.status = status; });
}
class OkClient {
public:
  void open() {
    session_.asyncConnect([this](int status) { last_ = status; });
  }

private:
  Session session_;
  int last_ = 0;
};
