// REQUIRES: absl
// RUN: %verify %s heddle-double-fulfilment -- -std=c++20
// A notification that is given twice aborts the process.
#include <absl/synchronization/notification.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

bool save(const std::string &path);

void bad_notified_twice(absl::Notification &done, const std::string &path) {
  if (!save(path))
    done.Notify(); // note: 'done' is fulfilled here first
  save(path + ".index");
  done.Notify(); // warning: promise 'done' is fulfilled a second time
}

void bad_notified_in_a_loop(absl::Notification &done, const std::vector<std::string> &paths) {
  for (const std::string &path : paths)
    if (save(path))
      done.Notify(); // warning: promise 'done' is fulfilled a second time
}

void ok_notified_on_each_way(absl::Notification &done, const std::string &path) {
  if (!save(path)) {
    done.Notify();
    return;
  }
  save(path + ".index");
  done.Notify();
}

void ok_asked_first(absl::Notification &done, const std::vector<std::string> &paths) {
  for (const std::string &path : paths)
    if (save(path) && !done.HasBeenNotified())
      done.Notify();
}

void ok_one_for_each_path(const std::vector<std::string> &paths) {
  for (const std::string &path : paths) {
    absl::Notification done;
    std::thread worker([&] {
      save(path);
      done.Notify();
    });
    done.WaitForNotification();
    worker.join();
  }
}
