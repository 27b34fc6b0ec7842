#!/usr/bin/env python3
"""Prints a ResourceList with so many Services, and a Deployment for each.

It looks like what kpt sends for files people wrote: comments, flow maps, three styles of quotes, block scalars and
non-ASCII text, because those are what a function may lose and what makes a list slow to parse. The same number gives
the same bytes; 5,000 Services are 10.8 MB. Each Service is written as it is made, so that large lists take no memory.

With --rules each Service has a VirtualService of the user's with two routes as well, into which the overrides have to be
merged.
"""

import argparse
import signal
import sys

NAMESPACES = 40
WORDS = "basket catalog checkout invoice ledger pricing reviews search shipping stock".split()

HEAD = """\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
functionConfig:
  apiVersion: overrides.dev/v1alpha1
  kind: Overrides
  metadata:
    name: overrides
  spec:
    header: x-override
items:
"""

SERVICE = """\
- apiVersion: v1
  kind: Service
  metadata:
    name: {name}
    namespace: {namespace} # owns it
    labels: {{app: "{name}", owner: 'Zoë''s team'}}
    annotations:
      config.kubernetes.io/index: '0'
      config.kubernetes.io/path: '{namespace}/{name}.yaml'
      internal.config.kubernetes.io/index: '0'
      internal.config.kubernetes.io/path: '{namespace}/{name}.yaml'
      internal.config.kubernetes.io/seqindent: 'compact'
  spec:
    # without "version" → any of them answers
    selector:
      app: {name}
    ports:
    - name: http
      port: 80
      targetPort: 8080
    - {{name: grpc, port: 9090, targetPort: grpc}}
"""

DEPLOYMENT = """\
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: {name}-{version}
    namespace: {namespace}
    labels:
      app: {name}
      version: {version}
    annotations:
      config.kubernetes.io/index: '{index}'
      config.kubernetes.io/path: '{namespace}/{name}.yaml'
      internal.config.kubernetes.io/index: '{index}'
      internal.config.kubernetes.io/path: '{namespace}/{name}.yaml'
      internal.config.kubernetes.io/seqindent: 'compact'
  spec:
    replicas: {replicas}
    selector:
      matchLabels: {{app: {name}, version: {version}}}
    template:
      metadata:
        labels:
          app: {name}
          version: {version}
        annotations:
          prometheus.io/scrape: "true"
      spec:
        containers:
        - name: main
          image: registry.example.com/{namespace}/{name}:1.{minor}.0
          args: ["--listen=:8080", '--log={{"level": "info"}}']
          command:
          - /bin/sh
          - -c
          - |
            # not a comment, a script
            exec /srv/{name} --mode "$MODE"
          env:
          - name: MODE
            value: "on"
          - name: BANNER
            value: >-
              {name}, run by Zoë's team:
              ask in #{namespace} first
          ports:
          - {{containerPort: 9090, name: grpc}}
          resources:
            requests: {{cpu: 100m, memory: 128Mi}}
            limits:
              memory: 256Mi
          readinessProbe:
            httpGet: {{path: /healthz, port: 8080}}
"""

RULES = """\
- apiVersion: networking.istio.io/v1
  kind: VirtualService
  metadata:
    name: {name}
    namespace: {namespace}
    annotations:
      config.kubernetes.io/index: '{index}'
      config.kubernetes.io/path: '{namespace}/{name}.yaml'
      internal.config.kubernetes.io/index: '{index}'
      internal.config.kubernetes.io/path: '{namespace}/{name}.yaml'
      internal.config.kubernetes.io/seqindent: 'compact'
  spec:
    hosts: [{name}]
    http:
    # the old paths, until everybody has moved
    - name: old-paths
      match:
      - uri: {{prefix: /old/}}
        port: 80
      - headers:
          x-client: {{exact: "1.0"}}
      rewrite: {{uri: /}}
      timeout: 2s
      route:
      - destination: {{host: {name}, port: {{number: 80}}}}
    - name: 'rest'
      retries:
        attempts: 2
        retryOn: 5xx
      route:
      - destination:
          host: {name}
          port:
            number: 80
"""


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("services", type=int, help="how many Services")
    options.add_argument("--versions", type=int, default=1, help="Deployments for each Service (default: 1)")
    options.add_argument("--rules", action="store_true", help="a VirtualService for each Service")
    options = options.parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `generate.py 5000 | head` ends without a traceback
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    sys.stdout.write(HEAD)
    for i in range(options.services):
        if i % 100 == 0:
            sys.stdout.write(f"# from service {i:06} on\n")  # kpt leaves head comments at column 0 between items
        words = {
            "name": f"{WORDS[i % len(WORDS)]}-{i:06}",
            "namespace": f"team-{i % NAMESPACES:02}",
            "replicas": 1 + i % 5,
            "minor": i % 50,
        }
        sys.stdout.write(SERVICE.format(**words))
        for index in range(1, options.versions + 1):
            sys.stdout.write(DEPLOYMENT.format(version=f"v{index}", index=index, **words))
        if options.rules:
            sys.stdout.write(RULES.format(index=options.versions + 1, **words))


main()
