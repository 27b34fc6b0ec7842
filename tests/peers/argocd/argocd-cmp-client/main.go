// What Argo CD's repo-server does with a plugin, through the same functions: it sends the folder of an
// application over the plugin's socket and takes the manifests that come back.
//
// Usage: argocd-cmp-client SOCKET APP_DIR [--env NAME=VALUE]...
//
// Each returned object is one line of JSON on stdout. A failure is printed to stderr, as Argo CD would show it
// in its UI, and ends with exit code 1. An environment variable is passed on as it stands: Argo CD itself puts
// ARGOCD_ENV_ before the names that an Application sets.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/argoproj/argo-cd/v3/cmpserver/apiclient"
	"github.com/argoproj/argo-cd/v3/util/cmp"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
)

const (
	// A plugin server that was just started takes a moment to listen.
	startTimeout = 20 * time.Second
	// The repo-server's own default; a plugin that takes longer fails there too.
	generateTimeout = 60 * time.Second
)

func main() {
	socket, app, env, err := arguments(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "argocd-cmp-client:", err)
		os.Exit(2)
	}
	if err := generate(socket, app, env); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Flags may stand before, between or after the two paths; the flag package alone stops at the first path.
func arguments(args []string) (socket, app string, env []string, err error) {
	flags := flag.NewFlagSet("argocd-cmp-client", flag.ExitOnError)
	flags.Func("env", "`NAME=VALUE` for the plugin's environment; may be repeated", func(pair string) error {
		if name, _, ok := strings.Cut(pair, "="); !ok || name == "" {
			return fmt.Errorf("%q is not NAME=VALUE", pair)
		}
		env = append(env, pair)
		return nil
	})
	var paths []string
	for len(args) > 0 {
		// ExitOnError: Parse does not return on a bad flag.
		_ = flags.Parse(args)
		args = flags.Args()
		if len(args) > 0 {
			paths, args = append(paths, args[0]), args[1:]
		}
	}
	if len(paths) != 2 {
		return "", "", nil, fmt.Errorf("wanted SOCKET and APP_DIR, got %d paths", len(paths))
	}
	app, err = filepath.Abs(paths[1])
	return paths[0], app, env, err
}

func generate(socket, app string, env []string) error {
	if err := waitFor(socket); err != nil {
		return err
	}
	// Argo CD's function leaves an empty folder behind on each call: let it be in one that goes.
	temporary, err := os.MkdirTemp("", "argocd-cmp-client-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	if err := os.Setenv("TMPDIR", temporary); err != nil {
		return err
	}
	conn, client, err := apiclient.NewConfigManagementPluginClientSet(socket).NewConfigManagementPluginClient()
	if err != nil {
		return err
	}
	defer conn.Close()

	ctx, cancel := context.WithTimeout(context.Background(), generateTimeout)
	defer cancel()
	stream, err := client.GenerateManifest(ctx)
	if err != nil {
		return fmt.Errorf("error getting generateManifestStream: %w", err)
	}
	if err := cmp.SendRepoStream(ctx, app, app, stream, env, nil); err != nil {
		return fmt.Errorf("error sending file to cmp-server: %w", err)
	}
	response, err := stream.CloseAndRecv()
	if err != nil {
		return fmt.Errorf("error generating manifests in cmp: %w", err)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for _, manifest := range response.Manifests {
		objects, err := kube.SplitYAML([]byte(manifest))
		if err != nil {
			return fmt.Errorf("failed to convert CMP manifests to unstructured objects: %w", err)
		}
		for _, object := range objects {
			if err := out.Encode(object.Object); err != nil {
				return err
			}
		}
	}
	return nil
}

func waitFor(socket string) error {
	for deadline := time.Now().Add(startTimeout); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(socket); err == nil {
			return nil
		} else if time.Now().After(deadline) {
			return fmt.Errorf("no plugin server listens on %s: %w", socket, err)
		}
	}
}
