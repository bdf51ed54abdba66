// RUN: %verify %s heddle-shutdown-with-cancelled-context -- -std=c++20
// The seed's row (L9: a server that is shut down with the context that has just ended).
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>

class Server {
public:
  bool serveOne();
  bool serveOne(std::stop_token);
  void shutdown(std::stop_token token);
  void drain(std::stop_token token, int);
};
void note(const std::string &);

// ---- L9 ----------------------------------------------------------------------------------------------------------------
void bad_L9(Server &server, std::stop_token token) {
  while (!token.stop_requested())
    server.serveOne();
  server.shutdown(token); // warning: 'shutdown' is given 'token', which is cancelled by then; the shutdown gives up at once, and unfinished work is lost; pass a fresh context with its own deadline
}
void ok_L9(Server &server, std::stop_token token) {
  while (!token.stop_requested())
    server.serveOne();
  std::stop_source bounded;
  server.shutdown(bounded.get_token());
}
void bad_branch(Server &server, const std::stop_token &token) {
  for (;;) {
    if (token.stop_requested()) {
      server.drain(token, 3); // warning: 'drain' is given 'token', which is cancelled by then
      return;
    }
    server.serveOne();
  }
}
void bad_task(Server &server, std::stop_token outer) {
  auto run = [&server, outer] {
    while (!outer.stop_requested())
      server.serveOne();
    server.drain(outer, 1); // warning: 'drain' is given 'outer'
  };
  run();
}
bool flush(std::stop_token token) {
  for (int i = 0; i < 100; ++i) {
    if (token.stop_requested())
      return false;
    note("x");
  }
  return true;
}
void bad_visible(Server &server, std::stop_token token) {
  while (!token.stop_requested())
    server.serveOne();
  flush(token); // warning: 'flush' is given 'token'
}

// ---- correct code that looks similar -----------------------------------------------------------------------------------
void ok_before(Server &server, std::stop_token token) {
  server.drain(token, 1);
  while (!token.stop_requested())
    server.serveOne(token);
}
void ok_in_the_loop(Server &server, std::stop_token token) {
  while (!token.stop_requested()) {
    server.serveOne(token);
    server.drain(token, 1);
  }
}
void ok_may_end_otherwise(Server &server, std::stop_token token) {
  while (!token.stop_requested())
    if (!server.serveOne(token))
      break;
  server.shutdown(token);
}
void ok_not_stopped(Server &server, std::stop_token token) {
  if (!token.stop_requested())
    server.shutdown(token);
}
bool wasStopped(std::stop_token token) { return token.stop_requested(); }
void ok_only_asks(Server &server, std::stop_token token) {
  while (!token.stop_requested())
    server.serveOne();
  if (wasStopped(token))
    note("stopped");
}
void ok_other(Server &server, std::stop_token token, std::stop_token hard) {
  while (!token.stop_requested())
    server.serveOne();
  server.shutdown(hard);
}
