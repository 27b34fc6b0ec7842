// All of Istio's analyzers over files, without a cluster. `istioctl analyze --use-kube=false` skips each analyzer that
// asks for Services, Pods or Namespaces, so it cannot say most of what matters here.
//
// Arguments are files; each is analyzed by itself. Prints a JSON object: a list of messages by file.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"istio.io/istio/pkg/config/analysis/analyzers"
	"istio.io/istio/pkg/config/analysis/local"
	"istio.io/istio/pkg/config/resource"
	"istio.io/istio/pkg/log"
)

type message struct {
	Code   string `json:"code"`
	Level  string `json:"level"`
	Object string `json:"object"`
	Text   string `json:"text"`
}

func main() {
	for _, scope := range log.Scopes() {
		scope.SetOutputLevel(log.NoneLevel)
	}
	found := map[string][]message{}
	for _, file := range os.Args[1:] {
		messages, err := analyze(file)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
			os.Exit(1)
		}
		found[file] = messages
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func analyze(file string) ([]message, error) {
	reader, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	analyzer := local.NewSourceAnalyzer(analyzers.AllCombined(), "", resource.Namespace("istio-system"), nil)
	if err := analyzer.AddTestReaderKubeSource([]local.ReaderSource{{Name: file, Reader: reader}}); err != nil {
		return nil, err
	}
	stop := make(chan struct{})
	defer close(stop)
	result, err := analyzer.Analyze(stop)
	if err != nil {
		return nil, err
	}
	// A skipped analyzer would make silence look like consent.
	if len(result.SkippedAnalyzers) > 0 {
		return nil, fmt.Errorf("analyzers were skipped: %v", result.SkippedAnalyzers)
	}
	messages := []message{}
	for _, found := range result.Messages {
		object := ""
		if found.Resource != nil {
			object = found.Resource.Metadata.FullName.String()
		}
		messages = append(messages, message{found.Type.Code(), found.Type.Level().String(), object, found.String()})
	}
	return messages, nil
}
