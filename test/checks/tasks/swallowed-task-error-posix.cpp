// RUN: %verify %s heddle-swallowed-task-error -- -std=c++20
// POSIX threads have a result, which the joining thread may read.
#include <pthread.h>

#include <cstdio>
#include <cstring>
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

// ---- errors as numbers ----
int writeAll(int fd, const Share &);
void *bad_number_is_told_and_forgotten(void *arg) {
  const auto *share = static_cast<const Share *>(arg);
  if (share->first < 0)
    return &failed;
  const int error = writeAll(share->first, *share);
  if (error != 0) // warning: the task reports success after this error, which is at most logged
    std::fprintf(stderr, "%d: %s\n", share->first, std::strerror(error));
  return nullptr;
}
bool asksForTheNumber(Share &share) {
  pthread_t id;
  if (pthread_create(&id, nullptr, bad_number_is_told_and_forgotten, &share) != 0)
    return false;
  void *result = nullptr;
  return pthread_join(id, &result) == 0 && result == nullptr;
}
void *ok_number_is_returned(void *arg) {
  const auto *share = static_cast<const Share *>(arg);
  const int error = writeAll(share->first, *share);
  if (error != 0)
    std::fprintf(stderr, "%d: %s\n", share->first, std::strerror(error));
  return error != 0 ? &failed : nullptr;
}
void *ok_number_that_is_no_error(void *arg) {
  const auto *share = static_cast<const Share *>(arg);
  const int left = writeAll(share->first, *share);
  if (left != 0)
    std::fprintf(stderr, "%d are left\n", left);
  return nullptr;
}
bool asksForBoth(Share &share) {
  pthread_t a, b;
  if (pthread_create(&a, nullptr, ok_number_is_returned, &share) != 0 || pthread_create(&b, nullptr, ok_number_that_is_no_error, &share) != 0)
    return false;
  void *one = nullptr, *two = nullptr;
  return pthread_join(a, &one) == 0 && pthread_join(b, &two) == 0 && one == nullptr && two == nullptr;
}
