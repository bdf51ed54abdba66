// RUN: %verify %s heddle-mixed-atomic-access -- -std=c++20
// Objects that nobody else has yet, and tests that bound a value or only compare it.
#include <atomic>
#include <cstdlib>
#include <pthread.h>
#include <vector>

struct Connection {
  int ref;
  int socket;
  pthread_mutex_t mutex;
  int init(int s) {
    socket = s;
    return socket;
  }
};
void use(Connection *);
void publish(Connection *);

void retain(Connection *c) { __sync_add_and_fetch(&c->ref, 1); }
void release(Connection *c) {
  if (__sync_sub_and_fetch(&c->ref, 1) == 0)
    free(c);
}

Connection *ok_allocated(int socket) {
  auto *c = static_cast<Connection *>(malloc(sizeof(Connection)));
  if (c && pthread_mutex_init(&c->mutex, nullptr) == 0) {
    c->socket = socket;
    c->ref = 1;
  }
  return c;
}
Connection *ok_made(int socket) {
  Connection *c = new Connection;
  if (c->init(socket) < 0)
    return nullptr;
  c->ref = 1;
  return c;
}
int ok_bound(Connection *given) {
  given->ref = 1;
  publish(given);
  return 0;
}
Connection *bad_published(int socket) {
  Connection *c = new Connection;
  c->socket = socket;
  publish(c);
  c->ref = 1; // warning: 'ref' is written non-atomically here and atomically elsewhere
  return c;
}

struct Requests {
  int open;
};
void enter(Requests *r) { __sync_add_and_fetch(&r->open, 1); }
void bad_reset(Requests *r) {
  r->open = 0; // warning: 'open' is written non-atomically here and atomically elsewhere
}

class Player {
public:
  void bad_peak(int now) {
    if (now > peak_.load()) // note: tested here
      peak_ = now;          // warning: 'peak_' is tested and set in two steps
  }
  void ok_changed(int state) {
    if (state_.load() != state) {
      seen_.push_back(state);
      state_ = state;
    }
  }
  void ok_first(int state) {
    if (pending_.load() == 0)
      pending_ = state;
  }

private:
  std::atomic<int> peak_{0}, state_{0}, pending_{0};
  std::vector<int> seen_;
};
