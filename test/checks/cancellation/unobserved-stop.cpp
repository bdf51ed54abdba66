// RUN: %verify %s heddle-unobserved-stop -- -std=c++20
// The seeds' rows: a producer that does not observe its context (F6), a group whose tasks ignore theirs (P17).
#include <chrono>
#include <functional>
#include <future>
#include <stop_token>
#include <type_traits>
#include <string>
#include <thread>
#include <utility>
#include <vector>

bool step();
bool slowFetch(const std::string &);
bool slowFetch(const std::string &, std::stop_token);

// ---- F6, P17 -----------------------------------------------------------------------------------------------------------
template <class F> std::future<int> bad_F6(std::stop_token token, F f) { // warning: 'token' is neither tested nor passed on; a stop request has no effect until all work is done; test it, pass it on, or leave the parameter unnamed
  return std::async(std::launch::async, std::move(f)); // note: it starts a task here, which does not get it either
}
int answer() { return bad_F6({}, [] { return 42; }).get(); }
template <class F> std::future<int> ok_F6(std::stop_token token, F f) {
  return std::async(std::launch::async, std::move(f), token);
}
int asked() {
  return ok_F6({}, [](std::stop_token t) { return t.stop_requested() ? 0 : 42; }).get();
}
void bad_P17(std::stop_token token, const std::vector<std::string> &urls) { // warning: 'token' is neither tested nor passed on
  for (const auto &u : urls) // note: it runs this loop
    slowFetch(u);
}
void ok_P17(std::stop_token token, const std::vector<std::string> &urls) {
  for (const auto &u : urls)
    slowFetch(u, token);
}
class Poller {
  void bad_jthread() {
    thread_ = std::jthread([this](std::stop_token st) { // warning: 'st' is neither tested nor passed on
      while (step())
        std::this_thread::sleep_for(std::chrono::seconds(1));
    });
  }
  void ok_jthread() {
    thread_ = std::jthread([this](std::stop_token st) {
      while (!st.stop_requested())
        step();
    });
  }
  std::jthread thread_;
};
void bad_helper(const std::stop_token &token, std::jthread &out) { // warning: 'token' is neither tested nor passed on
  out = std::jthread([] { // note: it starts a task here
    while (step())
      ;
  });
}

// ---- correct code that looks similar -----------------------------------------------------------------------------------
void ok_unnamed(std::stop_token, const std::vector<std::string> &urls) {
  for (const auto &u : urls)
    slowFetch(u);
}
void ok_marked([[maybe_unused]] std::stop_token token, const std::vector<std::string> &urls) {
  for (const auto &u : urls)
    slowFetch(u);
}
void ok_cast(std::stop_token token) {
  (void)token;
  while (step())
    ;
}
int ok_at_once(std::stop_token token, int x) { return x + 1; }
struct Handler {
  virtual ~Handler() = default;
  virtual void handle(std::stop_token token) = 0;
};
struct Quick : Handler {
  void ok_override(int);
  void handle(std::stop_token token) override { step(); }
};
void ok_captured(std::stop_token token) {
  std::jthread worker([token] {
    while (!token.stop_requested())
      step();
  });
}
void ok_by_reference(std::stop_token token) {
  auto over = [&] { return token.stop_requested(); };
  while (!over())
    step();
}
void ok_forwarded(std::stop_token token) { slowFetch("x", std::move(token)); }
class ok_kept {
public:
  explicit ok_kept(std::stop_token token) : token_(std::move(token)) { thread_ = std::jthread([] { step(); }); }

private:
  std::stop_token token_;
  std::jthread thread_;
};

// The parameter is named in a branch that this instance leaves out.
template <class F> void ok_named_in_another_branch(F f, std::stop_token token) {
  if constexpr (std::is_invocable_v<F &, std::stop_token>)
    f(token);
  else
    for (;;)
      f();
}
void instances(void (&plain)(), void (&asks)(std::stop_token)) {
  ok_named_in_another_branch(plain, {});
  ok_named_in_another_branch(asks, {});
}

// The stream of a call ends when the call is cancelled.
namespace grpc {
class ServerContext {
public:
  bool IsCancelled() const;
};
template <class T> class ServerReader {
public:
  bool Read(T *);
};
} // namespace grpc
void ok_stream_ends(grpc::ServerContext *context, grpc::ServerReader<std::string> *stream) {
  std::string line;
  while (stream->Read(&line))
    slowFetch(line);
}
void bad_beside_the_stream(grpc::ServerContext *context, grpc::ServerReader<std::string> *stream) { // warning: 'context' is neither tested nor passed on
  std::string line;
  stream->Read(&line);
  for (int i = 0; i < 10; ++i)
    std::this_thread::sleep_for(std::chrono::seconds(1));
}

// ---- loops in loops ----
double cell(int x, int y);
double bad_table(std::stop_token stop, int width, int height) { // warning: 'stop' is neither tested nor passed on
  double sum = 0;
  for (int y = 0; y < height; ++y) // note: it runs this loop
    for (int x = 0; x < width; ++x)
      sum += cell(x, y);
  return sum;
}
double row(int y, int width) {
  double sum = 0;
  for (int x = 0; x < width; ++x)
    sum += cell(x, y);
  return sum;
}
double bad_rows(std::stop_token stop, int width) { // warning: 'stop' is neither tested nor passed on
  double sum = 0;
  for (int y = 0; y < 1000; ++y)
    sum += row(y, width);
  return sum;
}
double ok_one_row(std::stop_token stop, int width) {
  double sum = 0;
  for (int x = 0; x < width; ++x)
    sum += cell(x, 0);
  return sum;
}
double ok_small_table(std::stop_token stop) {
  double sum = 0;
  for (int y = 0; y < 3; ++y)
    for (int x = 0; x < 3; ++x)
      sum += cell(x, y);
  return sum;
}
double ok_one_after_the_other(std::stop_token stop, int width) {
  double sum = row(0, width);
  for (int y = 0; y < 3; ++y)
    sum += cell(0, y);
  return sum;
}
double ok_asked_per_row(std::stop_token stop, int width, int height) {
  double sum = 0;
  for (int y = 0; y < height && !stop.stop_requested(); ++y)
    sum += row(y, width);
  return sum;
}
