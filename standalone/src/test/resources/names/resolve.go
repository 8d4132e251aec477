// Prints a line per name: the name and its addresses in order, or - when it has none.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"sort"
	"strings"
)

func main() {
	resolver := &net.Resolver{PreferGo: true}
	for _, name := range os.Args[1:] {
		found, err := resolver.LookupHost(context.Background(), name)
		if err != nil {
			found = []string{"-"}
		}
		sort.Strings(found)
		fmt.Println(name, strings.Join(found, ","))
	}
}
