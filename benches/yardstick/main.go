// The function most people would write instead: Go with kyaml's framework, and two objects per Service from a
// template. It decides nothing (no versions, ports, existing rules or upserts), so it is the least such a function
// can cost.
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/kustomize/kyaml/fn/framework"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

const destinationRule = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: %[1]s-overrides, namespace: %[2]s}
spec:
  host: %[1]s
  subsets:
  - name: v1
    labels: {version: v1}
`

const virtualService = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: %[1]s-overrides, namespace: %[2]s}
spec:
  hosts: [%[1]s]
  http:
  - match:
    - headers: {x-override: {regex: '^(.*,)?[ \t]*%[1]s:v1[ \t]*(,.*)?$'}}
    route:
    - destination: {host: %[1]s, subset: v1}
  - route:
    - destination: {host: %[1]s, subset: v1}
`

func addOverrides(list *framework.ResourceList) error {
	for _, item := range list.Items { // evaluated once, so the objects appended below are not visited
		if item.GetKind() != "Service" {
			continue
		}
		for _, template := range []string{destinationRule, virtualService} {
			object, err := yaml.Parse(fmt.Sprintf(template, item.GetName(), item.GetNamespace()))
			if err != nil {
				return err
			}
			list.Items = append(list.Items, object)
		}
	}
	return nil
}

func main() {
	if err := framework.Execute(framework.ResourceListProcessorFunc(addOverrides), nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
