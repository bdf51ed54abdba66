// RUN: %verify %s heddle-task-captures-reference -- -std=c++20
// Scopes that an exception leaves, threads that are kept elsewhere, values in an optional, callables behind helpers.
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using Bytes = std::vector<std::uint8_t>;
std::uint32_t checksum(const Bytes &) noexcept;
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};
int versionOf(const Bytes &file) {
  if (file.empty() || file[0] > 7)
    throw Broken("version");
  return file[0];
}
int sizeOf(const Bytes &file) noexcept;

// ---- a handle that the helper gives back --------------------------------------------------------------------------------
class Ticket {
public:
  void punch() {
    std::lock_guard lock(state_->mutex);
    state_->done = true;
    state_->changed.notify_all();
  }
  void wait() {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [this] { return state_->done; });
  }

private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};
class Hands {
public:
  Ticket give(std::function<void()> job) {
    Ticket ticket;
    enqueue([ticket, job = std::move(job)]() mutable {
      job();
      ticket.punch();
    });
    return ticket;
  }

private:
  void enqueue(std::function<void()> job);
};

bool bad_throws_before_the_wait(Hands &hands, const Bytes &file) {
  std::uint32_t sum = 0;
  Ticket ticket = hands.give([&sum, &file] { sum = checksum(file); }); // warning: local 'sum' is passed by reference to a task that may outlive it
  const int version = versionOf(file);
  ticket.wait();
  return version > 0 && sum != 0;
}
bool ok_waits_first(Hands &hands, const Bytes &file) {
  std::uint32_t sum = 0;
  Ticket ticket = hands.give([&sum, &file] { sum = checksum(file); });
  ticket.wait();
  return versionOf(file) > 0 && sum != 0;
}
bool ok_waits_on_both_ways(Hands &hands, const Bytes &file) {
  std::uint32_t sum = 0;
  Ticket ticket = hands.give([&sum, &file] { sum = checksum(file); });
  int version = 0;
  try {
    version = versionOf(file);
  } catch (...) {
    ticket.wait();
    throw;
  }
  ticket.wait();
  return version > 0 && sum != 0;
}
bool ok_nothing_throws(Hands &hands, const Bytes &file) {
  std::uint32_t sum = 0;
  Ticket ticket = hands.give([&sum, &file] { sum = checksum(file); });
  const int size = sizeOf(file);
  ticket.wait();
  return size > 0 && sum != 0;
}
bool ok_handle_waits_when_it_dies(const Bytes &file) {
  std::uint32_t sum = 0;
  auto summed = std::async(std::launch::async, [&sum, &file] { sum = checksum(file); });
  const int version = versionOf(file);
  summed.wait();
  return version > 0 && sum != 0;
}

class Crew {
public:
  void add(std::function<void()> f) { threads_.emplace_back(std::move(f)); }
  void joinAll() {
    for (std::thread &t : threads_) {
      if (t.get_id() == std::this_thread::get_id())
        throw Broken("joins itself");
      t.join();
    }
    threads_.clear();
  }

private:
  std::vector<std::thread> threads_;
};
void ok_the_wait_itself_throws(const Bytes &file) {
  std::uint32_t sum = 0;
  Crew crew;
  crew.add([&sum, &file] { sum = checksum(file); });
  crew.joinAll();
}

// ---- a thread that somebody else keeps ----------------------------------------------------------------------------------
struct Stream {
  std::thread reader;
  bool running = false;
};
extern "C" int submit(Stream *);
void readAll(Stream *);
void stop(Stream *stream) { stream->reader.join(); }

int bad_pointer_by_reference(Stream *stream) {
  stream->reader = std::thread([&] { readAll(stream); }); // warning: local 'stream' is passed by reference to a task that may outlive it
  if (submit(stream) != 0) {
    stop(stream);
    return 1;
  }
  stream->running = true;
  return 0;
}
int ok_pointer_by_value(Stream *stream) {
  stream->reader = std::thread([stream] { readAll(stream); });
  return submit(stream);
}
int ok_joined_again(Stream *stream) {
  stream->reader = std::thread([&] { readAll(stream); });
  const int rc = submit(stream);
  stop(stream);
  return rc;
}

// ---- inside of an optional ----------------------------------------------------------------------------------------------
struct Clip {
  std::string name;
};
bool encode(const Clip &) noexcept;
std::optional<Clip> nextClip();
class Bench {
public:
  Bench() {
    for (auto &t : threads_)
      t = std::thread([this] { work(); });
  }
  ~Bench() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    more_.notify_all();
    for (auto &t : threads_)
      t.join();
  }
  void give(std::function<void()> job) {
    {
      std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(job));
      ++open_;
    }
    more_.notify_one();
  }
  void settle() {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return open_ == 0; });
  }

private:
  void work() noexcept {
    std::unique_lock lock(mutex_);
    for (;;) {
      more_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
      if (jobs_.empty())
        return;
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      lock.lock();
      if (--open_ == 0)
        none_.notify_all();
    }
  }
  std::mutex mutex_;
  std::condition_variable more_, none_;
  std::deque<std::function<void()>> jobs_;
  int open_ = 0;
  bool closed_ = false;
  std::thread threads_[2];
};
struct Encode {
  const Clip *clip;
  void operator()() const { encode(*clip); }
};
void bad_value_of_an_optional(Bench &bench) {
  while (auto clip = nextClip())
    bench.give(Encode{&*clip}); // warning: local 'clip' is passed by reference to a task that may outlive it
  bench.settle();
}
void ok_copy_of_the_value(Bench &bench) {
  while (auto clip = nextClip())
    bench.give([clip = *clip] { encode(clip); });
  bench.settle();
}
void ok_settled_in_each_turn(Bench &bench) {
  while (auto clip = nextClip()) {
    bench.give(Encode{&*clip});
    bench.settle();
  }
}

// ---- a lambda of one's own that starts what it is given -----------------------------------------------------------------
void bad_through_own_lambda(std::vector<Clip> clips) {
  Bench bench;
  const auto schedule = [&bench](auto work) { bench.give(std::move(work)); };
  for (std::size_t i = 0; i < clips.size(); ++i)
    schedule([&] { encode(clips[i]); }); // warning: loop variable 'i' is passed by reference to a task that may still run when the loop modifies it
  bench.settle();
}
void ok_through_own_lambda(std::vector<Clip> clips) {
  Bench bench;
  const auto schedule = [&bench](auto work) { bench.give(std::move(work)); };
  for (std::size_t i = 0; i < clips.size(); ++i)
    schedule([&, i] { encode(clips[i]); });
  bench.settle();
}

// ---- a way that never comes back ----------------------------------------------------------------------------------------
bool timedOut();
[[noreturn]] void die();
void ok_the_process_ends(Clip *clip) {
  auto done = std::async(std::launch::async, [&] { encode(*clip); });
  if (timedOut())
    die();
}
