// REQUIRES: grpc
// RUN: %verify %s heddle-transient-executor -- -std=c++20
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

class Stub {
public:
  explicit Stub(std::shared_ptr<grpc::ChannelInterface> channel);
  bool ask(const std::string &);
};

struct bad_per_call {
  class Prices {
  public:
    bool quote(const std::string &item) {
      auto channel = grpc::CreateChannel(address_, grpc::InsecureChannelCredentials()); // warning: 'channel' is made in each call; it connects each time, and keeps connections that nobody uses again; make it once and share it
      return Stub(channel).ask(item);
    }

  private:
    std::string address_;
  };
};
bool bad_per_item(const std::string &address, const std::vector<std::string> &items) {
  bool all = true;
  for (const auto &item : items) {
    auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials()); // warning: 'channel' is made in each iteration
    all &= Stub(channel).ask(item);
  }
  return all;
}

// ---- correct code that looks similar -----------------------------------------------------------------------------------
class ok_member {
public:
  explicit ok_member(const std::string &address)
      : stub_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())) {}
  bool quote(const std::string &item) { return stub_.ask(item); }

private:
  Stub stub_;
};
class ok_connects {
public:
  void connect(const std::string &address) {
    auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
    stub_ = std::make_unique<Stub>(channel);
  }

private:
  std::unique_ptr<Stub> stub_;
};
std::vector<std::unique_ptr<Stub>> ok_one_for_each(const std::vector<std::string> &addresses) {
  std::vector<std::unique_ptr<Stub>> stubs;
  for (const auto &address : addresses) {
    auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
    stubs.push_back(std::make_unique<Stub>(channel));
  }
  return stubs;
}
bool ok_once(const std::string &address) {
  auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  return Stub(channel).ask("x");
}
