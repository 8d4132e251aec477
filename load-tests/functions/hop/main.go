// Command hop is the function that chains are measured with. It costs little itself: it forwards
// the body to the next hop and passes the answer back, or, at the end of the chain, echoes.
//
// Which hops are next stands in the request: the header X-Hops holds their URLs, separated by
// spaces. So one deployment serves every way to call, and all ways are measured on the same
// processes. X-Work makes each hop compute first: so many rounds of SHA-256 over 4 KiB.
package main

import (
	"bytes"
	"crypto/sha256"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	hopsHeader = "X-Hops"
	workHeader = "X-Work"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

var client = &http.Client{
	Transport: &http.Transport{
		// Never through a proxy of the environment: what is on the path is what is measured.
		Proxy:               nil,
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		MaxIdleConns:        0,
		MaxIdleConnsPerHost: 1024,
		IdleConnTimeout:     30 * time.Second,
		DisableCompression:  true,
		WriteBufferSize:     64 << 10,
		ReadBufferSize:      64 << 10,
	},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func handle(w http.ResponseWriter, r *http.Request) {
	work(r.Header.Get(workHeader))
	next, rest, _ := strings.Cut(strings.TrimSpace(r.Header.Get(hopsHeader)), " ")
	if next == "" {
		// As functions do: read it whole, then answer. Go's server, and some proxies, do not like an
		// answer that begins before the request has ended.
		body := buffers.Get().(*bytes.Buffer)
		defer buffers.Put(body)
		body.Reset()
		if _, err := body.ReadFrom(r.Body); err != nil {
			http.Error(w, "hop: "+err.Error(), http.StatusBadRequest)
			return
		}
		answer(w, body, int64(body.Len()))
		return
	}
	call, err := http.NewRequestWithContext(r.Context(), http.MethodPost, next, r.Body)
	if err != nil {
		http.Error(w, "hop: "+err.Error(), http.StatusBadRequest)
		return
	}
	call.ContentLength = r.ContentLength
	if r.ContentLength == 0 {
		call.Body = http.NoBody
	} else if r.ContentLength > 0 {
		// Not read again behind its end: by then the answer may have begun and the server have closed
		// it, which the transport takes for a failed request and cuts the answer off.
		call.Body = io.NopCloser(io.LimitReader(r.Body, r.ContentLength))
	}
	if rest != "" {
		call.Header.Set(hopsHeader, rest)
	}
	if v := r.Header.Get(workHeader); v != "" {
		call.Header.Set(workHeader, v)
	}
	call.Header.Set("Content-Type", "application/octet-stream")
	got, err := client.Do(call)
	if err != nil {
		http.Error(w, "hop: "+err.Error(), http.StatusBadGateway)
		return
	}
	defer got.Body.Close()
	if got.StatusCode != http.StatusOK {
		w.WriteHeader(got.StatusCode)
		_, _ = io.Copy(w, got.Body)
		return
	}
	answer(w, got.Body, got.ContentLength)
}

func answer(w http.ResponseWriter, body io.Reader, length int64) {
	w.Header().Set("Content-Type", "application/octet-stream")
	if length >= 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(length, 10))
	}
	_, _ = io.Copy(w, body)
}

func work(rounds string) {
	n, err := strconv.Atoi(rounds)
	if err != nil {
		return
	}
	var block [4096]byte
	for range min(n, 1_000_000) {
		sum := sha256.Sum256(block[:])
		copy(block[:], sum[:])
	}
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	server := &http.Server{
		Addr:        ":" + port,
		Handler:     http.HandlerFunc(handle),
		IdleTimeout: 10 * time.Minute,
	}
	log.Fatal(server.ListenAndServe())
}
