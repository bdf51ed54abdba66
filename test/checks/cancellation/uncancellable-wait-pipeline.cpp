// RUN: %verify %s heddle-uncancellable-wait -- -std=c++20
// A stage waits for room in its queue, and the stage that would make some has stopped already.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

struct Item {
  int id = 0;
};
Item produce();
void process(const Item &);
void log(const Item &);

class Queue { // waits for room without a bound, for an item with one
public:
  void push(Item item) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return items_.size() < 8; });
    items_.push_back(item);
    filled_.notify_one();
  }
  std::optional<Item> pop(std::chrono::milliseconds most = std::chrono::milliseconds(50)) {
    std::unique_lock lock(mutex_);
    if (!filled_.wait_for(lock, most, [this] { return !items_.empty(); }))
      return std::nullopt;
    Item item = items_.front();
    items_.pop_front();
    room_.notify_one();
    return item;
  }

private:
  std::mutex mutex_;
  std::condition_variable room_, filled_;
  std::deque<Item> items_;
};

class bad_ConsumerFirst {
public:
  void start() {
    producer_ = std::jthread([this](std::stop_token stop) {
      while (!stop.stop_requested()) // note: the loop asks for the stop here
        queue_.push(produce()); // warning: 'push' on 'queue_' is not woken when a stop is requested; whoever waits for this task waits until something else ends the wait, which may be never; wait with the token, or wake the wait in a 'stop_callback'
    });
    consumer_ = std::jthread([this](std::stop_token stop) {
      while (!stop.stop_requested())
        if (auto item = queue_.pop())
          process(*item);
    });
  }
  void stop() {
    end(consumer_);
    end(producer_);
  }

private:
  static void end(std::jthread &thread) {
    thread.request_stop();
    thread.join();
  }
  Queue queue_;
  std::jthread producer_, consumer_;
};
struct bad_members {
class Members { // the members end in this order by themselves
  Queue queue_;
  std::jthread producer_{[this](std::stop_token stop) {
    while (!stop.stop_requested())
      queue_.push(produce()); // warning: 'push' on 'queue_' is not woken when a stop is requested
  }};
  std::jthread consumer_{[this](std::stop_token stop) {
    while (!stop.stop_requested())
      if (auto item = queue_.pop())
        process(*item);
  }};

public:
  Members() {}
};
};
struct bad_one_flag {
class OneFlag { // both loops end by it: the consumer may see it with the queue full
public:
  void start() {
    producer_ = std::thread(&OneFlag::produceAll, this);
    consumer_ = std::thread(&OneFlag::consumeAll, this);
  }
  void stop() {
    over_ = true;
    producer_.join();
    consumer_.join();
  }

private:
  void produceAll() {
    while (!over_)
      queue_.push(produce()); // warning: 'push' on 'queue_' is not woken when a stop is requested; 'stop()' waits for this thread until something else ends the wait
  }
  void consumeAll() {
    while (!over_)
      if (auto item = queue_.pop())
        process(*item);
  }
  Queue queue_;
  std::atomic<bool> over_{false};
  std::thread producer_, consumer_;
};
};
class ok_producerFirst {
public:
  void start() {
    producer_ = std::jthread([this](std::stop_token stop) {
      while (!stop.stop_requested())
        queue_.push(produce());
    });
    consumer_ = std::jthread([this](std::stop_token stop) {
      while (!stop.stop_requested())
        if (auto item = queue_.pop())
          process(*item);
    });
  }
  void stop() {
    producer_.request_stop();
    producer_.join();
    consumer_.request_stop();
    consumer_.join();
  }

private:
  Queue queue_;
  std::jthread producer_, consumer_;
};
class ok_membersInOrder { // the producer is destroyed first
  Queue queue_;
  std::jthread consumer_{[this](std::stop_token stop) {
    while (!stop.stop_requested())
      if (auto item = queue_.pop())
        process(*item);
  }};
  std::jthread producer_{[this](std::stop_token stop) {
    while (!stop.stop_requested())
      queue_.push(produce());
  }};

public:
  ok_membersInOrder() {}
};
class ok_drains { // the consumer empties the queue before it ends
public:
  void start() {
    producer_ = std::thread(&ok_drains::produceAll, this);
    consumer_ = std::thread(&ok_drains::consumeAll, this);
  }
  void stop() {
    over_ = true;
    producer_.join();
    consumer_.join();
  }

private:
  void produceAll() {
    while (!over_)
      queue_.push(produce());
  }
  void consumeAll() {
    while (!over_)
      if (auto item = queue_.pop())
        process(*item);
    while (auto item = queue_.pop())
      process(*item);
  }
  Queue queue_;
  std::atomic<bool> over_{false};
  std::thread producer_, consumer_;
};
class ok_twoConsumers { // another one goes on
public:
  void stop() {
    end(consumer_);
    end(producer_);
    end(auditor_);
  }

private:
  static void end(std::jthread &thread) {
    thread.request_stop();
    thread.join();
  }
  Queue queue_;
  std::jthread producer_{[this](std::stop_token stop) {
    while (!stop.stop_requested())
      queue_.push(produce());
  }};
  std::jthread consumer_{[this](std::stop_token stop) {
    while (!stop.stop_requested())
      if (auto item = queue_.pop())
        process(*item);
  }};
  std::jthread auditor_{[this](std::stop_token stop) {
    while (!stop.stop_requested())
      if (auto item = queue_.pop())
        log(*item);
  }};
};
class ok_sideDrains { // whoever stops empties the queue in between
public:
  void stop() {
    consumer_.request_stop();
    consumer_.join();
    producer_.request_stop();
    while (queue_.pop())
      ;
    producer_.join();
  }

private:
  Queue queue_;
  std::jthread producer_{[this](std::stop_token stop) {
    while (!stop.stop_requested())
      queue_.push(produce());
  }};
  std::jthread consumer_{[this](std::stop_token stop) {
    while (!stop.stop_requested())
      if (auto item = queue_.pop())
        process(*item);
  }};
};
