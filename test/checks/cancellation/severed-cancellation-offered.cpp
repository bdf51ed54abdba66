// RUN: %verify %s heddle-severed-cancellation -- -std=c++20
// Tokens that an argument has, and sources that are not tied to them.
#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

class Request {
public:
  const std::string &path() const { return path_; }
  std::stop_token disconnected() const { return disconnected_; }

private:
  std::string path_;
  std::stop_token disconnected_;
};
struct Job {
  int id = 0;
  std::stop_token stop;
};
class Deadline {
public:
  Deadline(std::stop_source source, std::chrono::milliseconds limit);
};
std::vector<int> query(std::stop_token stop, const std::string &path);
void render(const Request &request, std::stop_token stop);
void link(std::stop_source &source, const Request &request);

std::vector<int> bad_accessor(const Request &request) { // note: the caller's is given here
  std::stop_source limit; // warning: a fresh context is created here although 'request.disconnected()' is available; what is given the token of 'limit' continues after the caller is cancelled; derive it from 'request.disconnected()', or pass that on
  Deadline deadline(limit, std::chrono::seconds(20));
  return query(limit.get_token(), request.path());
}
std::vector<int> bad_field(const Job *job) {
  std::stop_source limit; // warning: a fresh context is created here although 'job->stop' is available
  return query(limit.get_token(), std::to_string(job->id));
}
std::vector<int> bad_given(std::stop_token stop, const std::string &path) {
  std::stop_source limit; // warning: a fresh context is created here although 'stop' is available
  Deadline deadline(limit, std::chrono::seconds(5));
  return query(limit.get_token(), path);
}
std::vector<int> bad_fresh_token(const Request &request) {
  return query(std::stop_token(), request.path()); // warning: a fresh context is created here although 'request.disconnected()' is available
}

std::vector<int> ok_linked(const Request &request) {
  std::stop_source limit;
  std::stop_callback both(request.disconnected(), [limit]() mutable { limit.request_stop(); });
  return query(limit.get_token(), request.path());
}
std::vector<int> ok_passed_on(const Request &request) { return query(request.disconnected(), request.path()); }
std::vector<int> ok_linked_elsewhere(const Request &request) {
  std::stop_source limit;
  link(limit, request);
  return query(limit.get_token(), request.path());
}
std::vector<int> ok_asked(std::stop_token stop, const std::string &path) {
  std::stop_source limit;
  auto found = query(limit.get_token(), path);
  if (stop.stop_requested())
    found.clear();
  return found;
}
std::vector<int> ok_stops_it_itself(std::stop_token stop, const std::vector<std::string> &paths) {
  std::stop_source group;
  std::vector<int> all;
  for (const auto &path : paths) {
    auto found = query(group.get_token(), path);
    if (found.empty())
      group.request_stop();
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}
void ok_handed_on(const Request &request) { render(request, {}); }
std::stop_token ok_not_given(const Request &request, std::vector<std::string> &paths) {
  std::stop_source own;
  paths.push_back(request.path());
  return own.get_token();
}
struct Plain {
  std::string path;
};
std::vector<int> ok_no_token(const Plain &plain) {
  std::stop_source limit;
  return query(limit.get_token(), plain.path);
}
