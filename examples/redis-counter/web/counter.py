"""Counts its visitors in Redis, which it finds by the name of the container that runs it."""

import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import redis

store = redis.Redis(host=os.environ["STORE"], socket_timeout=2, socket_connect_timeout=2)


class Counter(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/":
            self.answer(404, "There is nothing here.\n")
            return
        try:
            visits = store.incr("visits")
        except redis.RedisError as error:
            self.answer(503, f"The store cannot be reached: {error}\n")
            return
        address = socket.gethostbyname(os.environ["STORE"])
        self.answer(200, f"Visit number {visits}, counted by {os.environ['STORE']} at {address}\n")

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("0.0.0.0", 8000), Counter).serve_forever()
