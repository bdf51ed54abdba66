// RUN: %verify %s heddle-severed-cancellation -- -std=c++20
// The seeds' rows: a handler that derives from the background (F13), a call with the background (L3).
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#define HEDDLE_ROLE(r) [[clang::annotate("heddle", "role", r)]]

class Db {
public:
  bool query(std::stop_token, const std::string &);
  void close(std::stop_token);
};
struct Request {
  std::string sql;
};
bool step();

// ---- L3, F13 -----------------------------------------------------------------------------------------------------------
bool bad_L3(Db &db, const Request &r, std::stop_token caller) { // note: the caller's is given here
  if (caller.stop_requested())
    return false;
  return db.query(std::stop_token{}, r.sql); // warning: a fresh context is created here although 'caller' is available; this call continues after the caller is cancelled; derive it from 'caller', or pass that on
}
bool ok_L3(Db &db, const Request &r, std::stop_token caller) { return db.query(caller, r.sql); }
bool bad_default(Db &db, const Request &r, const std::stop_token &caller) {
  return !caller.stop_requested() && db.query({}, r.sql); // warning: a fresh context is created here although 'caller' is available
}
bool bad_local(Db &db, const Request &r, std::stop_token caller) {
  std::stop_token never; // warning: a fresh context is created here although 'caller' is available; what is given 'never' continues after the caller is cancelled
  return !caller.stop_requested() && db.query(never, r.sql);
}
void bad_in_a_task(Db &db, std::stop_token caller) {
  std::jthread worker([&db, caller] {
    while (!caller.stop_requested() && db.query(std::stop_token(), "x")) // warning: a fresh context is created here although 'caller' is available
      step();
  });
}

// ---- correct code that looks similar -----------------------------------------------------------------------------------
bool ok_overload(Db &db, const Request &r) { return db.query(std::stop_token{}, r.sql); } // it has none
bool ok_unnamed(Db &db, const Request &r, std::stop_token) { return db.query(std::stop_token{}, r.sql); }
bool ok_unused(Db &db, const Request &r, [[maybe_unused]] std::stop_token caller) {
  return db.query(std::stop_token{}, r.sql);
}
void ok_after_the_stop(Db &db, std::stop_token caller) { // what is done at the end, is done to the end
  while (!caller.stop_requested())
    db.query(caller, "x");
  db.close(std::stop_token{});
}
void ok_on_the_stop(Db &db, std::stop_token caller) {
  if (caller.stop_requested()) {
    db.close(std::stop_token{});
    return;
  }
  db.query(caller, "x");
}
bool ok_linked(Db &db, const Request &r, std::stop_token caller) {
  std::stop_source own;
  std::stop_callback link(caller, [&own] { own.request_stop(); });
  return db.query(own.get_token(), r.sql);
}
bool ok_second_stop(Db &db, const Request &r, std::stop_token caller) {
  std::stop_source hard;
  std::jthread watchdog([hard]() mutable {
    step();
    hard.request_stop();
  });
  return !caller.stop_requested() && db.query(hard.get_token(), r.sql);
}
class ok_member {
public:
  bool run(std::stop_token caller) { return !caller.stop_requested() && db_.query(own_.get_token(), "x"); }

private:
  Db db_;
  std::stop_source own_;
};
void ok_detached(Db &db, std::stop_token caller) { // the task has its own life
  if (!caller.stop_requested())
    std::thread([&db] { db.query(std::stop_token{}, "x"); }).detach();
}
void ok_assigned_later(Db &db, std::stop_token caller, bool both) {
  std::stop_token used;
  if (both)
    used = caller;
  db.query(used, "x");
}
