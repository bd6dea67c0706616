"""A worker process that starts in milliseconds and fails on demand; standard library only.

Speaks the worker's protocol. A phrase "half-17 …" makes it commit the fault "half". Its speech is ten syllables: a low
tone in each tells who speaks, a high one, the same in every voice, which syllable it is, and they part in silence.
"""

import array
import json
import math
import os
import random
import signal
import socket
import struct
import sys
import threading
import time

RATE = 16_000
#: The low tones (Hz) of the worker that commits the faults it is asked for, and of the one that never does.
FAULTY, SOUND = 300, 500
STEPS, STEP = 10, 0.1
#: The high tone of the first syllable, and what the next is higher by, in Hz.
HIGH, HIGHER = 1500, 300
#: Seconds to the first sound when all is well.
PROMPT = 0.005


def speech(pitch: int) -> list[bytes]:
    """Ten syllables of 0.1 s, each swelling and fading."""
    return [_syllable(pitch, HIGH + HIGHER * number) for number in range(STEPS)]


def _syllable(low: int, high: int) -> bytes:
    count, turn = round(STEP * RATE), 2 * math.pi / RATE
    swell = (math.sin(math.pi * n / count) ** 2 for n in range(count))
    tones = (math.sin(turn * low * n) + math.sin(turn * high * n) for n in range(count))
    return array.array("h", (round(4000 * gain * tone) for gain, tone in zip(swell, tones, strict=True))).tobytes()


def wav_header(rate: int, kind: int = 1, bits: int = 16) -> bytes:
    width = bits // 8
    fmt = struct.pack("<HHIIHH", kind, 1, rate, width * rate, width, bits)
    return b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0" + fmt + b"data\xff\xff\xff\xff"


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


class Connection:
    def __init__(self, sock: socket.socket, pitch: int) -> None:
        self.sock, self.pitch, self.steps = sock, pitch, speech_of[pitch]
        self.buffer = b""

    def serve(self) -> None:
        try:
            while self.request():
                pass
        except OSError:
            pass
        finally:
            self.sock.close()

    def request(self) -> bool:
        while b"\r\n\r\n" not in self.buffer:
            data = self.sock.recv(65536)
            if not data:
                return False
            self.buffer += data
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        length = int(lengths[0].split(b":")[1]) if lengths else 0
        while len(self.buffer) < length:
            self.buffer += self.sock.recv(65536)
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        if not head.startswith(b"POST"):
            self.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            return True
        fault = json.loads(body)["input"].split("-")[0]
        return self.speak(fault if self.pitch == FAULTY else "well")

    def speak(self, fault: str) -> bool:
        steps = list(self.steps)
        header = wav_header(RATE)
        if fault == "hang":
            stop()
        elif fault == "die":
            os._exit(1)
        elif fault in ("slow", "late"):
            time.sleep(2.0 if fault == "slow" else 0.6)
        elif fault == "noise":
            steps = [random.randbytes(len(step)) for step in steps]
        elif fault == "nan":
            header, steps = wav_header(RATE, 3, 32), [b"\0\0\xc0\x7f" * 1600] * STEPS
        elif fault == "empty":
            steps = []
        elif fault == "rate":
            header = wav_header(48_000)
        elif fault == "silence":
            steps = [bytes(len(step)) for step in steps]
        time.sleep(PROMPT)
        self.sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(header))
        for number, step in enumerate(steps):
            if number == STEPS // 2:
                if fault == "stop":
                    stop()
                elif fault == "crash":
                    os._exit(1)
                elif fault == "half":
                    return False
            self.sock.sendall(chunk(step))
        self.sock.sendall(b"0\r\n\r\n")
        return True


def stop() -> None:
    """Stop this process as a debugger would; another thread may take the signal, so wait for it."""
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(3600)


def watch_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


def main() -> None:
    pitch, port = int(sys.argv[1]), int(sys.argv[2])
    speech_of[pitch] = speech(pitch)
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError:
        sys.exit(3)
    listening.listen(64)
    threading.Thread(target=watch_parent, daemon=True).start()
    print(f"port={listening.getsockname()[1]}", flush=True)
    while True:
        sock, _ = listening.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=Connection(sock, pitch).serve, daemon=True).start()


speech_of: dict[int, list[bytes]] = {}

if __name__ == "__main__":
    main()
