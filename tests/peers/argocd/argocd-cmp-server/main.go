// The sidecar of Argo CD that runs a config management plugin, unchanged. Upstream ships it only inside an
// image, as one of many commands of one binary; this builds that one command from the same module.
package main

import (
	"os"

	"github.com/argoproj/argo-cd/v3/cmd/argocd-cmp-server/commands"
)

func main() {
	if commands.NewCommand().Execute() != nil {
		os.Exit(1)
	}
}
