// REQUIRES: qt
// RUN: %verify %s heddle-unfulfilled-promise -- -std=c++20 %qt_flags
#include <QFuture>
#include <QPromise>
#include <QString>

bool load(const QString &path, QString &into);

void bad_not_finished(QPromise<QString> p, const QString &path) {
  QString text;
  p.start();
  if (!load(path, text))
    return; // warning: promise 'p' is dropped unfulfilled on this path; its future is cancelled without a result
  p.addResult(text);
  p.finish();
}
void ok_finished(QPromise<QString> p, const QString &path) {
  QString text;
  p.start();
  if (load(path, text))
    p.addResult(text);
  p.finish();
}
void ok_of_the_caller(QPromise<QString> &p, const QString &path) {
  QString text;
  if (load(path, text))
    p.finish();
}
