"""Sends back what it gets, on port 8080."""
import selectors
import socket

selector = selectors.DefaultSelector()
server = socket.create_server(("", 8080), backlog=128)
selector.register(server, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        if key.fileobj is server:
            selector.register(server.accept()[0], selectors.EVENT_READ)
            continue
        try:
            data = key.fileobj.recv(65536)
            if data:
                key.fileobj.sendall(data)
                continue
        except OSError:
            pass
        selector.unregister(key.fileobj)
        key.fileobj.close()
