// RUN: %verify %s heddle-swallowed-task-error -- -std=c++20
// POSIX threads have a result, which whoever joins them may ask for.
#include <pthread.h>

#include <cstdio>
#include <exception>

struct Share {
  int first;
};
void count(const Share &);
void certify();
int retry(const Share &);
char failed;

void *bad_swallows(void *arg) {
  const auto *share = static_cast<const Share *>(arg);
  if (share->first < 0)
    return &failed;
  try {
    count(*share);
  } catch (const std::exception &e) { // warning: the task reports success after this error, which is at most logged
    std::fprintf(stderr, "%d: %s\n", share->first, e.what());
  }
  return nullptr;
}
bool asksForTheResult(Share &share) {
  pthread_t id;
  if (pthread_create(&id, nullptr, bad_swallows, &share) != 0) // note: the task is started here, and waited for
    return false;
  void *result = nullptr;
  if (pthread_join(id, &result) != 0 || result != nullptr)
    return false;
  certify();
  return true;
}

void *tells(void *arg) {
  const auto *share = static_cast<const Share *>(arg);
  try {
    count(*share);
  } catch (const std::exception &e) {
    std::fprintf(stderr, "%d: %s\n", share->first, e.what());
    return &failed;
  }
  return nullptr;
}
bool ok_tells(Share &share) {
  pthread_t id;
  if (pthread_create(&id, nullptr, tells, &share) != 0)
    return false;
  void *result = nullptr;
  return pthread_join(id, &result) == 0 && result == nullptr;
}

void *logs(void *arg) {
  try {
    count(*static_cast<const Share *>(arg));
  } catch (const std::exception &e) {
    std::fprintf(stderr, "%s\n", e.what());
  }
  return nullptr;
}
void ok_nobody_asks(Share &share) {
  pthread_t id;
  if (pthread_create(&id, nullptr, logs, &share) == 0)
    pthread_join(id, nullptr);
}

void *writesItDown(void *arg) {
  auto *share = static_cast<Share *>(arg);
  try {
    count(*share);
  } catch (const std::exception &) {
    share->first = -1;
  }
  return nullptr;
}
bool ok_written_down(Share &share) {
  pthread_t id;
  if (pthread_create(&id, nullptr, writesItDown, &share) != 0)
    return false;
  void *result = nullptr;
  return pthread_join(id, &result) == 0 && result == nullptr && share.first >= 0;
}

void *returnsTheOutcome(void *arg) {
  static int outcome;
  try {
    count(*static_cast<const Share *>(arg));
    return nullptr;
  } catch (const std::exception &e) {
    std::fprintf(stderr, "%s\n", e.what());
  }
  return &outcome; // a value of its own: who joins can tell
}
bool ok_falls_to_another_result(Share &share) {
  pthread_t id;
  if (pthread_create(&id, nullptr, returnsTheOutcome, &share) != 0)
    return false;
  void *result = nullptr;
  return pthread_join(id, &result) == 0 && result == nullptr;
}
