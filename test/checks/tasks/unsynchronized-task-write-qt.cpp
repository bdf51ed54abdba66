// REQUIRES: qt
// RUN: %verify %s heddle-unsynchronized-task-write,heddle-result-read-before-wait -- -std=c++20 %qt_flags
// QtConcurrent: blocking maps run one callable on many threads, run() starts a task.
#include <QtConcurrent/QtConcurrent>
#include <QtCore/QtCore>

int measure(int);

int bad_blocking_map(QList<int> ids) {
  int total = 0;
  QtConcurrent::blockingMap(ids, [&total](int id) { total += measure(id); }); // warning: 'total' is written by several tasks without a common lock // note: several threads run this concurrently
  return total;
}

int bad_read_early() {
  int result = 0;
  QFuture<void> f = QtConcurrent::run([&result] { result = measure(1); }); // note: the task writes it here // note: the task is started here
  int seen = result; // warning: 'result' is read while the task that writes it may still run
  f.waitForFinished();
  return seen;
}

int ok_read_after() {
  int result = 0;
  QFuture<void> f = QtConcurrent::run([&result] { result = measure(1); });
  f.waitForFinished();
  return result;
}

int ok_locked(QList<int> ids) {
  int total = 0;
  QMutex mutex;
  QtConcurrent::blockingMap(ids, [&](int id) {
    QMutexLocker lock(&mutex);
    total += measure(id);
  });
  return total;
}

int ok_atomic(QList<int> ids) {
  QAtomicInt total = 0;
  QtConcurrent::blockingMap(ids, [&total](int id) { total.fetchAndAddRelaxed(measure(id)); });
  return total.loadRelaxed();
}
