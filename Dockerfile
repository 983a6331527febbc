# syntax=docker/dockerfile:1
# Two images, from source: `envoy` is an Envoy with the filter; `sidecar` is the sidecar, and the
# `tidegate` command that renders the configuration of both. docker-compose.yml runs them.
#   docker build --target envoy .

# Debian 12, whose C library is not newer than those of the images below.
FROM rust:1.95.0-bookworm AS build
# Cargo.lock must be up to date.
ENV CI=true
WORKDIR /source
RUN rustup target add wasm32-wasip1
COPY scripts/apt-install.sh scripts/
# For wasm-opt.
RUN scripts/apt-install.sh nodejs npm
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/source/target,sharing=locked \
    --mount=type=cache,target=/source/.tools,sharing=locked \
    make wasm build && scripts/image.sh /image

# Has no shell and no user but `nonroot`, 65532. The version that scripts/envoy.sh installs for tests.
FROM envoyproxy/envoy:distroless-v1.40.0 AS envoy
COPY --from=build /image/envoy/ /
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/envoy"]
CMD ["--config-path", "/rendered/envoy.yaml", "--disable-hot-restart"]

# The same, and what the sidecar needs: a C library, certificates, time zones.
FROM gcr.io/distroless/cc-debian12:nonroot@sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f AS sidecar
COPY --from=build /image/sidecar/ /
# A volume that is mounted here belongs to who writes into it.
COPY --from=build --chown=65532:65532 /image/rendered/ /rendered/
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/tidegate-sidecar"]
CMD ["--config", "/rendered/sidecar.json"]
