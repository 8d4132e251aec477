// Command driver is the function that calls: it makes load from where a function stands, with the
// network, the names and the sidecar of a function, so that every way to call is measured from the
// same place. It runs one attack at a time:
//
//	POST /attack   starts one (JSON, see attack); 409 while one runs
//	GET  /result   202 while it runs, then 200 with its figures; 404 when there was none
//	POST /echo     one call whose answer must be the body, or, with a file, another picture;
//	               200, or 502 that says what is wrong
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// attack is what is asked for. Rate 0 is a closed loop: each client calls again as soon as it has
// its answer. Otherwise calls arrive at that rate whatever the answers do, with Clients as the most
// that may be in flight; a Swing of 0 to 1 moves the rate up and down by that part of it, as a sine
// of two waves per attack. The body is made of Bytes, or is the file of that name in the driver's
// folder.
type attack struct {
	URL     string            `json:"url"`
	Header  map[string]string `json:"header"`
	Bytes   int               `json:"bytes"`
	File    string            `json:"file"`
	Clients uint64            `json:"clients"`
	Rate    int               `json:"rate"`
	Swing   float64           `json:"swing"`
	Seconds float64           `json:"seconds"`

	body []byte
}

// figures are what came of it. Latencies are in microseconds and from calls that succeeded.
type figures struct {
	Calls     int            `json:"calls"`
	Failed    int            `json:"failed"`
	Seconds   float64        `json:"seconds"`
	P50       float64        `json:"p50"`
	P90       float64        `json:"p90"`
	P99       float64        `json:"p99"`
	Max       float64        `json:"max"`
	Mean      float64        `json:"mean"`
	Histogram [][2]float64   `json:"histogram"`
	Codes     map[string]int `json:"codes"`
	Errors    []string       `json:"errors"`
}

const (
	timeout       = 30 * time.Second
	longestAttack = 600
	largestBody   = 64 << 20
	keptErrors    = 5
	quantiles     = 50
)

var (
	mu      sync.Mutex
	running bool
	last    *figures
)

