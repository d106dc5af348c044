#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>

#include "daemon/cli/command_line.h"

namespace {

// Whoever started us with one of them closed would have the first file that we open take its
// place. What is opened here instead fails to be read, or written to, as a closed one does.
void hold_closed_descriptors() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(fd, F_GETFD) >= 0) continue;
        [[maybe_unused]] const int held =
            ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

}  // namespace

int main(int argc, char** argv) {
    // A write beyond a limit on the size of files fails then, as one to a full disk does.
    std::signal(SIGXFSZ, SIG_IGN);
    hold_closed_descriptors();
    return eventfwd::run_command_line(argc, argv);
}
