// RUN: %verify %s heddle-once-captures-argument -- -std=c++20
// The seed's row (P24: what runs once takes its configuration from an argument).
#include <map>
#include <memory>
#include <mutex>
#include <string>

struct Client {
  explicit Client(const std::string &url) : url(url) {}
  std::string url;
};

Client &bad_static(const std::string &url) { // note: passed here
  static Client client(url);                 // warning: this static is initialised once, with 'url'
  return client;
}
static std::once_flag once;
static std::unique_ptr<Client> client;
Client &bad_once(const std::string &url) {
  std::call_once(once, [&] { client = std::make_unique<Client>(url); }); // warning: this runs once, with 'url'
  return *client;
}
static int bad_number(int n) {
  static int first = n; // warning: this static is initialised once, with 'n'
  return first;
}
int numbers() { return bad_number(1) + bad_number(2); }

// ---- silent ---------------------------------------------------------------------------------------------------------

Client &ok_constant() {
  static Client c("http://localhost");
  return c;
}
static std::once_flag ready;
void ok_no_argument(int) {
  std::call_once(ready, [] { client = std::make_unique<Client>("x"); });
}
Client &ok_each(const std::string &url) {
  static std::map<std::string, Client> all;
  return all.try_emplace(url, url).first->second;
}
static int ok_same(int n) {
  static int first = n;
  return first;
}
int ok_calls() { return ok_same(1) + ok_same(1); }
int main(int argc, char **) {
  static int ok_arguments = argc;
  return ok_arguments;
}

// The one caller has it from its own.
static Client &bad_shared_for(const std::string &url) {
  static std::once_flag once;
  static std::unique_ptr<Client> it;
  std::call_once(once, [&url] { it = std::make_unique<Client>(url); }); // warning: this runs once, with 'url', which differs by caller
  return *it;
}
class Page {
public:
  explicit Page(const std::string &url) : client(bad_shared_for(url)) {}
  Client &client;
};
void two_pages() {
  Page one("http://one"), two("http://two");
}
static Client &ok_once_only(const std::string &url) {
  static Client it(url);
  return it;
}
static void ok_setup(const std::string &url) { ok_once_only(url); }
void ok_start() { ok_setup("http://one"); }

// One caller, or callers that give the same.
struct Pool {
  explicit Pool(unsigned n);
};
unsigned cores();
Pool &ok_by_default(unsigned n = cores()) {
  static Pool pool(n);
  return pool;
}
Pool &ok_same(unsigned n) {
  static Pool pool(n);
  return pool;
}
void first() { ok_same(cores()); }
void second() { ok_same(cores()); }
Pool &bad_different(unsigned n) {
  static Pool pool(n); // warning: this static is initialised once, with 'n', which differs by caller
  return pool;
}
void few() { bad_different(cores()); }
void many(unsigned n) { bad_different(n); }
class ok_StartedOnce {
public:
  void start(unsigned n) {
    std::call_once(once_, [&] { size_ = n; });
  }

private:
  std::once_flag once_;
  unsigned size_ = 0;
};

// ---- one of several arguments ----
struct Settings {
  std::string root;
};
const std::string &bad_second(const Settings &settings, const std::string &part) {
  static const std::string path = settings.root + "/" + part; // warning: this static is initialised once, with 'part', which differs by caller
  return path;
}
const std::string &ok_alike(const Settings &settings, const std::string &part) {
  static const std::string path = settings.root + "/" + part;
  return path;
}
void asksForParts(const Settings &settings) {
  bad_second(settings, "sounds");
  ok_alike(settings, "sounds");
}
void asksForOtherParts(const Settings &settings) {
  bad_second(settings, "images");
  ok_alike(settings, "sounds");
}

// ---- an object's own flag: who asks gets what the first caller wanted ----
class bad_Templates {
public:
  const std::string &page(const std::string &language) {
    std::call_once(once_, [&] { page_ = load(language); }); // warning: this runs once, with 'language', which differs by caller
    return page_;
  }
  std::shared_ptr<Client> client(const std::string &url) {
    std::call_once(connected_, [this, &url] { client_ = std::make_shared<Client>(url); }); // warning: this runs once, with 'url'
    return client_;
  }

private:
  static std::string load(const std::string &language);
  std::once_flag once_, connected_;
  std::string page_;
  std::shared_ptr<Client> client_;
};
class ok_OwnSetUp {
public:
  void open(const std::string &url) {
    std::call_once(once_, [&] { url_ = url; });
  }
  bool connect(const std::string &url) {
    std::call_once(once_, [&] { client_ = std::make_unique<Client>(url); });
    return client_ != nullptr;
  }
  const std::string &url() {
    std::call_once(once_, [this] { url_ = "http://" + host_; });
    return url_;
  }

private:
  std::once_flag once_;
  std::string url_, host_;
  std::unique_ptr<Client> client_;
};

// ---- several callers each pass on what they were asked for ----
const Client &bad_client_for(const std::string &region) {
  static const Client client("http://" + region); // warning: this static is initialised once, with 'region', which differs by caller
  return client;
}
std::string readFrom(const std::string &region) { return bad_client_for(region).url; }
std::string writeTo(const std::string &region) { return bad_client_for(region).url + "/w"; }
const std::string &ok_root(const Settings &settings) {
  static const std::string root = settings.root;
  return root;
}
std::string icons(const Settings &settings) { return ok_root(settings) + "/icons"; }
std::string sounds(const Settings &settings) { return ok_root(settings) + "/sounds"; }

// ---- only the types of the arguments count ----
template <class T> const char *typeName(const T &) { return __PRETTY_FUNCTION__; }
class Signature {
public:
  template <class... Types> Signature &of(Types... arguments) {
    for (const char *name : {typeName(arguments)...})
      text_ += name;
    return *this;
  }
  template <class... Types> Signature &with(Types... arguments) {
    for (const auto &argument : {std::string(arguments)...})
      text_ += argument;
    return *this;
  }
  const std::string &text() const { return text_; }

private:
  std::string text_;
};
std::string ok_signature(int id, std::string name) {
  static const auto signature = Signature().of(id, name);
  return signature.text();
}
std::string bad_signature(std::string name) {
  static const auto signature = Signature().with(name); // warning: this static is initialised once, with 'name', which differs by caller
  return signature.text();
}
