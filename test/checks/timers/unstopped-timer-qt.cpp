// REQUIRES: qt
// RUN: %verify %s heddle-unstopped-timer -- -std=c++20 %qt_flags
#include <QObject>
#include <QString>
#include <QTimer>

void publish(const QString &);

class Panel : public QObject {
public:
  void bad_later() {
    QTimer::singleShot(500, [this] { publish(name_); }); // warning: the handler holds a raw pointer to the object, and nothing stops the timer when the object is destroyed; it then uses 'name_' of a dead object; pass the object as the context of the call
  }
  void ok_later() {
    QTimer::singleShot(500, this, [this] { publish(name_); });
  }
  void ok_slot() { QTimer::singleShot(500, this, &Panel::refresh); }
  void ok_nothing_of_the_object() {
    QTimer::singleShot(500, [] { publish(QString()); });
  }
  void refresh() { publish(name_); }

private:
  QString name_;
};