func start(w http.ResponseWriter, r *http.Request) {
	a, err := read(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	mu.Lock()
	defer mu.Unlock()
	if running {
		http.Error(w, "an attack is running", http.StatusConflict)
		return
	}
	running = true
	go func() {
		f := a.run()
		mu.Lock()
		defer mu.Unlock()
		running, last = false, f
	}()
	w.WriteHeader(http.StatusAccepted)
}

func read(r *http.Request) (attack, error) {
	var a attack
	var err error
	decoder := json.NewDecoder(io.LimitReader(r.Body, 1<<20))
	decoder.DisallowUnknownFields()
	if err = decoder.Decode(&a); err != nil {
		return a, err
	}
	switch {
	case a.URL == "":
		return a, fmt.Errorf("url: is missing")
	case a.Clients < 1 || a.Clients > 4096:
		return a, fmt.Errorf("clients: %d is not between 1 and 4096", a.Clients)
	case a.Seconds <= 0 || a.Seconds > longestAttack:
		return a, fmt.Errorf("seconds: %v is not above 0 and at most %d", a.Seconds, longestAttack)
	case a.Bytes < 0 || a.Bytes > largestBody:
		return a, fmt.Errorf("bytes: %d is not between 0 and %d", a.Bytes, largestBody)
	case a.Rate < 0:
		return a, fmt.Errorf("rate: %d is negative", a.Rate)
	case a.Swing < 0 || a.Swing > 1 || a.Swing > 0 && a.Rate == 0:
		return a, fmt.Errorf("swing: %v is not between 0 and 1, with a rate", a.Swing)
	case a.File != filepath.Base(a.File) && a.File != "":
		return a, fmt.Errorf("file: %q is not a name", a.File)
	}
	if a.File != "" {
		if a.body, err = os.ReadFile(a.File); err != nil {
			return a, fmt.Errorf("file: %w", err)
		}
	} else {
		a.body = noise(a.Bytes)
	}
	return a, nil
}

func (a attack) run() *figures {
	header := http.Header{"Content-Type": {"application/octet-stream"}}
	for name, value := range a.Header {
		header.Set(name, value)
	}
	targeter := vegeta.NewStaticTargeter(
		vegeta.Target{Method: http.MethodPost, URL: a.URL, Body: a.body, Header: header})
	attacker := vegeta.NewAttacker(
		vegeta.Workers(a.Clients),
		vegeta.MaxWorkers(a.Clients),
		vegeta.Connections(int(a.Clients)),
		vegeta.MaxBody(0),
		vegeta.Timeout(timeout),
		vegeta.Redirects(vegeta.NoFollow),
		vegeta.HTTP2(false))
	defer attacker.Stop()
	var latencies []float64
	f := &figures{Codes: map[string]int{}, Histogram: [][2]float64{}, Errors: []string{}}
	begun := time.Now()
	length := time.Duration(a.Seconds * float64(time.Second))
	var pace vegeta.Pacer = vegeta.Rate{Freq: a.Rate, Per: time.Second}
	if a.Swing > 0 {
		// Its amplitude has to be less than its mean.
		height := min(int(a.Swing*float64(a.Rate)), a.Rate-1)
		pace = vegeta.SinePacer{
			Period: length / 2,
			Mean:   vegeta.Rate{Freq: a.Rate, Per: time.Second},
			Amp:    vegeta.Rate{Freq: height, Per: time.Second},
		}
	}
	for result := range attacker.Attack(targeter, pace, length, "") {
		f.Calls++
		f.Codes[strconv.Itoa(int(result.Code))]++
		if result.Code == http.StatusOK && result.Error == "" {
			latencies = append(latencies, float64(result.Latency.Nanoseconds())/1000)
		} else {
			f.Failed++
			if len(f.Errors) < keptErrors {
				f.Errors = append(f.Errors, strconv.Itoa(int(result.Code))+" "+result.Error)
			}
		}
	}
	f.Seconds = time.Since(begun).Seconds()
	f.summarize(latencies)
	return f
}

func (f *figures) summarize(latencies []float64) {
	if len(latencies) == 0 {
		return
	}
	sort.Float64s(latencies)
	at := func(q float64) float64 {
		return latencies[min(len(latencies)-1, int(q*float64(len(latencies))))]
	}
	sum := 0.0
	for _, l := range latencies {
		sum += l
	}
	f.P50, f.P90, f.P99 = at(0.5), at(0.9), at(0.99)
	f.Max, f.Mean = latencies[len(latencies)-1], sum/float64(len(latencies))
	for i := range quantiles + 1 {
		q := float64(i) / quantiles
		f.Histogram = append(f.Histogram, [2]float64{q, at(q)})
	}
}

func result(w http.ResponseWriter, _ *http.Request) {
	mu.Lock()
	defer mu.Unlock()
	switch {
	case running:
		w.WriteHeader(http.StatusAccepted)
	case last == nil:
		http.Error(w, "there was no attack", http.StatusNotFound)
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(last)
	}
}

// echo makes sure that a path works before it is measured.
func echo(w http.ResponseWriter, r *http.Request) {
	a, err := read(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	call, err := http.NewRequest(http.MethodPost, a.URL, bytes.NewReader(a.body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for name, value := range a.Header {
		call.Header.Set(name, value)
	}
	answer, err := (&http.Client{Timeout: timeout}).Do(call)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadGateway)
	case answer.StatusCode != http.StatusOK:
		http.Error(w, fmt.Sprintf("%d: %.300s", answer.StatusCode, got), http.StatusBadGateway)
	case a.File != "" && !strings.HasPrefix(answer.Header.Get("Content-Type"), "image/"):
		http.Error(w, "the answer is no picture", http.StatusBadGateway)
	case a.File == "" && !bytes.Equal(got, a.body):
		http.Error(w, "the answer is not the body that was sent", http.StatusBadGateway)
	default:
		w.WriteHeader(http.StatusOK)
	}
}

// noise returns bytes that do not compress, the same in every run.
func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.New(rand.NewSource(1)).Read(b)
	return b
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	http.HandleFunc("POST /attack", start)
	http.HandleFunc("GET /result", result)
	http.HandleFunc("POST /echo", echo)
	log.Fatal(http.ListenAndServe(os.Getenv("HOST")+":"+port, nil))
}
