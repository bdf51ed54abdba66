// RUN: %verify %s heddle-signal-unsafe-call -- -std=c++20
// Known misses: the limits that the page names.
#include <csignal>

void logLine(const char *); // in another file: locks and writes

void FN_invisible_function(int) { logLine("signal"); }
void install() { std::signal(SIGTERM, FN_invisible_function); }
