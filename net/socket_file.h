// The file of a Unix socket: made where no live process listens, known by its device and inode, and
// removed by the process that made it only.
#pragma once

#include <sys/types.h>

#include <string>

#include "core/result.h"

namespace eventfwd {

class SocketFile {
  public:
    SocketFile() = default;
    // The file of a socket that another process made, as it is at PATH now. It is never removed.
    static SocketFile of_another(std::string path);

    SocketFile(SocketFile&& other) noexcept { swap(other); }
    SocketFile& operator=(SocketFile&& other) noexcept {
        swap(other);
        return *this;
    }
    // While the socket is open its inode is not used again: so it is closed after this.
    ~SocketFile() { remove(); }

    // Empty: there is none.
    const std::string& path() const { return path_; }
    bool is_of_another() const { return is_of_another_; }
    // Whether that very file is at its path, and not another one or none.
    bool is_in_place() const;
    // Removes it where it is in place; then there is none.
    void remove();

  private:
    friend Result<SocketFile> bind_socket_file(int socket, const std::string& path, mode_t mode);

    void swap(SocketFile& other) noexcept;
    bool identify();

    std::string path_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
    bool is_of_another_ = false;
};

// Binds SOCKET, of any type, at PATH in a directory that is there. Its file never allows more than
// MODE. A socket file that a dead process left is replaced. A failure gives the reason alone:
// EADDRINUSE where a process has a socket there, EEXIST for another kind of file.
Result<SocketFile> bind_socket_file(int socket, const std::string& path, mode_t mode);

// A socket whose file was no longer in place, and what came of making it anew.
struct LostSocketFile {
    std::string path;
    Result<> made;
};

}  // namespace eventfwd
