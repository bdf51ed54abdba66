// Tokens that parameters have, and that the body does not ask for.
// RUN: %verify --word offered %s heddle-dev-offered-tokens -- -std=c++20
#include <stop_token>
#include <string>

class Request {
public:
  std::string path() const { return path_; }
  std::stop_token gone() const { return gone_; }

private:
  std::string path_;
  std::stop_token gone_;
};
struct Options {
  int size = 0;
  std::stop_token stop;
};
void log(const Request &);
std::string notAsked(const Request &request) { return request.path(); } // offered: request.gone()
int field(const Options *options) { return options->size; }             // offered: options->stop
bool asked(const Request &request) { return request.gone().stop_requested(); }
void handedOn(const Request &request) { log(request); }
int none(const std::string &text) { return static_cast<int>(text.size()); }
