// Handles that a function returns with its task running.
// RUN: %verify %s heddle-unjoined-on-early-exit -- -std=c++20
#include <string>
#include <thread>
#include <utility>

void work();
bool open(const std::string &);

std::thread started() { return std::thread([] { work(); }); } // note: its thread is started here, in 'started'
std::thread startedByName() {
  std::thread t(work); // note: its thread is started here, in 'startedByName'
  return t;
}
std::thread perhaps(bool now) {
  if (now)
    return std::thread(work);
  return {};
}
std::jthread joining() { return std::jthread(work); }
std::thread unseen();

bool bad_early_return(const std::string &file) {
  std::thread t = started(); // note: 't' is its handle from here on
  if (!open(file))
    return false; // warning: 't' may still run here, and is not joined on this path
  t.join();
  return true;
}
bool bad_auto(const std::string &file) {
  auto t = startedByName(); // note: 't' is its handle from here on
  if (!open(file))
    return false; // warning: 't' may still run here, and is not joined on this path
  t.join();
  return true;
}
void bad_overwritten() {
  std::thread t = started(); // note: 't' is its handle from here on
  t = started();             // warning: 't' is assigned a new thread while its old one may still run
  t.join();
}

bool ok_joined_on_both(const std::string &file) {
  std::thread t = started();
  if (!open(file)) {
    t.join();
    return false;
  }
  t.join();
  return true;
}
bool ok_joining(const std::string &file) {
  std::jthread t = joining();
  return open(file);
}
bool ok_asked(const std::string &file, bool now) {
  std::thread t = perhaps(now);
  if (!open(file) && !now)
    return false;
  if (now)
    t.join();
  return true;
}
bool ok_detached(const std::string &file) {
  std::thread t = started();
  t.detach();
  return open(file);
}
std::thread ok_handed_on() {
  std::thread t = started();
  return t;
}
bool ok_unseen(const std::string &file) {
  std::thread t = unseen();
  if (!open(file))
    return false;
  t.join();
  return true;
}
void ok_moved_to_owner(std::thread &owner) {
  std::thread t = started();
  owner = std::move(t);
}
