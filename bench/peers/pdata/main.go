// The collector's own way from OTLP/JSON to protobuf: a peer of the benchmark. It reads a file of requests, a line each,
// and prints the CPU milliseconds that one of them takes.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

func main() {
	rounds, err := strconv.Atoi(os.Args[2])
	if err != nil {
		fail(err)
	}
	requests := read(os.Args[1])
	encode(requests, (rounds+1)/2)
	before := cpuMillis()
	bytes := encode(requests, rounds)
	each := (cpuMillis() - before) / float64(rounds*len(requests))
	fmt.Printf("{\"cpuMillis\":%.6f,\"bytes\":%d}\n", each, bytes/rounds/len(requests))
}

func read(path string) [][]byte {
	file, err := os.Open(path)
	if err != nil {
		fail(err)
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 256<<20)
	var lines [][]byte
	for scanner.Scan() {
		lines = append(lines, append([]byte(nil), scanner.Bytes()...))
	}
	if err := scanner.Err(); err != nil {
		fail(err)
	}
	return lines
}

func encode(requests [][]byte, rounds int) int {
	reader := &ptrace.JSONUnmarshaler{}
	writer := &ptrace.ProtoMarshaler{}
	bytes := 0
	for range rounds {
		for _, request := range requests {
			traces, err := reader.UnmarshalTraces(request)
			if err != nil {
				fail(err)
			}
			written, err := writer.MarshalTraces(traces)
			if err != nil {
				fail(err)
			}
			bytes += len(written)
		}
	}
	return bytes
}

// User and system time of the process, its collector of garbage included.
func cpuMillis() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		fail(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
