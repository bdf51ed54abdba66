// REQUIRES: qt
// RUN: %verify %s heddle-lock-held-across-send -- -std=c++20 %qt_flags
#include <QFuture>
#include <QMutex>
#include <QMutexLocker>
#include <QPromise>
#include <QQueue>
#include <QReadWriteLock>
#include <QString>
#include <QWaitCondition>

// A bounded queue with Qt's conditions.
class CommandQueue {
public:
  void enqueue(const QString &command) {
    QMutexLocker locker(&mutex_);
    while (commands_.size() >= 20)
      room_.wait(&mutex_);
    commands_.enqueue(command);
    filled_.wakeOne();
  }
  bool tryEnqueue(const QString &command) {
    QMutexLocker locker(&mutex_);
    if (commands_.size() >= 20)
      return false;
    commands_.enqueue(command);
    filled_.wakeOne();
    return true;
  }
  QString dequeue() {
    QMutexLocker locker(&mutex_);
    while (commands_.isEmpty())
      filled_.wait(&mutex_);
    QString command = commands_.dequeue();
    room_.wakeOne();
    return command;
  }

private:
  QMutex mutex_;
  QWaitCondition room_, filled_;
  QQueue<QString> commands_;
};

class Plotter {
public:
  Plotter() {
    ready_.start();
    ready_.future().then([this](int pen) {
      QMutexLocker locker(&mutex_);
      pen_ = pen;
    });
  }
  void bad_locker(const QString &command) {
    QMutexLocker locker(&mutex_); // note: 'mutex_' is locked here
    ++sent_;
    queue_.enqueue(command); // warning: this send can block while 'mutex_' is held
  }
  void bad_relocked(const QString &command) {
    QMutexLocker locker(&mutex_);
    ++sent_;
    locker.unlock();
    const QString upper = command.toUpper();
    locker.relock(); // note: 'mutex_' is locked here
    queue_.enqueue(upper); // warning: this send can block while 'mutex_' is held
  }
  void bad_reader(const QString &command) {
    QReadLocker locker(&table_);
    queue_.enqueue(command); // warning: this send can block while 'table_' is held
  }
  void bad_continuation(int pen) {
    QMutexLocker locker(&mutex_);
    ready_.addResult(pen);
    ready_.finish(); // warning: the promise is fulfilled while 'mutex_' is held, and its continuations run in this thread
  }

  void ok_unlocked(const QString &command) {
    QMutexLocker locker(&mutex_);
    ++sent_;
    locker.unlock();
    queue_.enqueue(command);
  }
  void ok_tried(const QString &command) {
    QMutexLocker locker(&mutex_);
    if (!queue_.tryEnqueue(command))
      ++dropped_;
  }
  void ok_scope(const QString &command) {
    {
      QWriteLocker locker(&table_);
      ++sent_;
    }
    queue_.enqueue(command);
  }
  void ok_finished_after(int pen) {
    {
      QMutexLocker locker(&mutex_);
      ++sent_;
    }
    ready_.addResult(pen);
    ready_.finish();
  }

private:
  QMutex mutex_;
  QReadWriteLock table_;
  int sent_ = 0, dropped_ = 0, pen_ = 0;
  CommandQueue queue_;
  QPromise<int> ready_;
};
