module peers/yaml-readback

go 1.24.0

require (
	go.yaml.in/yaml/v3 v3.0.4
	k8s.io/apimachinery v0.34.1
	sigs.k8s.io/yaml v1.6.0
)

require (
	go.yaml.in/yaml/v2 v2.4.2 // indirect
	sigs.k8s.io/json v0.0.0-20241014173422-cfa47c3a1cc8 // indirect
)

// The version that kyaml v0.21.1 (kustomize v5.8.1) is built with; apimachinery would lift it.
replace go.yaml.in/yaml/v3 => go.yaml.in/yaml/v3 v3.0.3
