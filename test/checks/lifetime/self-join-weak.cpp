// RUN: %verify %s heddle-self-join -- -std=c++20
// A weak pointer that the thread locks owns the object for a time: meanwhile the others may let go of it.
#include <atomic>
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

bool fetch();
void show(int);

// ---- work for a part ---------------------------------------------------------------------------------------------------
struct bad_work {
class Crew {
public:
  explicit Crew(int n) {
    for (int i = 0; i < n; ++i)
      threads_.emplace_back([this] { run(); });
  }
  ~Crew() {
    {
      std::lock_guard lock(mutex_);
      over_ = true;
    }
    some_.notify_all();
    for (auto &t : threads_)
      t.join(); // warning: this may run on the very thread for which it waits: work of that thread owns the object around 'crew_'
  }
  void post(std::function<void()> work) {
    std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
    some_.notify_one();
  }

private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      some_.wait(lock, [this] { return over_ || !work_.empty(); });
      if (work_.empty())
        return;
      auto work = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      work();
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable some_;
  std::deque<std::function<void()>> work_;
  bool over_ = false;
  std::vector<std::thread> threads_;
};
class Chart : public std::enable_shared_from_this<Chart> {
public:
  void refresh(int id) {
    crew_.post([weak = weak_from_this(), id] {
      auto self = weak.lock(); // note: 'weak' is locked here, and owns the object for a time
      if (!self)
        return;
      self->load(id);
    });
  }

private:
  void load(int id) { show(id); }
  Crew crew_{2};
};
};

// ---- the task of a part ------------------------------------------------------------------------------------------------
struct bad_part {
class Map;
class Loader {
public:
  explicit Loader(std::weak_ptr<Map> map) : map_(std::move(map)), thread_(&Loader::run, this) {}
  ~Loader() {
    over_ = true;
    if (thread_.joinable())
      thread_.join(); // warning: this may run on the very thread for which it waits: work of that thread owns the object around 'loader_'
  }

private:
  void run();
  std::weak_ptr<Map> map_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};
class Map : public std::enable_shared_from_this<Map> {
public:
  void begin() { loader_.reset(new Loader(weak_from_this())); }
  void tile(int n) { show(n); }

private:
  std::unique_ptr<Loader> loader_;
};
};
void bad_part::Loader::run() {
  for (int n = 0; !over_ && fetch(); ++n)
    if (std::shared_ptr<Map> map = map_.lock()) // note: 'map_' is locked here, and owns the object for a time
      map->tile(n);
}

// ---- the task of the object itself -------------------------------------------------------------------------------------
class OwnTask : public std::enable_shared_from_this<OwnTask> {
public:
  ~OwnTask() {
    if (thread_.joinable())
      thread_.join(); // note: the destructor waits for the task here
  }
  void bad_begin() {
    thread_ = std::thread([weak = weak_from_this()] {
      while (auto self = weak.lock()) // warning: the task owns its own object for a time by locking 'weak'; if it is then the last owner, the destructor joins the thread on which it runs, which terminates the program; capture 'this', as the destructor waits for the task
        if (!self->step())
          break;
    });
  }

private:
  bool step() { return fetch(); }
  std::thread thread_;
};

class ok_Asks : public std::enable_shared_from_this<ok_Asks> {
public:
  ~ok_Asks() {
    if (thread_.get_id() == std::this_thread::get_id())
      thread_.detach();
    else if (thread_.joinable())
      thread_.join();
  }
  void begin() {
    thread_ = std::thread([weak = weak_from_this()] {
      while (auto self = weak.lock())
        if (!self->step())
          break;
    });
  }

private:
  bool step() { return fetch(); }
  std::thread thread_;
};
class ok_Detached : public std::enable_shared_from_this<ok_Detached> {
public:
  void begin() {
    std::thread([weak = weak_from_this()] {
      while (auto self = weak.lock())
        if (!self->step())
          break;
    }).detach();
  }

private:
  bool step() { return fetch(); }
};
class ok_OfAnother : public std::enable_shared_from_this<ok_OfAnother> { // what it locks does not own the thread
public:
  explicit ok_OfAnother(std::weak_ptr<OwnTask> other) : other_(std::move(other)) {}
  ~ok_OfAnother() { thread_.join(); }
  void begin() {
    thread_ = std::thread([this] {
      while (auto other = other_.lock())
        if (!fetch())
          break;
    });
  }

private:
  std::weak_ptr<OwnTask> other_;
  std::thread thread_;
};
class ok_JoinedByOthers : public std::enable_shared_from_this<ok_JoinedByOthers> { // the owner stops it first
public:
  void begin() {
    thread_ = std::thread([weak = weak_from_this()] {
      while (auto self = weak.lock())
        if (!self->step())
          break;
    });
  }
  void stop() { thread_.join(); }

private:
  bool step() { return fetch(); }
  std::thread thread_;
};

// ---- the element that calls is removed ---------------------------------------------------------------------------------
class Probe {
public:
  Probe(int id, std::function<void(int)> lost) : id_(id), lost_(std::move(lost)) {}
  ~Probe() {
    over_ = true;
    if (thread_.joinable())
      thread_.join(); // note: here the thread waits for itself
  }
  void begin() {
    thread_ = std::thread([this] { run(); });
  }

private:
  void run() {
    while (!over_ && fetch()) {
    }
    lost_(id_);
  }
  const int id_;
  const std::function<void(int)> lost_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};
class ByKey {
public:
  void add(int id) {
    auto probe = std::make_unique<Probe>(id, [this](int lost) { bad_remove(lost); });
    probe->begin();
    std::lock_guard lock(mutex_);
    probes_[id] = std::move(probe);
  }

private:
  void bad_remove(int id) {
    std::lock_guard lock(mutex_);
    probes_.erase(id); // warning: 'probes_' runs this on its own thread, and waits for that thread to end here
  }
  std::mutex mutex_;
  std::map<int, std::unique_ptr<Probe>> probes_;
};
class ByIterator {
public:
  void bad_add(int id) {
    auto probe = std::make_shared<Probe>(id, [this](int lost) {
      auto it = probes_.find(lost);
      if (it != probes_.end())
        probes_.erase(it); // warning: 'probes_' runs this on its own thread, and waits for that thread to end here
    });
    probe->begin();
    probes_.emplace(id, probe);
  }

private:
  std::map<int, std::shared_ptr<Probe>> probes_;
};
class ok_Kept { // for a thread that clears them away
public:
  void add(int id) {
    auto probe = std::make_unique<Probe>(id, [this](int lost) { remove(lost); });
    probe->begin();
    std::lock_guard lock(mutex_);
    probes_[id] = std::move(probe);
  }
  void sweep() {
    std::vector<std::unique_ptr<Probe>> gone;
    std::lock_guard lock(mutex_);
    gone.swap(gone_);
  }

private:
  void remove(int id) {
    std::lock_guard lock(mutex_);
    auto it = probes_.find(id);
    if (it == probes_.end())
      return;
    gone_.push_back(std::move(it->second));
    probes_.erase(it);
  }
  std::mutex mutex_;
  std::map<int, std::unique_ptr<Probe>> probes_;
  std::vector<std::unique_ptr<Probe>> gone_;
};
class ok_Oldest { // not the one that calls
public:
  void add(int id) {
    auto probe = std::make_unique<Probe>(id, [this](int) { removeOldest(); });
    probe->begin();
    probes_[id] = std::move(probe);
  }

private:
  void removeOldest() { probes_.erase(probes_.begin()); }
  std::map<int, std::unique_ptr<Probe>> probes_;
};
