// The lines of a file or of standard input, for commands that take a packet or an event from each.
#pragma once

#include <fstream>
#include <iostream>
#include <string>

namespace eventfwd {

class LineInput {
  public:
    // FILE, or standard input where it is empty or "-". A file that cannot be opened is complained
    // of.
    explicit LineInput(const std::string& file);
    bool is_good() const { return is_good_; }

    // The next line, without its LF or CR LF; false behind the last one, which may have neither.
    bool next(std::string& line);
    // All that has not been read yet, byte for byte.
    std::string rest();
    // After the last line: whether there was no more. A failure to read is complained of.
    bool is_read() const;

  private:
    std::string name_ = "standard input";
    std::ifstream file_;
    std::istream* stream_ = &std::cin;
    bool is_good_ = true;
};

}  // namespace eventfwd
