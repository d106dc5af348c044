"""Servers of a few lines that are dead, silent, or say what a test wants."""

import re
import socket
import ssl
import threading

SUCCESS = b'{"text":"Success","code":0}'


def answer(body=SUCCESS, status=b"HTTP/1.1 200 OK", headers=b""):
    return status + b"\r\n" + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body


class Last(bytes):
    """An answer that ends the connection."""


class Listener:
    """A socket that listens, on PORT of HOST. Nobody accepts; with BACKLOG 0 its queue is full, too, so that the
    address is silent."""

    def __init__(self, test, host, port=0, backlog=0):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        test.addCleanup(self.socket.close)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((host, port))
        self.socket.listen(backlog)
        self.port = self.socket.getsockname()[1]
        for _ in range(4 if backlog == 0 else 0):
            caller = socket.socket(family, socket.SOCK_STREAM)
            caller.setblocking(False)
            caller.connect_ex((host, self.port))
            test.addCleanup(caller.close)


class Server(Listener):
    """Answers each request with the next of its answers, or else with success. Over TLS where there is a certificate.
    What is not HTTP is only read."""

    def __init__(self, test, certificate=None):
        super().__init__(test, "127.0.0.1", backlog=16)
        self.answers = []
        self.heads = []
        self.names = []  # that clients asked for
        self.tls = None
        if certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate)
            self.tls.sni_callback = lambda _, name, __: self.names.append(name)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                rest = b""
                while True:
                    part = connection.recv(1 << 16)
                    if not part:
                        return
                    rest += part
                    head, found, body = rest.partition(b"\r\n\r\n")
                    length = re.search(rb"Content-Length: (\d+)", head)
                    if not found or not length or len(body) < int(length[1]):
                        continue
                    rest = body[int(length[1]):]
                    self.heads.append(head.decode())
                    said = self.answers.pop(0) if self.answers else answer()
                    connection.sendall(said)
                    if isinstance(said, Last):
                        return
        except (OSError, ssl.SSLError):
            pass
