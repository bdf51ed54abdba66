// RUN: %verify %s heddle-shutdown-with-cancelled-context -- -std=c++20
// Known misses: the limits that the page names.
#include <semaphore>
#include <stop_token>

struct Server {
  void drain(std::stop_token token); // in another file: gives up when the token is stopped
};

// The semaphore is released by a callback of the token.
void FN_woken_by_a_callback(Server &server, std::stop_token token) {
  std::binary_semaphore stopped{0};
  std::stop_callback onStop(token, [&stopped] { stopped.release(); });
  stopped.acquire();
  server.drain(token);
}
