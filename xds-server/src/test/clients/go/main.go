// A proxyless gRPC client for tests: reads commands from standard input, one a line, and answers
// on standard output. See ForeignClient.java for the commands.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	statuspb "github.com/envoyproxy/go-control-plane/envoy/service/status/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	_ "google.golang.org/grpc/xds"
	"google.golang.org/grpc/xds/csds"
)

var channels = map[string]*grpc.ClientConn{}

func channel(target string) (*grpc.ClientConn, error) {
	if known := channels[target]; known != nil {
		return known, nil
	}
	fresh, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err == nil {
		channels[target] = fresh
	}
	return fresh, err
}

func call(target, seconds string) string {
	limit, err := strconv.Atoi(seconds)
	if err != nil {
		return "error UNKNOWN " + err.Error()
	}
	connection, err := channel(target)
	if err != nil {
		return "error UNKNOWN " + err.Error()
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(limit)*time.Second)
	defer cancel()
	var header metadata.MD
	answer, err := healthpb.NewHealthClient(connection).Check(
		ctx, &healthpb.HealthCheckRequest{}, grpc.Header(&header))
	if err != nil {
		return "error " + strings.ToUpper(status.Code(err).String()) + " " +
			strings.ReplaceAll(err.Error(), "\n", " ")
	}
	return "ok " + strings.Join(header.Get("replica"), ",") + " " + answer.GetStatus().String()
}

func dump(service *csds.ClientStatusDiscoveryServer) error {
	answer, err := service.FetchClientStatus(context.Background(), &statuspb.ClientStatusRequest{})
	if err != nil {
		return err
	}
	for _, config := range answer.GetConfig() {
		for _, resource := range config.GetGenericXdsConfigs() {
			fmt.Println(resource.GetTypeUrl(), resource.GetName(), resource.GetClientStatus(),
				"v:"+resource.GetVersionInfo(),
				strings.ReplaceAll(resource.GetErrorState().GetDetails(), "\n", " "))
		}
	}
	fmt.Println("end")
	return nil
}

func main() {
	service, err := csds.NewClientStatusDiscoveryServer()
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		switch words[0] {
		case "call":
			fmt.Println(call(words[1], words[2]))
		case "close":
			if known := channels[words[1]]; known != nil {
				known.Close()
				delete(channels, words[1])
			}
			fmt.Println("ok")
		case "dump":
			if err := dump(service); err != nil {
				panic(err)
			}
		default:
			panic("no such command: " + words[0])
		}
	}
}
