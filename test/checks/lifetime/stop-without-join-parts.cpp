// RUN: %verify %s heddle-stop-without-join,heddle-member-destroyed-before-task -- -std=c++20
// What a member releases is a part of a part, is released by a part's own member, or by a member that overrides one of
// the class which has the thread.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct Device;
Device *openDevice();
void closeDevice(Device *);
void play(Device *);
int measure();

// ---- behind a pointer to an implementation ----------------------------------------------------------------------------
struct bad_behind_a_pointer {
class Recorder {
public:
  Recorder() : impl_(std::make_unique<Impl>()) {}
  ~Recorder() {
    close();
    impl_->thread.join();
  }
  void open(const char *path) {
    impl_->out = std::fopen(path, "w");
    impl_->thread = std::thread([impl = impl_.get()] { impl->run(); }); // note: the task is started here
  }
  void close() {
    if (impl_->over.exchange(true)) // note: the stop is requested here
      return;
    std::fclose(impl_->out); // warning: the task of 'thread' is asked to stop, but is not waited for before 'out' is released here; it uses a destroyed object; join it first
  }

private:
  struct Impl {
    std::FILE *out = nullptr;
    std::atomic<bool> over{false};
    std::thread thread;
    void run() {
      while (!over.load())
        std::fprintf(out, "%d\n", measure()); // note: it uses 'out' here
    }
  };
  std::unique_ptr<Impl> impl_;
};
};
struct bad_static_entry {
class StaticEntry { // a free function is given the state
  struct State {
    Device *device;
    std::atomic<bool> quit{false};
  };
  static void loop(State *s) {
    while (!s->quit)
      play(s->device);
  }
  State *state_;
  std::thread thread_;

public:
  StaticEntry() : state_(new State) {
    state_->device = openDevice();
    thread_ = std::thread(loop, state_);
  }
  void stop() {
    state_->quit = true;
    closeDevice(state_->device); // warning: the task of 'thread_' is asked to stop, but is not waited for before 'device' is released here
    state_->device = nullptr;
  }
  ~StaticEntry() { thread_.join(); }
};
};
class ok_joinsBehindThePointer {
  struct Impl {
    std::FILE *out = nullptr;
    std::atomic<bool> over{false};
    std::thread thread;
    void run() {
      while (!over.load())
        std::fprintf(out, "%d\n", measure());
    }
    void end() {
      over = true;
      thread.join();
    }
  };
  std::unique_ptr<Impl> impl_;

public:
  void open(const char *path) {
    impl_->out = std::fopen(path, "w");
    impl_->thread = std::thread(&Impl::run, impl_.get());
  }
  void close() {
    impl_->end();
    std::fclose(impl_->out);
  }
};
class ok_nothingRuns { // the early return says that there is no thread
  std::FILE *out_ = nullptr;
  std::atomic<bool> over_{false};
  std::thread thread_;

public:
  void open() {
    thread_ = std::thread([this] {
      while (!over_)
        std::fprintf(out_, "%d\n", measure());
    });
  }
  void close() {
    over_ = true;
    if (!thread_.joinable()) {
      std::fclose(out_);
      return;
    }
    thread_.join();
    std::fclose(out_);
  }
};
class ok_taskHasEnded { // the task itself says that it is over
  Device *device_ = nullptr;
  std::atomic<bool> over_{false}, done_{false};
  std::thread thread_;

public:
  void start() {
    thread_ = std::thread([this] {
      while (!over_ && !done_) {
        play(device_);
        done_ = measure() == 0;
      }
    });
  }
  void reap() {
    if (!done_.exchange(false))
      return;
    closeDevice(device_);
    device_ = nullptr;
    thread_.join();
  }
};

