// RUN: %verify %s heddle-task-captures-reference -- -std=c++20
// References to elements and parts of a local: by loops, iterators and structured bindings.
#include "Inputs/thread_pool.h"
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Device {
  int id = 0;
  std::string serial;
};
std::vector<Device> scan(int rack);
std::map<std::string, Device> known();
std::pair<int, Device> newest();
void blink(const Device &);

class Racks {
public:
  void bad_element_of_a_list(int racks) {
    for (int rack = 0; rack != racks; ++rack) {
      const std::vector<Device> devices = scan(rack); // note: 'devices' lives until its scope ends
      for (const Device &d : devices)
        pool_.submit([&d] { blink(d); }); // warning: local 'devices' is passed by reference to a task that may outlive it // note: the task is started here
    }
  }
  void bad_element_by_iterator(int rack) {
    std::vector<Device> devices = scan(rack);
    for (auto it = devices.begin(); it != devices.end(); ++it)
      pool_.submit([it] { blink(*it); }); // warning: local 'devices' is passed by reference to a task that may outlive it
  }
  void bad_value_of_a_table() {
    auto table = known();
    for (const auto &[name, device] : table)
      pool_.submit([&device] { blink(device); }); // warning: local 'table' is passed by reference to a task that may outlive it
  }
  void bad_copy_in_the_loop() {
    for (auto [name, device] : table_) {
      const Device *one = &device;
      pool_.submit([one] { blink(*one); }); // warning: local '[name, device]' is passed by reference to a task that may outlive it
    }
  }
  void bad_part_of_what_is_returned() {
    auto [at, device] = newest(); // note: '[at, device]' lives until its scope ends
    threads_.emplace_back([&device] { blink(device); }); // warning: local '[at, device]' is passed by reference to a task that may outlive it // note: the task is started here
  }

  void ok_elements_of_a_member() {
    for (const Device &d : devices_)
      pool_.submit([&d] { blink(d); });
    for (const auto &[name, device] : table_)
      pool_.submit([&device] { blink(device); });
    auto &all = devices_;
    for (const Device &d : all)
      pool_.submit([&d] { blink(d); });
    for (auto it = devices_.begin(); it != devices_.end(); ++it)
      pool_.submit([it] { blink(*it); });
  }
  void ok_copied(int rack) {
    std::vector<Device> devices = scan(rack);
    for (const Device &d : devices)
      pool_.submit([d] { blink(d); });
    auto [at, device] = newest();
    pool_.submit([device] { blink(device); });
  }
  void ok_joined_here(int rack) {
    std::vector<Device> devices = scan(rack);
    std::vector<std::thread> threads;
    for (const Device &d : devices)
      threads.emplace_back([&d] { blink(d); });
    for (auto it = devices.begin(); it != devices.end(); ++it)
      threads.emplace_back([it] { blink(*it); });
    auto [at, device] = newest();
    threads.emplace_back([&device] { blink(device); });
    for (auto &t : threads)
      t.join();
  }
  void ok_elements_of_the_callers(std::vector<Device> &devices) { // the caller may wait for the pool
    for (const Device &d : devices)
      pool_.submit([&d] { blink(d); });
  }
  void ok_what_elements_lead_to() {
    std::vector<Device *> some;
    for (Device &d : devices_)
      some.push_back(&d);
    for (Device *d : some)
      pool_.submit([d] { blink(*d); });
    for (auto [at, d] : std::map<int, Device &>())
      pool_.submit([&d] { blink(d); });
  }
  void ok_found_elsewhere(int rack) {
    std::vector<Device> devices = scan(rack);
    auto it = devices.begin();
    if (devices.empty())
      it = devices_.begin();
    pool_.submit([it] { blink(*it); });
  }

private:
  std::vector<Device> devices_;
  std::map<std::string, Device> table_;
  ThreadPool pool_;
  std::vector<std::jthread> threads_;
};
