// REQUIRES: qt
// RUN: %verify %s heddle-wait-before-spawn -- -std=c++20 %qt_flags
#include <QFuture>
#include <QFutureSynchronizer>
#include <QString>
#include <QStringList>
#include <QThreadPool>
#include <QtConcurrent>

void indexFile(const QString &path);

void bad_own_pool(const QStringList &paths) {
  QThreadPool pool;
  pool.setMaxThreadCount(4);
  pool.waitForDone(); // warning: 'pool' is waited for before any task is added to it
  for (const QString &path : paths)
    pool.start([path] { indexFile(path); }); // note: the task is added here, after the wait
}

void bad_synchronizer(const QStringList &paths) {
  QFutureSynchronizer<void> all;
  all.waitForFinished(); // warning: 'all' is waited for before any task is added to it
  for (const QString &path : paths)
    all.addFuture(QtConcurrent::run(indexFile, path));
}

void ok_own_pool(const QStringList &paths) {
  QThreadPool pool;
  for (const QString &path : paths)
    pool.start([path] { indexFile(path); });
  pool.waitForDone();
}

void ok_global_pool(const QStringList &paths) {
  QThreadPool::globalInstance()->waitForDone(); // others may have filled it
  for (const QString &path : paths)
    QThreadPool::globalInstance()->start([path] { indexFile(path); });
}

void ok_of_the_application(QThreadPool *pool, const QString &path) {
  pool->waitForDone();
  pool->start([path] { indexFile(path); });
}

void ok_synchronizer(const QStringList &paths) {
  QFutureSynchronizer<void> all;
  for (const QString &path : paths)
    all.addFuture(QtConcurrent::run(indexFile, path));
  all.waitForFinished();
}