// ---- by a member of the part ------------------------------------------------------------------------------------------
class Journal {
public:
  explicit Journal(const char *path) : file_(std::fopen(path, "a")) {}
  void append(const std::string &line) {
    std::lock_guard<std::mutex> lk(mutex_);
    std::fputs(line.c_str(), file_);
  }
  void appendIfOpen(const std::string &line) {
    std::lock_guard<std::mutex> lk(mutex_);
    if (file_)
      std::fputs(line.c_str(), file_);
  }
  void rotate(const char *path) {
    std::lock_guard<std::mutex> lk(mutex_);
    std::fclose(file_);
    file_ = std::fopen(path, "a");
  }
  void close() {
    std::lock_guard<std::mutex> lk(mutex_);
    if (file_)
      std::fclose(file_);
    file_ = nullptr;
  }

private:
  std::mutex mutex_;
  std::FILE *file_;
};
struct bad_part_closes {
class Ingest {
public:
  ~Ingest() {
    journal_.close(); // warning: 'journal_' is released here, before the task of 'workers_' has ended; the task uses a destroyed object; join first, and release 'journal_' afterwards
    finish();
  }
  void start() {
    for (int i = 0; i < 4; ++i)
      workers_.emplace_back(&Ingest::work, this); // note: the task is started here
  }

private:
  void work() {
    while (!over_)
      journal_.append(std::to_string(measure())); // note: the task uses 'journal_' here
  }
  void finish() {
    over_ = true;
    for (std::thread &w : workers_)
      w.join(); // note: it is waited for here
  }
  Journal journal_{"journal"};
  std::atomic<bool> over_{false};
  std::vector<std::thread> workers_;
};
};
class ok_refusesWhenClosed { // the part's own lock and test make it safe
public:
  ~ok_refusesWhenClosed() {
    journal_.close();
    over_ = true;
    thread_.join();
  }
  void start() {
    thread_ = std::thread([this] {
      while (!over_)
        journal_.appendIfOpen("x");
    });
  }

private:
  Journal journal_{"journal"};
  std::atomic<bool> over_{false};
  std::thread thread_;
};
class ok_rotates { // what is closed is opened again under the same lock
public:
  ~ok_rotates() {
    journal_.rotate("last");
    over_ = true;
    thread_.join();
  }
  void start() {
    thread_ = std::thread([this] {
      while (!over_)
        journal_.append("x");
    });
  }

private:
  Journal journal_{"journal"};
  std::atomic<bool> over_{false};
  std::thread thread_;
};
class ok_closesAfterwards {
public:
  void stop() {
    over_ = true;
    for (std::thread &w : workers_)
      w.join();
    journal_.close();
  }
  void start() {
    workers_.emplace_back([this] {
      while (!over_)
        journal_.append("x");
    });
  }

private:
  Journal journal_{"journal"};
  std::atomic<bool> over_{false};
  std::vector<std::thread> workers_;
};
class ok_anotherPart {
public:
  ~ok_anotherPart() {
    idle_.close();
    over_ = true;
    thread_.join();
  }
  void start() {
    thread_ = std::thread([this] {
      while (!over_)
        busy_.append("x");
    });
  }

private:
  Journal idle_{"a"}, busy_{"b"};
  std::atomic<bool> over_{false};
  std::thread thread_;
};
class ok_setup { // the part is replaced before anything runs: the flag is none of a stop
  std::shared_ptr<Journal> journal_;
  bool quiet_ = true;
  std::atomic<bool> over_{false};
  std::thread thread_;

public:
  void configure(std::shared_ptr<Journal> journal) {
    quiet_ = false;
    journal_ = journal;
  }
  void start() {
    thread_ = std::thread([this] {
      while (!over_)
        if (!quiet_)
          journal_->append("x");
    });
  }
  ~ok_setup() {
    over_ = true;
    thread_.join();
  }
};

// ---- by what overrides a member of the class with the thread ------------------------------------------------------------
class Service {
public:
  virtual ~Service() = default;
  void start() {
    thread_ = std::thread([this] { onRun(); }); // note: the task is started here
  }
  void stop() {
    over_ = true;
    onStop();
    thread_.join(); // note: it is waited for here
  }
  void halt() {
    over_ = true;
    thread_.join();
    onHalted();
  }

protected:
  bool over() const { return over_; }
  virtual void onRun() = 0;
  virtual void onStop() {}
  virtual void onHalted() {}

private:
  std::atomic<bool> over_{false};
  std::thread thread_;
};
class bad_Sound : public Service {
  Device *device_ = openDevice();

protected:
  void onRun() override {
    while (!over())
      play(device_); // note: the task uses 'device_' here
  }
  void onStop() override {
    closeDevice(device_); // warning: 'device_' is released here, before the task of 'thread_' has ended
    device_ = nullptr;
  }
};
class ok_Sound : public Service {
  Device *device_ = openDevice();

protected:
  void onRun() override {
    while (!over())
      play(device_);
  }
  void onHalted() override {
    closeDevice(device_);
    device_ = nullptr;
  }
};
class ok_otherData : public Service {
  Device *device_ = openDevice();
  void *cache_ = std::malloc(16);

protected:
  void onRun() override {
    while (!over())
      play(device_);
  }
  void onStop() override { std::free(cache_); }
};
struct bad_in_between {
class InBetween : public Service { // the destructor of the derived class releases, and calls the base's stop
  int *samples_ = static_cast<int *>(std::malloc(64));

public:
  ~InBetween() override {
    std::free(samples_); // warning: 'samples_' is released here, before the task of 'thread_' has ended
    stop();
  }

protected:
  void onRun() override {
    while (!over())
      samples_[0] = measure();
  }
};
};
class ok_stopsFirst : public Service {
  int *samples_ = static_cast<int *>(std::malloc(64));

public:
  ~ok_stopsFirst() override {
    stop();
    std::free(samples_);
  }

protected:
  void onRun() override {
    while (!over())
      samples_[0] = measure();
  }
};
class ok_unseenStop : public Service { // what it calls may wait for the task
  int *samples_ = static_cast<int *>(std::malloc(64));
  void shutDown();

public:
  ~ok_unseenStop() override {
    shutDown();
    std::free(samples_);
    stop();
  }

protected:
  void onRun() override {
    while (!over())
      samples_[0] = measure();
  }
};
class ok_joinedOnEachWay { // the member that joins is called on several ways
public:
  void start() {
    thread_ = std::thread([this] {
      while (!over_)
        play(device_.get());
    });
  }
  void restart(int rate) {
    renew();
    halt();
    (void)rate;
  }

private:
  void renew() {
    disconnect();
    device_ = std::make_unique<int>(1);
  }
  void disconnect() { halt(); }
  void halt() {
    over_ = true;
    if (thread_.joinable())
      thread_.join();
  }
  static void play(int *);
  std::unique_ptr<int> device_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};
