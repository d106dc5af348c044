// The command line: one binary, subcommands. CLI11's home.
#pragma once

namespace eventfwd {

// Exit status: 0 done; 1 failed or, of render and parse, something was refused; 2 wrong usage or
// configuration.
int run_command_line(int argc, char** argv);

}  // namespace eventfwd
