// Executors of which only the interface is seen.
#pragma once

#include <functional>

struct Executor {
  virtual ~Executor() = default;
  virtual void execute(std::function<void()> job) = 0;
};

class WorkerPool {
public:
  static WorkerPool &instance();
  void submit(std::function<void()> job);
  void waitIdle();
};
