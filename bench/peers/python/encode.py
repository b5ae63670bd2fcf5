"""Python's way from OTLP/JSON to protobuf: a peer of the benchmark.

Reads a file of requests, a line each, and prints the CPU milliseconds that one of them takes. Ids in OTLP/JSON are
hexadecimal where protobuf's own mapping has base64; they are read as such, which costs the same.
"""

import json
import sys
import time

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def encode(requests, rounds):
    size = 0
    for _ in range(rounds):
        for request in requests:
            size += len(json_format.Parse(request, ExportTraceServiceRequest()).SerializeToString())
    return size


def main():
    path, rounds = sys.argv[1], int(sys.argv[2])
    with open(path, "rb") as file:
        requests = file.read().splitlines()
    encode(requests[:1], 1)
    before = time.process_time()
    size = encode(requests, rounds)
    each = (time.process_time() - before) * 1000 / rounds / len(requests)
    print(json.dumps({"cpuMillis": each, "bytes": size // rounds // len(requests)}))


main()
