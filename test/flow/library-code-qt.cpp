// Qt is no code of the project's where the build names its folders by -I: what it calls is not followed, and what its
// bodies do is not mistaken for an answer.
// REQUIRES: qt
// RUN: %verify --word code %s heddle-dev-library -- -std=c++20 -fPIC -I/usr/include/x86_64-linux-gnu/qt6 -I/usr/include/x86_64-linux-gnu/qt6/QtCore
#include <QMutex>
#include <QString>

QString text(QMutex &m, const QString &s) {
  m.lock();           // code: library
  return s.toLower(); // code: library
}
