"""A TCP relay on loopback that harms what passes at one byte of one stream."""
import contextlib
import dataclasses
import random
import selectors
import socket
import struct
import threading
import time

FROM_DEVICE, TO_DEVICE = "from-device", "to-device"
DIRECTIONS = (FROM_DEVICE, TO_DEVICE)

READ_BYTES = 65536
JUNK_BYTES = 65536
DRIP_BYTES = 1500  # so many of them one by one
SEND_SECONDS = 5


@dataclasses.dataclass(frozen=True)
class Fault:
    kind: str
    direction: str = FROM_DEVICE
    offset: int = 0  # bytes of that stream that pass unharmed
    connection: int = 0  # counted in the order in which they were opened
    pause: float = 0.02  # of `slow`, between two bytes

    def __str__(self):
        return f"{self.kind} {self.direction} {self.connection} {self.offset}"


class Stream:
    """One direction of one connection."""

    def __init__(self, source, target, fault):
        self.source, self.target, self.fault = source, target, fault
        self.passed = 0
        self.ended = False
        self.waiting = bytearray()  # of `slow`
        self.due = 0.0


def no_delay(sock):
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.settimeout(SEND_SECONDS)
    return sock


class Relay:
    """A relay to one port of this machine; use it with `with`."""

    def __init__(self, port, fault=None, host="127.0.0.1"):
        self.to_host, self.to_port, self.fault = host, port, fault
        self.hit = False
        self.streams = []  # [from device, to device] of each connection
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.wake, self.waker = socket.socketpair()
        self.selector.register(self.wake, selectors.EVENT_READ)
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.waker.close()
        self.thread.join()
        for pair in self.streams:
            for stream in pair:
                stream.source.close()
        for thing in (self.listener, self.wake, self.selector):
            thing.close()

    def lengths(self):
        """Bytes that came from each side, by connection and direction."""
        return {(i, direction): stream.passed for i, pair in enumerate(self.streams)
                for direction, stream in zip(DIRECTIONS, pair)}

    # ---- the loop ----

    def run(self):
        while True:
            for key, _ in self.selector.select(self.next_due()):
                if key.fileobj is self.wake:
                    return
                if key.fileobj is self.listener:
                    self.accept()
                elif key.fileobj.fileno() >= 0:  # the one handled before it may have closed it
                    self.receive(key.data)
            self.drip_slowly()

    def accept(self):
        client = no_delay(self.listener.accept()[0])
        try:
            device = no_delay(socket.create_connection((self.to_host, self.to_port), SEND_SECONDS))
        except OSError:  # it is gone, which the test sees by itself
            client.close()
            return
        number = len(self.streams)
        faults = [self.fault if self.fault and (self.fault.connection, self.fault.direction) == (number, direction)
                  else None for direction in DIRECTIONS]
        pair = [Stream(device, client, faults[0]), Stream(client, device, faults[1])]
        self.streams.append(pair)
        for stream in pair:
            self.selector.register(stream.source, selectors.EVENT_READ, stream)
        for stream in pair:
            if stream.fault and stream.fault.offset == 0 and stream.fault.kind in ENDS:
                self.harm(stream, b"")

    def receive(self, stream):
        try:
            data = stream.source.recv(READ_BYTES)
        except OSError:
            data = b""
        if not data:
            self.forget(stream)
            self.end(stream)
            return
        before = stream.passed
        stream.passed += len(data)
        if stream.fault and stream.passed > stream.fault.offset:
            at = max(stream.fault.offset - before, 0)
            self.send(stream, data[:at])
            self.harm(stream, data[at:])
        else:
            self.send(stream, data)

    def send(self, stream, data):
        if data and not stream.ended:
            with contextlib.suppress(OSError):
                stream.target.sendall(data)

    def forget(self, stream):
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(stream.source)

    def end(self, stream):
        """Tell the receiver that no more will come."""
        if not stream.ended:
            stream.ended = True
            with contextlib.suppress(OSError):
                stream.target.shutdown(socket.SHUT_WR)

    # ---- harm ----

    def harm(self, stream, data):
        first, self.hit = not self.hit, True
        HARM[stream.fault.kind](self, stream, data, first)

    def pair_of(self, stream):
        return next(pair for pair in self.streams if stream in pair)

    def close(self, stream, _data, _first):
        for one in self.pair_of(stream):
            self.end(one)

    def reset(self, stream, _data, _first):
        for one in self.pair_of(stream):
            one.ended = True
            self.forget(one)
        for one in self.pair_of(stream):
            one.source.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.source.close()

    def half(self, stream, _data, _first):
        self.end(stream)

    def stall(self, stream, _data, _first):
        """Nothing more passes; whoever sends is not told."""

    def mute(self, stream, _data, _first):
        for one in self.pair_of(stream):
            one.fault = dataclasses.replace(stream.fault, kind="stall", offset=0)

    def drip(self, stream, data, _first):
        single = max(stream.fault.offset + DRIP_BYTES - stream.passed + len(data), 0)
        for byte in data[:single]:
            self.send(stream, bytes((byte,)))
        self.send(stream, data[single:])

    def slow(self, stream, data, _first):
        stream.waiting += data

    def flip(self, stream, data, first):
        if first:
            data = bytes((data[0] ^ 1 << stream.fault.offset % 8,)) + data[1:]
        self.send(stream, data)

    def lose(self, stream, data, first):
        self.send(stream, data[1:] if first else data)

    def inject(self, stream, data, first):
        if first:
            self.send(stream, random.Random(stream.fault.offset).randbytes(16))
        self.send(stream, data)

    def junk(self, stream, data, first):
        if first:
            self.send(stream, random.Random(stream.fault.offset).randbytes(JUNK_BYTES))
        self.send(stream, data)

    def next_due(self):
        due = [stream.due for pair in self.streams for stream in pair if stream.waiting]
        return max(min(due) - time.monotonic(), 0) if due else None

    def drip_slowly(self):
        now = time.monotonic()
        for pair in self.streams:
            for stream in pair:
                if stream.waiting and stream.due <= now:
                    self.send(stream, bytes((stream.waiting.pop(0),)))
                    stream.due = now + stream.fault.pause


HARM = {name: getattr(Relay, name) for name in
        ("close", "reset", "half", "stall", "mute", "drip", "slow", "flip", "lose", "inject", "junk")}
ENDS = ("close", "reset", "half", "stall", "mute")  # need no byte behind them to act on
KINDS = tuple(HARM)
