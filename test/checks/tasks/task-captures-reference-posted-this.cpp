// RUN: %verify %s heddle-task-captures-reference -- -std=c++20
// Objects that hand over callables with their 'this', and owners that destroy them.
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

/// Runs what it is given on its owner's thread, later.
class Loop {
public:
  void post(std::function<void()> task) {
    std::lock_guard<std::mutex> lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  void runAll() {
    std::deque<std::function<void()>> tasks;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      tasks.swap(tasks_);
    }
    for (auto &task : tasks)
      task();
  }

private:
  std::mutex mutex_;
  std::deque<std::function<void()>> tasks_;
};

/// Runs it on threads of its own.
class Crew {
public:
  Crew() {
    for (int i = 0; i < 4; ++i)
      threads_.emplace_back([this](std::stop_token stop) { work(stop); });
  }
  void post(std::function<void()> task) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    some_.notify_one();
  }

private:
  void work(std::stop_token stop) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (some_.wait(lock, stop, [this] { return !tasks_.empty(); })) {
      auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable_any some_;
  std::deque<std::function<void()>> tasks_;
  std::vector<std::jthread> threads_;
};

bool store(const std::string &) noexcept;

// ---- the map of sessions: one is erased while its task is queued --------------------------------------------------------
class Session {
public:
  explicit Session(Loop &loop) : loop_(loop) {}
  void bad_greet() {
    loop_.post([this] { say("hello"); }); // warning: this task holds only 'this', and the owner may destroy the object while the task is queued in 'loop_'
  }

private:
  void say(const std::string &text) { failed_ = !store(text); }
  Loop &loop_;
  bool failed_ = false;
};
class Server1 {
public:
  explicit Server1(Loop &loop) : loop_(loop) {}
  void accept(int id) {
    auto session = std::make_unique<Session>(loop_);
    session->bad_greet();
    sessions_[id] = std::move(session);
  }
  void closed(int id) { sessions_.erase(id); }

private:
  Loop &loop_;
  std::map<int, std::unique_ptr<Session>> sessions_;
};

// ---- one that is replaced, on a pool that a pointer leads to ------------------------------------------------------------
class Writer {
public:
  explicit Writer(Crew *crew) : crew_(crew) {}
  void bad_append(std::string text) {
    auto task = [this, text = std::move(text)] { bytes_ += store(text) ? text.size() : 0; }; // warning: this task holds only 'this'
    crew_->post(std::move(task));
  }

private:
  Crew *crew_;
  std::size_t bytes_ = 0;
};
class Log1 {
public:
  explicit Log1(Crew *crew) : crew_(crew) {}
  void add(std::string text) {
    if (!writer_)
      writer_ = std::make_unique<Writer>(crew_);
    writer_->bad_append(std::move(text));
  }
  void stop() { writer_.reset(); }

private:
  Crew *crew_;
  std::unique_ptr<Writer> writer_;
};

// ---- shared ownership, and a pointer that is asked ----------------------------------------------------------------------
class Shared : public std::enable_shared_from_this<Shared> {
public:
  explicit Shared(Loop &loop) : loop_(loop) {}
  void ok_greet() {
    loop_.post([this, self = shared_from_this()] { failed_ = !store("hello"); });
  }

private:
  Loop &loop_;
  bool failed_ = false;
};
class Watched {
public:
  explicit Watched(Loop &loop) : loop_(loop) {}
  void ok_greet() {
    loop_.post([this, alive = std::weak_ptr<bool>(alive_)] {
      if (!alive.expired())
        failed_ = !store("hello");
    });
  }

private:
  Loop &loop_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  bool failed_ = false;
};
// ---- whose end waits for the tasks, or calls them off --------------------------------------------------------------------
class Waits {
public:
  explicit Waits(Crew &crew) : crew_(crew) {}
  ~Waits() {
    std::unique_lock<std::mutex> lock(mutex_);
    none_.wait(lock, [this] { return open_ == 0; });
  }
  void ok_greet() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ++open_;
    }
    crew_.post([this] {
      store("hello");
      std::lock_guard<std::mutex> lock(mutex_);
      if (--open_ == 0)
        none_.notify_all();
    });
  }

