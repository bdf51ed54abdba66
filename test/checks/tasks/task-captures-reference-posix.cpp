// RUN: %verify %s heddle-task-captures-reference -- -std=c++20
// Threads whose handles are numbers that are kept in a container.
#include <pthread.h>
#include <string>
#include <vector>

void *entry(void *);

void bad_loop_variable(const std::vector<std::string> &devices) {
  std::vector<pthread_t> threads;
  for (auto device : devices) {
    pthread_t t;
    pthread_create(&t, nullptr, entry, &device); // warning: local 'device' is passed by reference
    threads.push_back(t);
  }
  for (pthread_t t : threads)
    pthread_join(t, nullptr);
}
void ok_element(std::vector<std::string> &devices) {
  std::vector<pthread_t> threads;
  for (auto &device : devices) {
    pthread_t t;
    pthread_create(&t, nullptr, entry, &device);
    threads.push_back(t);
  }
  for (pthread_t t : threads)
    pthread_join(t, nullptr);
}
void ok_arguments_of_the_function(int n) {
  std::vector<std::string> names(n);
  std::vector<pthread_t> threads;
  for (int i = 0; i < n; ++i) {
    pthread_t t;
    pthread_create(&t, nullptr, entry, &names[i]);
    threads.push_back(t);
  }
  for (int i = 0; i < n; ++i)
    pthread_join(threads[i], nullptr);
}
void ok_joined_in_the_turn(const std::vector<std::string> &devices) {
  std::vector<pthread_t> threads;
  for (auto device : devices) {
    pthread_t t;
    pthread_create(&t, nullptr, entry, &device);
    threads.push_back(t);
    pthread_join(t, nullptr);
  }
}
