// The tokens that a body is given, the fresh ones that it makes, and where a stop has been seen.
// RUN: %verify --word context %s heddle-dev-contexts -- -std=c++20
#include <stop_token>

void use(std::stop_token);
void use(std::stop_token, int);
void use(int);
void defaulted(int, std::stop_token = {});
std::stop_token none();
std::stop_token of(int);
void work();

void given(std::stop_token a, std::stop_token, const std::stop_token &b) { // context: given a b
  auto f = [a] { use(a); }; // context: given a
}
void fresh(int n) {
  use(std::stop_token{}); // context: call, fresh
  use(none());            // context: call, fresh
  use(of(n));
  use(1);       // context: call, could take one as 0
  defaulted(1); // context: call, could take one as 1
}
void seen(std::stop_token a, bool more) { // context: given a
  if (a.stop_requested())
    work(); // context: call, after a stop
  if (!a.stop_requested())
    work();
  while (!a.stop_requested() && more)
    work();
  work(); // context: call, perhaps after a stop
}
void surely(std::stop_token a) { // context: given a
  while (!a.stop_requested())
    work();
  work(); // context: call, after a stop
}