private:
  Crew &crew_;
  std::mutex mutex_;
  std::condition_variable none_;
  int open_ = 0;
};
// ---- which owns what runs its tasks ----------------------------------------------------------------------------------------
class OwnCrew {
public:
  void ok_greet() {
    crew_.post([this] { failed_ = !store("hello"); });
  }

private:
  bool failed_ = false;
  Crew crew_;
};
// ---- which tells its owner when it is done ---------------------------------------------------------------------------------
class Tells {
public:
  Tells(Loop &loop, std::function<void()> done) : loop_(loop), done_(std::move(done)) {}
  void ok_greet() {
    loop_.post([this] {
      store("hello");
      done_();
    });
  }

private:
  Loop &loop_;
  std::function<void()> done_;
};
// ---- which its owner asks first ----------------------------------------------------------------------------------------------
class Asked {
public:
  explicit Asked(Loop &loop) : loop_(loop) {}
  void ok_greet() {
    ++open_;
    loop_.post([this] {
      store("hello");
      --open_;
    });
  }
  bool isIdle() const { return open_ == 0; }

private:
  Loop &loop_;
  int open_ = 0;
};
// ---- which somebody else holds as well ---------------------------------------------------------------------------------------
class HeldTwice {
public:
  explicit HeldTwice(Loop &loop) : loop_(loop) {}
  void ok_greet() {
    loop_.post([this] { failed_ = !store("hello"); });
  }

private:
  Loop &loop_;
  bool failed_ = false;
};
class Server2 {
public:
  explicit Server2(Loop &loop) : loop_(loop) {}
  void accept(int id) {
    shared_[id] = std::make_shared<Shared>(loop_);
    watched_[id] = std::make_unique<Watched>(loop_);
    waiting_[id] = std::make_unique<Waits>(crew_);
    own_[id] = std::make_unique<OwnCrew>();
    telling_[id] = std::make_unique<Tells>(loop_, [this, id] { finished(id); });
    asked_[id] = std::make_unique<Asked>(loop_);
    twice_[id] = std::make_shared<HeldTwice>(loop_);
    last_ = twice_[id];
    posted_[id] = std::make_unique<DropIsPosted>(loop_);
  }
  void closed(int id) {
    shared_.erase(id);
    watched_.erase(id);
    waiting_.erase(id);
    own_.erase(id);
    twice_.erase(id);
  }
  void sweep() {
    for (auto it = asked_.begin(); it != asked_.end();)
      it = it->second->isIdle() ? asked_.erase(it) : std::next(it);
  }
  // Behind everything that the object has queued there.
  void closedLater(int id) {
    loop_.post([this, id] { forget(id); });
  }

private:
  void finished(int id) { telling_.erase(id); }
  void forget(int id) { posted_.erase(id); }

  class DropIsPosted {
  public:
    explicit DropIsPosted(Loop &loop) : loop_(loop) {}
    void ok_greet() {
      loop_.post([this] { failed_ = !store("hello"); });
    }

  private:
    Loop &loop_;
    bool failed_ = false;
  };
  Loop &loop_;
  Crew crew_;
  std::map<int, std::shared_ptr<Shared>> shared_;
  std::map<int, std::unique_ptr<Watched>> watched_;
  std::map<int, std::unique_ptr<Waits>> waiting_;
  std::map<int, std::unique_ptr<OwnCrew>> own_;
  std::map<int, std::unique_ptr<Tells>> telling_;
  std::map<int, std::unique_ptr<Asked>> asked_;
  std::map<int, std::shared_ptr<HeldTwice>> twice_;
  std::shared_ptr<HeldTwice> last_;
  std::map<int, std::unique_ptr<DropIsPosted>> posted_;
};

// ---- whose owner lives as long as the loop, and lets go of nothing -------------------------------------------------------
class NeverDropped {
public:
  explicit NeverDropped(Loop &loop) : loop_(loop) {}
  void ok_greet() {
    loop_.post([this] { failed_ = !store("hello"); });
  }

private:
  Loop &loop_;
  bool failed_ = false;
};
class Server3 {
public:
  explicit Server3(Loop &loop) : loop_(loop) {}
  void accept(int id) {
    all_[id] = std::make_unique<NeverDropped>(loop_);
    all_[id]->ok_greet();
  }

private:
  Loop &loop_;
  std::map<int, std::unique_ptr<NeverDropped>> all_;
};
