// Reads YAML documents on stdin as the tools around a cluster read them, and prints what each took them for.
//
// One line of JSON per reader: {"reader": NAME, "documents": [...]}, or {"reader": NAME, "error": "..."} with
// exit code 1 at the end.
//
//	go-yaml-v3  go.yaml.in/yaml/v3 in the version of kyaml: kustomize and kpt
//	sigs-yaml   the document splitter of apimachinery and sigs.k8s.io/yaml: kubectl, Argo CD, the API server's
//	            clients. It is YAML 1.1 underneath, and turns map keys into strings *after* resolving them: a
//	            plain key `yes` comes out as "true".
//
// JSON has fewer types than YAML, and a test must see when a string was taken for something else. So where JSON
// has no equal, a map with one key says what it was: {"!date": "..."}, {"!float": ".nan"}, {"!map": [[key,
// value], ...]} for a map in which any key is no string.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sort"
	"time"

	goyaml "go.yaml.in/yaml/v3"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"
)

type line struct {
	Reader    string `json:"reader"`
	Documents *[]any `json:"documents,omitempty"`
	Error     string `json:"error,omitempty"`
}

func main() {
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, "yaml-readback: cannot read stdin:", err)
		os.Exit(1)
	}
	readers := []struct {
		name string
		read func([]byte) ([]any, error)
	}{
		{"go-yaml-v3", goYAML},
		{"sigs-yaml", sigsYAML},
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	failed := false
	for _, reader := range readers {
		result := line{Reader: reader.name}
		if documents, err := reader.read(input); err != nil {
			failed, result.Error = true, err.Error()
		} else {
			result.Documents = &documents
		}
		if err := out.Encode(result); err != nil {
			fmt.Fprintln(os.Stderr, "yaml-readback: cannot write stdout:", err)
			os.Exit(1)
		}
	}
	if failed {
		os.Exit(1)
	}
}

func goYAML(input []byte) ([]any, error) {
	documents := []any{}
	decoder := goyaml.NewDecoder(bytes.NewReader(input))
	for {
		var document any
		if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
			return documents, nil
		} else if err != nil {
			return nil, err
		}
		if document != nil {
			documents = append(documents, visible(document))
		}
	}
}

func sigsYAML(input []byte) ([]any, error) {
	documents := []any{}
	split := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(input)))
	for {
		text, err := split.Read()
		if errors.Is(err, io.EOF) {
			return documents, nil
		} else if err != nil {
			return nil, err
		}
		asJSON, err := sigsyaml.YAMLToJSON(text)
		if err != nil {
			return nil, err
		}
		// The JSON is passed on as it is, so that no number is read a second time.
		if !bytes.Equal(asJSON, []byte("null")) {
			documents = append(documents, json.RawMessage(asJSON))
		}
	}
}

// The same value, as far as JSON has it, else the one-key map described above.
func visible(value any) any {
	switch value := value.(type) {
	case time.Time:
		return map[string]any{"!date": value.Format(time.RFC3339Nano)}
	case float64:
		switch {
		case math.IsNaN(value):
			return map[string]any{"!float": ".nan"}
		case math.IsInf(value, 1):
			return map[string]any{"!float": ".inf"}
		case math.IsInf(value, -1):
			return map[string]any{"!float": "-.inf"}
		}
		return value
	case []any:
		for i := range value {
			value[i] = visible(value[i])
		}
		return value
	case map[string]any:
		for key := range value {
			value[key] = visible(value[key])
		}
		return value
	case map[any]any:
		pairs := make([][2]any, 0, len(value))
		for key, item := range value {
			pairs = append(pairs, [2]any{visible(key), visible(item)})
		}
		// Go walks maps in random order; the same input shall give the same line.
		sort.Slice(pairs, func(i, j int) bool { return fmt.Sprint(pairs[i][0]) < fmt.Sprint(pairs[j][0]) })
		return map[string]any{"!map": pairs}
	default:
		return value
	}
}
