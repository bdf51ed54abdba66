// Where a body learns of an error, and what it does with it.
// RUN: %verify --word error %s heddle-dev-errors -- -std=c++20
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

void work();
void log(const char *);
int failures;
std::vector<std::string> errors;

// ---- handlers ----
void handlers() {
  try {
    work();
  } catch (const std::logic_error &) { // error: handler empty, ends, reports success
  } catch (const std::runtime_error &e) { // error: handler words, ends, reports success
    std::cerr << e.what() << '\n';
  } catch (const std::bad_alloc &e) { // error: handler trace, ends, reports success
    ++failures;
  } catch (...) { // error: handler rethrow, ends, reports success
    throw;
  }
}
void print(const char *text) { // error: never throws
  std::string line;
  line += text;
  std::fprintf(stderr, "%s\n", line.c_str());
}
void note(const char *text) { errors.push_back(text); } // error: never throws
void again() { throw; }
void throughCalls() {
  auto raise = [] { throw; };
  try {
    work();
  } catch (const std::logic_error &e) { // error: handler words, ends, reports success
    print(e.what());
  } catch (const std::runtime_error &e) { // error: handler trace, ends, reports success
    note(e.what());
  } catch (const std::bad_alloc &) { // error: handler rethrow, ends, reports success
    again();
  } catch (...) { // error: handler rethrow, ends, reports success
    raise();
  }
}

// ---- branches ----
std::error_code flush(); // not defined: says nothing here
struct Status {
  bool ok() const;
  std::string message() const;
};
Status send();
bool handle(int);
int branches() {
  std::error_code ec = flush();
  if (ec) // error: branch words, reports success
    log("not flushed");
  if (!ec)
    log("flushed");
  Status s = send();
  if (!s.ok()) // error: branch words, reports success
    std::cerr << s.message();
  if (!handle(1)) // error: branch trace, ends, reports success
    ++failures;
  return 0;
}
int numbers(int fd) { // error: never throws
  int error = std::remove("x");
  if (error != 0) // error: branch words, ends, reports success
    std::fprintf(stderr, "%s\n", std::strerror(error));
  return 0;
}

// ---- what follows ----
bool tellsTheDifference() { // error: tells its outcome
  try {
    work();
    return true;
  } catch (...) { // error: handler words, ends
    log("failed");
  }
  return false;
}
struct Part {};
void ship(Part);
int worksOn(Part next) {
  try {
    work();
  } catch (...) { // error: handler words, reports success
    log("failed");
  }
  ship(next);
  return 7;
}
std::optional<int> maybe(); // not defined
std::optional<int> passesOn() { return maybe(); } // error: tells its outcome
std::error_code code() { return flush(); }        // error: tells its outcome by an error
