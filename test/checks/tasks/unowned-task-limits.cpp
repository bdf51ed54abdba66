// RUN: %verify %s heddle-unowned-task -- -std=c++20
// Known misses: the limits that the page names.
#include <string>
#include <thread>

void upload(const std::string &); // in another file: writes a file

void FN_invisible_body(std::string body) { std::thread(upload, body).detach(); }
