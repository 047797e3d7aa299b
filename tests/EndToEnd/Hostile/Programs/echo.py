"""Servers for hostile packets to reach: echo.py tcp:PORT udp:PORT ... One of tcp accepts over both families and hangs up; one of udp sends back what it gets."""
import socket
import sys
import threading


def udp(port):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("0.0.0.0", port))
    while True:
        data, sender = server.recvfrom(2048)
        server.sendto(data, sender)


def tcp(port):
    server = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("::", port))
    server.listen(50)
    while True:
        connection, _ = server.accept()
        connection.close()


for word in sys.argv[1:]:
    kind, port = word.split(":")
    threading.Thread(target={"udp": udp, "tcp": tcp}[kind], args=(int(port),)).start()
