// REQUIRES: qt
// RUN: %verify %s heddle-unjoined-on-early-exit -- -std=c++20 %qt_flags
// Classes that derive from QThread, whose destructors wait or do not.
#include <QMutex>
#include <QMutexLocker>
#include <QThread>
#include <QWaitCondition>

void put(int);

class Waits : public QThread {
public:
  ~Waits() override { wait(); }
  void run() override {}
};
class QuitsAndWaits : public QThread {
public:
  ~QuitsAndWaits() override {
    quit();
    wait();
  }
  void run() override { exec(); }
};
class ClosesFirst : public QThread {
public:
  ~ClosesFirst() override {
    {
      QMutexLocker lock(&mutex_);
      closing_ = true;
      wake_.wakeAll();
    }
    wait();
  }
  void run() override {}

private:
  QMutex mutex_;
  QWaitCondition wake_;
  bool closing_ = false;
};
class StopsByMember : public QThread {
public:
  ~StopsByMember() override { stop(); }
  void stop() {
    requestInterruption();
    wait();
  }
  void run() override {}
};
class OnlyAsks : public QThread {
public:
  ~OnlyAsks() override { requestInterruption(); }
  void run() override {}
};

void ok_waits() {
  Waits w;
  w.start();
  put(1);
}
void ok_quits() {
  QuitsAndWaits w;
  w.start();
  put(1);
}
void ok_closes_first() {
  ClosesFirst w;
  w.start();
  put(1);
}
void ok_stops_by_member() {
  StopsByMember w;
  w.start();
  put(1);
}
bool bad_only_asks(bool early) {
  OnlyAsks w;
  w.start(); // note: 'w' is started here
  if (early)
    return false; // warning: 'w' may still run here, and is not joined on this path
  w.wait();
  return true;
}
