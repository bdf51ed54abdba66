// RUN: %verify %s heddle-stored-context -- -std=c++20
// The seed's row (L4: a worker that processes each request with the context of its constructor).
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Request {
  std::string body;
};
bool process(std::stop_token, const Request &);
bool fetch(const std::string &, std::stop_token);
void step();

// ---- L4 ----------------------------------------------------------------------------------------------------------------
struct bad_L4 {
  class Worker {
  public:
    explicit Worker(std::stop_token ctx) : ctx_(ctx) {}
    bool handle(const Request &request) {
      return process(ctx_, request); // warning: 'ctx_' is the token that 'Worker' was constructed with, not one of the caller of 'handle'; its stop ends the calls of all, and no caller can stop its own; take it as a parameter
    }

  private:
    std::stop_token ctx_; // note: it is kept here
  };
  static std::unique_ptr<Worker> make(std::stop_token ctx) { return std::make_unique<Worker>(ctx); }
};
class ok_Worker {
public:
  bool handle(std::stop_token ctx, const Request &request) { return process(ctx, request); }
};

// ---- other dresses -----------------------------------------------------------------------------------------------------
struct bad_through_a_member {
  class Cache {
  public:
    explicit Cache(std::stop_token token) : token_(std::move(token)) {}
    bool get(const std::string &key) { return load(key); }

  private:
    bool load(const std::string &key) {
      return fetch(key, token_); // warning: 'token_' is the token that 'Cache' was constructed with, not one of the caller of 'get'
    }
    std::stop_token token_;
  };
  class Application {
  public:
    Application(std::stop_token token) : cache_(token) {}

  private:
    Cache cache_;
  };
};

// A context of the project's own.
class [[clang::annotate("heddle::role context")]] Context {
public:
  [[clang::annotate("heddle::observe-stop")]] bool done() const;
};
bool query(Context *, const std::string &sql);
struct bad_shared {
  class Client {
  public:
    explicit Client(std::shared_ptr<Context> ctx) : ctx_(std::move(ctx)) {}
    bool send(const Request &r) {
      return query(ctx_.get(), r.body); // warning: 'ctx_' is the context that 'Client' was constructed with
    }

  private:
    std::shared_ptr<Context> ctx_;
  };
  std::shared_ptr<Client> connect(std::shared_ptr<Context> ctx) { return std::make_shared<Client>(ctx); }
};
struct bad_overridden {
  struct Handler {
    virtual ~Handler() = default;
    virtual bool handle(const Request &) = 0;
  };
  class Echo : public Handler {
  public:
    explicit Echo(std::stop_token t) : token_(t) {}
    bool handle(const Request &r) override {
      return process(token_, r); // warning: 'token_' is the token that 'Echo' was constructed with
    }

  private:
    std::stop_token token_;
  };
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
// It runs a task of its own, which that token ends.
class ok_owner {
public:
  explicit ok_owner(std::stop_token token) : token_(token), thread_([this] { run(); }) {}
  bool handle(const Request &r) { return process(token_, r); }

private:
  void run() {
    while (!token_.stop_requested())
      step();
  }
  std::stop_token token_;
  std::jthread thread_;
};
class ok_own_source {
public:
  explicit ok_own_source(std::stop_token parent) : parent_(parent) {}
  bool handle(const Request &r) { return process(source_.get_token(), r) && process(parent_, r); }

private:
  std::stop_token parent_;
  std::stop_source source_;
};
// The request's own.
class ok_request {
public:
  ok_request(std::stop_token token, Request r) : token_(token), r_(std::move(r)) {}
  bool run() { return process(token_, r_); }
  std::stop_token token() const { return token_; }

private:
  std::stop_token token_;
  Request r_;
};
// A helper of one call.
class ok_of_one_call {
public:
  explicit ok_of_one_call(std::stop_token token) : token_(token) {}
  bool load(const std::string &key) { return fetch(key, token_); }

private:
  std::stop_token token_;
};
bool loadAll(std::stop_token token, const std::vector<std::string> &keys) {
  ok_of_one_call loader(token);
  for (const auto &key : keys)
    if (!loader.load(key))
      return false;
  return true;
}
// It is called back: what it does belongs to one operation.
void readLine(std::function<void(const std::string &)> done);
class ok_session {
public:
  explicit ok_session(std::stop_token token) : token_(token) {}
  void start() {
    readLine([this](const std::string &line) { onLine(line); });
  }
  void onLine(const std::string &line) {
    if (process(token_, Request{line}))
      start();
  }

private:
  std::stop_token token_;
};
class ok_called_back {
public:
  explicit ok_called_back(std::stop_token token) : token_(token) {}
  void start() {
    readLine(std::bind(&ok_called_back::onLine, this, std::placeholders::_1));
  }
  void onLine(const std::string &line) { process(token_, Request{line}); }

private:
  std::stop_token token_;
};
class ok_both {
public:
  explicit ok_both(std::stop_token shutdown) : shutdown_(shutdown) {}
  bool handle(std::stop_token caller, const Request &r) { return process(caller, r) && process(shutdown_, r); }

private:
  std::stop_token shutdown_;
};
class ok_current {
public:
  explicit ok_current(std::stop_token t) : current_(t) {}
  void begin(std::stop_token t) { current_ = t; }
  bool handle(const Request &r) { return process(current_, r); }

private:
  std::stop_token current_;
};
// It borrows the context of an operation that outlives it.
class ok_borrows {
public:
  explicit ok_borrows(Context &ctx) : ctx_(ctx) {}
  bool find(const std::string &name) { return query(&ctx_, name); }

private:
  Context &ctx_;
};
// It asks whether the program ends, and does not work by it.
class ok_asks {
public:
  explicit ok_asks(std::stop_token t) : shutdown_(t) {}
  bool handle(const Request &r) { return !shutdown_.stop_requested() && !r.body.empty(); }

private:
  std::stop_token shutdown_;
};
class ok_function_object {
public:
  explicit ok_function_object(std::stop_token t) : token_(t) {}
  bool operator()(const Request &r) { return process(token_, r); }

private:
  std::stop_token token_;
};
class ok_run_on_a_thread {
public:
  explicit ok_run_on_a_thread(std::stop_token t) : token_(t) {}
  void work(const Request &r) { process(token_, r); }

private:
  std::stop_token token_;
};
void serve(std::stop_token t, const Request &r) {
  auto job = std::make_shared<ok_run_on_a_thread>(t);
  std::jthread thread([job, r] { job->work(r); });
}
