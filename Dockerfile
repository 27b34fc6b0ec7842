# The function as kustomize and kpt run it: one static binary and nothing else.
#
#   docker buildx build --platform linux/amd64,linux/arm64 -t overrides .
#
# With FEATURES=cluster it is the operator as well, whose client of the API server would only make the function bigger:
#
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg FEATURES=cluster -t overrides-operator .
#
# Each platform is compiled on itself, natively or emulated, so that no cross toolchain is needed. `scripts/image` makes
# the same image without a registry.

FROM rust:1.95 AS build
ARG FEATURES=
WORKDIR /src
COPY . .
# Without the feature `cluster`: a function sees none, and the image stays small.
RUN OVERRIDES_TOOLS=/tools scripts/tools install cargo-cyclonedx && \
    mkdir /out && \
    cp "$(FEATURES="$FEATURES" scripts/static-build)" /out/overrides && \
    OVERRIDES_TOOLS=/tools FEATURES="$FEATURES" scripts/sbom /out/sbom.cdx.json

FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="overrides" \
      org.opencontainers.image.description="Per-request version overrides for Istio meshes: a Kustomize and kpt KRM function" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
# kustomize and kpt run functions with `--user nobody`, a name that only this file can resolve.
COPY scripts/image-passwd /etc/passwd
COPY --from=build /out/overrides /overrides
# What is in it: every crate, with its licence and the hash of its source.
COPY --from=build /out/sbom.cdx.json /sbom.cdx.json
USER nobody
ENTRYPOINT ["/overrides"]
