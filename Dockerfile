# The function as kustomize and kpt run it: one static binary and nothing else.
#
#   docker buildx build --platform linux/amd64,linux/arm64 -t overrides .
#
# With FEATURES=cluster it is the operator as well, whose client of the API server would only make the function bigger:
#
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg FEATURES=cluster -t overrides-operator .
#
# Each platform is compiled on itself, natively or emulated, so that no cross toolchain is needed; BuildKit and
# buildah set TARGETARCH. `scripts/image` makes the same image without a registry.

FROM rust:1.95 AS build
ARG TARGETARCH
ARG FEATURES=
WORKDIR /src
COPY . .
# Without the feature `cluster`: a function sees none, and the image stays small.
# glibc linked in: the image has no libc. That flag must not reach procedural macros, which are shared libraries,
# so the target is named even though it is the host's: cargo then applies RUSTFLAGS to the target alone.
RUN case "$TARGETARCH" in \
        amd64) target=x86_64-unknown-linux-gnu ;; \
        arm64) target=aarch64-unknown-linux-gnu ;; \
        *) echo "There is no build for the architecture '$TARGETARCH', only for amd64 and arm64." >&2; exit 1 ;; \
    esac && \
    RUSTFLAGS='-C target-feature=+crt-static' cargo build --release --locked --features "$FEATURES" --target "$target" && \
    mkdir /out && cp "target/$target/release/overrides" /out/overrides

FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="overrides" \
      org.opencontainers.image.description="Per-request version overrides for Istio meshes: a Kustomize and kpt KRM function" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
# kustomize and kpt run functions with `--user nobody`, a name that only this file can resolve.
COPY scripts/image-passwd /etc/passwd
COPY --from=build /out/overrides /overrides
USER nobody
ENTRYPOINT ["/overrides"]
