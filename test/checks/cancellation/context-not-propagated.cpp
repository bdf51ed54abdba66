// RUN: %verify %s heddle-context-not-propagated -- -std=c++20
// The seed's row (P30: a query without the caller's context).
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

class Db {
public:
  bool query(const std::string &sql);
  bool query(std::stop_token token, const std::string &sql); // note: this overload takes it
  bool exec(const std::string &sql, std::stop_token token = {}); // note: the parameter has a default
  bool ping();
  bool ping(std::stop_token token, int tries);
};
bool fetch(const std::string &url);
bool fetch(const std::string &url, const std::stop_token &token);
void plain(const std::string &);

// ---- P30 ---------------------------------------------------------------------------------------------------------------
bool bad_P30(Db &db, std::stop_token token, const std::string &id) {
  if (token.stop_requested())
    return false;
  return db.query("select " + id); // warning: 'query' is called without 'token', which it accepts; the call continues after the caller is cancelled; pass 'token'
}
bool ok_P30(Db &db, std::stop_token token, const std::string &id) { return db.query(token, "select " + id); }
bool bad_default(Db &db, const std::stop_token &token) {
  return !token.stop_requested() && db.exec("x"); // warning: 'exec' is called without 'token' // fixed: return !token.stop_requested() && db.exec("x", token);
}
bool bad_free(std::stop_token token) {
  return !token.stop_requested() && fetch("x"); // warning: 'fetch' is called without 'token'
}
void bad_captured(std::stop_token token, std::function<void(std::function<void()>)> run) {
  run([token] {
    if (!token.stop_requested())
      fetch("x"); // warning: 'fetch' is called without 'token'
  });
}
class Service {
public:
  bool bad_lookup(std::stop_token token) {
    return load(1) && !token.stop_requested(); // warning: 'load' is called without 'token'
  }
  bool ok_lookup(std::stop_token token) { return load(1, token); }

private:
  bool load(int);
  bool load(int, std::stop_token);
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
bool ok_no_token(Db &db) { return db.query("x") && db.exec("x") && fetch("x"); }
bool ok_unnamed(Db &db, std::stop_token) { return db.query("x"); }
bool ok_other_parameters(Db &db, std::stop_token token) { return !token.stop_requested() && db.ping(); }
bool ok_no_overload(std::stop_token token) {
  plain("x");
  return token.stop_requested();
}
class Client {
public:
  bool get(const std::string &url);
  bool get(const std::string &url, std::stop_token token) { // the overload that asks, and calls the other
    return !token.stop_requested() && ok_get(url);
  }
  bool ok_get(const std::string &url) { return get(url); }
};
bool send(const std::string &);
bool send(const std::string &s, std::stop_token token) { return !token.stop_requested() && send(s); }
void ok_after_the_stop(Db &db, std::stop_token token) {
  while (!token.stop_requested())
    db.query(token, "x");
  db.query("rollback");
}
void ok_on_the_stop(Db &db, std::stop_token token) {
  if (token.stop_requested())
    db.query("rollback");
}
