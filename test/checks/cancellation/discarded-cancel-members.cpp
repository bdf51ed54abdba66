// RUN: %verify %s heddle-discarded-cancel -- -std=c++20
// Stop sources in members: never asked to stop, discarded, or replaced while tasks still observe them.
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <string>
#include <thread>
#include <vector>

void run(std::function<void()>);
void search(std::stop_token, const std::string &);

// ---- in an optional ----
struct bad_Preview {
  void open(std::string file) {
    stop_.emplace();
    run([token = stop_->get_token(), file] { search(token, file); }); // note: the token is handed out here
  }
  void close() { stop_.reset(); } // warning: 'stop_' is discarded here, and no member of 'bad_Preview' requests a stop

private:
  std::optional<std::stop_source> stop_;
};
struct ok_PreviewStops {
  void open(std::string file) {
    stop_.emplace();
    run([token = stop_->get_token(), file] { search(token, file); });
  }
  void close() {
    if (stop_)
      stop_->request_stop();
    stop_.reset();
  }

private:
  std::optional<std::stop_source> stop_;
};
struct ok_PreviewHandsOn {
  void open(std::string file) {
    stop_ = std::make_unique<std::stop_source>();
    run([token = stop_->get_token(), file] { search(token, file); });
  }
  std::unique_ptr<std::stop_source> release() { return std::move(stop_); }

private:
  std::unique_ptr<std::stop_source> stop_;
};

// ---- replaced ----
struct ReplacingFinder {
  ~ReplacingFinder() { stop_.request_stop(); }
  void bad_typed(std::string text) {
    ++turn_;
    stop_ = std::stop_source(); // warning: 'stop_' is replaced before its stop is requested
    run([token = stop_.get_token(), text] { search(token, text); }); // note: the token is handed out here
  }

private:
  std::stop_source stop_;
  int turn_ = 0;
};
struct ok_FinderStopsTheOld {
  ~ok_FinderStopsTheOld() { stop_.request_stop(); }
  void typed(std::string text) {
    stop_.request_stop();
    stop_ = std::stop_source();
    run([token = stop_.get_token(), text] { search(token, text); });
  }

private:
  std::stop_source stop_;
};
struct ok_StartAndStop {
  ~ok_StartAndStop() { stop(); }
  void start(std::string text) {
    stop_ = std::stop_source();
    run([token = stop_.get_token(), text] { search(token, text); });
  }
  void stop() { stop_.request_stop(); }

private:
  std::stop_source stop_;
};
struct ok_OnlyOnce {
  ~ok_OnlyOnce() { stop_.request_stop(); }
  void start(std::string text) {
    if (started_)
      return;
    started_ = true;
    stop_ = std::stop_source();
    run([token = stop_.get_token(), text] { search(token, text); });
  }

private:
  bool started_ = false;
  std::stop_source stop_;
};

// ---- a switch of one's own, in a plain struct ----
class Halted {
public:
  explicit Halted(std::shared_ptr<const std::atomic<bool>> f) : flag_(std::move(f)) {}
  bool now() const { return flag_->load(); }

private:
  std::shared_ptr<const std::atomic<bool>> flag_;
};
class Switch {
public:
  Halted view() const { return Halted(flag_); }
  void throwIt() { flag_->store(true); }

private:
  std::shared_ptr<std::atomic<bool>> flag_ = std::make_shared<std::atomic<bool>>(false);
};
namespace {
struct bad_Lane {
  Switch halt; // warning: 'halt' hands out its token, and no member of 'bad_Lane' requests a stop
  std::thread thread;
};
struct ok_Lane {
  Switch halt;
  std::thread thread;
};
} // namespace
void drive(bad_Lane &l) {
  l.thread = std::thread([view = l.halt.view()] { // note: the token is handed out here
    while (!view.now())
      search({}, "x");
  });
}
void drive(ok_Lane &l) {
  l.thread = std::thread([view = l.halt.view()] {
    while (!view.now())
      search({}, "x");
  });
}
void finish(ok_Lane &l) {
  l.halt.throwIt();
  l.thread.join();
}

// ---- a stop callback whose block ends with it ----
void bad_block_ends(std::stop_token stop, std::function<void()> abort, bool careful) {
  if (careful) {
    std::stop_callback onStop(stop, abort); // warning: stop callback 'onStop' is unregistered at the end of this block
  }
  search(stop, "long");
}
void bad_helper_ends(std::stop_token stop, std::function<void()> abort) {
  std::stop_callback onStop(std::move(stop), std::move(abort)); // warning: stop callback 'onStop' is unregistered at the end of this block
}
void ok_source_of_its_own(std::function<void()> abort) {
  std::stop_source source;
  source.request_stop();
  std::stop_callback onStop(source.get_token(), abort); // called at once
}
void ok_helper_works(std::stop_token stop, std::function<void()> abort) {
  std::stop_callback onStop(stop, abort);
  search(stop, "long");
}
void ok_lives_as_long(std::stop_token stop, std::function<void()> abort, bool careful) {
  std::optional<std::stop_callback<std::function<void()>>> onStop;
  if (careful)
    onStop.emplace(stop, abort);
  search(stop, "long");
}
void ok_block_works(std::stop_token stop, std::function<void()> abort) {
  {
    std::stop_callback onStop(stop, abort);
    search(stop, "long");
  }
  search(stop, "short");
}

// ---- a tree of scopes: the handle's work is done by a member ----
class Scope {
public:
  bool over() const { return over_; }
  void end() {
    over_.store(true);
  }

private:
  std::atomic<bool> over_{false};
};
struct Child {
  std::shared_ptr<Scope> scope;
  std::function<void()> end;
};
Child derive(const std::shared_ptr<Scope> &parent) {
  auto scope = std::make_shared<Scope>();
  return {scope, [parent, scope] { scope->end(); }};
}
bool ask(const std::shared_ptr<Scope> &);
bool bad_never_ended(const std::shared_ptr<Scope> &parent) {
  auto child = derive(parent); // warning: cancel handle 'end' in 'child' is never used
  return ask(child.scope);
}
bool ok_ended(const std::shared_ptr<Scope> &parent) {
  auto child = derive(parent);
  bool answer = ask(child.scope);
  child.end();
  return answer;
}
