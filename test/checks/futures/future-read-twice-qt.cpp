// REQUIRES: qt
// RUN: %verify %s heddle-future-read-twice -- -std=c++20 %qt_flags
#include <QFuture>
#include <QPromise>
#include <QString>
#include <QtConcurrent>

QString load(const QString &path);
void show(const QString &);

void bad_taken_twice(const QString &path) {
  QFuture<QString> text = QtConcurrent::run(load, path);
  show(text.takeResult()); // note: 'text' is read here first
  show(text.takeResult()); // warning: future 'text' is read a second time
}
void bad_read_after_taken(const QString &path) {
  QFuture<QString> text = QtConcurrent::run(load, path);
  show(text.takeResult());
  show(text.result()); // warning: future 'text' is read a second time
}
void ok_result(const QString &path) {
  QFuture<QString> text = QtConcurrent::run(load, path);
  show(text.result());
  show(text.result());
}
void ok_continued(const QString &path) {
  QFuture<QString> text = QtConcurrent::run(load, path);
  text.then([](const QString &s) { show(s); });
  show(text.takeResult());
}
void ok_promise(QPromise<int> &p) {
  auto a = p.future();
  auto b = p.future();
}
void ok_new_future(const QString &path) {
  QFuture<QString> text = QtConcurrent::run(load, path);
  show(text.takeResult());
  text = QtConcurrent::run(load, path);
  show(text.takeResult());
}
