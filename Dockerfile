# syntax=docker/dockerfile:1

# Where pip looks for PyTorch first. Left empty, pip takes what its usual index has: for Linux that
# is the build for NVIDIA GPUs, several GB more. For CPUs give PyTorch's own index:
#   docker build --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cpu --tag vsearch .
ARG TORCH_INDEX=""

FROM python:3.12-slim-bookworm AS wheel
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY vsearch ./vsearch
RUN --mount=type=cache,target=/root/.cache/pip \
    pip wheel --no-deps --wheel-dir /wheels .

FROM python:3.12-slim-bookworm AS environment
ARG TORCH_INDEX
RUN python -m venv /opt/vsearch
# By itself, so that a change of vsearch's own files does not bring it in again.
RUN --mount=type=cache,target=/root/.cache/pip \
    if [ -n "${TORCH_INDEX}" ]; then \
        /opt/vsearch/bin/pip install --index-url "${TORCH_INDEX}" "torch>=2.6,<2.14" torchvision; \
    fi
COPY --from=wheel /wheels /wheels
RUN --mount=type=cache,target=/root/.cache/pip \
    set -- /wheels/*.whl && /opt/vsearch/bin/pip install "$1[mcp,postgres,serve]"

FROM python:3.12-slim-bookworm
LABEL org.opencontainers.image.title="vsearch" \
      org.opencontainers.image.description="Visual product search: find a shop's products by photo" \
      org.opencontainers.image.licenses="Apache-2.0"
# A fixed number, so that a folder of the host can be given to it.
RUN groupadd --gid 10001 vsearch \
    && useradd --uid 10001 --gid vsearch --no-create-home --home-dir /var/lib/vsearch \
        --shell /usr/sbin/nologin vsearch \
    && install --directory --owner=vsearch --group=vsearch --mode=0750 /var/lib/vsearch
COPY --from=environment /opt/vsearch /opt/vsearch
ENV PATH="/opt/vsearch/bin:${PATH}" \
    HOME=/var/lib/vsearch \
    PYTHONUNBUFFERED=1 \
    OMP_WAIT_POLICY=PASSIVE \
    VSEARCH_COLLECTION=/var/lib/vsearch/collection \
    VSEARCH_SERVE_PORT=8000 \
    VSEARCH_SERVE_LOG_JSON=true
USER 10001:10001
WORKDIR /var/lib/vsearch
VOLUME /var/lib/vsearch
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['VSEARCH_SERVE_PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["vsearch"]
CMD ["serve", "--host", "0.0.0.0", "--create"]
