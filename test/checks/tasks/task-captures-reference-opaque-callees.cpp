// RUN: %verify %s heddle-task-captures-reference,heddle-unsynchronized-task-write -- -std=c++20
// Callables given to code that can not be seen: where they tell, through what this body waits for, that they are done,
// they run beside it.
#include <functional>
#include <latch>
#include <mutex>
#include <string>
#include <vector>

class Executor {
public:
  virtual ~Executor() = default;
  virtual void schedule(std::function<void()> work) = 0;
};
class Visitor {
public:
  virtual ~Visitor() = default;
  virtual void visit(std::function<void()> work) = 0;
};
struct Shard {
  bool freeze() const;
  int compact() const;
};
int sum(const std::vector<int> &);

int bad_left_before_the_wait(Executor &executor, const std::vector<Shard> &shards) {
  int won = 0; // note: lives until its scope ends
  std::mutex mutex;
  std::latch open(static_cast<std::ptrdiff_t>(shards.size()));
  for (const Shard &shard : shards) {
    if (!shard.freeze())
      return -1;
    executor.schedule([&won, &mutex, &open, &shard] { // warning: local 'won' is passed by reference to a task that may outlive it // note: the task is started here
      std::lock_guard lock(mutex);
      won += shard.compact();
      open.count_down();
    });
  }
  open.wait();
  return won;
}
int bad_written_by_both(Executor &executor, const Shard &shard) {
  int won = 0;
  std::latch open(1);
  executor.schedule([&won, &open, &shard] {
    won += shard.compact(); // warning: 'won' is written
    open.count_down();
  });
  won += 1; // note: it is written concurrently here
  open.wait();
  return won;
}

int ok_waits_on_every_way(Executor &executor, const std::vector<Shard> &shards) {
  for (const Shard &shard : shards)
    if (!shard.freeze())
      return -1;
  int won = 0;
  std::mutex mutex;
  std::latch open(static_cast<std::ptrdiff_t>(shards.size()));
  for (const Shard &shard : shards)
    executor.schedule([&won, &mutex, &open, &shard] {
      std::lock_guard lock(mutex);
      won += shard.compact();
      open.count_down();
    });
  open.wait();
  return won;
}
int bad_nobody_waits(Executor &executor, const Shard &shard) {
  int won = 0;
  executor.schedule([&won, &shard] { won = shard.compact(); }); // warning: local 'won' is passed by reference to a task that may outlive it
  return won;
}
int ok_nobody_knows_when(Visitor &visitor, const Shard &shard) {
  int won = 0;
  visitor.visit([&won, &shard] { won = shard.compact(); }); // it may be called at once
  return won;
}
int ok_latch_of_somebody_else(Executor &executor, std::latch &open, const Shard &shard) {
  int won = 0;
  executor.schedule([&won, &open, &shard] {
    won = shard.compact();
    open.count_down();
  });
  open.wait();
  return won;
}
// What the job calls may tell; the wait has a limit, too.
class Pool {
public:
  explicit Pool(int threads);
  bool submit(std::function<void()> job);
  void waitIdle();
};
struct Listener {
  virtual void done() = 0;
};
void ok_told_by_what_the_job_calls(Pool &pool, Listener &listener, std::latch &told) {
  int won = 0;
  pool.submit([&won, &listener] {
    won = 1;
    listener.done();
  });
  told.wait();
}
void ok_one_thread(int count) {
  Pool pool(1);
  std::vector<int> order;
  for (int i = 0; i != count; ++i)
    pool.submit([i, &order] { order.push_back(i); });
  std::latch done(1);
  pool.submit([&done] { done.count_down(); });
  done.wait();
}
void ok_refused(Pool &pool) {
  int won = 0;
  pool.waitIdle();
  pool.submit([&won] { won = 1; });
}
