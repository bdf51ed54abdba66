// REQUIRES: qt
// RUN: %verify %s heddle-limit-after-spawn -- -std=c++20 %qt_flags
#include <QString>
#include <QStringList>
#include <QThreadPool>

void indexFile(const QString &path);

void bad_limit_last(const QStringList &paths) {
  QThreadPool pool;
  for (const QString &path : paths)
    pool.start([path] { indexFile(path); }); // note: the first task of 'pool' is added here
  pool.setMaxThreadCount(2); // warning: the limit of 'pool' is set after tasks were added to it; those that run already are not limited
  pool.waitForDone();
}
void ok_limit_first(const QStringList &paths) {
  QThreadPool pool;
  pool.setMaxThreadCount(2);
  for (const QString &path : paths)
    pool.start([path] { indexFile(path); });
  pool.waitForDone();
}
void ok_after_all_are_done(const QStringList &paths) {
  QThreadPool pool;
  for (const QString &path : paths)
    pool.start([path] { indexFile(path); });
  pool.waitForDone();
  pool.setMaxThreadCount(2);
}
void ok_setting_changed(QThreadPool *pool, int n) { pool->setMaxThreadCount(n); }
