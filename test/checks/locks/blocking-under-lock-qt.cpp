// REQUIRES: qt
// RUN: %verify %s heddle-blocking-under-lock -- -std=c++20 %qt_flags
// QMutex, QMutexLocker, QReadWriteLock, and what of Qt waits.
#include <QFuture>
#include <QHash>
#include <QMutex>
#include <QMutexLocker>
#include <QProcess>
#include <QReadWriteLock>
#include <QString>
#include <QThread>
#include <QWaitCondition>

class bad_previews {
public:
  QByteArray preview(const QString &document) {
    QMutexLocker locker(&mutex_); // note: 'mutex_' is locked here
    ++asked_;
    return convert(document); // note: 'convert' is called here
  }
  void pause() {
    QMutexLocker locker(&mutex_);
    QThread::msleep(20); // warning: this sleeps while 'mutex_' is held
  }
  int asked() const {
    QReadLocker locker(&many_);
    QThread::sleep(1); // warning: this sleeps while 'many_' is held
    return asked_;
  }
  void reset() {
    QMutexLocker locker(&mutex_);
    QWriteLocker all(&many_);
    asked_ = 0;
  }

private:
  QByteArray convert(const QString &document) {
    QProcess process;
    process.start(document);
    if (!process.waitForStarted(2000))
      return {};
    if (!process.waitForFinished(30000)) // warning: this waits for the outside while 'mutex_' is held
      return {};
    return process.readAllStandardOutput();
  }
  mutable QMutex mutex_;
  mutable QReadWriteLock many_;
  int asked_ = 0;
};

class ok_previews {
public:
  QByteArray preview(const QString &document) {
    QMutexLocker locker(&mutex_);
    ++asked_;
    locker.unlock();
    QByteArray made = convert(document);
    locker.relock();
    kept_ = made;
    return made;
  }
  void wait() {
    QMutexLocker locker(&mutex_);
    while (kept_.isEmpty())
      made_.wait(&mutex_);
  }
  void look(QProcess &p) {
    QMutexLocker locker(&mutex_);
    if (p.waitForFinished(0))
      ++asked_;
  }

private:
  QByteArray convert(const QString &document) {
    QProcess process;
    process.start(document);
    process.waitForFinished(30000);
    return process.readAllStandardOutput();
  }
  QMutex mutex_;
  QWaitCondition made_;
  QByteArray kept_;
  int asked_ = 0;
};

class bad_worker : public QThread {
public:
  void stop() {
    QMutexLocker locker(&mutex_); // note: 'mutex_' is locked here
    stopping_ = true;
    wait(); // warning: this joins a thread while 'mutex_' is held
  }

protected:
  void run() override {
    for (;;) {
      QMutexLocker locker(&mutex_);
      if (stopping_)
        return;
    }
  }

private:
  QMutex mutex_;
  bool stopping_ = false;
};

class ok_worker : public QThread {
public:
  void stop() {
    {
      QMutexLocker locker(&mutex_);
      stopping_ = true;
    }
    wait();
  }

protected:
  void run() override {
    for (;;) {
      QMutexLocker locker(&mutex_);
      if (stopping_)
        return;
    }
  }

private:
  QMutex mutex_;
  bool stopping_ = false;
};
