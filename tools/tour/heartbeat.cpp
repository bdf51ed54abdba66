// Tells a peer that has been silent for a while from one that is alive.
#include <cstdint>
#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

bool handleMessage(int peer);

// Returns when the peer has said nothing for thirty seconds, or has hung up.
void watch(int peer) {
  for (;;) {
    // A new timer for every message, and none is ever closed: the process runs out of descriptors.
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    itimerspec silence = {};
    silence.it_value.tv_sec = 30;
    timerfd_settime(timer, 0, &silence, nullptr);

    pollfd ready[] = {{peer, POLLIN, 0}, {timer, POLLIN, 0}};
    if (poll(ready, 2, -1) < 0)
      return;
    if (ready[1].revents & POLLIN)
      return;
    if (!handleMessage(peer))
      return;
  }
}
