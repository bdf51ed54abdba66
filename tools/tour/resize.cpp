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

  constexpr std::size_t Workers = 4;
  for (std::size_t first = 0; first != Workers; ++first)
    workers.emplace_back([&done, &pictures, first] {
      for (std::size_t i = first; i < pictures.size(); i += Workers)
        if (resize(pictures[i]))
          ++done;
    });

  std::printf("%d of %zu pictures\n", done.load(), pictures.size());
  return done;
}
