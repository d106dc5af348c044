// Certificates for tests, made on the spot: an authority, and what it signs.
#pragma once

#include <memory>
#include <string>

namespace eventfwd::test {

class Authority {
  public:
    // Writes its certificate to DIRECTORY/ca.pem.
    explicit Authority(const std::string& directory);
    ~Authority();

    const std::string& file() const { return file_; }
    // Certificate and key in one file of the directory. NAMES as in "DNS:localhost,IP:127.0.0.1";
    // it is valid from yesterday for DAYS_VALID days, so that 0 is over.
    std::string issue(const std::string& file_name, const std::string& names, int days_valid = 10);

  private:
    struct Keys;
    std::string directory_;
    std::string file_;
    std::unique_ptr<Keys> keys_;
};

}  // namespace eventfwd::test
