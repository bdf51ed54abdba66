// REQUIRES: qt
// RUN: %verify %s heddle-task-captures-reference -- -std=c++20 %qt_flags
// What is registered for a context object dies with that object.
#include <QCoreApplication>
#include <QEventLoop>
#include <QObject>
#include <QString>
#include <QTimer>

bool start(const QString &);

int ok_context_is_the_captured(int argc, char **argv) {
  QCoreApplication app(argc, argv);
  QTimer::singleShot(1000, &app, [&app] { app.exit(1); });
  return start("x") ? app.exec() : 2;
}

void ok_context_dies_first(int n) {
  int seen = 0;
  QObject scope;
  QTimer::singleShot(1000, &scope, [&seen] { ++seen; });
  start(QString::number(n));
}

void ok_sender_is_local() {
  int seen = 0;
  QTimer tick;
  QObject::connect(&tick, &QTimer::timeout, [&seen] { ++seen; });
  start("y");
}

void bad_context_lives_on(QObject *window) {
  int seen = 0;
  QTimer::singleShot(1000, window, [&seen] { ++seen; }); // warning: local 'seen' is passed by reference to a task that may outlive it
}

void bad_context_dies_later() {
  QObject scope;
  {
    int seen = 0;
    QTimer::singleShot(1000, &scope, [&seen] { ++seen; }); // warning: local 'seen' is passed by reference to a task that may outlive it
    start("z");
  }
}

// A blocking connection comes back when the callable has run.
void ok_blocking(QObject *worker) {
  int failed = 0;
  QMetaObject::invokeMethod(worker, [&failed] { failed = 1; }, Qt::BlockingQueuedConnection);
  if (failed)
    return;
}
void bad_queued(QObject *worker) {
  int failed = 0;
  QMetaObject::invokeMethod(worker, [&failed] { failed = 1; }, Qt::QueuedConnection); // warning: local 'failed' is passed by reference to a task that may outlive it
}

// Both die at the end of the block, where no event loop runs.
void ok_tied_to_a_local_of_the_same_block() {
  QEventLoop loop;
  QTimer timer;
  bool ran = false;
  QObject::connect(&timer, &QTimer::timeout, &loop, [&ran, &loop] {
    ran = true;
    loop.quit();
  });
  timer.start(10);
  loop.exec();
}
