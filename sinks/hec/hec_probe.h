// What a HEC sink reports about itself.
#pragma once

#include <string>

namespace eventfwd {

// Where there are several URLs: the changes, not the attempts. For one alone its courier does.
class HecSinkProbe {
  public:
    virtual ~HecSinkProbe() = default;
    virtual void url_failed(const std::string& /*url*/, const std::string& /*error*/) {}
    virtual void url_recovered(const std::string& /*url*/) {}
};

}  // namespace eventfwd
